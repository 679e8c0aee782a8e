"""Entries that are fetched but not yet believed: kept in a bounded piece of memory, then in a temporary file.

A peer's entries count for nothing until the root over all of them fits, so a first sync must hold many. They lie
here as bundles, outside of the store, and go with the pull.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from types import TracebackType

from entrepot_sync.bundle import decode_bundle, encode_bundle

_MEMORY_BYTES = 16 * 1024 * 1024


class EntrySpool:
    """Groups of entries in order. Use as a context manager."""

    def __init__(self) -> None:
        self._file = tempfile.SpooledTemporaryFile(max_size=_MEMORY_BYTES)  # noqa: SIM115  closed by __exit__
        self._groups: list[tuple[int, int]] = []  # bytes, entries

    def __enter__(self) -> EntrySpool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def put(self, entries: list[bytes]) -> None:
        """Add the next entries."""
        raw = encode_bundle(entries)
        self._file.write(raw)
        self._groups.append((len(raw), len(entries)))

    def groups(self) -> Iterator[list[bytes]]:
        """Read all groups back, in order, as they were put."""
        self._file.seek(0)
        for size, count in self._groups:
            yield decode_bundle(self._file.read(size), count)
