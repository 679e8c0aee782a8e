"""The key log of an origin that changed all its keys: a year, a new log key, a theft (SIG-50, SIG-60, SIG-65)."""

from __future__ import annotations

from . import lines
from .lines import CARD_B, CARD_C, CARD_D, LINE_1, LINE_2, SCID, Line, encode, finish
from .seeds import FEED, ORIGIN, TestKey

FEED_2 = f"{ORIGIN}/feed/2"
RECORDS = (lines.RECORD_1, lines.RECORD_2, lines.RECORD_3, TestKey("record key 4"))
LOG_1, LOG_2, LOG_3 = lines.LOG, TestKey("log key 2"), TestKey("log key 3")
CARD_E = TestKey("card E")
TIMES = ("2026-05-01T08:00:00Z", "2026-05-09T08:00:00Z", "2026-06-02T08:00:00Z", "2026-06-20T08:00:00Z")


def draft(number: int, card: TestKey, cards: tuple[TestKey, TestKey], logs: dict[str, TestKey]) -> Line:
    """Return line `number` without versionId and proof: `card` signs it, `cards` are next, `logs` are named."""
    state = lines.state(SCID, RECORDS[number - 1])
    state["service"] = [
        {
            "id": f"#feed-{feed.rpartition('/')[2]}",
            "serviceEndpoint": {"feed": feed, "vkey": key.vkey(feed)},
            "type": "EntrepotFeed",
        }
        for feed, key in logs.items()
    ]
    return {
        "parameters": {"nextKeyHashes": lines.hashes(*cards), "updateKeys": [card.multikey]},
        "state": state,
        "versionTime": TIMES[number - 1],
    }


LINE_3 = finish(draft(3, CARD_B, (CARD_C, CARD_D), {FEED: LOG_2}), LINE_2["versionId"], 3, CARD_B)
LINE_4 = finish(
    draft(4, CARD_C, (CARD_D, CARD_E), {FEED: LOG_2, FEED_2: LOG_3}), LINE_3["versionId"], 4, CARD_C
)
# A thief of one card, or an owner who signed twice: another third line, just as valid.
OTHER_LINE_3 = finish(draft(3, CARD_C, (CARD_B, CARD_D), {FEED: LOG_1}), LINE_2["versionId"], 3, CARD_C)
LINES = (LINE_1, LINE_2, LINE_3, LINE_4)
# A key log that begins anew under the name of a pinned one: somebody else, or an owner without cards.
OTHER_GENESIS = lines.finish_genesis(
    lines.genesis_draft()
    | {"versionTime": "2026-07-01T08:00:00Z", "state": lines.state("{SCID}", RECORDS[3])}
)


def key_log(number: int) -> bytes:
    """Return the first lines of the key log."""
    return encode(*LINES[:number])
