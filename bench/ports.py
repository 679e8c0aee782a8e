"""Ports of this machine: a free one, and waiting until somebody listens at it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

_START_SECONDS = 20.0


def free_address() -> str:
    """An address of the loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{probe.getsockname()[1]}"


def until_it_answers(ask: Callable[[], None]) -> None:
    """Ask a process that is about to listen until it answers; raise its OSError when that takes too long."""
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            ask()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)  # between looks at a port that a process of ours is about to open
        else:
            return
