"""Six words for a fingerprint, to compare it by voice (SIG-68). 66 bits: nobody finds a second key log with the same six."""

from __future__ import annotations

from functools import cache

from entrepot_schema import base58
from entrepot_schema.errors import Refused
from entrepot_schema.registers import read_lines

_WORDS = 6
_BITS = 11
_MULTIHASH_BYTES = 34


def six_words(scid: str) -> tuple[str, ...]:
    """The six words of a SCID. They say the same to two people, and are never read back."""
    raw = base58.decode(scid, _MULTIHASH_BYTES)
    if raw is None:
        raise Refused("key.log-scid", "the SCID is not the base58 of a SHA-256 multihash")
    bits = int.from_bytes(raw[2:], "big") >> (256 - _WORDS * _BITS)
    places = [bits >> _BITS * (_WORDS - 1 - word) & (2**_BITS - 1) for word in range(_WORDS)]
    return tuple(_words()[place] for place in places)


@cache
def _words() -> tuple[str, ...]:
    return read_lines("bip39-english")
