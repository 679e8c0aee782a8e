"""Kill the processes of a node in a loop, then its primary: `python -m tests.postgres --rounds 20 --failovers 2`.

Prints for each kill how long each process needed until it had done something new, and in the end what was compared. A process
that was killed is started again, which takes as long as the machine needs for that; after a failover all go on by themselves.
"""

from __future__ import annotations

import argparse
import random
import signal
import sys
import tempfile
from pathlib import Path

from .crew import PUBLISHER, PULLER, WEB, Crew
from .pair import Pair


def run(folder: Path, *, rounds: int, failovers: int, seed: str) -> float:
    """Run the loop; return the longest time any process needed to go on after a failover, in seconds."""
    chance = random.Random(seed)
    longest = 0.0
    with Pair.made() as pair, Crew.at_work(folder, pair, seed) as crew:
        crew.follow()
        _say("all at work", crew.goes_on())
        for number in range(1, rounds + 1):
            part = chance.choice([PUBLISHER, WEB, PULLER])
            crew.kill(part, after=chance.randrange(12))
            _say(f"{number} {part} killed", crew.goes_on())
        for number in range(1, failovers + 1):
            taken = crew.goes_on(pair.fail_over)
            longest = max(longest, _say(f"{number} primary killed, replica promoted", taken))
            if number < failovers:
                pair.rebuild()
                _say(f"{number} a new replica follows", crew.goes_on())
        crew.stop()
        print(crew.require_one_history(), flush=True)
    print(f"longest after a failover: {longest:.1f} s", flush=True)
    return longest


def _say(event: str, taken: dict[str, float]) -> float:
    print(event + ":", ", ".join(f"{part} {seconds:.1f} s" for part, seconds in taken.items()), flush=True)
    return max(taken.values())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--failovers", type=int, default=1)
    parser.add_argument("--seed", default="1")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(1))  # so that all it has started ends too
    with tempfile.TemporaryDirectory(prefix="entrepot-crew-") as place:
        run(Path(place), rounds=given.rounds, failovers=given.failovers, seed=given.seed)
