"""Databases for driven nodes, on a server that is given by `--databases URL`: a store and the states of the cosigners for each home.

The suite copies homes to play backups and clones, and these stores lie outside of them. So `stop` saves the store, and a home
that turns out to be a copy begins with a store like the one that was saved before it was copied. States of cosigners are
in no backup: a copy goes on with those of its original. What was made stays; whoever made the server removes it.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from entrepot_node.durable_files import replace_file
from entrepot_node.home import Home
from entrepot_node.settings import write_settings

_EMPTY = "/template1"


class Databases:
    """What was made on one server. A password in its URL would be kept out of the settings: it belongs into PGPASSWORD."""

    def __init__(self, server: str) -> None:
        self._server = server

    def settings_for(self, path: Path) -> dict[str, str]:
        """Return the settings with which a node is founded in a folder; a copy of another one gets a store of its own first."""
        file, here = path / "databases.json", path / "databases.here"
        if not file.exists():
            path.mkdir(parents=True, exist_ok=True)
            _write(file, {"store": self.new(), "witness": self.new(), "saved": "", "here": _made(here)})
        told = _read(file)
        if told["here"] != _identity(here):
            told |= {"store": self.new(like=told["saved"] or _EMPTY), "here": _made(here)}
            settings = Home(path).settings().model_copy(update={"database": told["store"]})
            write_settings(path, settings)
            _write(file, told)
        return {"database": told["store"], "witness_database": told["witness"]}

    def save(self, path: Path) -> None:
        """Keep the store of a node that has ended as it is, for whoever copies its home now."""
        file = path / "databases.json"
        told = _read(file)
        _write(file, told | {"saved": self.new(like=told["store"])})

    def lose(self, path: Path) -> None:
        """Take from a node that has ended all that its store held."""
        name = _name(_read(path / "databases.json")["store"])
        self._execute(f"DROP DATABASE {name}")
        self._execute(f"CREATE DATABASE {name}")

    def new(self, like: str = _EMPTY) -> str:
        """Make a database like another one that nobody is connected to; return its URL."""
        name = f"entrepot_conformance_{secrets.token_hex(8)}"
        self._execute(f"CREATE DATABASE {name} TEMPLATE {_name(like)}")
        return urlsplit(self._server)._replace(path=f"/{name}").geturl()

    def _execute(self, statement: str) -> None:
        import psycopg  # which only an extra brings

        with psycopg.connect(self._server, autocommit=True) as connection:
            connection.execute(statement.encode())


def _name(url: str) -> str:
    return urlsplit(url).path.lstrip("/")


def _made(here: Path) -> list[int]:
    """Make a file that no copy of the folder has."""
    here.unlink(missing_ok=True)
    here.touch()
    return _identity(here)


def _identity(here: Path) -> list[int]:
    """A copy has another number, or, where that was free again, was changed at another time: that cannot be copied."""
    found = here.stat()
    return [found.st_ino, found.st_ctime_ns]


def _read(file: Path) -> dict[str, Any]:
    return dict(json.loads(file.read_text("utf-8")))


def _write(file: Path, told: dict[str, Any]) -> None:
    replace_file(file, json.dumps(told).encode(), mode=0o600)
