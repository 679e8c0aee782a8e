"""The right to append to a feed of ours, whatever the store is. Nobody appends without it, and one process has it at a time (LOG-37).

Processes of one folder meet at the lock beside the log key. Where the store is a database, processes of other machines may
share it, so they meet there too.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from entrepot_node.append_lock import WAIT_SECONDS
from entrepot_node.home import Home
from entrepot_node.storage.interface import Store
from entrepot_schema.origin import parse_feed_name


def is_append_awaited(home: Home, store: Store, feed_name: str) -> bool:
    """Answer whether another process waits for the right."""
    return home.is_append_awaited(parse_feed_name(feed_name).number) or store.is_append_awaited(feed_name)


@contextmanager
def append_right(
    home: Home, store: Store, feed_name: str, *, wait_seconds: float = WAIT_SECONDS
) -> Iterator[None]:
    """Hold the right; raise `Conflict` when another process keeps it for too long.

    Whoever takes it asks the signing gate before anything is signed (FED-43).
    """
    number = parse_feed_name(feed_name).number
    with (
        home.append_lock(number, wait_seconds=wait_seconds),
        store.only_appender(feed_name, wait_seconds=wait_seconds),
    ):
        yield
