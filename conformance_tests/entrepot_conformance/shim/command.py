"""A shim that is a command: one JSON object a line on its standard input, one a line on its standard output."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import signal
import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from .driver import MAX_ANSWER_BYTES, Launch, Message, ShimDriver

_GRACE_SECONDS = 10.0


class CommandChannel:
    """A process that speaks the protocol; it and its children are one process group. `what` names it in messages."""

    def __init__(self, command: Sequence[str], errors: Path, what: str = "node") -> None:
        self._errors, self._what = errors, what
        with errors.open("ab") as file:
            self._process = subprocess.Popen(  # noqa: S603 - the command is what the user asked us to run
                list(command),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=file,
                start_new_session=True,
            )
        assert self._process.stdin
        assert self._process.stdout
        self._input = self._process.stdin
        self._lines: queue.Queue[bytes] = queue.Queue()
        self._reader = threading.Thread(
            target=_read_lines, args=(self._process.stdout, self._lines), daemon=True
        )
        self._reader.start()

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def ask(self, request: Message, patience: float) -> Message:
        try:
            self._input.write(json.dumps(request).encode() + b"\n")
            self._input.flush()
            line = self._lines.get(timeout=patience)
        except (OSError, ValueError) as error:  # ValueError: its input was closed when it was killed
            raise AssertionError(f"the {self._what} has ended: {self._last_words()}") from error
        except queue.Empty as error:
            self.kill()
            message = f"the {self._what} did not answer {_named(request)} within {patience:g} s"
            raise AssertionError(message) from error
        assert line, f"the {self._what} ended while it did {_named(request)}: {self._last_words()}"
        try:
            answer = json.loads(line)
        except ValueError as error:
            raise AssertionError(f"the {self._what} printed no JSON: {line[:200]!r}") from error
        assert isinstance(answer, dict), f"the {self._what} answered no JSON object: {line[:200]!r}"
        return answer

    def kill(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._end()

    def close(self) -> None:
        if self._process.poll() is None:
            with contextlib.suppress(OSError, subprocess.TimeoutExpired):
                self._input.close()  # the end of its input asks a shim to stop
                self._process.wait(_GRACE_SECONDS)
        self.kill()  # children that it left behind, too

    def _end(self) -> None:
        self._process.wait()
        self._reader.join()
        with contextlib.suppress(OSError):
            self._input.close()

    def _last_words(self) -> str:
        return self._errors.read_text("utf-8", "replace")[-2_000:] or "it said nothing"


def _named(request: Message) -> str:
    return repr(request.get("do", "check"))


def _read_lines(stream: IO[bytes], lines: queue.Queue[bytes]) -> None:
    """Pass lines on; an empty one says that the stream has ended."""
    with stream:
        while line := stream.readline(MAX_ANSWER_BYTES):
            lines.put(line)
    lines.put(b"")


def command_launch(command: Sequence[str], work: Path, dump: Path | None = None) -> Launch:
    """Return what starts a new process, with a home of its own below `work`, for each node."""

    def launch(name: str) -> ShimDriver:
        home = work / name
        channel = CommandChannel(command, work / f"{name}.stderr")
        return ShimDriver(name, channel, home, dump)

    return launch
