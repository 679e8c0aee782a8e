"""Several fetches side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, TypeVar

A_FEW = 8

T = TypeVar("T")
Peer = TypeVar("Peer")


async def gather(fetches: Sequence[Coroutine[Any, Any, T]]) -> list[T]:
    """Run fetches side by side; when one fails, end the others before its error goes on."""
    tasks = [asyncio.ensure_future(fetch) for fetch in fetches]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def ask_all(ask: Callable[[Peer], Coroutine[Any, Any, object]], peers: Sequence[Peer]) -> None:
    """Ask all peers, a few at a time."""
    for begin in range(0, len(peers), A_FEW):
        await gather([ask(peer) for peer in peers[begin : begin + A_FEW]])
