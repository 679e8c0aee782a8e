"""Where a copy is written: a folder, or a bucket of an object store. One run writes to either in the same order."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class CopyPlace(Protocol):
    """Holds files by relative paths made of our own words, digests and letters of ids."""

    @property
    def name(self) -> str:
        """What messages call it."""
        ...

    @property
    def keeps_versions(self) -> bool:
        """Whether it was seen to keep old versions of what is replaced or removed."""
        ...

    def make(self, home: Path, *, dry: bool) -> None:
        """Make the place unless it is there or this run is `dry`; refuse one that `home`, where the keys are, lies in or holds."""
        ...

    def read(self, name: str) -> bytes | None:
        """Read a file; None where there is none."""
        ...

    def holds(self, name: str) -> bool:
        """Answer whether anything lies under a name, or below it."""
        ...

    def require_within(self, names: Iterable[str]) -> None:
        """Refuse names that lead elsewhere."""
        ...

    def go_on(self) -> None:
        """Take up a run that was cut off: much of what is put now may be there already."""
        ...

    def put(self, name: str, raw: bytes) -> None:
        """Write or replace a file, whole or not at all. Durable only after `settle`."""
        ...

    def remove(self, name: str) -> None:
        """Remove a file of ours; one that is not there is removed already. What is put later is put after that."""
        ...

    def settle(self) -> None:
        """Make everything put and removed so far durable, before anything that implies it is put."""
        ...

    def alone(self) -> AbstractContextManager[None]:
        """Hold the place, so that two runs never write at once; raise `static.locked`."""
        ...

    def faults(self) -> AbstractContextManager[None]:
        """Tell in words why the place cannot be written; what was served before is served still."""
        ...
