"""The document cases: files that people hand in, each beside the findings that a validator owes.

`vectors/documents` holds them as data; vectors/README says how to read them in any language.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .vectors_folder import vectors_folder

EXPECTED = ".expected.json"


@dataclass(frozen=True, slots=True)
class ExpectedFinding:
    """One finding that is owed. `line` counts from 1; 0 where the file has no line to name."""

    layer: str
    code: str
    pointer: str
    line: int
    severity: str


@dataclass(frozen=True, slots=True)
class DocumentCase:
    """One file. `case` is its number in the table of cases, `now` the time at which it is judged."""

    name: str
    file: str
    case: str
    now: str
    why: str
    findings: tuple[ExpectedFinding, ...]
    read: Callable[[], bytes]
    ids: tuple[str, ...] = ()
    """Clauses that it names itself: those without a code of their own, or whose code others share."""

    @property
    def is_valid(self) -> bool:
        """Answer whether the document may be published: nothing worse than a warning."""
        return all(finding.severity != "error" for finding in self.findings)


def stored_cases() -> list[DocumentCase]:
    """Return the cases that lie as files, `invalid/` before `valid/`, by name."""
    folder = vectors_folder() / "documents"
    return [
        _stored(path)
        for part in ("invalid", "valid")
        for path in sorted((folder / part).glob(f"*{EXPECTED}"))
    ]


def made_cases() -> list[DocumentCase]:
    """Return the cases that are too large to store; `read` makes their bytes."""
    path = vectors_folder() / "documents" / "recipes.json"
    return [_made(recipe) for recipe in json.loads(path.read_bytes())["recipes"]]


def _stored(path: Path) -> DocumentCase:
    name = path.name.removesuffix(EXPECTED)
    document = next(
        path.with_name(name + ending)
        for ending in (".json", ".jsonl")
        if path.with_name(name + ending).exists()
    )
    return _case(name, document.name, json.loads(path.read_bytes()), document.read_bytes)


def _made(recipe: dict[str, Any]) -> DocumentCase:
    return _case(recipe["name"], f"{recipe['name']}.json", recipe, lambda: b"".join(_parts(recipe["parts"])))


def _parts(parts: list[Any]) -> Iterator[bytes]:
    for part in parts:
        yield part.encode() if isinstance(part, str) else part["repeat"].encode() * part["times"]


def _case(name: str, file: str, told: dict[str, Any], read: Callable[[], bytes]) -> DocumentCase:
    findings = tuple(ExpectedFinding(**finding) for finding in told["findings"])
    return DocumentCase(
        name, file, told["case"], told["now"], told["why"], findings, read, tuple(told.get("ids", ()))
    )
