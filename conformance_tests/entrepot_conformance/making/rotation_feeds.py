"""Whole feeds of `rotations.json`: honest ones, ones with a bad record, and ones whose `keys` entries do not fit."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.reader.strict_json import canonical, parse_object

from .files import base64_text, verdict
from .profiles import sign
from .rotation_lines import FEED_2, LOG_1, LOG_2, LOG_3
from .rotation_story import (
    BOTH,
    FIRST,
    HONEST,
    NEW,
    NEXT,
    SECOND,
    THEFT,
    Step,
    Told,
    keys,
    publish,
    tell,
    with_step,
)
from .seeds import FEED, TestKey


def feed_cases() -> tuple[list[dict[str, Any]], list[str]]:
    """Return the cases, and the records of all that are believed, each once."""
    believed = [*_honest(), *_records()]
    cases = [*believed, *_keys()]
    contents = {base64_text(raw): None for case in believed for raw in case["told"].contents.values()}
    return [{name: value for name, value in case.items() if name != "told"} for case in cases], list(contents)


def _feed(
    name: str, told: Told, ids: str, *, number: int = 4, size: int | None = None, signer: TestKey = LOG_2
) -> dict[str, Any]:
    facts = {"feed": told.feed, "lines": number, "head": base64_text(told.head(signer, size=size))}
    return {
        "name": name,
        "ids": ids.split(),
        **facts,
        "entries": [entry.hex() for entry in told.entries[:size]],
        "told": told,
    }


def _verdicts(told: Told, faults: dict[int, str], size: int | None = None) -> list[dict[str, Any]]:
    """Say for each record whose content is not withdrawn in this part of the feed what it deserves."""
    story = FIRST if told.feed == FEED else SECOND
    steps = story[:size]
    cut = {step.name: index for index, step in enumerate(steps) if step.op == "withdraw"}
    kept = [i for i, step in enumerate(steps) if step.op == "publish" and i > cut.get(step.name, -1)]
    return [{"index": index, **verdict(faults.get(index, ""))} for index in kept]


def _honest() -> list[dict[str, Any]]:
    def believed(name: str, told: Told, ids: str, number: int, size: int, signer: TestKey) -> dict[str, Any]:
        facts = _feed(name, told, ids, number=number, size=size, signer=signer)
        return facts | {"expect": "believed", "records": _verdicts(told, {}, size)}

    return [
        believed("feed 1 before any rotation", HONEST, "LOG-24", 1, 4, LOG_1),
        believed("feed 1 with a new record key", HONEST, "SIG-50 LOG-24", 2, 10, LOG_1),
        believed("feed 1 with a new log key", HONEST, "SIG-50 SIG-61", 3, NEW, LOG_2),
        believed("feed 1 as a thief goes on with it", HONEST, "SIG-65", 3, THEFT, LOG_2),
        believed("feed 2 after a theft", NEXT, "SIG-65 SIG-66", 4, len(SECOND), LOG_3),
    ]


def _records() -> list[dict[str, Any]]:
    """One bad record each; the feed goes on (LOG-26)."""

    def first(name: str, index: int, ids: str, code: str = "key.unknown", **changes: Any) -> dict[str, Any]:
        told = tell(FEED, with_step(FIRST[:NEW], index, **changes))
        facts = _feed(name, told, ids, number=3)
        return facts | {"expect": "believed", "records": _verdicts(told, {index: code}, NEW)}

    def second(name: str, index: int, ids: str, code: str = "key.unknown", **changes: Any) -> dict[str, Any]:
        told = tell(FEED_2, with_step(SECOND, index, **changes))
        facts = _feed(name, told, ids, signer=LOG_3)
        return facts | {"expect": "believed", "records": _verdicts(told, {index: code})}

    return [
        first("record by the old key right behind the rotation", 5, "SIG-50 LOG-24", line=1),
        first("record by the old key long behind the rotation", 8, "SIG-50 LOG-24", line=1),
        first("record by the new key before the rotation", 2, "SIG-50 LOG-24", line=2),
        first("record by the key of two lines ago", 13, "SIG-50 LOG-24", line=1),
        first("record by the log key", 11, "SIG-25", raw=_by_log_key()),
        first("signed again, with the revision of before", 11, "LOG-21", "log.revision", revision=2),
        second("feed 2: record by the stolen key", 5, "SIG-50 SIG-66", line=3),
        second("feed 2: revisions go on counting", 5, "SIG-66 LOG-21", "log.revision", revision=5),
        second("feed 2: a record of feed 1 once more", 4, "SIG-66", "key.*", raw=HONEST.contents[1]),
    ]


def _by_log_key() -> bytes:
    """The record at index 11, signed by the log key under its own name."""
    record = parse_object(HONEST.contents[11])
    return canonical(sign({name: value for name, value in record.items() if name != "proof"}, LOG_2))


def _keys() -> list[dict[str, Any]]:
    """`keys` entries that do not fit the key log, and lines that are not at hand."""

    def stops(
        name: str, feed: str, story: tuple[Step, ...], ids: str, *, number: int = 4, wait: bool = False
    ) -> dict[str, Any]:
        signer = LOG_3 if feed == FEED_2 else LOG_1 if number < 3 else LOG_2
        facts = _feed(name, tell(feed, story), ids, number=number, signer=signer)
        expect, code = ("wait", "log.keys-missing") if wait else ("stop", "log.keys-mismatch")
        return facts | {"expect": expect, "code": code}

    rest = SECOND[4:]
    return [
        stops("keys entry with another digest", FEED, with_step(FIRST[:NEW], 4, raw=b"{}"), "LOG-23", number=3),
        stops("keys entry for the line behind the next one", FEED, (*FIRST[:4], keys(3)),
              "LOG-23", number=3),
        stops("keys entry for a line that is not at hand", FEED, FIRST[:BOTH], "LOG-23", number=2, wait=True),
        stops("keys entry for a line that nobody wrote", FEED_2, (*SECOND, keys(0, b"{}")), "LOG-23", wait=True),
        stops("feed 2 opens with the newest line alone", FEED_2, (keys(4), *rest), "SIG-66 LOG-23"),
        stops("feed 2 opens with two lines swapped", FEED_2, (*map(keys, (1, 3, 2, 4)), *rest), "SIG-66 LOG-23"),
        stops("feed 2 opens without line 3", FEED_2, (*map(keys, (1, 2, 4)), *rest), "SIG-66 LOG-23"),
        stops("feed 2 opens with a record", FEED_2, (publish("delta", 4), *SECOND), "SIG-66 LOG-23"),
    ]  # fmt: skip
