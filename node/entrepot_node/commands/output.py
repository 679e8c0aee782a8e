"""How commands talk: people read text and progress, programs read one JSON document (`--json`)."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console

    from entrepot_schema.errors import EntrepotError

Progress = Callable[[int, int], None]

DONE, FOUND_FAULTS, MISUSED, TRY_AGAIN = 0, 1, 2, 3


class Output:
    """The standard output of one command, in one of two voices."""

    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json

    def result(self, document: Any, say: Callable[[Console], None]) -> None:
        """Print the result: the document for programs, or what `say` prints for people."""
        if self.as_json:
            sys.stdout.write(json.dumps(document, ensure_ascii=False, indent=2) + "\n")
        else:
            say(self.console())

    def console(self) -> Console:
        """The console for people; markup in data is never interpreted."""
        from rich.console import Console

        return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)

    def error(self, error: EntrepotError) -> int:
        """Print an error, and answer the exit code that fits it."""
        if self.as_json:
            fault = {"code": error.code, "message": error.message, "hint": error.hint}
            sys.stdout.write(json.dumps({"error": fault}, ensure_ascii=False, indent=2) + "\n")
        else:
            sys.stderr.write(f"entrepot: {printable(error.message)} [{error.code}]\n")
            if error.hint:
                sys.stderr.write(f"  → {printable(error.hint)}\n")
        return exit_code(error)

    @contextmanager
    def progress(self, label: str) -> Iterator[Progress]:
        """A progress bar on standard error while a long work runs; silent for programs and pipes."""
        if self.as_json or not sys.stderr.isatty():
            yield lambda done, total: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
            task = bar.add_task(label, total=None)
            yield lambda done, total: bar.update(task, completed=done, total=total)


def printable(text: str) -> str:
    """Text from elsewhere on one line, without characters that steer a terminal or forge a line of ours."""
    return "".join(letter if letter.isprintable() else f"\\x{ord(letter):02x}" for letter in text)


def exit_code(error: EntrepotError) -> int:
    """1: what was judged is wrong; 2: we were called or set up wrongly; 3: try again."""
    from entrepot_schema.errors import Conflict, Misuse, PeerFault, Refused, Unavailable

    codes = {
        Refused: FOUND_FAULTS,
        PeerFault: FOUND_FAULTS,
        Misuse: MISUSED,
        Conflict: TRY_AGAIN,
        Unavailable: TRY_AGAIN,
    }
    return next(codes[kind] for kind in type(error).__mro__ if kind in codes)
