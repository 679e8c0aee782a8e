"""The brake on mass withdrawal: a stolen log key must not erase a cluster everywhere (FED-31). Pure.

A pull that would bring what a feed withdrew within a day to more than 50 and more than a fifth of its subjects takes effect at
once, but for the bytes: they are set aside, unseen, and deleted a day later or when the operator says so. The day is the one of
this node's clock: the times of entries are whatever the thief writes.
"""

from __future__ import annotations

from collections.abc import Iterable

from entrepot_sync.entry import WITHDRAW, FramedEntry, read_entry

HOLD_SECONDS = 24 * 3600.0
DAY_SECONDS = 24 * 3600.0
"""How long a withdrawal counts: fifty at a time would pass beneath a brake that looks at one pull alone."""
_MANY = 50
_FIFTH = 5
_MARK = b'"withdraw"'


def is_mass(withdrawn: int, live: int) -> bool:
    """Whether so many withdrawals of so many live subjects pull the brake."""
    return withdrawn > _MANY and withdrawn * _FIFTH > live


def withdrawn_subjects(groups: Iterable[list[bytes]]) -> set[str]:
    """The subjects that entries would withdraw, if those entries take effect."""
    found = set()
    for group in groups:
        for raw in group:
            if _MARK not in raw:  # reading every entry of a large feed twice would cost seconds
                continue
            entry = read_entry(raw)
            if isinstance(entry, FramedEntry) and entry.op == WITHDRAW:
                found.add(entry.subject)
    return found
