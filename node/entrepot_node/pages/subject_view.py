"""The page of one subject, whatever is held of it: laid out, or explained in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from markupsafe import Markup

from entrepot_node.pages.finding_view import Note, notes
from entrepot_node.pages.foreign import pretty_json
from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.naming import isolated
from entrepot_node.pages.provenance import (
    HistoryRow,
    Statement,
    bytes_path,
    history_rows,
    statements,
    withdrawn_on,
)
from entrepot_node.pages.record_view import RecordView, record_view
from entrepot_node.pages.shapes import shapes_of
from entrepot_node.pages.showing import Known, Showing
from entrepot_node.pages.standing_view import StandingView, standing_view
from entrepot_node.pages.subject_facts import SubjectFacts
from entrepot_node.reasons import meaning
from entrepot_schema.level import level_of
from entrepot_schema.profile_check import profile_findings
from entrepot_sync.feed_store import FeedRow, Status

_SHORT_HISTORY = 5


@dataclass(frozen=True, slots=True)
class SubjectView:
    """All that the template shows. `record` is None where no content may be shown; then `notice` says why.

    `revision` is that of the version shown, `live_revision` 0 once the subject is withdrawn.
    """

    subject: str
    type: str
    feed: FeedRow
    origin: Markup
    type_label: str
    title: str
    record: RecordView | None
    status: str
    revision: int
    live_revision: int
    notice: tuple[Markup, ...]
    statements: tuple[Statement, ...]
    standing: StandingView | None
    notes: tuple[Note, ...]
    history: tuple[HistoryRow, ...]
    history_complete: bool
    document: str
    digest: str
    bytes_path: str
    license: str

    @property
    def replaced(self) -> bool:
        """Whether the version shown is not the live one."""
        return self.revision not in (0, self.live_revision)


def subject_view(
    facts: SubjectFacts, known: Mapping[str, Known], now: float, reader: Preferences, messages: Messages
) -> SubjectView:
    """Say all that is known here of a subject to one visitor."""
    profile, shown = facts.profile, facts.shown
    record = record_view(profile, reader, messages, known) if profile else None
    held = shown is not None and record is not None and facts.feed.own
    status = _status(facts)
    moment = datetime.fromtimestamp(now, UTC)
    found = profile_findings(profile, now=moment) if profile else []
    return SubjectView(
        subject=facts.subject,
        type=facts.type,
        feed=facts.feed,
        origin=isolated(facts.origin),
        type_label=_type_label(facts.type, reader, messages),
        title=record.plain_title if record else messages(f"content.{status}.title"),
        record=record,
        status=status,
        revision=facts.revision,
        live_revision=facts.live_revision,
        notice=() if record else _notice(facts, status, messages),
        statements=statements(facts, now, messages),
        standing=standing_view(level_of(profile, found, now=moment), messages) if profile else None,
        notes=notes(found, shapes_of(facts.type), messages),
        history=history_rows(facts.history[:_SHORT_HISTORY], facts, messages),
        history_complete=facts.complete and len(facts.history) <= _SHORT_HISTORY,
        document=pretty_json(facts.document) if facts.document else "",
        digest=shown.digest.hex() if shown else "",
        bytes_path=bytes_path(shown.digest) if held and shown else "",
        license=str(facts.document["license"]) if facts.document else "",
    )


def _status(facts: SubjectFacts) -> str:
    if facts.shown is None or facts.shown.status is Status.ERASED:
        return "withdrawn"
    if facts.shown.status is Status.MISSING and not facts.shown.live:
        return "superseded"
    return str(facts.shown.status.value)


def _notice(facts: SubjectFacts, status: str, messages: Messages) -> tuple[Markup, ...]:
    when = withdrawn_on(facts, messages)
    texts = [messages(f"content.{status}.text", origin=isolated(facts.origin), when=when)]
    if status == "refused" and facts.shown:
        code, pointer = (
            Markup("<code>{}</code>").format(text or "/") for text in (facts.shown.code, facts.shown.pointer)
        )
        texts.append(messages("content.refused.place", code=code, pointer=pointer))
        texts.append(
            messages("content.refused.meaning", meaning=meaning(facts.shown.code, messages.language))
        )
    return tuple(texts)


def _type_label(record_type: str, reader: Preferences, messages: Messages) -> str:
    """A type of a newer standard has no label here: it stands for itself."""
    return Showing(reader, messages).code(record_type, "recordType").text
