"""Why a clause has no case on one of its sides: the table `untested.toml`, held against the cases there are."""

from __future__ import annotations

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path

from entrepot_conformance.suite.case import Case, Side

FILE = Path(__file__).resolve().parents[1] / "untested.toml"
_SIDES = {
    "neither": frozenset(Side),
    "accept": frozenset({Side.ACCEPT}),
    "refuse": frozenset({Side.REFUSE}),
}
Reasons = Mapping[str, tuple[frozenset[Side], str]]
"""By clause: the sides without a case, and why."""


def read_reasons(path: Path = FILE) -> Reasons:
    """Read the table; raise ValueError for a section that is none, or a clause that stands twice."""
    found: dict[str, tuple[frozenset[Side], str]] = {}
    for section, rows in tomllib.loads(path.read_text("utf-8")).items():
        if section not in _SIDES:
            raise ValueError(f"{path.name}: [{section}] is none of {', '.join(_SIDES)}")
        for name, reason in rows.items():
            if name in found:
                raise ValueError(f"{path.name}: {name} stands in two sections")
            found[name] = (_SIDES[section], str(reason))
    return found


def tried_sides(cases: Iterable[Case]) -> dict[str, frozenset[Side]]:
    """The sides of each clause that cases try."""
    found: defaultdict[str, frozenset[Side]] = defaultdict(frozenset)
    for case in cases:
        for name in case.ids:
            found[name] |= case.sides
    return dict(found)


def faults(clauses: Mapping[str, str], tried: Mapping[str, frozenset[Side]], reasons: Reasons) -> list[str]:
    """What is wrong, each with what to do: a side without case and reason, a reason without need."""
    found = []
    for name in sorted(
        {name for name, text in clauses.items() if re.search(r"\bMUST\b", text)} | set(reasons)
    ):
        missing = frozenset(Side) - tried.get(name, frozenset())
        named = reasons.get(name, (frozenset(), ""))[0]
        if name not in clauses:
            found.append(f"{name}: the specification has no such clause; take its row out")
        elif not re.search(r"\bMUST\b", clauses[name]):
            found.append(f"{name}: it says no MUST; take its row out")
        elif missing - named:
            found.append(
                f"{name}: no case on the side {_words(missing - named)}; write one, or a reason in untested.toml"
            )
        elif named - missing:
            where = f"move its row to [{_words(missing)}]" if missing else "take its row out of untested.toml"
            found.append(f"{name}: tried on the side {_words(named - missing)}; {where}")
    return found


def _words(sides: frozenset[Side]) -> str:
    return " and ".join(sorted(sides))
