"""A first sync beside what people know: `make bench`, or `python -m bench --only first-sync --records 20000`.

The same signed records go from one process to another on the loopback, by four ways: `entrepot sync` (everything verified,
searchable at its end), PouchDB 9 from express-pouchdb (leveldb at both ends), `git clone` of the records as files from
`git daemon`, and a bare copy (`bench.bare_copy`: same store, same index, nothing verified). The time is that of the pulling
process, from its start to its end.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from bench.exchange import FOLLOWER, found
from bench.generator import ORIGIN
from bench.process import Finished, entrepot, run
from bench.relay import relayed
from bench.replicators import Replicator, counted, replicators
from bench.row import OURS, Goal, Row, at_most, make_row, times_better
from bench.stage import Stage, Way

MINUTES = (1, 25)  # a quick run, and a whole one
BARE = "bare copy"
_LEAST_RECORDS = 20_000
_MEBIBYTE = 1024 * 1024


def rows(stage: Stage) -> Iterator[Row]:
    """The time of a first sync, its bytes, and the memory of both ends."""
    for records in stage.sizes(20_000, 100_000, quick=2_000):
        yield from _of(stage, records)


@dataclass(slots=True)
class FirstSync:
    """Our way: follow and sync, keeping what each run cost beside its time. `database`: makes one for a follower."""

    url: str
    count: int
    database: Callable[[], str] = str
    bytes: list[float] = field(default_factory=list)
    peaks: list[float] = field(default_factory=list)

    def pull(self, at: Path) -> float:
        """Pull everything; return seconds."""
        done = self.sync(at)
        report = done.output[0]
        if report["stored"] != self.count:
            raise SystemExit(f"the first sync stored something else than {self.count} records: {report}")
        self.bytes.append(report["wire_bytes"] / self.count)
        self.peaks.append(done.peak_bytes / _MEBIBYTE)
        return done.seconds

    def sync(self, at: Path) -> Finished:
        """Found a follower and let it pull."""
        variables = {"ENTREPOT_DATABASE": self.database()}
        found(at, FOLLOWER, variables=variables)
        options = ("--allow-private", "--yes", "--no-sync", "--growth-limit", "2000000", "--home", str(at))
        entrepot("follow", self.url, *options, variables=variables)
        return entrepot("sync", "--home", str(at), variables=variables)


def _of(stage: Stage, records: int) -> Iterator[Row]:
    with stage.served(records) as (_, url, server), stage.room() as folder:
        lines = served_records(url)
        with replicators(folder, lines) as peers:
            ours = FirstSync(url, len(lines))
            ways: dict[str, Way] = {OURS: ours.pull, BARE: lambda at: bare_copy(at, url, len(lines))}
            ways |= {peer.name: peer.pull for peer in peers}
            rounds = stage.rounds if records <= 20_000 else stage.slow_rounds()
            seconds = stage.interleaved(ways, rounds)
            wire = {peer.name: [_bytes(stage, peer) / len(lines)] for peer in peers}
    goals = judged(
        records, times_better(2, "PouchDB"), times_better(3, "git clone"), times_better(1 / 1.3, BARE)
    )
    yield make_row(f"first sync of {records:,} records until searchable", "s", seconds, *goals)
    few = [at_most(600)] + ([times_better(1, "PouchDB")] if "PouchDB" in wire else [])
    yield make_row(f"bytes a record, first sync of {records:,}", "B", {OURS: ours.bytes, **wire}, *few)
    yield make_row(f"memory of the follower, first sync of {records:,}", "MiB", ours.peaks, at_most(300))
    peak = server.peak_bytes / _MEBIBYTE
    yield make_row(f"memory of the publisher, all first syncs of {records:,}", "MiB", [peak])


def _bytes(stage: Stage, peer: Replicator) -> int:
    """Bytes of one first sync; by itself, as counting them takes time."""
    with stage.room() as folder, relayed(peer.port) as relay:
        return counted(peer, relay, folder / "at")[0]


def judged(records: int, *goals: Goal) -> tuple[Goal, ...]:
    """The goals of a time; none with few records: the start of a process would be most of what is judged."""
    return goals if records >= _LEAST_RECORDS else ()


def served_records(url: str) -> list[bytes]:
    """All records of a node, as they were signed."""
    with urllib.request.urlopen(f"{url}/api/v1/records.jsonl?origin={ORIGIN}") as answer:
        raw: bytes = answer.read()
    return raw.splitlines()


def bare_copy(at: Path, url: str, count: int, database: str = "") -> float:
    """Copy without checking; return seconds."""
    variables = {"ENTREPOT_DATABASE": database}
    found(at, FOLLOWER, variables=variables)
    done = run("bench.bare_copy", [str(at), url, ORIGIN], variables=variables)
    if done.output["records"] != count:
        raise SystemExit(f"the bare copy brought {done.output['records']} records, not {count}")
    return done.seconds
