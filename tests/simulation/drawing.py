"""What a step says when it cannot happen."""

from __future__ import annotations


class NothingToDo(Exception):
    """What was drawn cannot happen just now; something else is drawn in its place."""
