"""The file of expected failures: what an implementer knows to be broken, with the reason. Strict: a pass is a failure."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path


def read_expected_failures(path: Path, known: Collection[str]) -> dict[str, str]:
    """Read lines of `<case name>  <reason>`; empty lines and those with # are skipped. Raise ValueError on any other."""
    found: dict[str, str] = {}
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        name, _, reason = line.strip().partition(" ")
        if not name or name.startswith("#"):
            continue
        if name not in known:
            raise ValueError(f"{path}, line {number}: there is no case {name!r}")
        if not reason.strip():
            raise ValueError(f"{path}, line {number}: {name} needs a reason")
        found[name] = reason.strip()
    return found
