"""A first sync into PostgreSQL: beside the same into SQLite, and beside a bare copy into PostgreSQL.

The server is a process of its own, made for the run from the binaries of a wheel; each follower gets a database in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from tests.postgresql_server import PostgresqlServer

from bench.first_sync import BARE, FirstSync, bare_copy, judged, served_records
from bench.row import OURS, Row, make_row, times_better
from bench.stage import Stage

MINUTES = (1, 8)


def rows(stage: Stage) -> Iterator[Row]:
    """The time of a first sync."""
    for records in stage.sizes(20_000, 100_000, quick=1_000):
        with PostgresqlServer.made() as server, stage.served(records) as (_, url, _publisher):
            count = len(served_records(url))
            ours = FirstSync(url, count, database=server.new_database)
            ways = {
                OURS: ours.pull,
                BARE: lambda at, url=url, count=count: bare_copy(at, url, count, server.new_database()),
                "SQLite": FirstSync(url, count).pull,
            }
            is_slow = stage.quick or records > 20_000
            seconds = stage.interleaved(ways, stage.slow_rounds() if is_slow else stage.rounds)
        name = f"first sync of {records:,} records until searchable, on PostgreSQL"
        yield make_row(name, "s", seconds, *judged(records, times_better(1 / 1.3, BARE)))
