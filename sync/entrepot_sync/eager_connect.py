"""Connecting over a line that loses packets: a first packet that was lost is repeated by the system after a second, by us sooner.

On a connection that stands, the system knows how long an answer takes and repeats after that. Before, it knows nothing, and waits
for a second each time. That is most of what a lost packet costs where an exchange is one connection and one small request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

import httpcore

CONNECTIONS = 3
"""How many are tried beside each other at most."""

Stream = httpcore.AsyncNetworkStream
Connect = Callable[[], Coroutine[Any, Any, Stream]]


async def connect_eagerly(connect: Connect, *, again_after: float) -> Stream:
    """Connect; while nothing comes back, try again beside it every `again_after` seconds. The try that ends first decides.

    Raises what that one raises: a refusal is an answer. The others are given up, and closed if they stand.
    """
    tries: list[asyncio.Task[Stream]] = []
    ended: set[asyncio.Task[Stream]] = set()
    taken: asyncio.Task[Stream] | None = None
    try:
        while not ended:
            tries.append(asyncio.ensure_future(connect()))
            wait = again_after if len(tries) < CONNECTIONS else None
            ended, _ = await asyncio.wait(tries, timeout=wait, return_when=asyncio.FIRST_COMPLETED)
        taken = next(one for one in tries if one in ended)
        return taken.result()
    finally:
        await _give_up(one for one in tries if one is not taken)


async def _give_up(tries: Iterable[asyncio.Task[Stream]]) -> None:
    others = list(tries)
    for one in others:
        one.cancel()
    for late in await asyncio.gather(*others, return_exceptions=True):
        if not isinstance(late, BaseException):
            await late.aclose()
