"""The golden vectors as questions: entries, whole feeds, and a feed whose keys change."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from entrepot_conformance.suite.case import Side
from entrepot_conformance.vectors_folder import vectors_folder

from .question import Question
from .vector_questions import ask, encoded, load, told_apart

_VERDICTS = {
    "effective": "accept",
    "believed": "accept",
    "inert": "refuse",
    "stop": "refuse",
    "wait": "refuse",
}


def feed_questions() -> list[Question]:
    """All questions of these files."""
    lists = (_entries(), _sequences(), _key_entries(), _sizes(), _node_document(), _rotations())
    return told_apart(question for some in lists for question in some)


def _judged(row: dict[str, Any]) -> dict[str, Any]:
    """The same row in the words of accept and refuse."""
    return {**row, "expect": _VERDICTS.get(row["expect"], row["expect"])}


def _entries() -> Iterator[Question]:
    told = load("entries.json")
    for row in told["cases"]:
        about = {"origin": told["origin"], "before": row["before"], "entry": row["entry"]}
        yield ask("entry", _judged(row), about, ids="LOG-10", due={})


def _sequences() -> Iterator[Question]:
    told = load("entries.json")
    for row in told["sequences"]:
        steps = [_outcome(step) for step in row["steps"]]
        mixed = any(step["outcome"] != "effective" for step in steps)
        due = {"outcomes": steps, "live": row["live"], "withdrawn": row["withdrawn"]}
        about = {"origin": told["origin"], "entries": [step["entry"] for step in row["steps"]]}
        also = frozenset({Side.REFUSE}) if mixed else frozenset()
        yield ask("entries", row, about, ids="LOG-20", due=due, also=also)


def _outcome(step: dict[str, Any]) -> dict[str, Any]:
    names = ("code", "revision", "key_line_in_force")
    return {"outcome": step["expect"], **{name: step[name] for name in names if name in step}}


def _key_entries() -> Iterator[Question]:
    told = load("entries.json")
    for row in told["feeds"]:
        about = {
            "origin": told["origin"],
            "key_log": encoded(row["key_log"].encode()),
            "entries": row["entries"],
        }
        yield ask("key-entries", _judged(row), about, ids="LOG-23")


def _sizes() -> Iterator[Question]:
    """The golden feed at every size: its head, its tree, and what is live and withdrawn."""
    told = load("feed/feed.json")
    for size, facts in enumerate(told["sizes"]):
        about = {"origin": told["origin"], "entries": [row["entry"] for row in told["entries"][:size]]}
        live = {row["subject"]: row["index"] for row in facts["live"]}
        due = {
            "root": facts["root"], "frontier": facts["frontier"], "live": live, "withdrawn": facts["erased"],
        }  # fmt: skip
        name = f"the golden feed at size {size}"
        yield ask("entries", {}, about, ids="LOG-20 LOG-30 LOG-51", due=due, name=name)
        head = encoded(facts["checkpoint"].encode())
        about = {"feed": told["feed"], "vkey": told["vkey"], "raw": head}
        yield ask(
            "checkpoint", {}, about, ids="LOG-31 LOG-35", due={"size": size, "root": facts["root"]}, name=name
        )


def _node_document() -> Iterator[Question]:
    told = load("feed/feed.json")
    folder = vectors_folder() / "feed"
    key_log, raw = (folder / "keys.jsonl").read_bytes(), (folder / "node.json").read_bytes()
    about = {"origin": told["origin"], "key_log": encoded(key_log), "raw": encoded(raw)}
    yield ask("node-document", {}, about, ids="EXC-08", name="of the golden feed")


def _rotations() -> Iterator[Question]:
    told = load("rotations.json")
    origin, lines = told["origin"], told["key_log"].encode().splitlines(keepends=True)
    for row in told["key_logs"]:
        about = {
            "origin": origin,
            "raw": encoded(row["offered"].encode()),
            "pinned": encoded(row["pinned"].encode()),
        }
        yield ask("key-log", row, about, ids="SIG-49", name=f"that arrives: {row['name']}")
    for row in told["heads"]:
        key_log = encoded(b"".join(lines[: row["lines"]]))
        yield ask("head", row, {"feed": row["feed"], "key_log": key_log, "raw": row["raw"]}, ids="SIG-60")
    for row in told["feeds"]:
        about = {
            "feed": row["feed"],
            "key_log": encoded(b"".join(lines[: row["lines"]])),
            "head": row["head"],
            "entries": row["entries"],
            "contents": told["contents"],
        }
        mixed = any(one["expect"] == "refuse" for one in row.get("records", ()))
        also = frozenset({Side.REFUSE}) if mixed else frozenset()
        yield ask("feed", _judged(row), about, ids="LOG-24", due={"records": _records(row)}, also=also)


def _records(row: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"index": one["index"], "code": one.get("code", "")} for one in row.get("records", ())]
