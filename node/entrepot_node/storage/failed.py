"""Which engines write no more, since the disk has failed under them (FED-76), and which found it full at their last write."""

from __future__ import annotations

from weakref import WeakKeyDictionary, WeakSet

from sqlalchemy import Engine

from entrepot_node.disk_fault import DiskFault
from entrepot_schema.errors import Unavailable

_failed: WeakKeyDictionary[Engine, DiskFault] = WeakKeyDictionary()
_full: WeakSet[Engine] = WeakSet()


def remember_failed(engine: Engine, error: BaseException) -> DiskFault:
    """Note that the disk failed; return the fault that every later write meets."""
    message = f"the disk failed under the store ({error}); this process writes no more"
    return _failed.setdefault(engine, DiskFault("store.io", message))


def require_writable(engine: Engine) -> None:
    """Raise `store.io` if the disk has failed under this engine before."""
    if engine in _failed:
        raise DiskFault("store.io", _failed[engine].message)


def remember_full(engine: Engine) -> Unavailable:
    """Note that the disk is full, until something was written again."""
    _full.add(engine)
    return Unavailable("store.full", "the disk is full; nothing was written")


def remember_written(engine: Engine) -> None:
    """Note that something was written."""
    _full.discard(engine)


def write_fault(engine: Engine) -> str:
    """The code of what keeps an engine from writing, as far as its last write told; empty for nothing."""
    if engine in _failed:
        return "store.io"
    return "store.full" if engine in _full else ""
