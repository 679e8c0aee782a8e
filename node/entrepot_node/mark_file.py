"""The high-water mark beside a log key, `keys/feed-<n>.mark`: durable before the head it names leaves (FED-42).

It is in no backup, so that it does not go back with the store. It never goes back by itself either: whoever writes it
holds its lock, and a smaller size replaces a larger one only on the operator's word.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from entrepot_node.append_lock import file_lock
from entrepot_node.disk_fault import DiskFault
from entrepot_node.durable_files import replace_file
from entrepot_schema.errors import Misuse
from entrepot_sync.feed_store import Head
from entrepot_sync.signing_gate import Mark, Voucher, merge_vouchers, parse_mark


class MarkFile:
    """The mark of one feed. Any process may use it."""

    def __init__(self, path: Path, feed_name: str) -> None:
        self._path = path
        self._name = feed_name

    def read(self) -> Mark | None:
        """The mark; None where there is none."""
        try:
            raw = self._path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise Misuse("gate.mark", f"{self._path} cannot be read: {error.strerror}") from error
        return parse_mark(raw, self._name)

    def raise_to(self, head: Head, vouchers: Iterable[Voucher] = (), *, settled: bool = False) -> None:
        """Move the mark up to a head of ours, and add who cosigned; `settled` once what was awaited has come."""
        with file_lock(self._path):
            held = self.read()
            old = held or Mark(self._name, 0, head.root)
            new = replace(old, vouchers=merge_vouchers(old.vouchers, vouchers))
            if head.size > old.size:
                new = replace(new, size=head.size, root=head.root)
            if settled:
                new = replace(new, awaiting=False)
            if new != held:
                self._write(new)

    def replace(self, mark: Mark) -> None:
        """Put a mark in place of whatever is there. Only on the operator's word, or where all of it is known to be held."""
        with file_lock(self._path):
            self._write(mark)

    def _write(self, mark: Mark) -> None:
        try:
            replace_file(self._path, mark.to_bytes())
        except OSError as error:
            # A disk that fails here may have lost more: nothing that was signed may leave any more (D05).
            message = f"{self._path} cannot be written: {error.strerror}"
            raise DiskFault("gate.mark-write", message) from error
