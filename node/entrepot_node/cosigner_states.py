"""Where the states of our cosigner keys lie: a folder of files, or a database that several machines share (LOG-78)."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from entrepot_node.keyring import numbers_of
from entrepot_node.settings import Settings
from entrepot_node.witness_state import CosignerState, SeenNote
from entrepot_sync.witness import LogHead


class HeadsSeen(Protocol):
    """The heads one cosigner key has seen; `CosignerState` says what each method promises."""

    def seen(self, origin: str) -> LogHead:
        """The head cosigned last; size 0 and the empty root if never."""
        ...

    def newest(self, origin: str) -> SeenNote | None:
        """The head cosigned last and when; None if never."""
        ...

    def advance(self, before: LogHead, after: LogHead, note: bytes, *, now: float) -> int | None:
        """Move from the head that was judged to a newer one, durably; None if another moved it meanwhile."""
        ...


class CosignerStates(Protocol):
    """The states of all cosigner keys of a node, by role and number."""

    def numbers(self, role: str) -> list[int]:
        """The numbers that are used up: a state of them was made once."""
        ...

    def create(self, role: str, number: int) -> HeadsSeen:
        """Make an empty state for a new key; never over an old one."""
        ...

    def open(self, role: str, number: int) -> HeadsSeen:
        """Open the state of a key; raise `witness.no-state` where it is gone."""
        ...

    def use_up(self, role: str, number: int) -> None:
        """See to it that no key made here gets this number."""
        ...


class StateFolder:
    """A file for each key: `witness-1.db`, `mirror-1.db`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def numbers(self, role: str) -> list[int]:
        """See `CosignerStates.numbers`."""
        return list(numbers_of(self._path, role, ".db"))

    def create(self, role: str, number: int) -> CosignerState:
        """See `CosignerStates.create`."""
        return CosignerState.create(self._file(role, number))

    def open(self, role: str, number: int) -> CosignerState:
        """See `CosignerStates.open`."""
        return CosignerState.open(self._file(role, number))

    def use_up(self, role: str, number: int) -> None:
        """A state without key, and empty: no key can be used with it, and its number is not given again."""
        self._path.mkdir(mode=0o700, exist_ok=True)
        self._file(role, number).touch(mode=0o600)

    def _file(self, role: str, number: int) -> Path:
        return self._path / f"{role}-{number}.db"


def cosigner_states(folder: Path, settings: Settings) -> CosignerStates:
    """Find the states of a node: in the database of `witness_database`, or in its folder."""
    if not settings.witness_database:
        return StateFolder(folder)
    from entrepot_node.witness_database import StateDatabase  # loads what only an extra brings

    return StateDatabase(settings.witness_database, settings.origin)
