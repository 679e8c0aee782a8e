"""One appender at a time for each log key: a lock of the operating system beside the key (LOG-37).

`flock` and not `fcntl`: the lock belongs to the open file and is not lost when another part of the process closes
the same path. It goes with the process, however it ends. Files that any process may change have locks of the same kind.
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
RETRY_SECONDS = 0.05
"""How often somebody who waits for the right looks again."""
_HINT = "Wait for the other command to end, or stop it."


@contextmanager
def append_lock(
    path: Path, *, wait_seconds: float = WAIT_SECONDS, pause: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    """Hold the right to append; raise `Conflict` when another process keeps it for too long."""
    locked = Conflict("publish.locked", f"another process is publishing ({path})", hint=_HINT)
    with _held(path, locked, wait_seconds, pause):
        yield


@contextmanager
def file_lock(path: Path, *, wait_seconds: float = WAIT_SECONDS) -> Iterator[None]:
    """Hold a file that is read, changed and written back, by a lock beside it; raise `Conflict` when it stays held."""
    locked = Conflict("node.locked", f"another process is changing {path}", hint=_HINT)
    with _held(path.with_name(f"{path.name}.lock"), locked, wait_seconds):
        yield


@contextmanager
def _held(
    path: Path, locked: Conflict, wait_seconds: float, pause: Callable[[float], None] = time.sleep
) -> Iterator[None]:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take(descriptor, path, locked, wait_seconds, pause)
        yield
    finally:
        os.close(descriptor)


def is_awaited(path: Path) -> bool:
    """Answer whether somebody waits for a lock: who holds it for long should let go of it for a moment."""
    try:
        descriptor = os.open(_queue(path), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not _try(descriptor)
    finally:
        os.close(descriptor)


def _queue(path: Path) -> Path:
    """A second lock, held by somebody who waits for the first."""
    return path.with_name(f"{path.name}.queue")


def _take(
    descriptor: int, path: Path, locked: Conflict, wait_seconds: float, pause: Callable[[float], None]
) -> None:
    if _try(descriptor):
        return
    queue = os.open(_queue(path), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _try(queue)
        if take_in_time(lambda: _try(descriptor), wait_seconds, pause):
            return
    finally:
        os.close(queue)
    raise locked


def take_in_time(take: Callable[[], bool], wait_seconds: float, pause: Callable[[float], None]) -> bool:
    """Try again and again for some time; answer whether it worked."""
    for _ in range(int(wait_seconds / RETRY_SECONDS)):
        pause(RETRY_SECONDS)
        if take():
            return True
    return False


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
