"""Ten, a hundred, a thousand nodes: `python -m bench.federation` (some minutes).

    python -m bench.federation --nodes 10 100 --hours 0.2        # a quick look
    python -m bench.federation --costs costs.json                # with costs measured before

First the costs of the exchanges are measured between two real nodes (`bench.federation_costs`). Then worlds are run in
virtual time with the code that decides in a real node (`bench.federation_world`): one publisher, and followers that all
follow it and are followed by it. Loads of single feeds add up, so that a whole mesh is computed from one of them. Writes
`federation.json` and `federation.md` into `--out`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.federation_costs import Cost, Costs, measure_costs
from bench.federation_world import Load, Plan, World, quiet
from bench.report import machine
from bench.virtual_time import VirtualLoop

_WARM_SECONDS = 400.0  # longer than any wait while all is well
_DAY = 86_400.0
_LONGEST = 48 * 3_600.0
_OUTAGE_AFTER = 16
_KINDS = ("pushed", "polled", "outage, mirrors", "outage, no mirrors")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One world. Idle loads are a day's, of one feed; those of the change are all that came until all had it.

    Times are seconds from the change until half, 95 % and all of the followers had it; None where some never did.
    """

    nodes: int
    kind: str
    idle_publisher: Load
    idle_follower: Load
    change_publisher: Load
    change_followers: Load
    half: float | None
    most: float | None
    all: float | None
    had_it: int


