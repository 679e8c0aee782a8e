"""What was checked of a record, as separate statements, never one green mark; and its history in words.

The store holds verified records only, so each statement follows from what stands there: a stored content was
checked against digest, schema, signature and the key in force before it came in. Pure; `now` is an argument.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.messages import Messages
from entrepot_node.pages.naming import isolated
from entrepot_node.pages.subject_facts import Step, SubjectFacts
from entrepot_node.pages.times import date_text, day_age, moment, timestamp_text
from entrepot_schema import catalog
from entrepot_sync.feed_store import Status


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that was checked, with the values that belong to it."""

    id: str
    text: Markup
    details: tuple[Markup, ...] = ()


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """One entry about the record, in words; a withdrawal has no revision. `state` is for programs and the style sheet."""

    revision: int
    index: int
    time: Markup
    timestamp: str
    state: str
    code: str
    text: Markup
    bytes_path: str


def _value(text: str) -> Markup:
    return Markup('<code class="value">{}</code>').format(text)


def statements(facts: SubjectFacts, now: float, messages: Messages) -> tuple[Statement, ...]:
    """Say what was checked of the version shown; empty if no content of it is held."""
    if facts.shown is None or facts.document is None:
        return ()
    method = str(facts.document["proof"]["verificationMethod"])
    feed, index = facts.feed, facts.shown.index
    found = [
        Statement("signature", messages("prov.signature"), (_value(method.partition("#")[2]),)),
        _key_statement(facts, method, messages),
        Statement(
            "entry",
            messages(
                "prov.entry-own" if feed.own else "prov.entry",
                index=f"{index:,}", feed=isolated(feed.name), size=f"{feed.head.size:,}",
                when=moment(feed.head_at, messages),
            ),
            (messages("prov.root", root=_value(feed.head.root.hex())),),
        ),
        Statement("schema", messages("prov.schema", schema=_value(catalog.schema_id(facts.type)))),
    ]  # fmt: skip
    updated = str((facts.profile or {}).get("updated", ""))
    age = day_age(updated, now, messages)
    if age is not None:
        text = messages("prov.updated", date=date_text(updated, messages.language), age=age)
        found.append(Statement("updated", text))
    return tuple(found)


def _key_statement(facts: SubjectFacts, method: str, messages: Messages) -> Statement:
    feed, log = facts.feed, facts.feed.key_log
    fingerprint = messages("prov.fingerprint", scid=_value(log.scid))
    line = facts.key_line
    if line is None or line > len(log.states) or log.states[line - 1].verification_method != method:
        return Statement("key", messages("prov.key-unknown"), (fingerprint,))
    text = messages(
        "prov.key-own" if feed.own else "prov.key",
        line=line,
        lines=len(log.states),
        origin=isolated(feed.origin),
    )
    details = [fingerprint]
    if log.latest.verification_method != method:
        details.insert(0, messages("prov.key-replaced"))
    return Statement("key", text, tuple(details))


def history_rows(steps: Iterable[Step], facts: SubjectFacts, messages: Messages) -> tuple[HistoryRow, ...]:
    """Write entries about a record in words."""
    return tuple(_history_row(step, facts, messages) for step in steps)


def _history_row(step: Step, facts: SubjectFacts, messages: Messages) -> HistoryRow:
    version, time = step.version, timestamp_text(step.entry.time, messages)
    if version is None:
        text = messages("history.withdrawal")
        return HistoryRow(0, step.index, time, step.entry.time, "withdrawal", "", text, "")
    state = _state(version.status, live=version.live)
    text = messages(f"history.{state}", code=version.code)
    held = facts.feed.own and version.status is Status.STORED
    return HistoryRow(
        version.revision, step.index, time, step.entry.time, state, version.code, text,
        bytes_path(version.digest) if held else "",
    )  # fmt: skip


def _state(status: Status, *, live: bool) -> str:
    if status is Status.STORED or (status is Status.MISSING and not live):
        return "live" if live else "superseded"
    return str(status.value)


def bytes_path(digest: bytes) -> str:
    """Where the exact bytes of a record of our own feed are served."""
    name = digest.hex()
    return f"/feed/addenda/{name[:2]}/{name[2:4]}/{name}"


def withdrawn_on(facts: SubjectFacts, messages: Messages) -> Markup:
    """Say when a withdrawn record was taken back, if its entry can be read."""
    newest = facts.history[0] if facts.history else None
    if newest is None or newest.version is not None:
        return Markup("")
    return messages("content.withdrawn.when", date=date_text(newest.entry.time[:10], messages.language))
