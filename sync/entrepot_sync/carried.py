"""A feed that is carried by hand: a folder or zip file with the paths of a static copy, as a `PeerTransport`.

The files are as hostile as any peer: they came on somebody's stick. Names are matched against the paths of the standard and
nothing else is opened (A18); sizes are bounded while they are inflated, whatever the archive says of itself. What comes out is
checked by the pull as if it had come over the network.
"""

from __future__ import annotations

import io
import re
import stat
import struct
import zipfile
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import IO

from entrepot_schema.errors import Misuse, PeerFault
from entrepot_sync.transport import NOT_FOUND, OK, Fetched, PeerTransport

MAX_MEMBERS = 1_000_000
MAX_DIRECTORY_BYTES = 256 * 1024 * 1024
_PATH = re.compile(r"(?:/[A-Za-z0-9][A-Za-z0-9._-]{0,127}){1,8}", re.ASCII)
_MEMBER = re.compile(
    r"[A-Za-z0-9.][A-Za-z0-9._-]{0,127}(?:/[A-Za-z0-9.][A-Za-z0-9._-]{0,127}){0,15}/?", re.ASCII
)
_ENCRYPTED = 0x1
_CENTRAL, _CENTRAL_BYTES, _LENGTHS_AT = b"PK\x01\x02", 46, 28  # APPNOTE 4.3.12
# What `zipfile` inflates piece by piece; bzip2 and LZMA it inflates whole, a few hundred bytes to gigabytes.
_BOUNDED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ABSENT = Fetched(NOT_FOUND, b"", None, 0)


def open_carried(path: Path) -> PeerTransport:
    """Open a folder or a zip file; raise `Misuse` where there is none, `PeerFault` for one that must not be read."""
    if path.is_dir():
        return FolderTransport(path)
    if path.is_file():
        return ZipTransport(path)
    raise Misuse("carried.none", f"{path} is no folder and no zip file")


class FolderTransport:
    """The files below a folder. Links are not followed, wherever they lead."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        """See `PeerTransport.fetch`."""
        if not _PATH.fullmatch(path):
            return _ABSENT
        file = self._folder / path[1:]
        try:
            if file.resolve(strict=True) != file:
                raise PeerFault("carried.name", f"{path} is a link, or lies below one")
            if not stat.S_ISREG(file.stat().st_mode):
                return _ABSENT
            with file.open("rb") as opened:
                return _read(opened, path, max_bytes)
        except (FileNotFoundError, NotADirectoryError):
            return _ABSENT
        except (OSError, RuntimeError) as error:  # a loop of links is a RuntimeError
            raise PeerFault("carried.damaged", f"{path} cannot be read: {type(error).__name__}") from error

    async def aclose(self) -> None:
        """See `PeerTransport.aclose`."""


class _CountedFile(io.BufferedReader):
    """A zip file whose members are counted before `zipfile` makes objects of them, which costs a hundred times more.

    It reads the whole directory at once, and goes by its length: the number of members that the archive names binds nobody.
    """

    counts = True

    def read(self, size: int | None = -1, /) -> bytes:
        """Read on; raise `PeerFault` for a directory of too many members."""
        if self.counts and size is not None and size > MAX_DIRECTORY_BYTES:
            raise _too_many()
        data = super().read(size)
        if self.counts and _has_many_members(data):
            raise _too_many()
        return data


def _has_many_members(directory: bytes) -> bool:
    place = count = 0
    while directory.startswith(_CENTRAL, place) and len(directory) >= place + _CENTRAL_BYTES:
        count += 1
        if count > MAX_MEMBERS:
            return True
        place += _CENTRAL_BYTES + sum(struct.unpack_from("<HHH", directory, place + _LENGTHS_AT))
    return False


def _too_many() -> PeerFault:
    return PeerFault("carried.name", f"the file has more than {MAX_MEMBERS} members")


class ZipTransport:
    """The members of a zip file. One name that no copy of a feed has, and the whole file is refused."""

    def __init__(self, file: Path) -> None:
        self._members: dict[str, zipfile.ZipInfo] = {}
        with ExitStack() as stack:
            try:
                self._file = stack.enter_context(_CountedFile(io.FileIO(file)))
                self._zip = zipfile.ZipFile(self._file)
            except (zipfile.BadZipFile, OSError, NotImplementedError, ValueError) as error:
                raise PeerFault("carried.damaged", f"{file.name} cannot be read as a zip file") from error
            self._file.counts = False
            self._take_members()
            stack.pop_all()

    def _take_members(self) -> None:
        for member in self._zip.infolist():
            name = member.orig_filename
            parts = name.rstrip("/").split("/")
            is_link = stat.S_ISLNK(member.external_attr >> 16)
            if not _MEMBER.fullmatch(name) or ".." in parts or "." in parts or is_link:
                raise PeerFault("carried.name", f"no copy of a feed has a file named {name[:80]!r}")
            if name in self._members:
                raise PeerFault("carried.name", f"{name[:80]!r} is in the file twice")
            self._members[name] = member

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        """See `PeerTransport.fetch`."""
        member = self._members.get(path[1:]) if _PATH.fullmatch(path) else None
        if member is None:
            return _ABSENT
        if member.flag_bits & _ENCRYPTED or member.compress_type not in _BOUNDED:
            raise PeerFault("carried.damaged", f"{path} is encrypted, or neither stored nor deflated")
        try:
            with self._zip.open(member) as opened:
                return _read(opened, path, max_bytes)
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            NotImplementedError,
            RuntimeError,
            ValueError,  # a second name of the member, in no encoding
        ) as error:
            raise PeerFault("carried.damaged", f"{path} cannot be read out of the zip file") from error

    async def aclose(self) -> None:
        """See `PeerTransport.aclose`."""
        self._zip.close()
        self._file.close()


def _read(opened: IO[bytes], path: str, max_bytes: int) -> Fetched:
    body = opened.read(max_bytes + 1)
    if len(body) > max_bytes:
        raise PeerFault("peer.too-large", f"{path} has more than {max_bytes} bytes")
    return Fetched(OK, body, None, len(body))
