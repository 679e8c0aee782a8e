"""A mutant is a patch of a few lines with a header that says what is bent, what that breaks, and who should see it.

    Bent: a smaller head than the trusted one is believed
    Breaks: LOG-60 (L01)
    Profiles: puller
    First: puller.rollback

The patch is applied by the text of its lines, not by their numbers: it goes on to fit while the file around it grows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent
ROOT = FOLDER.parents[1]
PACKAGES = ("schema", "sync", "node", "clients/python")
"""What a node is made of, each a folder that stands on the search path of Python."""
_HEADER = re.compile(r"([A-Z][a-z]+): (.+)")
_WORDS = ("Bent", "Breaks", "Profiles", "First")


@dataclass(frozen=True, slots=True)
class Mutant:
    """One patch. `old` and `new` are the lines around and at the change, in `file`, a path in the repository."""

    name: str
    bent: str
    breaks: str
    profiles: tuple[str, ...]
    first: tuple[str, ...]
    """Cases that are tried before all others."""
    file: str
    old: str
    new: str
    changed: int
    """How many lines are taken out or put in, whichever is more."""

    def applied(self, text: str) -> str:
        """Bend the text of the file; raise ValueError where the patch does not fit just one place."""
        found = text.count(self.old)
        if found != 1:
            raise ValueError(f"{self.name}: its lines stand {found} times in {self.file}")
        return text.replace(self.old, self.new)


def all_mutants() -> list[Mutant]:
    """Return the mutants by name."""
    return [read_mutant(path) for path in sorted(FOLDER.glob("*.patch"))]


def read_mutant(path: Path) -> Mutant:
    """Read one patch; raise ValueError where it is not as described above."""
    lines = path.read_text("utf-8").splitlines(keepends=True)
    begin = next((n for n, line in enumerate(lines) if line.startswith("--- a/")), None)
    if begin is None or len(lines) < begin + 4:
        raise ValueError(f"{path.name}: there is no change of a file")
    found = [match for line in lines[:begin] if (match := _HEADER.fullmatch(line.rstrip("\n")))]
    header = {match[1]: match[2] for match in found}
    if tuple(header) != _WORDS:
        raise ValueError(f"{path.name}: the header has {', '.join(header)}; due are {', '.join(_WORDS)}")
    file = lines[begin].removeprefix("--- a/").rstrip("\n")
    if lines[begin + 1] != f"+++ b/{file}\n" or not lines[begin + 2].startswith("@@ "):
        raise ValueError(f"{path.name}: no unified diff of one file")
    body = lines[begin + 3 :]
    if any(line[0] not in " +-" for line in body):
        raise ValueError(f"{path.name}: more than one place is changed")
    return Mutant(
        path.stem,
        header["Bent"],
        header["Breaks"],
        tuple(header["Profiles"].split()),
        tuple(header["First"].split()),
        file,
        "".join(line[1:] for line in body if line[0] != "+"),
        "".join(line[1:] for line in body if line[0] != "-"),
        max(sum(line[0] == "-" for line in body), sum(line[0] == "+" for line in body)),
    )
