"""What news costs: one changed record, a hundred, none.

After a first sync, records are changed where they are published, and each copy is brought up to date by a process of its own:
`entrepot sync`, a pull of PouchDB, `git pull`. Bytes are those in both directions with HTTP's heads, without TCP and TLS.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from bench.exchange import changed, write_lines
from bench.first_sync import FirstSync, served_records
from bench.generator import Profile, generate
from bench.process import entrepot
from bench.relay import Relay, relayed
from bench.replicators import Replicator, counted, replicators
from bench.row import OURS, Goal, Row, at_most, make_row
from bench.stage import Stage, say
from entrepot_node.commands.node import open_node

MINUTES = (1, 4)
_KINDS = {"one changed record": 1, "100 changed records": 100, "an idle poll": 0}
_GOALS: dict[str, tuple[tuple[Goal, ...], tuple[Goal, ...]]] = {
    "one changed record": ((at_most(3),), (at_most(2_500),)),
    "100 changed records": ((), (at_most(60_000),)),
    "an idle poll": ((at_most(1),), (at_most(500),)),
}


@dataclass(slots=True)
class _Costs:
    """What was measured of one kind of news, by who pulled."""

    requests: dict[str, list[float]] = field(default_factory=dict)
    bytes: dict[str, list[float]] = field(default_factory=dict)
    seconds: dict[str, list[float]] = field(default_factory=dict)

    def add(self, who: str, requests: int, wire_bytes: int, seconds: float) -> None:
        if requests:  # git speaks no HTTP
            self.requests.setdefault(who, []).append(requests)
        self.bytes.setdefault(who, []).append(wire_bytes)
        self.seconds.setdefault(who, []).append(seconds)


def rows(stage: Stage) -> Iterator[Row]:
    """Requests, bytes and seconds of each kind of news."""
    for records in stage.sizes(20_000, quick=2_000):
        for kind, costs in _measure(stage, records).items():
            for_requests, for_bytes = _GOALS[kind]
            yield make_row(f"{kind}: requests", "", costs.requests, *for_requests)
            yield make_row(f"{kind}: bytes", "B", costs.bytes, *for_bytes)
            yield make_row(f"{kind}: from the start of the pulling process to its end", "s", costs.seconds)


def _measure(stage: Stage, records: int) -> dict[str, _Costs]:
    profiles = generate(records)
    with ExitStack() as stack:
        folder = stack.enter_context(stage.room())
        home, url, _ = stack.enter_context(stage.served(records))
        lines = served_records(url)
        places = {json.loads(line)["credentialSubject"]["id"]: place for place, line in enumerate(lines)}
        peers = stack.enter_context(replicators(folder, lines))
        follower = folder / "follower"
        FirstSync(url, len(lines)).pull(follower)
        pulls = [(peer, stack.enter_context(relayed(peer.port)), folder / peer.name) for peer in peers]
        for peer, relay, at in pulls:
            peer.pull(at, relay=relay)
        costs = {kind: _Costs() for kind in _KINDS}
        for number in range(stage.rounds):
            for kind, count in _KINDS.items():
                news = changed(profiles, count, number) if count else []
                published = _publish(home, folder, news)
                for peer in peers:
                    peer.change([places[one["id"]] for one in news], published)
                _pull(costs[kind], folder / "follower", pulls, len(news))
            say(f"round {number + 1} of {stage.rounds}")
        return costs


def _publish(home: Path, folder: Path, profiles: Sequence[Profile]) -> list[bytes]:
    """Publish changed profiles; return their records."""
    if not profiles:
        return []
    file = write_lines(folder / "changes.jsonl", profiles)
    published = entrepot("publish", str(file), "--home", str(home)).output["published"]
    if published != len(profiles):
        raise SystemExit(f"{published} of {len(profiles)} changed profiles were published")
    with open_node(home) as node:
        found = [node.store.versions(profile["id"]) for profile in profiles]
    return [next(version.raw or b"" for version in versions if version.live) for versions in found]


def _pull(costs: _Costs, follower: Path, pulls: Sequence[tuple[Replicator, Relay, Path]], count: int) -> None:
    done = entrepot("sync", "--home", str(follower))
    (report,) = done.output
    if report["stored"] != count:
        raise SystemExit(f"the pull of changes stored something else than {count}: {report}")
    costs.add(OURS, report["requests"], report["wire_bytes"], done.seconds)
    for peer, relay, at in pulls:
        wire_bytes, requests, seconds = counted(peer, relay, at)
        costs.add(peer.of_news, requests, wire_bytes, seconds)
