"""Which engines write no more, since the disk has failed under them (FED-76)."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from sqlalchemy import Engine

from entrepot_node.disk_fault import DiskFault

_failed: WeakKeyDictionary[Engine, DiskFault] = WeakKeyDictionary()


def remember_failed(engine: Engine, error: BaseException) -> DiskFault:
    """Note that the disk failed; return the fault that every later write meets."""
    message = f"the disk failed under the store ({error}); this process writes no more"
    return _failed.setdefault(engine, DiskFault("store.io", message))


def require_writable(engine: Engine) -> None:
    """Raise `store.io` if the disk has failed under this engine before."""
    if engine in _failed:
        raise DiskFault("store.io", _failed[engine].message)
