"""Running seeds: one, or many over several processes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

from .building import build, world_folder
from .serving import Server, serving
from .world import Failed, Template, World

AT_ONCE = 10


def run_seed(seed: int, template: Template, server: Server) -> World:
    """Let one world run to its end; raise `Failed`."""
    with world_folder() as folder:
        world = World(seed, folder, template, server)
        world.run()
        return world


def run_seeds(seeds: Iterable[int]) -> list[str]:
    """Run seeds one after the other in this process; return the reports of those that failed."""
    with serving() as server, world_folder() as folder:
        template = build(folder, server)
        return [report for seed in seeds if (report := _report(seed, template, server))]


def _report(seed: int, template: Template, server: Server) -> str:
    try:
        run_seed(seed, template, server)
    except Failed as failed:
        return str(failed)
    return ""


def run_many(first: int, end: int) -> list[str]:
    """Run the seeds first ≤ seed < end on all cores; return the reports of those that failed."""
    parts = [range(begin, min(begin + AT_ONCE * 10, end)) for begin in range(first, end, AT_ONCE * 10)]
    # Fresh processes: a copy of one in which a thread serves would hang.
    with ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn")) as pool:
        return [report for reports in pool.map(run_seeds, parts) for report in reports]
