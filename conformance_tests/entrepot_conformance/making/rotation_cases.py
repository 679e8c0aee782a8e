"""`rotations.json`: what readers make of key logs, heads and feeds while keys change (SIG-49 to SIG-66, LOG-23, LOG-24)."""

from __future__ import annotations

from typing import Any

from . import lines
from .files import Files, base64_text, json_file, verdict
from .lines import LINE_1, LINE_2, LINE_3, encode
from .rotation_feeds import feed_cases
from .rotation_lines import (
    FEED_2,
    LINE_4,
    LINES,
    LOG_1,
    LOG_2,
    LOG_3,
    OTHER_GENESIS,
    OTHER_LINE_3,
    RECORDS,
    key_log,
)
from .rotation_lines import LINE_3 as NEW_LOG_KEY
from .rotation_story import BOTH, HONEST, NEW, NEXT, THEFT
from .seeds import FEED, ORIGIN, TestKey

ABOUT = (
    "One origin whose key log has four lines: line 2 names a new record key; line 3 a new record key and a new log "
    "key of feed 1; line 4, after a theft, a new record key and the log key of feed 2. `lines` says what each names. "
    "`key_logs`: a key log that arrives where another one is pinned. `heads`: a head that arrives (base64) while the "
    "first `lines` lines are pinned and no more are to be had. `feeds`: whole feeds, entries in hex, head in base64, "
    "read with the first `lines` lines; `contents` has the records of all of them in base64, to be found by digest. "
    "`expect` is believed, stop or wait. Of a feed that is believed each `publish` entry whose content is not "
    "withdrawn has its verdict in `records`."
)
ATTACKER = lines.ATTACKER


def make_rotations() -> Files:
    """Return the file."""
    facts = {"origin": ORIGIN, "scid": lines.SCID, "key_log": key_log(4).decode(), "lines": _lines()}
    feeds, contents = feed_cases()
    cases = {"key_logs": _key_logs(), "heads": _heads(), "feeds": feeds, "contents": contents}
    return {"rotations.json": json_file(ABOUT, **facts, **cases)}


def _lines() -> list[dict[str, Any]]:
    logs = [{FEED: LOG_1}, {FEED: LOG_1}, {FEED: LOG_2}, {FEED: LOG_2, FEED_2: LOG_3}]
    return [
        {
            "version_id": line["versionId"],
            "record_key": RECORDS[index].multikey,
            "log_keys": {feed: key.vkey(feed) for feed, key in logs[index].items()},
            "live_feed": max(logs[index]),
        }
        for index, line in enumerate(LINES)
    ]


def _key_logs() -> list[dict[str, Any]]:
    def case(name: str, pinned: int, offered: bytes, ids: str, code: str = "") -> dict[str, Any]:
        facts = {"pinned": key_log(pinned).decode(), "offered": offered.decode()}
        return {"name": name, "ids": ids.split(), **verdict(code), **facts}

    history, chain = "key.log-history", "key.log-chain"
    return [
        *(case(f"one line more: {n}", n - 1, key_log(n), "SIG-43 SIG-49") for n in (2, 3, 4)),
        case("three lines at once", 1, key_log(4), "SIG-49"),
        case("nothing new", 4, key_log(4), "SIG-49"),
        case("last line dropped: feed 2 is named no more", 4, key_log(3), "SIG-49 SIG-65", history),
        case("line 2 dropped", 3, encode(LINE_1, NEW_LOG_KEY, LINE_4), "SIG-42", chain),
        case("line 3 dropped", 3, encode(LINE_1, LINE_2, LINE_4), "SIG-42", chain),
        case("another line 3, by the other card", 3, encode(LINE_1, LINE_2, LINE_3), "SIG-49", history),
        case("line 3 by a card of nobody's", 2, encode(LINE_1, LINE_2, OTHER_LINE_3), "SIG-49"),
        case("line 3 by the card already used", 2, _by_used_card(), "SIG-43", "key.log-prerotation"),
        case("another first line", 4, encode(OTHER_GENESIS), "SIG-49 SIG-67", history),
    ]


def _by_used_card() -> bytes:
    draft = {name: value for name, value in NEW_LOG_KEY.items() if name not in ("proof", "versionId")}
    card = lines.CARD_A
    draft["parameters"] = {**draft["parameters"], "updateKeys": [card.multikey]}
    return encode(LINE_1, LINE_2, lines.finish(draft, LINE_2["versionId"], 3, card))


def _heads() -> list[dict[str, Any]]:
    def case(
        name: str, pinned: int, raw: bytes, ids: str, code: str = "", feed: str = FEED
    ) -> dict[str, Any]:
        facts = {"feed": feed, "lines": pinned, "raw": base64_text(raw)}
        return {"name": name, "ids": ids.split(), **verdict(code), **facts}

    both, new, theft = HONEST.head(LOG_1, LOG_2, size=BOTH), HONEST.head(LOG_2, size=NEW), HONEST.head(LOG_2)
    assert len(HONEST.entries) == THEFT
    unsigned, replaced, higher = "log.unsigned", "log.replaced-key", "log.superseded"
    return [
        case("before any rotation", 1, HONEST.head(LOG_1, size=4), "LOG-35"),
        case("a new record key is no new log key", 2, HONEST.head(LOG_1, size=10), "SIG-50"),
        case("both keys, old line known", 2, both, "SIG-61"),
        case("both keys, new line known", 3, both, "SIG-61"),
        case("both keys the other way round", 3, HONEST.head(LOG_2, LOG_1, size=BOTH), "SIG-61"),
        case("new key alone", 3, new, "SIG-61"),
        case("new key alone, line not known: no key", 2, new, "SIG-61", unsigned),
        case("old key alone, line not known", 2, HONEST.head(LOG_1, size=BOTH), "SIG-61"),
        case("old key alone", 3, HONEST.head(LOG_1, size=BOTH), "SIG-61", replaced),
        case("old key beside an unknown one", 3, HONEST.head(LOG_1, ATTACKER, size=BOTH), "SIG-61", replaced),
        case(
            "new key and a damaged line of the old one", 3, _damaged(LOG_2, LOG_1), "LOG-35", "log.signature"
        ),
        case(
            "old key and a damaged line of the new one", 3, _damaged(LOG_1, LOG_2), "LOG-35", "log.signature"
        ),
        case("the same, new line not known", 2, _damaged(LOG_1, LOG_2), "LOG-35"),
        case("a key that no line names", 3, HONEST.head(ATTACKER, size=NEW), "LOG-35", unsigned),
        case("record key in place of the log key", 3, HONEST.head(RECORDS[2], size=NEW), "LOG-35", unsigned),
        case("thief, theft not announced", 3, theft, "SIG-61"),
        case("thief, feed 2 announced", 4, theft, "SIG-65", higher),
        case("honest head of feed 1, feed 2 announced", 4, new, "SIG-65", higher),
        case("feed 2", 4, NEXT.head(LOG_3), "SIG-65", feed=FEED_2),
        case("feed 2, not announced", 3, NEXT.head(LOG_3), "SIG-48", unsigned, feed=FEED_2),
        case("feed 2 by the stolen key", 4, NEXT.head(LOG_2), "SIG-48 SIG-65", unsigned, feed=FEED_2),
        case("feed 1 under the name of feed 2", 4, theft, "LOG-31", "log.checkpoint", feed=FEED_2),
    ]


def _damaged(good: TestKey, bad: TestKey) -> bytes:
    """A head with a sound line of one key and a line of another that does not verify."""
    raw, other = HONEST.head(good, size=BOTH), HONEST.head(bad, size=NEW)
    return raw + other.rpartition(b"\n\n")[2]
