"""Opening stores quickly: hundreds are opened in a run, all of one schema."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Dialect
from sqlalchemy.util import LRUCache

from entrepot_node.home import Home
from entrepot_node.storage.engine import open_engine
from entrepot_node.storage.migrate import migrate
from entrepot_node.storage.sql_store import SqlStore

from .clocks import Clock

# Statements as SQL: to write them anew for each store takes longer than to run them. They are kept by dialect, so all
# engines have one.
_compiled: LRUCache[Any, Any] = LRUCache(1_000)
_dialects: list[Dialect] = []


def open_store(home: Home, clock: Clock) -> SqlStore:
    """Open the store of a node as `SqlStore.open` does, with the clock of its node."""
    engine = open_engine(home.store_file)
    migrate(engine)
    _dialects[1:] = []
    _dialects.append(engine.dialect)
    engine.dialect = _dialects[0]
    engine.update_execution_options(compiled_cache=_compiled)
    return SqlStore(engine, now=clock.seconds)
