"""The list of peers that a peer shows: bounded, and never believed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import PeerFault
from entrepot_sync.peer_list import MAX_LIST_BYTES, ListedNode, parse_peer_list

SCID = "QmUXA3kkXnVPEBHpQtKfYUyX4wTqhKZ7rUmTPf2kZ6MxJn"


def entry(origin: Any, url: Any = "", scid: Any = SCID, **more: Any) -> dict[str, Any]:
    return {"origin": origin, "fingerprint": scid, "base_url": url or f"https://{origin}", **more}


def origins(items: Any, *, allow_private: bool = False, most: int = 100) -> list[str]:
    raw = json.dumps({"items": items, "next": ""}).encode()
    return [
        node.origin for node in parse_peer_list(raw, own="us.example", allow_private=allow_private, most=most)
    ]


def test_an_entry_is_a_name_a_fingerprint_and_an_address() -> None:
    """FED-69: whatever else is said of it, numbers with fractions too, is left alone."""
    raw = json.dumps({"items": [entry("a.example", "https://node.a.example/", last_success=1.5)]}).encode()

    found = parse_peer_list(raw, own="us.example", allow_private=False, most=9)

    assert found == [ListedNode("a.example", SCID, "https://node.a.example")]


@pytest.mark.parametrize(
    "item",
    [
        None, 1, "a.example", [], {}, entry("A.example", "https://a.example"), entry("localhost", "https://a.example"),
        entry(1), entry("a.example", scid=SCID[:-1]), entry("a.example", scid="Qm" + "1" * 5_000), entry("a.example", scid=None),
        {**entry("a.example"), "base_url": None}, entry("a.example", "http://a.example"),
        entry("a.example", "https://127.0.0.1"), entry("a.example", "https://localhost"), entry("a.example", "https://10.0.0.8:8101"),
        entry("a.example", "https://[fd00::1]"), entry("a.example", "javascript:alert(1)"), entry("a.example", "https://u@a.example"),
        entry("a.example", "https://a.example/" + "x" * 600), entry("us.example"),
    ],
)  # fmt: skip
def test_f17_what_is_malformed_private_or_ourselves_is_left_out(item: Any) -> None:
    """FED-69, EXC-24."""
    assert origins([item, entry("b.example")]) == ["b.example"]


def test_f17_private_addresses_come_only_through_a_follow_that_allows_them() -> None:
    """FED-69."""
    assert origins([entry("a.example", "http://10.0.0.8:8101")], allow_private=True) == ["a.example"]


def test_f17_a_hundred_thousand_entries_and_duplicates_are_capped() -> None:
    """FED-69: the first of each name counts."""
    many = [{"origin": f"n{number}.example"} for number in range(50_000)]
    many += [entry("a.example", f"https://n{number}.example") for number in range(100)]
    many += [entry(f"b{number}.example") for number in range(2_000)]
    raw = json.dumps({"items": many}).encode()
    assert len(raw) <= MAX_LIST_BYTES
    found = parse_peer_list(raw, own="us.example", allow_private=False, most=1_000)

    assert [node.origin for node in found] == ["a.example", *(f"b{number}.example" for number in range(999))]
    assert found[0].base_url == "https://n0.example"


@pytest.mark.parametrize(
    "raw",
    [b"", b"<html>", b"[]", b"{}", b'{"items":{}}', b'{"items":null}', b"\xff", b'{"items":' + b"[" * 100_000, b"9" * 5_000],
)  # fmt: skip
def test_what_is_no_list_is_a_fault_of_the_peer(raw: bytes) -> None:
    """FED-69: also what is nested until a reader breaks."""
    with pytest.raises(PeerFault):
        parse_peer_list(raw, own="us.example", allow_private=False, most=9)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
)
ITEM = st.dictionaries(st.sampled_from(["origin", "fingerprint", "base_url"]), VALUES) | VALUES


@given(st.lists(ITEM, max_size=6) | VALUES)
def test_only_declared_errors_leave_the_reader(items: Any) -> None:
    """FED-69."""
    raw = json.dumps({"items": items}).encode()
    try:
        found = parse_peer_list(raw, own="us.example", allow_private=True, most=3)
    except PeerFault:
        return
    assert len(found) <= 3
