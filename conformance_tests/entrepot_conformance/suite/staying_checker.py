"""A tool for files that stays: one JSON object a line names a file and a time, one a line comes back with the findings.

A process for each file costs more than to judge it. What is asked and answered is the same as with a command for each.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from entrepot_conformance.shim.command import CommandChannel
from entrepot_conformance.shim.driver import Message


class StayingChecker:
    """A process that is started for the first file, and again after it broke. May be asked from several threads."""

    def __init__(self, command: Sequence[str], errors: Path) -> None:
        self._command, self._errors = tuple(command), errors
        self._channel: CommandChannel | None = None
        self._lock = threading.Lock()

    def ask(self, file: Path, now: str, patience: float) -> Message:
        """Have one file judged; AssertionError if the tool broke, the next file gets a new one."""
        with self._lock:
            try:
                if self._channel is None:
                    self._channel = CommandChannel(self._command, self._errors, "tool")
                return self._channel.ask({"file": str(file), "now": now}, patience)
            except OSError as error:
                raise AssertionError(f"the tool can't be started: {error.strerror}") from error
            except AssertionError:
                self._end()
                raise

    def close(self) -> None:
        """End the tool."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        channel, self._channel = self._channel, None
        if channel is not None:
            channel.close()
