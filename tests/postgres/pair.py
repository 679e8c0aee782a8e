"""Two real PostgreSQL servers: a primary, and a replica that has applied all that the primary confirms."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..postgresql_server import PostgresqlServer, new_folder
from ..waiting import await_true

_NAME = "replica"
_MOST_SECONDS = 60
_SETTINGS = {
    "max_connections": "100",
    "wal_keep_size": "256MB",
    "wal_retrieve_retry_interval": "200ms",  # a replica that waits for its primary looks that often whether it is to take over
    "hot_standby_feedback": "on",
}


@dataclass
class Pair:
    """Both servers. After `fail_over` what was the replica is the primary, alone."""

    primary: PostgresqlServer
    replica: PostgresqlServer

    @classmethod
    @contextmanager
    def made(cls) -> Iterator[Pair]:
        """Make and start both; they are removed in the end."""
        with PostgresqlServer.made(**_SETTINGS) as primary:
            pair = cls(primary, PostgresqlServer(new_folder(), settings=_SETTINGS))
            try:
                pair.add_replica()
                yield pair
            finally:
                pair.replica.remove()
                pair.primary.remove()

    def add_replica(self) -> None:
        """Copy the primary to the place of the replica, and let the primary wait for it from now on."""
        self.replica.run_program(
            "pg_basebackup", "-D", str(self.replica.data), "-d", f"host={self.primary.folder} user=postgres",
            "-c", "fast", "--no-sync", "-X", "stream",
        )  # fmt: skip
        source = f"host={self.primary.folder} user=postgres application_name={_NAME}"
        with (self.replica.data / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
            file.write(f"primary_conninfo = '{source}'\nsynchronous_standby_names = ''\n")
        (self.replica.data / "standby.signal").touch()
        self.replica.start()
        self.primary.execute(f"ALTER SYSTEM SET synchronous_standby_names = '{_NAME}'")
        self.primary.execute("ALTER SYSTEM SET synchronous_commit = 'remote_apply'")
        self.primary.execute("SELECT pg_reload_conf()")
        self.await_synchronous()

    def url(self, database: str) -> str:
        """Whichever of both takes writes."""
        return f"postgresql://postgres@/{database}?host={self.primary.folder},{self.replica.folder}"

    def replica_url(self, database: str) -> str:
        """The replica; what is left when there is none."""
        hosts = f"{self.replica.folder},{self.primary.folder}"
        return f"postgresql://postgres@/{database}?host={hosts}&target_session_attrs=prefer-standby"

    def new_database(self) -> str:
        """Make an empty database on both; return its name."""
        return self.primary.new_database().partition("@/")[2].partition("?")[0]

    def await_synchronous(self) -> None:
        """Wait until the primary waits for the replica."""
        query = f"SELECT sync_state FROM pg_stat_replication WHERE application_name = '{_NAME}'"
        await_true(lambda: self.primary.execute(query) == [("sync",)], "the replica to follow")

    def part(self) -> None:
        """Let the primary go on without its replica, as an operator may who wants to go on at any price."""
        self.primary.execute("ALTER SYSTEM SET synchronous_standby_names = ''")
        self.replica.execute("ALTER SYSTEM SET primary_conninfo = ''")
        for server in (self.primary, self.replica):
            server.execute("SELECT pg_reload_conf()")
        gone = "SELECT 1 WHERE NOT EXISTS (SELECT FROM pg_stat_replication)"
        await_true(lambda: bool(self.primary.execute(gone)), "the replica to let go")

    def fail_over(self) -> None:
        """Kill the primary and let the replica take over, as an operator does."""
        self.primary.kill()
        # The new primary has no replica yet; it must not wait for one.
        self.replica.run_program(
            "pg_ctl", "-D", str(self.replica.data), "-w", "-t", str(_MOST_SECONDS), "promote"
        )

    def rebuild(self) -> None:
        """Make a new replica in the place of the primary that was killed; the one that took over is the primary."""
        self.primary, self.replica = self.replica, self.primary
        shutil.rmtree(self.replica.data)
        self.add_replica()


def cancel_waiting(pair: Pair) -> None:
    """Do what a server does that is told to wait no longer: it goes on, with a warning."""
    query = (
        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity "
        "WHERE wait_event = 'SyncRep' AND backend_type = 'client backend'"
    )
    while not pair.primary.execute(query):
        pass
