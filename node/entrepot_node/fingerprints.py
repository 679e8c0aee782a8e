"""A fingerprint as people compare it: six words to read aloud."""

from __future__ import annotations

from entrepot_schema.fingerprint import six_words


def spoken(scid: str) -> str:
    """The six words of a fingerprint in one line."""
    return " ".join(six_words(scid))
