"""All cases, and choosing among them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from entrepot_conformance.profiles import bytes as of_bytes
from entrepot_conformance.profiles import document, durable, mirror, publisher, puller, reader, ui, witness

from .case import Case

PROFILES = {
    "document": document.cases,
    "bytes": of_bytes.cases,
    "reader": reader.cases,
    "publisher": publisher.cases,
    "puller": puller.cases,
    "witness": witness.cases,
    "mirror": mirror.cases,
    "durable": durable.cases,
    "ui": ui.cases,
}
"""Profiles in the order in which they are run."""
_READ = frozenset({"reader", "publisher"})
_FILES = frozenset({"document"})


def all_cases() -> list[Case]:
    """Return every case; names are unique."""
    return [case for make in PROFILES.values() for case in make()]


def profiles_for(*, reads: bool, drives: bool, checks: bool) -> list[str]:
    """Return the profiles that can be tried: with a URL to read, a shim to drive a node, a tool that checks files."""
    able = {name for name in PROFILES if drives and name not in _READ | _FILES}
    able |= (_READ if reads else set()) | (_FILES if checks else set())
    return [name for name in PROFILES if name in able]


def choose(cases: Iterable[Case], profiles: Sequence[str] = (), only: Sequence[str] = ()) -> list[Case]:
    """Return the cases of some profiles (all if none is named) that one of the words of `only` picks.

    A word picks by the beginning of a case's name (`puller.fork`), of a clause (`LOG-6`) or of an attack (`L02`).
    """
    return [
        case
        for case in cases
        if (not profiles or case.profile in profiles)
        and (not only or any(_picks(word, case) for word in only))
    ]


def _picks(word: str, case: Case) -> bool:
    return any(name.startswith(word) for name in (case.name, case.attack, *case.ids) if name)
