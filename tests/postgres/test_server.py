"""The server that other tests start: it comes up at once after any end, leaves nothing, and says why if it can't start."""

from __future__ import annotations

import threading
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest

from ..postgresql_server import PostgresqlServer

_SEGMENTS = Path("/proc/sysvipc/shm")


def attached(server: PostgresqlServer) -> int:
    """How many processes hold the memory by which PostgreSQL knows that its data are in use; -1 if it is given back."""
    lines = (line.split() for line in _SEGMENTS.read_text("ascii").splitlines()[1:])
    held = {line[1]: int(line[6]) for line in lines}
    return held.get(memory(server), -1)


def memory(server: PostgresqlServer) -> str:
    return (server.data / "postmaster.pid").read_text("ascii").split("\n")[6].split()[1]


def keep_busy(server: PostgresqlServer) -> None:
    """Let a process of the server compute until it is killed."""
    with psycopg.connect(server.url()) as connection, suppress(psycopg.OperationalError):
        connection.execute("SELECT count(*) FROM generate_series(1, 1000000000)")


@pytest.mark.skipif(not _SEGMENTS.exists(), reason="what holds memory is told by Linux only")
def test_a_killed_server_has_no_process_left_and_a_removed_one_no_memory() -> None:
    """A process that is still dying keeps the next server from starting: "shared memory block is still in use"."""
    with PostgresqlServer.made(fsync="off") as server:
        busy = [threading.Thread(target=keep_busy, args=[server]) for _ in range(8)]
        for thread in busy:
            thread.start()
        query = "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%generate_series%' AND pid <> pg_backend_pid()"
        while server.execute(query) != [(len(busy),)]:
            pass

        server.kill()

        assert attached(server) == 0
        for thread in busy:
            thread.join()
        server.start()
        assert attached(server) > 0
        segment = memory(server)
    assert segment not in [line.split()[1] for line in _SEGMENTS.read_text("ascii").splitlines()[1:]]


def test_a_server_that_cannot_start_says_what_its_log_says() -> None:
    made = PostgresqlServer.made(max_connections="many")

    with pytest.raises(AssertionError, match='invalid value for parameter "max_connections"'):
        made.__enter__()
