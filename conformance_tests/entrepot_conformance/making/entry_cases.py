"""`entries.json`: LOG-10 to LOG-19 kept and broken, sequences, and whole feeds (LOG-23)."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.reader.entries import STOP, FeedState, digest_of
from entrepot_conformance.reader.strict_json import canonical

from . import lines
from .entry_drafts import (
    ACME,
    BETA,
    DID,
    GONE,
    KEYS_1,
    KEYS_2,
    ONE,
    digest,
    entry,
    entry_case,
    publish,
    withdraw,
)
from .entry_rules import framing, members, subjects, times, types
from .files import Files, json_file
from .seeds import FEED, ORIGIN

ABOUT = (
    "Bytes are hex. Each case: decide the entries of `before` (all effective unless `before_inert` "
    "lists their indices), then `entry`, as the feed of `origin`. `expect` is effective, inert or "
    "stop. In `sequences` every entry has its outcome; `live` and `withdrawn` give the state after "
    "the last one. In `feeds` the key log is known as well; `expect` is believed, stop or wait."
)


def make_entries() -> Files:
    """Return the file."""
    groups = [
        _good(),
        _stops(),
        framing(),
        members(),
        subjects(),
        types(),
        times(),
        _prevs(),
        _effects(),
    ]
    cases = [case for group in groups for case in group]
    content = {"origin": ORIGIN, "feed": FEED, "cases": cases, "sequences": _sequences(), "feeds": _feeds()}
    return {"entries.json": json_file(ABOUT, **content)}


def _good() -> list[dict[str, Any]]:
    return [
        entry_case("first keys", [], KEYS_1, "LOG-14 LOG-15"),
        entry_case("second keys", ONE, KEYS_2, "LOG-17"),
        entry_case("first publish", [KEYS_1], publish(ACME, None, "acme 1"), "LOG-10"),
        entry_case("second publish", ONE, publish(ACME, 1, "acme 2"), "LOG-17"),
        entry_case("other subject", ONE, publish(BETA, None, "beta 1"), "LOG-17"),
        entry_case("withdraw", ONE, withdraw(ACME, 1), "LOG-19"),
        entry_case("publish after withdraw", GONE, publish(ACME, 2, "acme 2"), "LOG-20"),
        entry_case("type that nobody knows", ONE, publish(BETA, None, "beta 1", type="z" * 32), "LOG-15"),
        entry_case(
            "time before the last entry",
            ONE,
            publish(ACME, 1, "acme 2", time="2020-01-01T00:00:00Z"),
            "LOG-20",
        ),
    ]


def _stops() -> list[dict[str, Any]]:
    good = publish(BETA, None, "beta 1")
    return [
        entry_case("empty entry", ONE, b"", "LOG-10", STOP),
        entry_case("last byte 02, else good", ONE, good[:-1] + b"\x02", "LOG-10", STOP),
        entry_case("two digests", ONE, good[:-5] + digest("x") + good[-5:-1] * 2 + b"\x02", "LOG-10", STOP),
        entry_case("last byte ff, no JSON", ONE, b"hello\xff", "LOG-10", STOP),
        entry_case("unknown op with digest", ONE, entry("state", BETA, None, digest("x")), "LOG-12", STOP),
        entry_case("unknown op without digest", ONE, entry("pause", BETA, None, None), "LOG-12", STOP),
        entry_case("unknown op, nothing else right", ONE, canonical({"op": ""}) + b"\x00", "LOG-12", STOP),
        entry_case("op in capitals", ONE, entry("Publish", BETA, None, digest("x")), "LOG-12", STOP),
    ]


def _prevs() -> list[dict[str, Any]]:
    def case(name: str, before: list[bytes], raw: bytes) -> dict[str, Any]:
        return entry_case(f"prev: {name}", before, raw, "LOG-17", "log.prev")

    inert = [*ONE, publish(ACME, 0, "acme x")]
    return [
        case("null, subject known", ONE, publish(ACME, None, "acme 2")),
        case("0, subject unknown", ONE, publish(BETA, 0, "beta 1")),
        case("index of another subject", ONE, publish(ACME, 0, "acme 2")),
        case("its own index", ONE, publish(ACME, 2, "acme 2")),
        case("negative", ONE, publish(ACME, -1, "acme 2")),
        case("string", ONE, publish(ACME, "1", "acme 2")),
        case("true for 1", ONE, publish(ACME, True, "acme 2")),
        case("false for 0", [KEYS_1], entry("keys", DID, False, digest("x"))),
        case("list", ONE, publish(ACME, [1], "acme 2")),
        case("before the withdrawal", GONE, publish(ACME, 1, "acme 2")),
        case("null after the withdrawal", GONE, publish(ACME, None, "acme 2")),
        case("an inert entry", inert, publish(ACME, 2, "acme 2")),
        case("second keys with null", ONE, entry("keys", DID, None, digest("x"))),
        case("withdraw with null", ONE, withdraw(ACME, None)),
        entry_case("prev: past an inert entry", inert, publish(ACME, 1, "acme 2"), "LOG-17"),
    ]


def _effects() -> list[dict[str, Any]]:
    reused, dead = "log.digest-reused", "log.not-live"
    inert = [*ONE, publish(BETA, 0, "beta 1")]
    key_digest = digest_of(lines.KEY_LOG_1[:-1])
    return [
        entry_case("digest: of the same subject", ONE, publish(ACME, 1, "acme 1"), "LOG-18", reused),
        entry_case("digest: of another subject", ONE, publish(BETA, None, "acme 1"), "LOG-18", reused),
        entry_case("digest: withdrawn", GONE, publish(ACME, 2, "acme 1"), "LOG-18", reused),
        entry_case("digest: of keys", ONE, entry("publish", BETA, None, key_digest), "LOG-18", reused),
        entry_case("digest: keys twice", ONE, entry("keys", DID, 0, key_digest), "LOG-18", reused),
        entry_case("digest: of an inert entry", inert, publish(BETA, None, "beta 1"), "LOG-18"),
        entry_case("withdraw: never published", ONE, withdraw(BETA, None), "LOG-19", dead),
        entry_case("withdraw: twice", GONE, withdraw(ACME, 2), "LOG-19", dead),
        entry_case(
            "order: type before time", ONE, publish(BETA, None, "b", type="", time=""), "LOG-15", "log.type"
        ),
        entry_case(
            "order: subject before type", ONE, publish("x", None, "b", type=""), "LOG-14", "log.subject"
        ),
        entry_case("order: time before prev", ONE, publish(BETA, 7, "b", time=""), "LOG-16", "log.time"),
        entry_case("order: prev before digest", ONE, publish(ACME, None, "acme 1"), "LOG-17", "log.prev"),
        entry_case(
            "order: members before subject",
            ONE,
            entry("withdraw", "x", 1, digest("x")),
            "LOG-13",
            "log.members",
        ),
        entry_case(
            "long: 65,535 bytes", ONE, publish(BETA, None, "b", type="a" * 65_365), "LOG-15", "log.type"
        ),
    ]


def _sequences() -> list[dict[str, Any]]:
    line_3 = digest_of(lines.KEY_LOG_3.split(b"\n")[2])
    life = [
        (KEYS_1, ""),
        (publish(ACME, None, "acme 1"), ""),
        (publish(ACME, 1, "acme 2"), ""),
        (withdraw(ACME, 2), ""),
        (publish(ACME, 3, "acme 1"), "log.digest-reused"),
        (publish(ACME, 3, "acme 3"), ""),
        (withdraw(ACME, 3), "log.prev"),
        (publish(BETA, None, "acme 2"), "log.digest-reused"),
        (publish(BETA, None, "beta 1"), ""),
        (publish(ACME, 5, "acme 4"), ""),
        (withdraw(BETA, 8), ""),
        (withdraw(BETA, 10), "log.not-live"),
        (publish(BETA, 10, "beta 2", type="institution"), "log.type"),
        (publish(BETA, 10, "beta 2"), ""),
    ]
    rotation = [
        (KEYS_1, ""),
        (publish(ACME, None, "acme 1"), ""),
        (KEYS_2, ""),
        (entry("keys", DID, 0, line_3), "log.prev"),
        (publish(ACME, 1, "acme 2"), ""),
        (entry("keys", DID, 2, line_3), ""),
        (publish(ACME, 4, "acme 3"), ""),
    ]
    stopped = [
        (KEYS_1, ""),
        (publish(ACME, None, "acme 1"), ""),
        (entry("state", ACME, 1, digest("x")), STOP),
    ]
    return [
        _sequence("one subject through its life", life, "LOG-17 LOG-18 LOG-19 LOG-20 LOG-21"),
        _sequence("keys twice", rotation, "LOG-17 LOG-24"),
        _sequence("nothing after a stop", stopped, "LOG-12"),
    ]


def _sequence(name: str, entries: list[tuple[bytes, str]], ids: str) -> dict[str, Any]:
    state, steps = FeedState(ORIGIN), []
    for raw, code in entries:
        outcome = state.take(raw)
        if outcome.code != code:
            raise AssertionError(f"{name}: {outcome} where {code!r} was meant")
        step: dict[str, Any] = {"entry": raw.hex(), "expect": outcome.kind}
        if code:
            step["code"] = code
        step["key_line_in_force"] = len(state.key_entries())
        if outcome.entry and outcome.entry.op == "publish":
            step["revision"] = outcome.entry.revision
        steps.append(step)
    live = {e.subject: e.index for e in state.live()}
    withdrawn = [e.index for e in state.withdrawn()]
    return {"name": name, "ids": ids.split(), "steps": steps, "live": live, "withdrawn": withdrawn}


def _feeds() -> list[dict[str, Any]]:
    def feed(name: str, entries: list[bytes], key_log: bytes, expect: str, code: str = "") -> dict[str, Any]:
        facts = {"expect": expect, "code": code} if code else {"expect": expect}
        hexed = [item.hex() for item in entries]
        return {"name": name, "ids": ["LOG-23"], **facts, "entries": hexed, "key_log": key_log.decode()}

    wrong = entry("keys", DID, None, digest("x"))
    wrong_second = entry("keys", DID, 0, digest("x"))
    mismatch = "log.keys-mismatch"
    company_first = publish(ACME, None, "acme 1")
    return [
        feed("opens with line 1", ONE, lines.KEY_LOG_1, "believed"),
        feed("opens with lines 1 and 2", [KEYS_1, KEYS_2], lines.KEY_LOG_2, "believed"),
        feed("key log is ahead of the feed", ONE, lines.KEY_LOG_2, "believed"),
        feed("entry 0 commits to other bytes", [wrong], lines.KEY_LOG_1, "stop", mismatch),
        feed(
            "entry 0 commits to line 2",
            [entry("keys", DID, None, KEYS_2[-37:-5])],
            lines.KEY_LOG_2,
            "stop",
            mismatch,
        ),
        feed("second keys commits to other bytes", [KEYS_1, wrong_second], lines.KEY_LOG_2, "stop", mismatch),
        feed("entry 0 is no keys entry", [company_first, KEYS_1], lines.KEY_LOG_1, "stop", mismatch),
        feed("entry 0 is inert", [entry("keys", DID, 0, KEYS_1[-37:-5])], lines.KEY_LOG_1, "stop", mismatch),
        feed("line 2 is not at hand", [*ONE, KEYS_2], lines.KEY_LOG_1, "wait", "log.keys-missing"),
    ]
