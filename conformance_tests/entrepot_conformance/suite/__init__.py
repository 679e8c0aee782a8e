"""How cases are described, chosen, run and judged. Knows nothing of what the cases test."""
