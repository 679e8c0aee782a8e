"""How often each rule for publishers is broken in what this node holds: counted in the background, kept as a document.

A document of the index is one version of a record for ever, so it is judged once, and again when time alone can have
changed that: of a million records that takes minutes of computing. So it is done in slices of a few hundredths of a
second with long rests between them; what is judged is kept, so that a new start or another process goes on from there.
"""

from __future__ import annotations

import base64
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

import orjson
from pyroaring import BitMap

from entrepot_node.storage.interface import Store
from entrepot_node.version import version
from entrepot_schema.canonical import read_canonical
from entrepot_schema.dates import date_findings
from entrepot_schema.findings import Finding
from entrepot_schema.profile_check import profile_findings
from entrepot_schema.timestamp import format_timestamp

DOCUMENT = "findings"
JUDGED_DOCUMENT = "findings-judged"
_SLICE_SECONDS = 0.05
_REST = 20  # times as long as a slice took
_STEP = 16  # records judged between two looks at the clock
_TELL_SECONDS = 20.0  # from one tally to the next, while records come and go
_LASTS_DAYS = 28  # how long a judgement holds that time will not change before

K = TypeVar("K")
Kind = tuple[str, str]
"""Code and severity of a finding."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Records with at least one finding, by code and severity; how many were judged, when, in which state."""

    state: str
    counted_at: str
    records: int
    by_code: dict[Kind, int]


def read_tally(store: Store) -> Tally | None:
    """What was counted last; None before the first time."""
    raw = store.document(DOCUMENT)
    if raw is None:
        return None
    held = orjson.loads(raw)
    by_code = {(code, severity): count for code, severity, count in held["codes"]}
    return Tally(held["state"], held["countedAt"], held["records"], by_code)


@dataclass(slots=True)
class _Judged:
    """Which documents were judged, in which way, and on which day (as an ordinal) each has to be judged again."""

    ways: dict[frozenset[Kind], BitMap] = field(default_factory=lambda: defaultdict(BitMap))
    due: dict[int, BitMap] = field(default_factory=lambda: defaultdict(BitMap))

    def waiting(self, shown: BitMap, today: int) -> BitMap:
        """The documents that were never judged, or have to be judged again by now."""
        lasting = (docs for day, docs in self.due.items() if day > today)
        return shown - BitMap.union(BitMap(), *lasting)

    def put(self, doc: int, found: Iterable[Kind], day: int) -> None:
        """Note how a document was judged, in the place of what was noted before."""
        for docs in (*self.ways.values(), *self.due.values()):
            docs.discard(doc)
        self.ways[frozenset(found)].add(doc)
        self.due[day].add(doc)

    def keep(self, shown: BitMap) -> None:
        """Forget all other documents."""
        self.ways, self.due = _within(self.ways, shown), _within(self.due, shown)

    def count(self, shown: BitMap) -> Counter[Kind]:
        """How many of the shown documents have a finding of each kind."""
        found: Counter[Kind] = Counter()
        for kinds, docs in self.ways.items():
            found.update(dict.fromkeys(kinds, docs.intersection_cardinality(shown)))
        return found

    def to_bytes(self) -> bytes:
        """For the store."""
        ways = [[sorted(kinds), _text(docs)] for kinds, docs in self.ways.items()]
        due = [[day, _text(docs)] for day, docs in self.due.items()]
        return orjson.dumps({"version": version(), "ways": ways, "due": due})

    @classmethod
    def of_bytes(cls, raw: bytes | None) -> _Judged:
        """What was kept; nothing if other software judged by its own rules."""
        judged = cls()
        held = orjson.loads(raw or b"{}")
        if held.get("version") == version():
            for kinds, text in held["ways"]:
                judged.ways[frozenset((code, severity) for code, severity in kinds)] |= _bitmap(text)
            for day, text in held["due"]:
                judged.due[day] |= _bitmap(text)
        return judged


class FindingsCounter:
    """Counts whenever records or the day have changed. `ticks` are seconds that only ever grow."""

    def __init__(
        self, store: Store, now: Callable[[], datetime], *, ticks: Callable[[], float] = time.monotonic
    ) -> None:
        self._store = store
        self._now = now
        self._ticks = ticks
        self._rest_until = self._tell_after = 0.0
        self._judged: _Judged | None = None
        self._unkept = 0  # judged since it was kept
        self._counted: tuple[str, int] | None = None
        self._epoch = ""

    def run(self) -> bool:
        """Judge for a moment if it is time; answer whether everything is counted."""
        begun = self._ticks()
        now = self._now()
        state, today = self._store.state(), now.toordinal()
        if self._counted == (state, today):
            return True
        if begun < self._rest_until:
            return False
        epoch = self._store.epoch()
        if self._judged is None or epoch != self._epoch:  # a server that went back gives numbers anew
            self._epoch = epoch
            self._judged = _Judged.of_bytes(self._store.document(JUDGED_DOCUMENT))
        done = self._count(self._judged, state, now, begun)
        ended = self._ticks()
        self._rest_until = ended + _REST * (ended - begun)
        return done

    def _count(self, judged: _Judged, state: str, now: datetime, begun: float) -> bool:
        shown = self._store.shown_documents(now=now.timestamp())
        waiting = iter(judged.waiting(shown, now.toordinal()))
        while docs := list(islice(waiting, _STEP)):
            for doc, raw in self._store.document_records(docs):
                judged.put(doc, *_judge(raw, now))
            self._unkept += len(docs)
            if self._ticks() - begun >= _SLICE_SECONDS:
                break
        if next(waiting, None) is not None or begun < self._tell_after:
            self._keep_some(judged, len(shown))
            return False
        judged.keep(shown)
        self._keep_some(judged, len(shown))
        codes = [[*kind, count] for kind, count in sorted(judged.count(shown).items()) if count]
        body = {"state": state, "countedAt": format_timestamp(now), "records": len(shown), "codes": codes}
        self._store.put_document(DOCUMENT, orjson.dumps(body))
        self._counted = (state, now.toordinal())
        self._tell_after = begun + _TELL_SECONDS
        return True

    def _keep_some(self, judged: _Judged, shown: int) -> None:
        """Keep what was judged, but no more often than every fiftieth part of all: it is a megabyte for a million."""
        if self._unkept * 50 >= shown:
            self._store.put_document(JUDGED_DOCUMENT, judged.to_bytes())
            self._unkept = 0


def _within(bitmaps: Mapping[K, BitMap], shown: BitMap) -> dict[K, BitMap]:
    return defaultdict(BitMap, {key: found for key, docs in bitmaps.items() if (found := docs & shown)})


def _judge(raw: bytes, now: datetime) -> tuple[set[Kind], int]:
    """What is found in a record, and the day on which it has to be judged again."""
    profile = read_canonical(raw)["credentialSubject"]["profile"]
    found = _kinds(profile_findings(profile, now=now))
    later = now + timedelta(days=_LASTS_DAYS)
    # With findings of these families nothing else is judged, and dates may be anything.
    unread = any(code.startswith(("json.", "schema.")) for code, _ in found)
    lasts = unread or _kinds(date_findings(profile, now)) == _kinds(date_findings(profile, later))
    return found, now.toordinal() + (_LASTS_DAYS if lasts else 1)


def _kinds(findings: Iterable[Finding]) -> set[Kind]:
    return {(one.code, one.severity) for one in findings}


def _text(docs: BitMap) -> str:
    docs.run_optimize()
    return base64.b64encode(docs.serialize()).decode()


def _bitmap(text: Any) -> BitMap:
    return BitMap.deserialize(base64.b64decode(text))
