"""Properties of the suite's own reader, against other implementations where there are any."""

from __future__ import annotations

import string
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import base58
import pytest
import rfc8785
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot_conformance.reader import ed25519, encodings, merkle, tiles
from entrepot_conformance.reader.contents import match_contents
from entrepot_conformance.reader.entries import FeedState, digest_of
from entrepot_conformance.reader.key_log import read_key_log
from entrepot_conformance.reader.names import is_feed_name, is_origin
from entrepot_conformance.reader.notes import parse_checkpoint, parse_note, parse_vkey
from entrepot_conformance.reader.rule_error import RuleError
from entrepot_conformance.reader.strict_json import canonical, parse_document, parse_object

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
NAMES = st.text(string.ascii_letters + string.digits + ' @_-./"\\', max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXT
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(NAMES, v, max_size=4), max_leaves=20
)
OBJECTS = st.dictionaries(NAMES, VALUES, max_size=5)


@settings(deadline=None)
@given(OBJECTS)
def test_canonical_bytes_are_those_of_the_reference(value: dict[str, Any]) -> None:
    assert canonical(value) == rfc8785.dumps(value)


@settings(deadline=None)
@given(OBJECTS)
def test_canonical_bytes_read_back(value: dict[str, Any]) -> None:
    assert parse_document(canonical(value)) == value


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_base58_is_that_of_the_reference(data: bytes) -> None:
    text = encodings.base58_encode(data)

    assert text == base58.b58encode(data).decode()
    assert encodings.base58_decode(text, len(data), "x") == data


@settings(deadline=None)
@given(st.text(encodings.ALPHABET, min_size=40, max_size=50))
def test_every_text_that_reads_as_32_bytes_is_their_only_spelling(text: str) -> None:
    try:
        data = encodings.base58_decode(text, 32, "x")
    except RuleError:
        return
    assert encodings.base58_encode(data) == text


@settings(deadline=None)
@given(st.binary(max_size=300))
def test_bytes_of_any_kind_are_refused_with_a_code(data: bytes) -> None:
    readers: tuple[Callable[[bytes], object], ...] = (
        parse_object,
        lambda d: read_key_log(d, "biomed.example"),
        parse_note,
        lambda d: parse_checkpoint(d.decode("latin-1")),
        lambda d: parse_vkey(d.decode("latin-1")),
        lambda d: tiles.decode_bundle(d, 3),
        lambda d: tiles.parse_tile_path(d.decode("latin-1")),
        lambda d: encodings.multikey_decode(d.decode("latin-1")),
    )
    for read in readers:
        with suppress(RuleError):
            read(data)


@settings(deadline=None)
@given(st.lists(st.binary(max_size=200), max_size=5))
def test_entries_of_any_kind_are_decided(entries: list[bytes]) -> None:
    state = FeedState("biomed.example")
    for raw in entries:
        assert state.take(raw).kind in ("inert", "stop")


@settings(deadline=None)
@given(OBJECTS)
def test_a_key_log_of_any_object_is_refused_with_a_code(value: dict[str, Any]) -> None:
    for line in (value, {"parameters": value}, {"parameters": value, "state": value, "proof": [value]}):
        full = {"versionId": "1-x", "versionTime": "x", "parameters": {}, "state": {}, "proof": [], **line}
        with pytest.raises(RuleError):
            read_key_log(canonical(full) + b"\n", "biomed.example")


@settings(deadline=None)
@given(st.integers(0, 70), st.data())
def test_proofs_of_every_index_and_older_size_verify(size: int, data: st.DataObject) -> None:
    leaves = [merkle.leaf_hash(bytes([index])) for index in range(size)]
    root = merkle.root(leaves)
    if size:
        index, old = data.draw(st.integers(0, size - 1)), data.draw(st.integers(1, size))
        merkle.verify_inclusion(index, size, leaves[index], merkle.inclusion_proof(index, leaves), root)
        proof = merkle.consistency_proof(old, leaves)
        merkle.verify_consistency(old, size, proof, merkle.root(leaves[:old]), root)


@settings(deadline=None)
@given(st.integers(0, 300))
def test_a_frontier_yields_the_root(size: int) -> None:
    leaves = [merkle.leaf_hash(index.to_bytes(2)) for index in range(size)]
    hashes = merkle.frontier(leaves)
    root = hashes.pop() if hashes else merkle.EMPTY_ROOT
    while hashes:
        root = merkle.node_hash(hashes.pop(), root)

    assert root == merkle.root(leaves)


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=50), max_size=6))
def test_bundles_read_back(entries: list[bytes]) -> None:
    assert tiles.decode_bundle(tiles.encode_bundle(entries), len(entries)) == entries


@settings(deadline=None)
@given(st.integers(0, 63), st.integers(0, 10**18 - 1), st.integers(1, 256))
def test_tile_paths_read_back(level: int, index: int, width: int) -> None:
    assert tiles.parse_tile_path(tiles.tile_path(level, index, width)) == (level, index, width)


@settings(deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_every_real_public_key_is_a_good_point(seed: bytes) -> None:
    public_key = Ed25519PrivateKey.from_private_bytes(seed).public_key().public_bytes_raw()

    ed25519.check_public_key(public_key)


def test_contents_are_matched_by_hash_alone() -> None:
    wanted = [digest_of(b"a"), digest_of(b"c"), digest_of(b"d")]

    assert match_contents(b"b\nc\na\n\nd", wanted) == {digest_of(b"c"): b"c", digest_of(b"a"): b"a"}


@pytest.mark.parametrize(
    "origin", ["biomed.example", "a.b", "xn--bcher-kva.example", "1.2.3.x4", "a" * 63 + ".de"]
)
def test_origins(origin: str) -> None:
    assert is_origin(origin)
    assert is_feed_name(f"{origin}/feed/999999")


@pytest.mark.parametrize(
    "origin",
    [
        *(
            "",
            ".",
            "localhost",
            "biomed.example.",
            ".example",
            "a..b",
            "-a.example",
            "a-.example",
            "A.example",
        ),
        *(
            "a_b.example",
            "a.example:80",
            "a.example/x",
            "127.0.0.1",
            "a.123",
            "bücher.example",
            "a" * 64 + ".de",
        ),
        *("a.example\n", " a.example", ".".join(["a" * 60] * 5)),
    ],
)
def test_what_is_no_origin(origin: str) -> None:
    assert not is_origin(origin)
