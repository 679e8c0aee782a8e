"""Asking many peers, a few at a time."""

from __future__ import annotations

import asyncio

from entrepot_sync.gathering import A_FEW, ask_all


def test_all_are_asked_a_few_at_a_time() -> None:
    asked: list[int] = []
    at_once: list[int] = []
    under_way = 0

    async def ask(peer: int) -> None:
        nonlocal under_way
        under_way += 1
        asked.append(peer)
        await asyncio.sleep(0)  # lets the others begin
        at_once.append(under_way)
        under_way -= 1

    asyncio.run(ask_all(ask, range(2 * A_FEW + 3)))

    assert asked == list(range(2 * A_FEW + 3))
    assert max(at_once) == A_FEW
