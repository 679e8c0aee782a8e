"""A node full of invented records, signed, checked and stored by the code of `entrepot publish`.

Building goes on where it was stopped, so that a million records need not be made in one go. Profiles are invented in a
process of their own, beside the one that signs and stores.
"""

from __future__ import annotations

import multiprocessing
import sys
import time
from collections.abc import Iterator
from itertools import islice
from multiprocessing.queues import Queue
from pathlib import Path

from bench.generator import ORIGIN, Profile, profiles
from bench.process import entrepot
from entrepot_node.commands.node import open_node
from entrepot_node.orders import Publication

BATCH = 4_000
_AHEAD = 2  # batches that wait, invented
_TOLD_STEP = 5


def build(home: Path, records: int) -> float:
    """Found a node, or take the one there, and publish profiles until there are so many; return records a second."""
    if not (home / "entrepot.db").exists():
        entrepot("init", ORIGIN, "--home", str(home), "--takedown-email", f"takedown@{ORIGIN}")
    with open_node(home) as node, node.publisher() as publisher:
        begin = node.store.counts(node.feed.id).live
        if begin >= records:
            return 0.0
        started, done = time.perf_counter(), begin
        for number, batch in enumerate(_invented(begin, records)):
            publisher.publish([Publication(profile, "CC-BY-4.0") for profile in batch])
            done += len(batch)
            if number % _TOLD_STEP == 0 or done == records:
                _tell(done, records, (done - begin) / (time.perf_counter() - started))
        return (done - begin) / (time.perf_counter() - started)


def _tell(done: int, records: int, rate: float) -> None:
    left = (records - done) / rate
    line = f"building: {done:,} of {records:,} published, {rate:,.0f} a second, {left / 60:.0f} min left"
    print(line, file=sys.stderr, flush=True)


def _invented(begin: int, end: int) -> Iterator[list[Profile]]:
    """Batches of the profiles from `begin` to `end`."""
    context = multiprocessing.get_context("spawn")
    queue: Queue[list[Profile] | None] = context.Queue(_AHEAD)
    inventor = context.Process(target=_invent, args=(queue, begin, end), daemon=True)
    inventor.start()
    while (batch := queue.get()) is not None:
        yield batch
    inventor.join()


def _invent(queue: Queue[list[Profile] | None], begin: int, end: int) -> None:
    left = islice(profiles(end), begin, None)
    while batch := list(islice(left, BATCH)):
        queue.put(batch)
    queue.put(None)


if __name__ == "__main__":
    build(Path(sys.argv[1]), int(sys.argv[2]))
