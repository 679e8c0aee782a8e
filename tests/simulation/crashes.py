"""A store whose process dies at a chosen write: just before its commit, or just after.

Whatever the process asks of its store after that has no effect: it is dead, and what it would note in passing is never
noted. The file is left as the commit left it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from entrepot_node.storage.interface import Store

_WRITES = frozenset(
    {
        "append", "put_content", "set_key_log", "set_state", "add_evidence", "lease_follow", "end_pull",
        "lease_push", "end_push", "put_peer_document", "put_reported_head", "put_receipt", "wake_push",
        "add_follow", "add_feed", "move_follow", "erase_held", "put_document", "put_cosignature",
    }
)  # fmt: skip


class Crashed(BaseException):
    """The process is gone. No handler of errors sees it."""


@dataclass
class Crash:
    """When to die: at the n-th write from now on, with it committed or not. `writes` of 0 is never."""

    writes: int = 0
    committed: bool = False
    dead: bool = False


class CrashingStore:
    """A store with a crash in wait. All methods are those of the store behind it."""

    def __init__(self, store: Store, crash: Crash) -> None:
        self._store = store
        self._crash = crash

    def __getattr__(self, name: str) -> Any:
        if self._crash.dead:
            raise Crashed
        found = getattr(self._store, name)
        return self._counted(found) if name in _WRITES and self._crash.writes else found

    def _counted(self, write: Callable[..., Any]) -> Callable[..., Any]:
        def run(*args: Any, **more: Any) -> Any:
            self._crash.writes -= 1
            if self._crash.writes:
                return write(*args, **more)
            if self._crash.committed:
                write(*args, **more)
            self._crash.dead = True
            raise Crashed

        return run
