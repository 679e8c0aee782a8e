"""Bring the schema of a store up to date, at start. Alembic is loaded only when there is something to do."""

from __future__ import annotations

import threading
from pathlib import Path

from sqlalchemy import Engine, inspect, text

from entrepot_node.storage.engine import reading, writing
from entrepot_node.storage.facet_blocks import seal_blocks
from entrepot_node.storage.search_index import fill_if_outdated, is_outdated
from entrepot_schema.errors import Misuse

HEAD = "0022"
_FOLDER = Path(__file__).parent / "migrations"
_ONE_AT_A_TIME = threading.Lock()


def migrate(engine: Engine) -> None:
    """Create or upgrade the schema; refuse a store written by newer software."""
    version = _version(engine)
    if version == HEAD:
        _fill_index(engine)
        return
    if version is not None and version > HEAD:
        hint = "Install the newer version again, or restore a backup made before the upgrade."
        raise Misuse("store.newer", f"the store has schema {version}; this software knows {HEAD}", hint=hint)
    from alembic import command  # half a second that most starts do not need
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    # Processes wait for one another in the store and find it done; Alembic itself keeps what it works on in globals.
    with _ONE_AT_A_TIME, writing(engine) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
        fill_if_outdated(connection)
        seal_blocks(connection)


def _fill_index(engine: Engine) -> None:
    """Make the search index anew if other software made it."""
    with reading(engine) as connection:
        outdated = is_outdated(connection)
    if outdated:
        with writing(engine) as connection:
            fill_if_outdated(connection)


def _version(engine: Engine) -> str | None:
    with engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        version: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return version
