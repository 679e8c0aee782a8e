"""The golden vectors as questions: keys, records, key logs, heads, cosignatures, tiles, proofs, bundles and deltas.

Each function reads one list of one file. What a case does not say of itself (its rules, what it must yield) stands here.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from typing import Any

from entrepot_conformance.suite.case import Side
from entrepot_conformance.vectors_folder import vectors_folder

from .question import Question, slug

Row = Mapping[str, Any]


@cache
def load(name: str) -> Any:
    """Return a vector file."""
    return json.loads((vectors_folder() / name).read_text("utf-8"))


def vector_questions() -> list[Question]:
    """All questions of these files; names are unique and say the kind first."""
    lists = (
        _keys(), _records(), _key_logs(), _checkpoints(), _cosignatures(), _add_checkpoint(), _tiles(), _proofs(),
        _record_proofs(), _bundles(), _deltas(),
    )  # fmt: skip
    return told_apart([question for some in lists for question in some])


def told_apart(questions: Iterable[Question]) -> list[Question]:
    """Mark all but the first of those whose names differ in signs alone."""
    found: dict[str, Question] = {}
    for question in questions:
        name = question.name
        if name in found:
            question = replace(question, name=f"{question.what}-{marked(question.why)}")
        found[question.name] = question
    return list(found.values())


_SHOWN = {
    "record-valid": "SIG-01 SIG-03 SIG-08",
    "record-names-second-revision-well-counted": "SIG-04",
    "record-profile-summary-of-600-letters-beyond-u-ffff": "SIG-01 SIG-05",
    "record-profile-ext": "SIG-07 PRO-05",
    "record-profile-member-of-a-cluster": "PRO-02",
    "record-wire-wikidata-q0000": "PRO-01",
    "checkpoint-size-7": "LOG-01 LOG-02",
    "succession-unchanged": "LOG-60",
    "add-checkpoint-from-1-to-4": "LOG-75",
    "record-proof-a-head-with-a-cosignature": "LOG-85",
    "head-both-keys-old-line-known": "SIG-60",
    "record-schema-of-somebody-else": "SIG-30",
    "record-wire-founded-2023-02-29": "PRO-01",
}
"""Rules that vectors show beside those that they name."""


def ask(
    what: str,
    row: Row,
    about: Row,
    *,
    ids: str,
    due: Iterable[str] | Row = (),
    name: str = "",
    also: frozenset[Side] = frozenset(),
) -> Question:
    """Make a question of a row. `ids` are the rules of a row that names none; `due` members, or their names in the row."""
    accept = row.get("expect", "accept") == "accept"
    members = dict(due) if isinstance(due, Mapping) else {one: row[one] for one in due if one in row}
    why = name or row.get("name", "")
    name = f"{what}-{slug(why)}"
    shown = _SHOWN.get(name, "").split()
    return Question(
        name,
        what,
        about,
        (*(row.get("ids") or ids.split()), *shown),
        accept,
        "" if accept else row["code"],
        members if accept else {},
        why,
        also,
    )


def marked(text: str) -> str:
    """A name for a text whose signs matter: a slug alone would give the same name to two of them."""
    return f"{slug(text) or 'nothing'}-{hashlib.sha256(text.encode()).hexdigest()[:6]}"


def encoded(raw: bytes) -> str:
    """Bytes of a file, as they travel in a question."""
    return base64.b64encode(raw).decode("ascii")


def _keys() -> Iterator[Question]:
    told = load("keys.json")
    for row in told["multikeys"]:
        yield ask("multikey", row, {"multikey": row["multikey"]}, ids="SIG-10 SIG-11", due=["public_key"])
    for row in told["signatures"]:
        about = {name: row[name] for name in ("public_key", "message", "signature")}
        yield ask("signature", row, about, ids="SIG-13")
    for row in told["proof_values"]:
        yield ask("proof-value", row, {"proof_value": row["proof_value"]}, ids="SIG-12")
    for row in told["vkeys"]:
        yield ask("vkey", row, {"vkey": row["vkey"]}, ids="LOG-36")


def _records() -> Iterator[Question]:
    told = load("records.json")
    for row in told["cases"]:
        state = told["states"][row["state"]]
        named = {"origin": told["origin"], "scid": told["scid"], "key_state": state["state"]}
        kept = row["expect"] == "kept"
        good = {**row, "expect": "accept"} if kept else row
        due = {"kept": kept, "record_key": state["assertion_key"]}
        yield ask("record", good, {**named, "entry": row["entry"], "raw": row["raw"]}, ids="SIG-20", due=due)


def _key_logs() -> Iterator[Question]:
    told, folder = load("key-logs/expected.json"), vectors_folder() / "key-logs"
    for row in told["cases"]:
        about = {"origin": told["origin"], "raw": encoded((folder / row["file"]).read_bytes())}
        if "pinned" in row:
            about["pinned"] = encoded((folder / row["pinned"]).read_bytes())
        yield ask("key-log", row, about, ids="SIG-40", due=["version_id", "assertion_key", "vkey"])


def _checkpoints() -> Iterator[Question]:
    told = load("checkpoints.json")
    named = {"feed": told["feed"], "vkey": told["vkey"]}
    for row in told["cases"]:
        yield ask("checkpoint", row, {**named, "raw": row["raw"]}, ids="LOG-31", due=["size", "root"])
    for row in told["heads"]:
        about = {name: row[name] for name in ("trusted", "offered")}
        about |= {
            "feed": told["feed"],
            "key_log": encoded((vectors_folder() / "feed/keys.jsonl").read_bytes()),
        }
        yield ask("succession", row, about, ids="LOG-61")


def _cosignatures() -> Iterator[Question]:
    told = load("cosignatures.json")
    named = {name: told[name] for name in ("feed", "vkey", "cosigners")}
    for row in told["cases"]:
        # A line that does not count is one that was refused, under a head that is good.
        lines = base64.b64decode(row["raw"]).decode("utf-8", "replace").count("\n\u2014 ") - 1
        also = frozenset({Side.REFUSE}) if len(row["counted"]) < lines else frozenset()
        about = {**named, "raw": row["raw"]}
        yield ask("cosignatures", row, about, ids="LOG-72", due=["counted"], also=also)


def _add_checkpoint() -> Iterator[Question]:
    told = load("add-checkpoint.json")
    for row in told["cases"]:
        accept = row["status"] == 200
        about = {"vkeys": told["vkeys"], "state": row["state"], "body": row["body"]}
        due = {name: row[name] for name in ("status", "size") if name in row}
        name = f"add-checkpoint-{slug(row['name'])}"
        code = "" if accept else row["code"]
        ids = (*row["ids"], *_SHOWN.get(name, "").split())
        yield Question(name, "add-checkpoint", about, ids, accept, code, due, row["name"])


def _tiles() -> Iterator[Question]:
    told = load("tiles.json")
    for row in told["paths"]:
        due = ["level", "index", "width"]
        yield ask("tile-path", row, {"path": row["path"]}, ids="LOG-40", due=due, name=marked(row["path"]))
    for row in told["trees"]:
        about = {"size": row["size"], "tiles": [tile["path"] for tile in row["tiles"]]}
        due = ["root", "frontier", "number_of_tiles", "tiles"]
        yield ask("tree", row, about, ids="LOG-30 LOG-40 LOG-41", due=due, name=f"of {row['size']} entries")


def _proofs() -> Iterator[Question]:
    told = load("proofs.json")
    for row in told["inclusion"]:
        about = {name: row[name] for name in ("index", "size", "leaf", "proof", "root")}
        yield ask("inclusion", row, about, ids="LOG-30")
    for row in told["consistency"]:
        about = {name: row[name] for name in ("old", "new", "proof", "old_root", "new_root")}
        yield ask("consistency", row, about, ids="LOG-30")


_RULES_OF_PROOFS = {
    "log.proof-file": "LOG-80 LOG-81 LOG-83",
    "log.proof": "LOG-82 LOG-84",
    "": "LOG-80 LOG-81 LOG-82 LOG-83 LOG-84",
}
"""The rules that a file of a proof shows, by its code; all others are those of the record, its entry and its head."""


def _record_proofs() -> Iterator[Question]:
    told = load("record-proofs.json")
    named = {
        "origin": told["origin"],
        "key_log": encoded((vectors_folder() / told["key_log"]).read_bytes()),
    }
    for row in told["cases"]:
        ids = _RULES_OF_PROOFS.get(row.get("code", ""), "LOG-84")
        yield ask("record-proof", row, {**named, "raw": row["raw"]}, ids=ids)


def _bundles() -> Iterator[Question]:
    told = load("bundles.json")
    for row in told["cases"]:
        about = {"raw": encoded(bytes.fromhex(row["raw"])), "count": row["count"]}
        yield ask("bundle", row, about, ids="LOG-42", due=["entries"])
    for row in told["encode"]:
        name = f"of {row['length']} bytes"
        yield ask("entry-length", row, {"length": row["length"]}, ids="LOG-25", name=name)


def _deltas() -> Iterator[Question]:
    told, entries = load("deltas.json"), [row["entry"] for row in load("feed/feed.json")["entries"]]
    for row in told["ranges"]:
        good = row["status"] == 200
        verdict = {**row, "expect": "accept" if good else "refuse", "code": f"http.{row['status']}"}
        about = {"query": row["query"], "size": row["size"]}
        name = f"{marked(row['query'])}-of-{row['size']}"
        yield ask("delta-range", verdict, about, ids="EXC-06", name=name)
    for row in told["answers"]:
        due = {"entries": entries[row["from"] : row["to"]]}
        about = {"raw": row["raw"], "count": row["to"] - row["from"]}
        yield ask("delta", row, about, ids="LOG-53", due=due, name=f"from {row['from']} to {row['to']}")
    for row in told["readings"]:
        yield ask("delta", row, {"raw": row["raw"], "count": row["count"]}, ids="LOG-53")
