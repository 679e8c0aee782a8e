"""base58btc, the Bitcoin alphabet: public keys, signatures and hashes in key logs.

Both functions are exact inverses. `decode` takes the length it must find and counts leading ones, because
common libraries silently take a trailing space, a newline or missing leading ones. A number has one spelling without
leading ones, so nothing else needs to be compared. Two letters are handled at a time, as one number of two bytes where they are
read, and large numbers cut into pieces: a signature is read and written for every record.
"""

from __future__ import annotations

import sys

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_PAIRS = [first + second for first in ALPHABET for second in ALPHABET]
_VALUES = {int.from_bytes(pair.encode(), sys.byteorder): value for value, pair in enumerate(_PAIRS)}
_PAIR = len(_PAIRS)
_PIECE_PAIRS = 5
_PIECE_LETTERS = 2 * _PIECE_PAIRS
_PIECE = _PAIR**_PIECE_PAIRS  # fits into a machine word


def encode(raw: bytes) -> str:
    """Write bytes as base58btc; each leading zero byte becomes one leading `1`."""
    number = int.from_bytes(raw, "big")
    pairs: list[str] = []
    while number:
        number, piece = divmod(number, _PIECE)
        piece, e = divmod(piece, _PAIR)
        piece, d = divmod(piece, _PAIR)
        piece, c = divmod(piece, _PAIR)
        a, b = divmod(piece, _PAIR)
        pairs += (_PAIRS[e], _PAIRS[d], _PAIRS[c], _PAIRS[b], _PAIRS[a])
    pairs.reverse()
    return "1" * _zeros(raw) + "".join(pairs).lstrip("1")


def decode(text: str, length: int) -> bytes | None:
    """Read exactly `length` bytes, or answer None when the text is not their one spelling."""
    if len(text) > 2 * length:
        return None
    padded = text.rjust(-(-len(text) // _PIECE_LETTERS) * _PIECE_LETTERS, "1")
    number = 0
    try:
        values = map(_VALUES.__getitem__, memoryview(padded.encode("ascii")).cast("H"))
        for a, b, c, d, e in zip(values, values, values, values, values, strict=True):
            number = number * _PIECE + (((a * _PAIR + b) * _PAIR + c) * _PAIR + d) * _PAIR + e
    except (KeyError, UnicodeEncodeError):
        return None
    if number.bit_length() > 8 * length:
        return None
    raw = number.to_bytes(length, "big")
    return raw if len(text) - len(text.lstrip("1")) == _zeros(raw) else None


def _zeros(raw: bytes) -> int:
    return len(raw) - len(raw.lstrip(b"\0"))
