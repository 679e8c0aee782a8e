"""How often each rule for publishers is broken in what this node holds: counted in the background, kept as a document.

Every record has to be judged for it, so it is counted when records have changed or a day has passed, and for no more
than a hundredth of the time.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import orjson

from entrepot_node.storage.interface import Store
from entrepot_node.storage.search import SearchQuery
from entrepot_schema.canonical import read_canonical
from entrepot_schema.profile_check import profile_findings
from entrepot_schema.timestamp import format_timestamp

DOCUMENT = "findings"
_REST = 100


@dataclass(frozen=True, slots=True)
class Tally:
    """Records with at least one finding, by code and severity; how many were judged, when, in which state."""

    state: str
    counted_at: str
    records: int
    by_code: dict[tuple[str, str], int]


def read_tally(store: Store) -> Tally | None:
    """What was counted last; None before the first time."""
    raw = store.document(DOCUMENT)
    if raw is None:
        return None
    held = orjson.loads(raw)
    by_code = {(code, severity): count for code, severity, count in held["codes"]}
    return Tally(held["state"], held["countedAt"], held["records"], by_code)


def count_findings(store: Store, now: datetime) -> bool:
    """Judge all live records and keep the outcome; False where the last one still holds."""
    state, today = store.state(), format_timestamp(now)
    last = read_tally(store)
    if last is not None and last.state == state and last.counted_at[:10] == today[:10]:
        return False
    found: Counter[tuple[str, str]] = Counter()
    records = 0
    for raw in store.stream(SearchQuery(), now=now.timestamp()):
        records += 1
        profile = read_canonical(raw)["credentialSubject"]["profile"]
        found.update({(fault.code, fault.severity) for fault in profile_findings(profile, now=now)})
    codes = [[code, severity, count] for (code, severity), count in sorted(found.items())]
    body = {"state": state, "countedAt": today, "records": records, "codes": codes}
    store.put_document(DOCUMENT, orjson.dumps(body))
    return True


class FindingsCounter:
    """Counts again and again, and rests in between for a hundred times as long as it took."""

    def __init__(self, store: Store, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self._rest_until = 0.0

    def run(self) -> None:
        """Count if it is time."""
        begun = time.monotonic()
        if begun >= self._rest_until and count_findings(self._store, self._now()):
            ended = time.monotonic()
            self._rest_until = ended + _REST * (ended - begun)