def main() -> int:
    """Measure, simulate, report."""
    parser = argparse.ArgumentParser(prog="python -m bench.federation", description="Simulate a federation.")
    parser.add_argument("--nodes", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument(
        "--hours", type=float, default=1.0, help="of idle time that is simulated (default: 1)"
    )
    parser.add_argument("--poll", type=float, default=300.0, help="the setting poll_seconds (default: 300)")
    parser.add_argument("--round-trip", type=float, default=0.1, help="seconds of a request (default: 0.1)")
    parser.add_argument("--costs", type=Path, help="costs of a run before, as federation.json has them")
    parser.add_argument("--out", type=Path, default=Path(__file__).resolve().parent / "results")
    chosen = parser.parse_args()
    quiet()
    costs = _read_costs(chosen.costs) if chosen.costs else _measured()
    outcomes = []
    for nodes in chosen.nodes:
        for kind in _KINDS:
            plan = Plan(
                nodes, mirrors=0 if kind == "outage, no mirrors" else max(2, nodes // 50),
                pushing=kind != "polled", poll_seconds=chosen.poll, round_trip=chosen.round_trip,
            )  # fmt: skip
            if kind.startswith("outage") and nodes <= 2 * _OUTAGE_AFTER:
                continue  # nearly all have it before it vanishes
            # Until it vanishes, a world with an outage is that of the first row.
            idle = 0.0 if kind.startswith("outage") else chosen.hours * 3600
            outcomes.append(simulate(plan, kind, costs, idle))
            print(f"{nodes} nodes, {kind}: all had it after {_seconds(outcomes[-1].all)}", file=sys.stderr)
    _write(chosen, costs, outcomes)
    return 0


def _measured() -> Costs:
    print("measuring what exchanges cost, between two nodes …", file=sys.stderr)
    with tempfile.TemporaryDirectory(prefix="entrepot-federation-") as folder:
        return measure_costs(Path(folder))


def simulate(plan: Plan, kind: str, costs: Costs, idle_seconds: float) -> Outcome:
    """Run one world: some idle time, then one change."""
    loop = VirtualLoop()
    try:
        return loop.run_until_complete(_simulate(plan, kind, costs, idle_seconds))
    finally:
        loop.close()


async def _simulate(plan: Plan, kind: str, costs: Costs, idle_seconds: float) -> Outcome:
    world = World(plan, costs)
    world.start()
    await asyncio.sleep(_WARM_SECONDS)
    before = world.loads()
    await asyncio.sleep(idle_seconds)
    after = world.loads()
    scale = _DAY / idle_seconds if idle_seconds else 0.0
    idle = [_scaled(_less(one, other), scale) for one, other in zip(after, before, strict=True)]
    if kind.startswith("outage"):
        # Those that are pushed to first have it then; mirrors are among them, as their names come first.
        world.vanishes_after = min(_OUTAGE_AFTER, max(1, (plan.nodes - 1) // 3))
    world.change()
    waited = 0.0
    while len(world.reached) < plan.nodes - 1 and waited < _LONGEST and not _is_hopeless(world):
        await asyncio.sleep(0.5)
        waited += 0.5
    done = world.loads()
    times = sorted(world.reached.values())
    await world.stop()
    followers = plan.nodes - 1

    def share(part: float) -> float | None:
        count = max(1, round(part * followers))
        return times[count - 1] if len(times) >= count else None

    return Outcome(
        plan.nodes, kind, idle[0], _scaled(idle[1], 1 / followers), _less(done[0], after[0]),
        _less(done[1], after[1]), share(0.5), share(0.95), share(1.0), len(times),
    )  # fmt: skip


def _is_hopeless(world: World) -> bool:
    """Whether nobody can hand it out any more."""
    return world.publisher.down and not world.plan.mirrors and world.now() - world.changed_at > 3 * 3_600


def _less(one: Load, other: Load) -> Load:
    return Load(one.requests - other.requests, one.bytes - other.bytes, one.cpu - other.cpu)


def _scaled(load: Load, by: float) -> Load:
    return Load(round(load.requests * by), round(load.bytes * by), load.cpu * by)


def _write(chosen: argparse.Namespace, costs: Costs, outcomes: Sequence[Outcome]) -> None:
    document = {
        "machine": machine(),
        "poll_seconds": chosen.poll,
        "round_trip": chosen.round_trip,
        "hours": chosen.hours,
        "costs": costs.to_json(),
        "outcomes": [_as_json(one) for one in outcomes],
    }
    chosen.out.mkdir(parents=True, exist_ok=True)
    (chosen.out / "federation.json").write_text(json.dumps(document, indent=2) + "\n", "utf-8")
    table = markdown(outcomes, costs)
    (chosen.out / "federation.md").write_text(table, "utf-8")
    print(table)


def _as_json(outcome: Outcome) -> dict[str, Any]:
    loads = ("idle_publisher", "idle_follower", "change_publisher", "change_followers")
    found: dict[str, Any] = {name: getattr(outcome, name) for name in Outcome.__slots__}
    for name in loads:
        load: Load = found[name]
        found[name] = {"requests": load.requests, "bytes": load.bytes, "cpu_seconds": round(load.cpu, 4)}
    return found


def _read_costs(path: Path) -> Costs:
    found = json.loads(path.read_text("utf-8"))["costs"]
    return Costs(
        **{name: Cost(**value) if isinstance(value, dict) else value for name, value in found.items()}
    )


def markdown(outcomes: Sequence[Outcome], costs: Costs) -> str:
    """The tables, as they stand in the documents."""
    named = {
        "idle poll": costs.idle, "one change, polled": costs.polled, "push of a head": costs.push,
        "one change, after a push": costs.pushed, "node document, unchanged": costs.document,
    }  # fmt: skip
    lines = ["| exchange (measured) | requests | bytes both ways |", "| --- | ---: | ---: |"]
    lines += [f"| {name} | {cost.requests} | {cost.bytes:,} |" for name, cost in named.items()]
    lines += [
        "",
        "| nodes | how | idle, a day: publisher is asked | … each follower is asked | one change: publisher is asked | "
        "… all followers are asked | half had it | 95 % | all |",
        "| ---: | --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for one in outcomes:
        cells = [
            f"{one.nodes:,}", one.kind, *map(_load, (
                one.idle_publisher, one.idle_follower, one.change_publisher, one.change_followers,
            )), _seconds(one.half), _seconds(one.most),
            _seconds(one.all) if one.all is not None else f"{one.had_it} of {one.nodes - 1:,}",
        ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, ""])


def _load(load: Load) -> str:
    if not load.requests:
        return "–"
    return f"{load.requests:,} req, {load.bytes / 1e6:,.2f} MB"


def _seconds(value: float | None) -> str:
    if value is None:
        return "never"
    return f"{value:.1f} s" if value < 600 else f"{value / 60:.0f} min"


if __name__ == "__main__":
    sys.exit(main())
