"""What `entrepot check` is given: files, folders, standard input, web addresses. One that can't be read stops no other."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from entrepot_schema.errors import Misuse
from entrepot_schema.package import MAX_FILE_BYTES

STANDARD_INPUT = "standard input"
MAX_FETCHED_BYTES = 64 * 1024 * 1024
_ENDINGS = (".json", ".jsonl")
_SCHEMES = ("http://", "https://")


@dataclass(frozen=True, slots=True)
class Source:
    """One thing to check. `read` raises an error of the one tree when its bytes can't be had."""

    name: str
    read: Callable[[], bytes]


def sources(targets: Sequence[str], *, allow_private: bool) -> list[Source]:
    """Name everything to check, in order; folders with all they hold."""
    return [source for target in targets for source in _sources(target, allow_private)]


def read_target(target: str) -> bytes:
    """Read one file or standard input; raise `Misuse` where that can't be done."""
    return sys.stdin.buffer.read(MAX_FILE_BYTES + 1) if target == "-" else _read(Path(target))


def is_url(name: str) -> bool:
    """Answer whether a target is fetched and not opened."""
    return name.lower().startswith(_SCHEMES)


def _sources(target: str, allow_private: bool) -> Iterator[Source]:
    if target == "-":
        yield Source(STANDARD_INPUT, lambda: read_target(target))
    elif is_url(target):
        yield Source(target, lambda: _fetch(target, allow_private))
    elif Path(target).is_dir():
        yield from _folder(target)
    else:
        yield _opened(Path(target))


def _folder(folder: str) -> Iterator[Source]:
    """The JSON files below a folder, by name; nothing hidden, and no link to another folder is followed."""
    found: list[Source] = []
    failed: list[OSError] = []
    for place, folders, files in os.walk(folder, onerror=failed.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        paths = [Path(place, name) for name in sorted(files) if not name.startswith(".")]
        found += [_opened(path) for path in paths if path.suffix.lower() in _ENDINGS and path.is_file()]
    found += [_failing(folder, error) for error in failed]
    # A folder without a file is a spelling mistake more often than it is sound data.
    yield from found or [_failing(folder, None)]


def _opened(path: Path) -> Source:
    return Source(_shown(str(path)), lambda: _read(path))


def _failing(folder: str, error: OSError | None) -> Source:
    name = _shown(str(error.filename) if error else folder)

    def fail() -> bytes:
        raise _unreadable(name, error.strerror) if error else _empty(name)

    return Source(name, fail)


def _shown(name: str) -> str:
    """A file name that can be written anywhere: the system's may hold bytes that are no text."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise _unreadable(_shown(str(path)), error.strerror) from error


def _unreadable(name: str, reason: str | None) -> Misuse:
    return Misuse("check.file", f"{name} cannot be read: {reason}")


def _empty(folder: str) -> Misuse:
    hint = "Files end in .json or .jsonl. Name a file of another ending itself."
    return Misuse("check.nothing", f"{folder} holds no file to check", hint=hint)


def _fetch(url: str, allow_private: bool) -> bytes:
    """Fetch one file under all the guards of a pull: bytes, time and addresses are bounded."""
    import asyncio  # a check of files loads nothing of the network

    from entrepot_node.commands.fetched_file import fetch_file

    return asyncio.run(fetch_file(url, max_bytes=MAX_FETCHED_BYTES, allow_private=allow_private))
