"""Traces: a word in each record that stands nowhere else in the world, so that what is left of it can be found.

Every version of a record has its own. What a withdrawal covers must be in no file of an honest node: not in the store, not in
the index, not in free pages, not in the write-ahead log.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from entrepot_node.storage.interface import Store
from entrepot_sync.entry import PUBLISH, FeedState

from .history import History

_TRACE = re.compile(rb'"en":"([a-z]{16})')
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SHARED = 4
"""The full-text index writes a word without the letters it shares with the one before; more than this many is no luck."""


def profile(origin: str, number: int, draw: random.Random) -> dict[str, Any]:
    """A company of an origin, with a new trace in its name."""
    letters = "".join("abcdefghij"[int(digit)] for digit in f"{number:026}")
    return {
        "id": f"https://{origin}/id/{letters}",
        "type": "company",
        "name": {"en": f"{''.join(draw.choices(_LETTERS, k=16))} of {origin}"},
        "locations": [{"country": "DE"}],
        "status": "active",
        "updated": "2026-11-23",
    }


def trace_of(raw: bytes) -> bytes:
    """The trace in a record."""
    found = _TRACE.search(raw)
    assert found is not None
    return found[1]


def erased_traces(store: Store, history: History, *, only: tuple[str, int] = ("", 0)) -> Iterator[bytes]:
    """The traces that must be gone from a store by the entries it holds; of one feed up to a size, if `only` names one.

    One feed may log the digest of another and withdraw it; there the content stays.
    """
    gone: set[bytes] = set()
    kept: set[bytes] = set()
    for feed in store.feeds():
        wanted = only[0] in ("", feed.name)
        end = only[1] if only[0] == feed.name else feed.size
        state = FeedState(feed.origin)
        decisions = [state.decide(index, raw) for index, raw in enumerate(store.entries(feed.id, 0, end))]
        for decision in decisions:
            entry = decision.entry
            if entry is None or entry.op != PUBLISH or entry.digest is None:
                continue
            withdrawn_at = state.subjects[entry.subject].withdrawn_at
            is_gone = withdrawn_at is not None and decision.index < withdrawn_at
            if not is_gone:
                kept.add(entry.digest)
            elif wanted:
                gone.add(entry.digest)
    for digest in sorted(gone - kept):
        if digest in history.contents:
            yield trace_of(history.contents[digest])


def found_in_files(folder: Path, traces: Iterable[bytes]) -> Iterator[str]:
    """The traces that stand in any file below a folder."""
    wanted = list(traces)
    if not wanted:
        return
    whole = [path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()]
    for trace in wanted:
        if any(trace[_SHARED:] in raw for raw in whole):
            yield trace.decode("ascii")
