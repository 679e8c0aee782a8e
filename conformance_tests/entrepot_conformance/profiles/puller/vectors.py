"""The golden vectors of records, each told by a peer: the same bytes under another origin and another key.

What parses is signed again; what does not parse needs no signature to be refused. What rests on the signature itself stands in
`records`.
"""

from __future__ import annotations

import base64
import json
from typing import Any

from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.lying.identity import Identity
from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.making.lines import RECORD_1
from entrepot_conformance.making.profiles import sign
from entrepot_conformance.making.seeds import ORIGIN
from entrepot_conformance.reader.entries import digest_of
from entrepot_conformance.reader.rule_error import RuleError
from entrepot_conformance.reader.strict_json import canonical, parse_document
from entrepot_conformance.suite.case import Side
from entrepot_conformance.vectors_folder import vectors_folder

from .play import Play, Row, slug

_ELSEWHERE = ("key.signature", "key.proof-value", "key.weak")
_ATTACKS = {
    "duplicate": "J01", "deeper": "J02", "brackets": "J02", "NaN": "J03", "2^53": "J04", "400 digits": "J04",
    "integer above": "J04", "minus zero": "J05", "fraction": "J05", "exponent": "J05", "surrogate": "J06",
    "byte order": "J07", "UTF-16": "J07", "NUL": "J08", "Latin-1": "J09", "overlong": "J09", "64 KiB": "J11",
    "null": "J12", "is a list": "J12", "is a string": "J12", "is true": "J12", "two values": "J13",
    "trailing LF": "J13", "context": "J14", "30 February": "J15", "2023-02-29": "J15", "updated": "J15",
    "purpose": "S07", "no proof": "S08", "array": "S12", "cryptosuite": "S09", "created": "S11",
    "key of another origin": "S04", "of a later line": "S05", "white space": "S10",
    "everything of another origin": "F02", "issuer": "F02", "subject of another origin": "F01",
    "relation from another origin": "F01",
}  # fmt: skip


def rows() -> list[Row]:
    """One row a vector that can be told anew."""
    cases = json.loads((vectors_folder() / "records.json").read_text("utf-8"))["cases"]
    chosen = [case for case in cases if _can_be_told(case)]
    return [_row(case, number) for number, case in enumerate(chosen)]


def _can_be_told(case: dict[str, Any]) -> bool:
    usual = case["entry"]["revision"] == 1 and case["state"] == "line 1"
    return usual and case.get("code") not in _ELSEWHERE and "proof: proofValue" not in case["name"]


def _row(case: dict[str, Any], number: int) -> Row:
    name = case["name"]
    # As long as the origin of the vectors, so that sizes stay what they are.
    origin = f"v{number:05d}.example"
    codes = (case["code"],) if case["expect"] == "refuse" else ()
    live = 2 if case["expect"] == "accept" else 1

    def act(play: Play) -> None:
        peer = play.peer(0, Identity(origin))
        index = tell(peer, case)
        play.meet(peer, refused={index: codes} if codes else {}, live=live)

    attack = next((attack for word, attack in _ATTACKS.items() if codes and word in name), "")
    does = {"refuse": "refuses", "accept": "stores", "kept": "keeps unseen"}[case["expect"]]
    side = Side.REFUSE if codes else Side.ACCEPT
    ids = " ".join(case.get("ids") or ["SIG-20"])
    return Row(
        f"record-{number:03d}-{slug(name)}"[:72].rstrip("-"),
        f"It {does} a record ({name})",
        ids,
        act,
        attack,
        side,
    )


def tell(peer: Peer, case: dict[str, Any]) -> int:
    """Publish the record of a vector, and a good one behind it; return the index of the first."""
    feed, entry = peer.feed, case["entry"]
    raw = moved(base64.b64decode(case["raw"]), feed)
    members = {"time": entry["time"], "subject": entry["subject"].replace(ORIGIN, feed.origin), "prev": None}
    feed.contents[digest_of(raw)] = raw
    index = feed.append(feed.entry("publish", "acme", digest_of(raw), kind=entry["type"], **members))
    feed.publish("good")
    peer.tell()
    return index


def moved(raw: bytes, feed: Feed) -> bytes:
    """Return the record as if another origin had made it, with its key."""
    key = feed.identity.records[-1]
    raw = raw.replace(ORIGIN.encode(), feed.origin.encode()).replace(
        RECORD_1.multikey.encode(), key.multikey.encode()
    )
    try:
        record = parse_document(raw)
        options = {name: value for name, value in record["proof"].items() if name != "proofValue"}
        unsigned = {name: value for name, value in record.items() if name != "proof"}
        # Every member of the proof is that of the vector; what it lacks is left out.
        return canonical(sign(unsigned, key, **{**_NO_PROOF, **options}))
    except (RuleError, KeyError, TypeError, AttributeError):
        return raw  # no record that could be signed


_PROOF_MEMBERS = ("type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "@context")
_NO_PROOF: dict[str, Any] = dict.fromkeys(_PROOF_MEMBERS, ...)
