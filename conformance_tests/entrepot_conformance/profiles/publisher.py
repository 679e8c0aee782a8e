"""Profile `publisher`: a node, or a folder of static files, whose own feed keeps every promise on bytes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from entrepot_conformance.checks import CHECKS, Check, check_tiles
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.suite.target import Target

_BOTH = (check_tiles,)
"""Checks that also ask for what all their clauses tell a node to refuse."""
_ID = r"[A-Z]{3}-[0-9]{2}"


def cases() -> list[Case]:
    """Return the cases of this profile."""
    return [_case(check) for check in CHECKS]


def _case(check: Check) -> Case:
    """Turn a check of a node behind a URL into a case; its text says ids and promise."""
    clauses, _, promise = (check.__doc__ or "").partition(": ")
    name = check.__name__.removeprefix("check_").replace("_", "-")

    def run(target: Target) -> None:
        check(target.node)

    sides = frozenset(Side) if check in _BOTH else frozenset({Side.ACCEPT})
    return Case(f"publisher.{name}", promise.strip(), tuple(ids_in(clauses)), run, sides)


def ids_in(text: str) -> Iterator[str]:
    """Yield the ids in a text; `LOG-10 to LOG-19` names all between."""
    for first, last in re.findall(rf"({_ID})(?: to ({_ID}))?", text):
        end = int((last or first)[4:])
        yield from (f"{first[:4]}{number:02d}" for number in range(int(first[4:]), end + 1))
