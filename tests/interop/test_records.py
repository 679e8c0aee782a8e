"""Records verify with `@digitalbazaar/vc`, a W3C implementation by others (SIG-20 to SIG-29)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from entrepot_schema import catalog
from entrepot_schema.key_state import did_web_document
from entrepot_schema.record import Statement, sign_record
from entrepot_schema.timestamp import format_timestamp

from .conftest import NOW, ORIGIN, Figures, FoundedNode, Judge
from .key_logs import NEW_RECORD_KEY, rotated

LATER = (NOW + timedelta(hours=1)).isoformat()
STRIDE = 23  # every so many bytes one is changed: about a hundred changed copies of each record
TYPES = ("cluster", "company", "relation")


def request(did_document: dict[str, Any], records: list[bytes]) -> dict[str, Any]:
    return {
        "credentials": {
            "didDocument": did_document,
            "context": catalog.context_document(),
            "now": LATER,
            "records": [raw.decode() for raw in records],
        }
    }


def changed_copies(raw: bytes) -> Iterator[bytes]:
    """Copies of a record with one letter or digit replaced by a neighbour; nearly all are still JSON."""
    for place in range(0, len(raw), STRIDE):
        old = raw[place : place + 1]
        if old.isalnum():
            new = (
                b"b"
                if old == b"a"
                else b"1"
                if old == b"0"
                else bytes([old[0] - 1])
                if old not in b"A"
                else b"B"
            )
            yield raw[:place] + new + raw[place + 1 :]


@pytest.mark.parametrize("record_type", TYPES)
def test_a_published_record_verifies(
    judge: Judge, node: FoundedNode, figures: Figures, record_type: str
) -> None:
    raw = node.records[record_type]

    (answer,) = judge(request(did_web_document(node.key_log.latest), [raw]))

    assert answer["verified"], answer
    figures.add(f"record verified by a foreign verifier ({record_type})")


def test_the_published_records_hold_chinese_text(node: FoundedNode) -> None:
    """Otherwise the tests beside this one would say nothing about canonical bytes beyond ASCII."""
    assert all(any(letter > "\u4e00" for letter in node.records[name].decode()) for name in TYPES)


@pytest.mark.parametrize("record_type", TYPES)
def test_a_record_with_one_changed_byte_fails(
    judge: Judge, node: FoundedNode, figures: Figures, record_type: str
) -> None:
    copies = list(changed_copies(node.records[record_type]))
    assert len(copies) > 30

    answers = judge(request(did_web_document(node.key_log.latest), copies))

    wrong = [copy for copy, answer in zip(copies, answers, strict=True) if answer["verified"]]
    assert wrong == []
    for _ in copies:
        figures.add(f"changed copy refused by a foreign verifier ({record_type})")


def test_a_changed_chinese_letter_fails(judge: Judge, node: FoundedNode) -> None:
    raw = node.records["cluster"]
    assert "苏".encode() in raw

    (answer,) = judge(
        request(did_web_document(node.key_log.latest), [raw.replace("苏".encode(), "蘇".encode(), 1)])
    )

    assert not answer["verified"]


def test_the_context_defines_every_member_and_keeps_the_profile_whole(
    judge: Judge, node: FoundedNode
) -> None:
    """JSON-LD expansion in safe mode refuses undefined members; `profile` stays one JSON value."""
    raw = node.records["cluster"]

    (answer,) = judge(request(did_web_document(node.key_log.latest), [raw]))

    (expanded,) = answer["expanded"]
    (subject,) = expanded["https://www.w3.org/2018/credentials#credentialSubject"]
    (profile,) = subject["https://w3id.org/entrepot/ns/v1#profile"]
    assert profile == {"@type": "@json", "@value": json.loads(raw)["credentialSubject"]["profile"]}


def test_after_a_rotation_only_the_new_key_counts(judge: Judge, node: FoundedNode) -> None:
    """A DID document names one key; what an older one signed is judged by followers, who hold the key log."""
    old = node.records["company"]
    profile = json.loads(old)["credentialSubject"]["profile"]
    statement = Statement(profile["id"], "company", format_timestamp(NOW), 2)
    nonce = "AAAAAAAAAAAAAAAAAAAAAA"
    new = sign_record(profile, statement, key=NEW_RECORD_KEY, origin=ORIGIN, license="CC-BY-4.0", nonce=nonce)
    key_log = rotated(node)

    by_new_twin = judge(request(did_web_document(key_log.latest), [new, old]))
    by_old_twin = judge(request(did_web_document(node.key_log.latest), [new, old]))

    assert [answer["verified"] for answer in by_new_twin] == [True, False]
    assert [answer["verified"] for answer in by_old_twin] == [False, True]
