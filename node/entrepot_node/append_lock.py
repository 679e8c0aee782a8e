"""One appender at a time for each log key: a lock of the operating system beside the key (LOG-37).

`flock` and not `fcntl`: the lock belongs to the open file and is not lost when another part of the process closes
the same path. It goes with the process, however it ends.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from entrepot_schema.errors import Conflict

WAIT_SECONDS = 30.0
_RETRY_SECONDS = 0.05


@contextmanager
def append_lock(
    path: Path, *, wait_seconds: float = WAIT_SECONDS, pause: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the right to append; raise `Conflict` when another process keeps it for too long."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, path, wait_seconds, pause)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, path: Path, wait_seconds: float, pause: Callable[[float], None]) -> None:
    tries = int(wait_seconds / _RETRY_SECONDS) + 1
    for left in reversed(range(tries)):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if not left:
                hint = "Wait for the other command to end, or stop it."
                raise Conflict(
                    "publish.locked", f"another process is publishing ({path})", hint=hint
                ) from None
            pause(_RETRY_SECONDS)
        else:
            return
