"""The pages of one record: the live version or another one, and its history; each with the same as JSON."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice

from fastapi import Request, Response

from entrepot_node.pages.around import Around, Surroundings
from entrepot_node.pages.history_view import HistoryView, history_view
from entrepot_node.pages.record_twins import history_data, subject_data
from entrepot_node.pages.record_view import MAX_REFERENCES, references
from entrepot_node.pages.rendering import Site, Visit
from entrepot_node.pages.subject_facts import SubjectFacts, load_history, load_known, load_subject
from entrepot_node.pages.subject_view import SubjectView, subject_view
from entrepot_node.problems import problem
from entrepot_node.routes.absent import HIDDEN, NOT_SHOWN, UNKNOWN, absent
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Misuse
from entrepot_schema.origin import subject_of

_STEPS = 20
_NO_ENTRY = "no entry here names this subject or version"
_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_MERGED_SLASHES = re.compile(r"https:/(?!/)")


@dataclass(frozen=True, slots=True)
class _Found:
    facts: SubjectFacts
    view: SubjectView
    around: Around


class RecordPages:
    """Answers for the pages of records."""

    def __init__(self, store: Store, site: Site, now: Callable[[], float]) -> None:
        self._store = store
        self._site = site
        self._origin = site.settings.origin
        self._now = now

    def page(self, request: Request, subject: str) -> Response:
        """The record, in the version asked for or the live one."""
        visit = Visit(request)
        try:
            found = self._find(visit, subject)
        except Misuse as wrong:
            return self._site.fault(visit, 400, wrong.code, wrong.message)
        if found is None:
            return self._absent(visit, subject)
        if found.facts.live is None and not visit.wants_page:
            return withdrawn()
        status = 200 if found.facts.live else 410
        return self._site.page(
            visit, "record.html", status, active="record", page=found.view, around=found.around
        )

    def own(self, request: Request, letters: str) -> Response:
        """The same below the short address of a record of our own."""
        return self.page(request, subject_of(self._origin, letters))

    def data(self, request: Request, subject: str) -> Response:
        """What the page shows, as JSON."""
        visit = Visit(request)
        found = self._find(visit, subject)
        if found is None:
            return self._absent_data(subject)
        if found.facts.live is None:
            return withdrawn()
        return self._site.data(visit, subject_data(found.facts, found.view, found.around))

    def history(self, request: Request, subject: str) -> Response:
        """Every entry about a record, and what each version changed."""
        visit = Visit(request)
        try:
            view = self._history(visit, subject)
        except Misuse as wrong:
            return self._site.fault(visit, 400, wrong.code, wrong.message)
        if view is None:
            return self._absent(visit, subject)
        older = visit.link(visit.path, [("from", str(view.older))]) if view.older >= 0 else ""
        return self._site.page(visit, "history.html", active="history", page=view, older=older)

    def history_data(self, request: Request, subject: str) -> Response:
        """The same as JSON."""
        visit = Visit(request)
        view = self._history(visit, subject)
        return self._absent_data(subject) if view is None else self._site.data(visit, history_data(view))

    def _find(self, visit: Visit, subject: str) -> _Found | None:
        revision = _number(visit, "revision")
        facts = load_subject(self._store, _mended(subject), revision)
        if facts is None:
            return None
        visit.stand_for(f"/record/{facts.subject}", [("revision", str(revision))] if revision else [])
        profile, now = facts.profile, self._now()
        known = load_known(self._store, references(profile)) if profile else {}
        view = subject_view(facts, known, now, visit.reader, visit.messages)
        around = Surroundings(self._store, now, visit.reader, visit.messages).of(facts)
        return _Found(facts, view, around)

    def _history(self, visit: Visit, subject: str) -> HistoryView | None:
        start = _number(visit, "from")
        facts = load_subject(self._store, _mended(subject))
        part = load_history(self._store, facts, start, _STEPS + 1) if facts else None
        if part is None:
            return None
        visit.stand_for(f"/record/{part.subject}/history", [] if start is None else [("from", str(start))])
        profiles = [profile for step in part.history if (profile := step.profile)]
        named = dict.fromkeys(subject for profile in profiles for subject in references(profile))
        known = load_known(self._store, islice(named, MAX_REFERENCES))
        return history_view(part, _STEPS, visit.reader, visit.messages, known)

    def _absent(self, visit: Visit, subject: str) -> Response:
        if self._store.is_hidden(_mended(subject)):
            return self._site.fault(visit, 404, HIDDEN, NOT_SHOWN)
        return self._site.fault(visit, 404, UNKNOWN, _NO_ENTRY)

    def _absent_data(self, subject: str) -> Response:
        return absent(self._store, _mended(subject), _NO_ENTRY)


def withdrawn() -> Response:
    """Say to a program that there was such a record."""
    return problem(410, "record.withdrawn", "this record was withdrawn; its contents are erased")


def _mended(subject: str) -> str:
    """Some proxies merge slashes, also those within a subject."""
    return _MERGED_SLASHES.sub("https://", subject, count=1)


def _number(visit: Visit, name: str) -> int | None:
    text = visit.request.query_params.get(name, "")
    if text and not _NUMBER.fullmatch(text):
        raise Misuse("http.parameter", f"{name} is no whole number")
    return int(text) if text else None
