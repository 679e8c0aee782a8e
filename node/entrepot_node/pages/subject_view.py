"""The page of one subject, whatever is held of it: laid out, or explained in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.foreign import pretty_json
from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.provenance import (
    HistoryRow,
    Statement,
    bytes_path,
    history_rows,
    isolated,
    statements,
    withdrawn_on,
)
from entrepot_node.pages.record_view import RecordView, record_view
from entrepot_node.pages.showing import Known, Showing
from entrepot_node.pages.subject_facts import SubjectFacts
from entrepot_sync.feed_store import FeedRow, Status


@dataclass(frozen=True, slots=True)
class SubjectView:
    """All that the template shows. `record` is None where no content may be shown; then `notice` says why."""

    subject: str
    feed: FeedRow
    origin: Markup
    type_label: str
    title: str
    record: RecordView | None
    status: str
    notice: tuple[Markup, ...]
    statements: tuple[Statement, ...]
    history: tuple[HistoryRow, ...]
    history_complete: bool
    document: str
    digest: str
    bytes_path: str
    license: str


def subject_view(
    facts: SubjectFacts, known: Mapping[str, Known], now: float, reader: Preferences, messages: Messages
) -> SubjectView:
    """Say all that is known here of a subject to one visitor."""
    profile, live = facts.profile, facts.live
    record = record_view(profile, reader, messages, known) if profile else None
    held = live is not None and record is not None and facts.feed.own
    status = _status(facts)
    return SubjectView(
        subject=facts.subject,
        feed=facts.feed,
        origin=isolated(facts.origin),
        type_label=_type_label(facts.type, reader, messages),
        title=record.plain_title if record else messages(f"content.{status}.title"),
        record=record,
        status=status,
        notice=() if record else _notice(facts, status, messages),
        statements=statements(facts, now, messages),
        history=history_rows(facts, messages),
        history_complete=facts.complete,
        document=pretty_json(facts.document) if facts.document else "",
        digest=live.digest.hex() if live else "",
        bytes_path=bytes_path(live.digest) if held and live else "",
        license=str(facts.document["license"]) if facts.document else "",
    )


def _status(facts: SubjectFacts) -> str:
    if facts.live is None or facts.live.status is Status.ERASED:
        return "withdrawn"
    return str(facts.live.status.value)


def _notice(facts: SubjectFacts, status: str, messages: Messages) -> tuple[Markup, ...]:
    when = withdrawn_on(facts, messages)
    texts = [messages(f"content.{status}.text", origin=isolated(facts.origin), when=when)]
    if status == "refused" and facts.live:
        code, pointer = (
            Markup("<code>{}</code>").format(text or "/") for text in (facts.live.code, facts.live.pointer)
        )
        texts.append(messages("content.refused.place", code=code, pointer=pointer))
    return tuple(texts)


def _type_label(record_type: str, reader: Preferences, messages: Messages) -> str:
    """A type of a newer standard has no label here: it stands for itself."""
    return Showing(reader, messages).code(record_type, "recordType").text
