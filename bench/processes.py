"""What a first sync costs each process, beside the bare copy: `python -m bench.processes --records 20000 --rounds 3`.

    python -m bench.processes --records 20000 --home FOLDER     # builds the publisher there, or takes the one it finds

CPU seconds of the follower, of its workers and of the publisher's server, and the most memory of the follower with all its
workers. Both ways are interleaved. CPU seconds can be compared on a machine that is busy with other things, the time by the
clock can not. Half of their sum is the least time on two cores.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from bench.building import build
from bench.exchange import FOLLOWER, await_answer, found
from bench.generator import ORIGIN
from bench.process import Finished, Server, cpu_by_process, cpu_seconds, entrepot, run
from bench.recovery import listen_anew

Row = tuple[float, float, float, float, float]
"""Seconds by the clock; CPU seconds of follower, workers, server; peak MiB."""


def main() -> None:
    """Build what is served, run the rounds, print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.processes")
    parser.add_argument("--records", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument(
        "--home", type=Path, help="where the publisher lies, or is built; a copy of it serves"
    )
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="entrepot-processes-") as folder:
        built = chosen.home or Path(folder) / "built"
        if not (built / "entrepot.db").exists():
            build(built, chosen.records)
        _measure(built, Path(folder), chosen.rounds)


def _measure(built: Path, folder: Path, rounds: int) -> None:
    publisher = folder / "publisher"
    shutil.copytree(built, publisher)
    url = listen_anew(publisher)
    rows: dict[str, list[Row]] = {"entrepot sync": [], "bare copy": []}
    print("| way | seconds | CPU: follower | workers | publisher | half the sum | peak MiB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with Server(publisher) as server:
        await_answer(server, f"{url}/feed/checkpoint")
        for number in range(rounds):
            for name, found_rows in rows.items():
                home = folder / f"{number}-{len(name)}"
                found(home, FOLLOWER)
                pull = _ours(home, url) if name == "entrepot sync" else _bare(home, url)
                found_rows.append(_watched(pull, server.pid))
                _tell(f"{name}, round {number + 1}", found_rows[-1])
                shutil.rmtree(home)
    for name, found_rows in rows.items():
        medians = [statistics.median(values) for values in zip(*found_rows, strict=True)]
        _tell(f"**{name}, median**", (medians[0], medians[1], medians[2], medians[3], medians[4]))


Pull = Callable[[Callable[[int], None]], Finished]


def _ours(home: Path, url: str) -> Pull:
    options = ("--allow-private", "--yes", "--no-sync", "--growth-limit", "2000000", "--home", str(home))
    entrepot("follow", url, *options)

    def pull(look: Callable[[int], None]) -> Finished:
        done = entrepot("sync", "--home", str(home), look=look)
        if not done.output[0]["ok"]:
            raise SystemExit(f"the pull failed: {done.output}")
        return done

    return pull


def _bare(home: Path, url: str) -> Pull:
    return lambda look: run("bench.bare_copy", [str(home), url, ORIGIN], look=look)


def _watched(pull: Pull, server: int) -> Row:
    """Run a pull, and add up what its processes used as long as they were there to be looked at."""
    used: dict[int, float] = {}
    roots: set[int] = set()

    def look(root: int) -> None:
        roots.add(root)
        used.update((process, own) for process, (own, _) in cpu_by_process(root).items())

    before = cpu_seconds(server)
    done = pull(look)
    (root,) = roots
    workers = sum(seconds for process, seconds in used.items() if process != root)
    # `cpu_seconds` is that of the root to its last moment, and of nobody else: workers are children of the fork server.
    return (
        *(done.seconds, done.cpu_seconds, workers, cpu_seconds(server) - before),
        done.peak_bytes / 2**20,
    )


def _tell(name: str, row: Row) -> None:
    seconds, *cpu, peak = row
    cells = (f"{seconds:.1f}", *(f"{one:.1f}" for one in cpu), f"{sum(cpu) / 2:.1f}", f"{peak:.0f}")
    print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


if __name__ == "__main__":
    main()
