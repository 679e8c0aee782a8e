"""The digest index at the end of an entry (LOG-43, C2SP tlog-addenda)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import Refused
from entrepot_sync.addenda import addenda_digests
from entrepot_sync.entry import Entry

VECTORS = json.loads((Path(__file__).parent / "vectors" / "addenda-index.json").read_text("utf-8"))["vectors"]
SUBJECT = "https://biomed.example/id/aaaaaaaaaaaaaaaaaaaaaaaaaa"


def refusal_of(entry: bytes) -> str:
    with pytest.raises(Refused) as refusal:
        addenda_digests(entry)
    return refusal.value.code


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["name"]) for v in VECTORS if v["expect"] == "ok"])
def test_published_indexes_are_read(vector: dict[str, Any]) -> None:
    """LOG-43."""
    digests = addenda_digests(bytes.fromhex(vector["entry_hex"]))

    assert [digest.hex() for digest in digests] == vector["digests_hex"]


@pytest.mark.parametrize("vector", [pytest.param(v, id=v["name"]) for v in VECTORS if v["expect"] != "ok"])
def test_published_malformed_indexes_are_refused(vector: dict[str, Any]) -> None:
    """LOG-43."""
    assert refusal_of(bytes.fromhex(vector["entry_hex"])) == "log.framing"


def test_our_entries_end_in_an_index_that_any_reader_of_addenda_takes() -> None:
    """LOG-43: one digest for `publish`, none for `withdraw`."""
    publish = Entry("publish", SUBJECT, "company", "2026-11-23T09:30:00Z", None, b"\x07" * 32)
    withdraw = Entry("withdraw", SUBJECT, "company", "2026-11-23T09:31:00Z", 0, None)

    assert addenda_digests(publish.to_bytes()) == [b"\x07" * 32]
    assert addenda_digests(withdraw.to_bytes()) == []


@given(st.binary(max_size=200))
def test_random_bytes_name_digests_inside_them_or_are_refused(entry: bytes) -> None:
    """LOG-43: only `Refused` leaves the reader; every digest is 32 bytes of the entry."""
    try:
        digests = addenda_digests(entry)
    except Refused as refusal:
        outcome = refusal.code == "log.framing"
    else:
        outcome = len(digests) == entry[-1] and all(len(d) == 32 and d in entry for d in digests)

    assert outcome
