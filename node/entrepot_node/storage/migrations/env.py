"""How Alembic reaches the store: on the connection it is handed, inside its transaction."""

from __future__ import annotations

from alembic import context

import entrepot_node.storage.dialect  # noqa: F401  how text is kept in PostgreSQL

connection = context.config.attributes["connection"]
context.configure(connection=connection, transactional_ddl=True, render_as_batch=True)
context.run_migrations()
