"""Entries that are fetched but not yet believed: kept in a bounded piece of memory, then in a temporary file.

A peer's entries count for nothing until the root over all of them fits, so a first sync must hold many. They lie
here as bundles, outside of the store, and go with the pull.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from types import TracebackType

from entrepot_schema.errors import PeerFault, Unavailable
from entrepot_sync.bundle import decode_bundle, encode_bundle

_MEMORY_BYTES = 16 * 1024 * 1024
_FREE_BYTES = 32 * 1024 * 1024
_BYTES_AN_ENTRY = 1024


class EntrySpool:
    """Groups of entries in order. Use as a context manager."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115  closed by __exit__
        self._groups: list[tuple[int, int]] = []  # bytes, entries
        self._bytes = self._entries = 0

    def __enter__(self) -> EntrySpool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, entries: list[bytes]) -> None:
        """Add the next entries."""
        raw = encode_bundle(entries)
        self._bytes += len(raw)
        self._entries += len(entries)
        if self._bytes > _FREE_BYTES + _BYTES_AN_ENTRY * self._entries:
            # Compressed, a peer's megabyte could fill our disk; real entries have a few hundred bytes.
            raise PeerFault(
                "log.growth", f"{self._entries} entries take {self._bytes} bytes; no feed needs that"
            )
        try:
            self._file.write(raw)
        except OSError as error:
            raise Unavailable("store.full", f"entries cannot be spooled: {error.strerror}") from error
        self._groups.append((len(raw), len(entries)))

    def groups(self) -> Iterator[list[bytes]]:
        """Read all groups back, in order, as they were put."""
        self._file.seek(0)
        for size, count in self._groups:
            yield decode_bundle(self._file.read(size), count)
