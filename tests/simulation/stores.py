"""Opening stores quickly: hundreds are opened in a run, all of one schema."""

from __future__ import annotations

from typing import Any

from entrepot_node.home import Home
from entrepot_node.storage.engine import open_engine
from entrepot_node.storage.migrate import migrate
from entrepot_node.storage.sql_store import SqlStore

from .clocks import Clock

_compiled: dict[
    Any, Any
] = {}  # statements as SQL: to write them anew for each store takes longer than to run them


def open_store(home: Home, clock: Clock) -> SqlStore:
    """Open the store of a node as `SqlStore.open` does, with the clock of its node."""
    engine = open_engine(home.store_file)
    engine.update_execution_options(compiled_cache=_compiled)
    migrate(engine)
    return SqlStore(engine, now=clock.seconds)
