"""What the store knows of one subject: the version that counts, where it stands, and every entry about it.

Several feeds of one origin may name a subject; the newest counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from entrepot_node.pages.showing import Known, original_language
from entrepot_node.storage.interface import Store
from entrepot_node.storage.reading import Position, VersionRow
from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import EntrepotError
from entrepot_schema.origin import did_web, subject_origin
from entrepot_sync.entry import WITHDRAW, Entry, parse_entry
from entrepot_sync.feed_store import FeedRow, Status

MAX_HISTORY = 6


@dataclass(frozen=True, slots=True)
class Step:
    """One entry about the subject; `version` is there for a publication."""

    index: int
    entry: Entry
    version: VersionRow | None

    @property
    def profile(self) -> dict[str, Any] | None:
        """The profile of this version, if its content is held and may be shown."""
        return profile_of(self.version) if self.version else None


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """A subject in the feed that counts. `live` is None once it is withdrawn.

    `shown` is the version a page is about, and `document` its content: the live one unless another was asked for.
    """

    subject: str
    origin: str
    type: str
    feed: FeedRow
    live: VersionRow | None
    shown: VersionRow | None
    document: dict[str, Any] | None
    key_line: int | None
    history: tuple[Step, ...]
    complete: bool

    @property
    def revision(self) -> int:
        """The number of the version shown, 0 if there is none to show."""
        return self.shown.revision if self.shown else 0

    @property
    def live_revision(self) -> int:
        """The number of the live version, 0 once the subject is withdrawn."""
        return self.live.revision if self.live else 0

    @property
    def profile(self) -> dict[str, Any] | None:
        """The profile to show, if its content is held and may be shown."""
        profile: dict[str, Any] | None = (
            self.document["credentialSubject"]["profile"] if self.document else None
        )
        return profile


def load_subject(store: Store, subject: str, revision: int | None = None) -> SubjectFacts | None:
    """Read all about a subject, and of one of its versions; None if no entry here names it."""
    origin = subject_origin(subject)
    rows = store.history(subject, limit=MAX_HISTORY, with_content=True) if origin else []
    if not rows or origin is None:
        return None
    newest = rows[0][1]
    feed = store.feed(newest.feed_name)
    states = store.subject_states(feed.id, [subject]) if feed else []
    if feed is None or not states:
        return None
    live = newest if newest.live else None
    shown = live if revision is None else store.version(subject, revision, feed_name=feed.name)
    if revision is not None and shown is None:
        return None
    steps = _history(store, feed, states[0].last_index, _by_index(rows, feed), MAX_HISTORY)
    return SubjectFacts(
        subject=subject,
        origin=origin,
        type=newest.type,
        feed=feed,
        live=live,
        shown=shown,
        document=document_of(shown) if shown else None,
        key_line=_key_line(store, feed, shown.index) if shown else None,
        history=steps,
        complete=not steps or steps[-1].entry.prev is None,
    )


def load_history(store: Store, facts: SubjectFacts, start: int | None, limit: int) -> SubjectFacts | None:
    """The same facts with the steps from an entry on, the newest without one; None if that is no entry about it."""
    index = facts.history[0].index if start is None else start
    if start is not None and not _is_about(store, facts, index):
        return None
    before = (facts.feed.id, index + 1)
    rows = store.history(facts.subject, before=before, limit=limit, with_content=True)
    steps = _history(store, facts.feed, index, _by_index(rows, facts.feed), limit)
    return replace(facts, history=steps, complete=steps[-1].entry.prev is None)


def document_of(version: VersionRow) -> dict[str, Any] | None:
    """The signed document of a version whose content is held and may be shown."""
    if version.status is not Status.STORED or version.raw is None:
        return None
    return read_canonical(version.raw)


def profile_of(version: VersionRow) -> dict[str, Any] | None:
    """The profile in the document of a version, if it may be shown."""
    document = document_of(version)
    return document["credentialSubject"]["profile"] if document else None


def load_known(store: Store, subjects: Iterable[str]) -> dict[str, Known]:
    """Read the names of other records that a page refers to."""
    known = {}
    for subject in subjects:
        rows = store.history(subject, limit=1, with_content=True) if subject_origin(subject) else []
        for _, newest in rows:
            profile = (profile_of(newest) if newest.live else None) or {}
            name = profile.get("name") or profile.get("title")
            known[subject] = Known(name, withdrawn=not newest.live, original=original_language(profile))
    return known


def _by_index(rows: Iterable[tuple[Position, VersionRow]], feed: FeedRow) -> dict[int, VersionRow]:
    return {version.index: version for _, version in rows if version.feed_name == feed.name}


def _is_about(store: Store, facts: SubjectFacts, index: int) -> bool:
    """Whether an entry published the subject or took it back. The index is a visitor's: any may stand there."""
    rows = store.history(facts.subject, before=(facts.feed.id, index + 1), limit=1)
    newest = rows[0][1] if rows and rows[0][1].feed_name == facts.feed.name else None
    if newest is None or newest.index == index:
        return newest is not None
    found = store.entries(facts.feed.id, index, index + 1)
    try:
        entry = parse_entry(found[0]) if found else None
    except EntrepotError:
        return False  # an inert one
    return entry is not None and (entry.op, entry.subject, entry.prev) == (
        WITHDRAW,
        facts.subject,
        newest.index,
    )


def _history(
    store: Store, feed: FeedRow, last_index: int, by_index: dict[int, VersionRow], limit: int
) -> tuple[Step, ...]:
    """Walk back from an entry about the subject: each names the one before it."""
    steps: list[Step] = []
    index: int | None = last_index
    while index is not None and len(steps) < limit:
        found = store.entries(feed.id, index, index + 1)
        if not found:
            break
        entry = parse_entry(found[0])
        steps.append(Step(index, entry, by_index.get(index)))
        index = entry.prev
    return tuple(steps)


def _key_line(store: Store, feed: FeedRow, index: int) -> int | None:
    """Which line of the key log, from 1, was in force at an entry: the last one committed to before it."""
    lines = store.versions(did_web(feed.origin))
    below = [line.revision for line in lines if line.feed_name == feed.name and line.index <= index]
    return max(below, default=None)
