"""`python -m tests.simulation SEED` tells all that happens in one seed; `FIRST END` runs all seeds from FIRST to before END."""

from __future__ import annotations

import sys

from .building import build, world_folder
from .running import run_many, run_seed
from .serving import serving


def main(numbers: list[int]) -> int:
    if len(numbers) == 2:
        reports = run_many(*numbers)
        print("\n\n".join([*reports, f"{len(reports)} of {numbers[1] - numbers[0]} seeds failed"]))
        return 1 if reports else 0
    with serving() as server, world_folder() as folder:
        world = run_seed(numbers[0], build(folder, server), server)
    print("\n".join(world.trace))
    return 0


if __name__ == "__main__":
    sys.exit(main([int(number) for number in sys.argv[1:3]]))
