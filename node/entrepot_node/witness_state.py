"""What our witness (or mirror) has cosigned: one head for each log, in a file of its own (LOG-78).

The file belongs to its key. It is made together with the key and never by opening: a key without its state could be led to
cosign a second history, so it is refused and the next number takes its place. For the same reason it is in no backup and is never
put back. Triggers keep even a bug of ours from lowering a size or changing a root.

    state = CosignerState.create(path)
    seen = state.seen("lifepark.example/feed/1")
    if state.advance(seen, head, raw, now=time.time()):   # durable now, and only now may be signed
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from entrepot_schema.errors import Misuse, Unavailable
from entrepot_sync.merkle import EMPTY_ROOT
from entrepot_sync.witness import LogHead

_BUSY_SECONDS = 5.0
_MARK = 0x656E7477  # `application_id`: says what kind of file this is, so that no other is taken for it
_TABLES = """
CREATE TABLE heads (
    origin TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    note BLOB NOT NULL,
    time INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER never_smaller BEFORE UPDATE ON heads
WHEN NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root) OR NEW.time < OLD.time
BEGIN SELECT RAISE(ABORT, 'a head never goes back'); END;
CREATE TRIGGER never_forgotten BEFORE DELETE ON heads BEGIN SELECT RAISE(ABORT, 'a head is never forgotten'); END;
"""


@dataclass(frozen=True, slots=True)
class SeenNote:
    """The head cosigned last as its log signed it, and the time it was cosigned with (POSIX seconds)."""

    note: bytes
    time: int


class CosignerState:
    """The heads one cosigner key has seen. Any thread and any process may use it; each call is one durable transaction."""

    def __init__(self, path: Path) -> None:
        self._path = path

    @classmethod
    def create(cls, path: Path) -> CosignerState:
        """Make an empty state beside a new key; never over an old one."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        state = cls(path)
        with state._connected() as connection:
            connection.executescript(f"PRAGMA application_id={_MARK}; {_TABLES}")
        return state

    @classmethod
    def open(cls, path: Path) -> CosignerState:
        """Open the state of a key; refuse a key whose state is gone."""
        hint = "`entrepot keys recover --witness` makes the next witness key; peers learn of it by the node document."
        if not path.is_file():
            raise Misuse(
                "witness.no-state", f"the state {path} of this key is gone; it signs no more", hint=hint
            )
        state = cls(path)
        try:
            with state._connected() as connection:
                mark = connection.execute("PRAGMA application_id").fetchone()[0]
                whole = connection.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok"
        except sqlite3.DatabaseError as error:
            raise Misuse("witness.no-state", f"the state {path} of this key is damaged", hint=hint) from error
        if mark != _MARK or not whole:
            raise Misuse("witness.no-state", f"{path} is not the state of a witness, or damaged", hint=hint)
        return state

    def seen(self, origin: str) -> LogHead:
        """The head cosigned last; size 0 and the empty root if never."""
        with self._connected() as connection:
            row = connection.execute("SELECT size, root FROM heads WHERE origin = ?", (origin,)).fetchone()
        return LogHead(origin, *row) if row else LogHead(origin, 0, EMPTY_ROOT)

    def newest(self, origin: str) -> SeenNote | None:
        """The head cosigned last and when; None if never."""
        with self._connected() as connection:
            row = connection.execute("SELECT note, time FROM heads WHERE origin = ?", (origin,)).fetchone()
        return SeenNote(*row) if row else None

    def advance(self, before: LogHead, after: LogHead, note: bytes, *, now: float) -> int | None:
        """Move from the head that was judged to a newer one; None if another moved it meanwhile.

        Returns the time to sign with, POSIX seconds: never before that of the last cosignature, whatever the clock says. The
        caller MUST have judged that `after` extends `before`.
        """
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute(
                "SELECT size, root, time FROM heads WHERE origin = ?", (after.origin,)
            ).fetchone()
            held = (row[0], row[1]) if row else (0, EMPTY_ROOT)
            if held != (before.size, before.root):
                connection.execute("ROLLBACK")
                return None
            time = max(int(now), row[2] if row else 1)
            connection.execute(
                "INSERT INTO heads VALUES (?, ?, ?, ?, ?) ON CONFLICT (origin) DO UPDATE SET "
                "size = excluded.size, root = excluded.root, note = excluded.note, time = excluded.time",
                (after.origin, after.size, after.root, note, time),
            )
            connection.execute("COMMIT")
        return time

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """One connection for one call: the file is small, and none of its state is kept in memory."""
        # Never made anew by opening: it is gone for good, and the next number takes its place.
        place = f"{self._path.absolute().as_uri()}?mode=rw"
        try:
            connection = sqlite3.connect(place, uri=True, timeout=_BUSY_SECONDS, isolation_level=None)
        except sqlite3.OperationalError as error:
            raise Unavailable("witness.no-state", f"the state {self._path.name} cannot be opened") from error
        try:
            connection.execute("PRAGMA synchronous=FULL")
            yield connection
        except sqlite3.OperationalError as error:
            # Nothing is signed, and the next call reads from the disk what became of this one (D05).
            if not any(word in str(error) for word in ("locked", "full", "disk I/O")):
                raise
            raise Unavailable("witness.busy", f"the witness state cannot be written now: {error}") from error
        finally:
            connection.close()
