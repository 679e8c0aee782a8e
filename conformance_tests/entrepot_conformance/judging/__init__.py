"""Questions about bytes: what they are made of, where they come from, and how an answer is judged."""
