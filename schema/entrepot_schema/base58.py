"""base58btc, the Bitcoin alphabet: public keys, signatures and hashes in key logs.

Both functions are exact inverses. `decode` takes the length it must find and re-encodes to compare, because
common libraries silently take a trailing space, a newline or missing leading ones.
"""

from __future__ import annotations

ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_VALUES = {letter: value for value, letter in enumerate(ALPHABET)}


def encode(raw: bytes) -> str:
    """Write bytes as base58btc; each leading zero byte becomes one leading `1`."""
    number = int.from_bytes(raw, "big")
    letters = []
    while number:
        number, digit = divmod(number, 58)
        letters.append(ALPHABET[digit])
    zeros = len(raw) - len(raw.lstrip(b"\0"))
    return "1" * zeros + "".join(reversed(letters))


def decode(text: str, length: int) -> bytes | None:
    """Read exactly `length` bytes, or answer None when the text is not their one spelling."""
    if len(text) > 2 * length:
        return None
    number = 0
    for letter in text:
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number * 58 + value
    if number.bit_length() > 8 * length:
        return None
    raw = number.to_bytes(length, "big")
    return raw if encode(raw) == text else None
