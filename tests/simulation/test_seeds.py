"""Five nodes in one process, one of them a liar, with all that can go wrong between them (docs/simulation.md).

FED-14, FED-23, FED-30, FED-40 to FED-48, LOG-37, LOG-51, LOG-52, LOG-67, LOG-79; D05, D07, D08, D12, F07, F09, F23, L01 to L05.
"""

from __future__ import annotations

import pytest

from .running import run_many, run_seed
from .serving import Server
from .world import Template

AT_ONCE = 10
MANY = 2_000


@pytest.mark.parametrize("first", range(0, 100, AT_ONCE))
def test_honest_nodes_keep_their_word_whatever_happens(
    first: int, server: Server, template: Template
) -> None:
    for seed in range(first, first + AT_ONCE):
        run_seed(seed, template, server)


@pytest.mark.long
def test_honest_nodes_keep_their_word_in_thousands_of_worlds() -> None:
    reports = run_many(1_000, 1_000 + MANY)
    assert not reports, "\n\n".join(reports)


def test_a_seed_tells_the_same_story_again(server: Server, template: Template) -> None:
    """Every step, every request and what became of it."""
    one, again = (run_seed(7, template, server) for _ in range(2))

    assert one.trace == again.trace
    assert one.network.said == again.network.said
    assert run_seed(8, template, server).trace != one.trace
