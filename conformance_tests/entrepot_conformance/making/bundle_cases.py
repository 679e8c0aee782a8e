"""`bundles.json` and `deltas.json`: what a node sends of entries and contents (LOG-42, LOG-53)."""

from __future__ import annotations

import hashlib
from typing import Any

from entrepot_conformance.reader import tiles
from entrepot_conformance.reader.contents import encode_delta
from entrepot_conformance.reader.entries import FeedState

from .feed import tell
from .files import Files, base64_text, json_file, verdict
from .seeds import ORIGIN


def make_bundles() -> Files:
    """Return `bundles.json`."""
    about = (
        "`raw` is the hex of an entry bundle that should hold `count` entries; `entries` are hex. "
        "`encode`: may a writer put an entry of that length into a bundle."
    )
    one, two = b"one", b"entry two"
    good = tiles.encode_bundle([one, two])
    accepted = {"two entries": (good, [one, two]), "one entry": (tiles.encode_bundle([one]), [one])}
    rows: list[dict[str, Any]] = [
        {
            "name": name,
            "count": len(entries),
            "raw": raw.hex(),
            "entries": [e.hex() for e in entries],
            **verdict(""),
        }
        for name, (raw, entries) in accepted.items()
    ]
    faults = {
        "one entry too few": (3, good),
        "one entry too many": (1, good),
        "last entry cut short": (2, good[:-1]),
        "one byte after the last": (2, good + b"\0"),
        "half a length": (3, good + b"\0"),
        "empty entry": (3, good + b"\0\0"),
        "empty entry first": (2, b"\0\0" + tiles.encode_bundle([one])),
        "nothing": (1, b""),
        "length little-endian": (1, len(one).to_bytes(2, "little") + one),
    }
    rows += [
        {"name": name, "ids": ["LOG-42"], "count": count, "raw": raw.hex(), **verdict("log.bundle")}
        for name, (count, raw) in faults.items()
    ]
    lengths = {0: "log.bundle", 1: "", 65_535: "", 65_536: "log.bundle"}
    encode = [
        {"length": length, "ids": ["LOG-25", "LOG-42"], **verdict(code)} for length, code in lengths.items()
    ]
    return {"bundles.json": json_file(about, cases=rows, encode=encode)}


def make_deltas() -> Files:
    """Return `deltas.json`."""
    about = (
        "Deltas of the feed in feed/ at size 20. `ranges`: queries with the status of the answer at "
        "the given size. `answers`: base64 of whole answers. `readings`: answers that a reader "
        "refuses when it expects `count` entries."
    )
    entries, contents = tell()
    state = FeedState(ORIGIN)
    for raw in entries:
        state.take(raw)

    def answer(start: int, end: int, size: int = 20) -> bytes:
        return encode_delta(entries[:size], state.live(), contents, start, end)

    answers = [
        {
            "from": start,
            "to": 20,
            "sha256": hashlib.sha256(answer(start, 20)).hexdigest(),
            "raw": base64_text(answer(start, 20)),
        }
        for start in (0, 7, 13, 17, 19)
    ]
    short = answer(19, 20)
    faults = {"one entry too few": (2, short), "cut inside the entry": (1, short[:50]), "nothing": (1, b"")}
    faults["no contents, cut inside the entry"] = (1, tiles.encode_bundle(entries[19:])[:-1])
    readings = [
        {"name": name, "ids": ["LOG-53"], "count": count, "raw": base64_text(raw), **verdict("log.bundle")}
        for name, (count, raw) in faults.items()
    ]
    return {"deltas.json": json_file(about, ranges=_ranges(), answers=answers, readings=readings)}


def _ranges() -> list[dict[str, Any]]:
    rows = [
        *((20, f"from={start}&to=20", 200) for start in (0, 13, 19)),
        *(
            (20, query, 400)
            for query in ("from=20&to=20", "from=5&to=3", "from=0&to=19", "from=25&to=20", "from=0&to=0")
        ),
        *((20, query, 404) for query in ("from=0&to=21", "from=0&to=256", "from=20&to=21")),
        *(
            (20, query, 400)
            for query in ("", "from=0", "to=20", "from=&to=20", "from=a&to=20", "from=-1&to=20")
        ),
        *(
            (20, query, 400)
            for query in (
                "from=00&to=20",
                "from=0&to=020",
                "from=0.0&to=20",
                "from=0&to=2e1",
                "from=+0&to=20",
            )
        ),
        *((20, query, 400) for query in ("from=0&to=20&to=20", "from=0&from=1&to=20", "from=٠&to=20")),
        *(
            (600, query, 200)
            for query in ("from=0&to=256", "from=100&to=512", "from=0&to=600", "from=256&to=600")
        ),
        *((600, query, 400) for query in ("from=0&to=300", "from=256&to=256")),
        *((600, query, 404) for query in ("from=0&to=768", "from=0&to=601")),
        *((3000, query, 200) for query in ("from=0&to=1024", "from=1976&to=3000", "from=1&to=1024")),
        *((3000, query, 400) for query in ("from=0&to=1280", "from=1975&to=3000", "from=0&to=3000")),
    ]
    return [
        {"size": size, "query": query, "status": status, "ids": ["EXC-06"]} for size, query, status in rows
    ]
