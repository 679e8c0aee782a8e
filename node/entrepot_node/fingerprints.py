"""A fingerprint as people compare it: six words to read aloud, a QR code to hold side by side."""

from __future__ import annotations

from entrepot_node.qr_code import qr_text
from entrepot_schema.fingerprint import six_words


def spoken(scid: str) -> str:
    """The six words of a fingerprint in one line."""
    return " ".join(six_words(scid))


def comparison(origin: str, scid: str) -> str:
    """Whose fingerprint it is, in all three forms, for the terminal of whoever compares it."""
    return f"{origin}\n\nFingerprint:  {scid}\nIn words:     {spoken(scid)}\n\n{qr_text(scid)}"
