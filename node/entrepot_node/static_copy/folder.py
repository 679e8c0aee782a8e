"""The folder of a static copy: each file is replaced whole or not at all. The one module that writes there.

A draft lies beside nothing that is served, under one fixed name: what a crash leaves of it is overwritten by the
next write and removed by the next run, so no withdrawn content can survive in a forgotten draft.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from entrepot_schema.errors import Conflict, Misuse, Unavailable

DRAFT = ".entrepot-draft"


class Folder:
    """Writes below one folder. Names are relative paths made of our own words, digests and letters of ids."""

    keeps_versions = False

    def __init__(self, path: Path) -> None:
        self.path = path
        self._root = str(path)
        self._made: set[str] = set()
        self._inside: set[str] = set()

    @property
    def name(self) -> str:
        """What messages call it."""
        return self._root

    def make(self, home: Path, *, dry: bool) -> None:
        """Make the folder, but never among the keys: everything in it is meant for the world."""
        inside, around = self.path.resolve(), home.resolve()
        if inside == around or around in inside.parents or inside in around.parents:
            hint = "Choose a folder beside it."
            raise Misuse("static.home", f"{self.path} and the node's own folder lie in each other", hint=hint)
        if self.path.exists() and not self.path.is_dir():
            raise Misuse("static.foreign", f"{self.path} is no folder")
        if not dry:
            self.path.mkdir(parents=True, exist_ok=True)

    def read(self, name: str) -> bytes | None:
        """Read a file; None where there is none."""
        try:
            return (self.path / name).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def holds(self, name: str) -> bool:
        """Answer whether anything lies under a name."""
        return os.path.lexists(self.path / name)

    def require_within(self, names: Iterable[str]) -> None:
        """Refuse links among names at the top: what lies behind one is not of the copy."""
        linked = next((name for name in names if (self.path / name).is_symlink()), None)
        if linked is not None:
            raise Misuse("static.foreign", f"{self.path / linked} leads out of the folder")

    def go_on(self) -> None:
        """Nothing is won by looking: to write a file costs no more."""

    def put(self, name: str, raw: bytes) -> None:
        """Write or replace a file. Durable only after `settle`."""
        draft = f"{self._root}/{DRAFT}"
        parent = name.rpartition("/")[0]
        if parent not in self._made:
            self._require_inside(parent)
            os.makedirs(f"{self._root}/{parent}", exist_ok=True)  # noqa: PTH103  many files: a Path for each costs more
            self._made.add(parent)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            _write_all(descriptor, raw)
        finally:
            os.close(descriptor)
        os.rename(draft, f"{self._root}/{name}")  # noqa: PTH104  many files: a Path for each costs more

    def remove(self, name: str) -> None:
        """Remove a file of ours and the folders that it leaves empty; one that is not there is removed already."""
        self._require_inside(name.rpartition("/")[0])
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(f"{self._root}/{name}")  # noqa: PTH108  many files: a Path for each costs more
        parent = name.rpartition("/")[0]
        while parent:
            try:
                os.rmdir(f"{self._root}/{parent}")  # noqa: PTH106  many files: a Path for each costs more
            except OSError:
                return  # somebody else's file, or another of ours, is in it
            self._made.discard(parent)
            parent = parent.rpartition("/")[0]

    def _require_inside(self, parent: str) -> None:
        """Refuse a link on the way: what lies behind it is not of the copy."""
        if parent in self._inside:
            return
        above = ""
        for part in filter(None, parent.split("/")):
            above = f"{above}/{part}"
            if os.path.islink(f"{self._root}{above}"):  # noqa: PTH114  many files: a Path for each costs more
                raise Misuse("static.foreign", f"{self._root}{above} leads out of the folder")
        self._inside.add(parent)

    def settle(self) -> None:
        """Make everything written and removed so far durable, before anything that implies it is written.

        One call for all: a hundred thousand single ones would take longer than all else.
        """
        os.sync()

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Hold the folder, so that two runs never write at once; raise `static.locked`."""
        descriptor = os.open(self._root, os.O_RDONLY)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise Conflict("static.locked", f"another process is writing to {self.path}") from error
            self.remove(DRAFT)
            yield
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def faults(self) -> Iterator[None]:
        """Tell a full or read-only disk in words; what was served before is served still."""
        try:
            yield
        except OSError as error:
            message = f"{self.path} cannot be written: {error.strerror}"
            raise Unavailable(
                "static.disk", message, hint="Mend that and run it again; it goes on."
            ) from error


def _write_all(descriptor: int, raw: bytes) -> None:
    view = memoryview(raw)
    while view:
        view = view[os.write(descriptor, view) :]
