"""Six words for a fingerprint (SIG-68)."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema import base58
from entrepot_schema.errors import Refused
from entrepot_schema.fingerprint import six_words
from entrepot_schema.registers import read_lines

WORDS = read_lines("bip39-english")


def scid_of(digest: bytes) -> str:
    return base58.encode(b"\x12\x20" + digest)


def test_the_list_is_that_of_bip_39() -> None:
    """The digest is that of the list everybody uses; a changed word would mislead a phone call."""
    raw = "".join(f"{word}\n" for word in WORDS).encode()

    assert (
        hashlib.sha256(raw).hexdigest() == "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
    )
    assert len(set(WORDS)) == 2048


@pytest.mark.parametrize(
    ("digest", "words"),
    [
        (bytes(32), "abandon abandon abandon abandon abandon abandon"),
        (b"\xff" * 32, "zoo zoo zoo zoo zoo zoo"),
        (b"\x80" * 32, "letter advice cage absurd amount doctor"),  # as in the test vectors of BIP-39
        (bytes(8) + b"\x40" + bytes(23), "abandon abandon abandon abandon abandon ability"),
        (bytes(8) + b"\x3f" + b"\xff" * 23, "abandon abandon abandon abandon abandon abandon"),
    ],
)
def test_known_fingerprints_have_known_words(digest: bytes, words: str) -> None:
    """SIG-68."""
    assert " ".join(six_words(scid_of(digest))) == words


@given(st.binary(min_size=32, max_size=32))
def test_the_words_are_the_first_66_bits(digest: bytes) -> None:
    """SIG-68."""
    bits = "".join(f"{WORDS.index(word):011b}" for word in six_words(scid_of(digest)))

    assert bits == "".join(f"{byte:08b}" for byte in digest)[:66]


@pytest.mark.parametrize("scid", ["", "Q", "0OIl", scid_of(bytes(31))])
def test_what_is_no_scid_has_no_words(scid: str) -> None:
    with pytest.raises(Refused):
        six_words(scid)
