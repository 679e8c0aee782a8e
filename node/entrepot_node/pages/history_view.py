"""The history of a record: every entry about it, and what each version changed, by field. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.change_view import Changes, change_view
from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.naming import isolated
from entrepot_node.pages.provenance import HistoryRow, history_rows
from entrepot_node.pages.record_view import record_view
from entrepot_node.pages.showing import Known
from entrepot_node.pages.subject_facts import Step, SubjectFacts


@dataclass(frozen=True, slots=True)
class Version:
    """One entry: what it was, and what it changed; None where one of the two contents is not held."""

    row: HistoryRow
    changes: Changes | None


@dataclass(frozen=True, slots=True)
class HistoryView:
    """A part of a record's history, newest first. `older` is the index to go on from, -1 at its beginning."""

    subject: str
    title: str
    origin: Markup
    withdrawn: bool
    versions: tuple[Version, ...]
    older: int


def history_view(
    facts: SubjectFacts, limit: int, reader: Preferences, messages: Messages, known: Mapping[str, Known]
) -> HistoryView:
    """Lay out the first `limit` steps of a record; the one behind them says what the last of these changed."""
    steps = facts.history[:limit]
    befores = [*facts.history[1:], None][: len(steps)]
    changes = [_changes(*pair, reader, messages, known) for pair in zip(befores, steps, strict=True)]
    rows = history_rows(steps, facts, messages)
    profile = facts.profile
    title = record_view(profile, reader, messages, known).plain_title if profile else facts.subject
    return HistoryView(
        subject=facts.subject,
        title=title,
        origin=isolated(facts.origin),
        withdrawn=facts.live is None,
        versions=tuple(Version(row, changed) for row, changed in zip(rows, changes, strict=True)),
        older=facts.history[limit].index if len(facts.history) > limit else -1,
    )


def _changes(
    before: Step | None, after: Step, reader: Preferences, messages: Messages, known: Mapping[str, Known]
) -> Changes | None:
    if before is None or before.profile is None or after.profile is None:
        return None
    return change_view(before.profile, after.profile, reader, messages, known)
