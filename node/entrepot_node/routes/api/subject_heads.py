"""What is said of a live version beside its record, as bytes, kept for a day of the calendar.

Judging a profile takes ten times as long as reading it. Kept is only what was said of records in which nothing was found: ids,
numbers, level and links. Findings quote what they are about, and contents are kept nowhere but in the store, where erasing
finds them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from datetime import datetime
from operator import attrgetter
from typing import Any

from entrepot_node.routes.api.subject_shapes import subject_answer
from entrepot_node.storage.reading import VersionRow
from entrepot_schema.dates import newest_day, oldest_day

_MOST_KEPT = 20_000
_of_row = attrgetter(*(one.name for one in fields(VersionRow) if one.name != "raw"))


class SubjectHeads:
    """Writes answers about subjects, but for the record. Any thread may call."""

    def __init__(self) -> None:
        self._kept: dict[tuple[Any, ...], bytes] = {}

    def head(
        self, row: VersionRow, read_profile: Callable[[VersionRow], dict[str, Any] | None], now: datetime
    ) -> bytes:
        """The answer about a live version as JSON without its record. What the rules know of the time are two dates."""
        key = (*_of_row(row), row.raw is None, oldest_day(now), newest_day(now))
        kept = self._kept.get(key)
        if kept is None:
            answer = subject_answer(row, read_profile(row), now)
            kept = answer.model_dump_json().encode()
            if answer.findings is not None and not answer.findings.items:
                self._keep(key, kept)
        return kept

    def _keep(self, key: tuple[Any, ...], head: bytes) -> None:
        if len(self._kept) >= _MOST_KEPT:
            self._kept.clear()
        self._kept[key] = head
