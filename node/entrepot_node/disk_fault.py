"""A disk that fails: whatever was written last may be lost although it reads back (D05).

After a failed fsync the system may drop what it could not write and call the next fsync a success. So nothing that
failed is tried again: who writes stops, and only a new start, which reads all from the disk, writes again (FED-76).
"""

from __future__ import annotations

from entrepot_schema.errors import Misuse

HINT = "Look at the disk first, then start again. What was acknowledged is whole; see docs/recovery.md."


class DiskFault(Misuse):
    """The operator's disk failed. To those who ask over HTTP the node is out of order: 503."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(code, message, hint=HINT)
