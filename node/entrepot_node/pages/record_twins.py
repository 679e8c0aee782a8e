"""What the pages of a record show, as JSON: the profile as it is, and what this node says around it. Pure."""

from __future__ import annotations

from typing import Any

from entrepot_node.pages.around import Around
from entrepot_node.pages.history_view import HistoryView, Version
from entrepot_node.pages.provenance import HistoryRow
from entrepot_node.pages.relation_view import TwoSides
from entrepot_node.pages.subject_facts import SubjectFacts
from entrepot_node.pages.subject_view import SubjectView
from entrepot_node.pages.twins import card_data, plain


def subject_data(facts: SubjectFacts, view: SubjectView, around: Around) -> dict[str, Any]:
    """A record: what is held of it, what was checked, what was found, and what stands around it."""
    return {
        "id": view.subject,
        "type": view.type,
        "origin": facts.origin,
        "feed": facts.feed.name,
        "revision": view.revision,
        "live": not view.replaced,
        "liveRevision": view.live_revision,
        "content": view.status,
        "digest": view.digest,
        "license": view.license,
        "profile": facts.profile,
        "notice": [plain(text) for text in view.notice],
        "statements": [{"id": one.id, "text": plain(one.text)} for one in view.statements],
        "findings": [
            {
                "code": note.code, "severity": note.severity, "pointer": note.pointer,
                "field": plain(note.field), "text": note.text,
            }
            for note in view.notes
        ],
        "level": view.standing.level if view.standing else None,
        "next": {"key": view.standing.next_key, "text": plain(view.standing.next)}
        if view.standing and view.standing.next_key
        else None,
        "relations": [
            {
                "id": line.subject, "purpose": line.purpose, "other": line.other.subject if line.other else None,
                "state": line.state, "text": plain(line.text), "commitment": line.commitment, "stale": line.stale,
            }
            for line in around.relations
        ],
        "counterpart": _sides(around.sides) if around.sides else None,
        "also": [{**card_data(one.card), "scheme": one.scheme, "identifier": one.id} for one in around.also],
        "members": {one.type: one.count for one in around.members},
        "opportunities": [card_data(one) for one in around.opportunities],
        "history": [_row(row) for row in view.history],
    }  # fmt: skip


def history_data(view: HistoryView) -> dict[str, Any]:
    """A part of a history. `older` is what `from` takes for the part behind it, null at the beginning."""
    return {
        "id": view.subject,
        "items": [{**_row(version.row), "changes": _changes(version)} for version in view.versions],
        "older": view.older if view.older >= 0 else None,
    }


def _sides(sides: TwoSides) -> dict[str, Any]:
    return {
        "id": sides.counterpart or None, "state": sides.state, "text": plain(sides.text),
        "commitment": sides.commitment, "stale": sides.stale,
        "differences": [field.name for field in sides.fields if field.differs],
    }  # fmt: skip


def _row(row: HistoryRow) -> dict[str, Any]:
    return {
        "index": row.index, "time": row.timestamp, "revision": row.revision or None, "state": row.state,
        "code": row.code,
    }  # fmt: skip


def _changes(version: Version) -> list[dict[str, Any]] | None:
    if version.changes is None:
        return None
    return [
        {"pointer": field.pointer, "op": field.op, "field": plain(field.label)}
        for field in version.changes.fields
    ]
