"""What the store knows of one subject: the version that counts, where it stands, and every entry about it.

Several feeds of one origin may name a subject; the one with the highest number counts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from entrepot_node.pages.showing import Known, original_language
from entrepot_node.storage.interface import Store, VersionRow
from entrepot_schema.canonical import read_canonical
from entrepot_schema.origin import did_web, parse_feed_name, subject_origin
from entrepot_sync.entry import Entry, parse_entry
from entrepot_sync.feed_store import FeedRow, Status

MAX_HISTORY = 50


@dataclass(frozen=True, slots=True)
class Step:
    """One entry about the subject; `version` is there for a publication."""

    index: int
    entry: Entry
    version: VersionRow | None


@dataclass(frozen=True, slots=True)
class SubjectFacts:
    """A subject in the feed that counts. `live` is None once it is withdrawn."""

    subject: str
    origin: str
    type: str
    feed: FeedRow
    live: VersionRow | None
    document: dict[str, Any] | None
    key_line: int | None
    history: tuple[Step, ...]
    complete: bool

    @property
    def profile(self) -> dict[str, Any] | None:
        """The profile to show, if its content is held and may be shown."""
        profile: dict[str, Any] | None = (
            self.document["credentialSubject"]["profile"] if self.document else None
        )
        return profile


def load_subject(store: Store, subject: str) -> SubjectFacts | None:
    """Read all about a subject; None if no entry here names it."""
    origin = subject_origin(subject)
    versions = store.versions(subject) if origin else []
    if not versions or origin is None:
        return None
    name = max((version.feed_name for version in versions), key=lambda name: parse_feed_name(name).number)
    feed = store.feed(name)
    states = store.subject_states(feed.id, [subject]) if feed else []
    if feed is None or not states:
        return None
    by_index = {version.index: version for version in versions if version.feed_name == name}
    live = next((version for version in by_index.values() if version.live), None)
    history = _history(store, feed, states[0].last_index, by_index)
    return SubjectFacts(
        subject=subject,
        origin=origin,
        type=versions[0].type,
        feed=feed,
        live=live,
        document=document_of(live) if live else None,
        key_line=_key_line(store, feed, live.index) if live else None,
        history=history,
        complete=not history or history[-1].entry.prev is None,
    )


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
        if subject_origin(subject) is None:
            continue
        versions = store.versions(subject)
        live = next((version for version in versions if version.live), None)
        profile = (profile_of(live) if live else None) or {}
        if versions:
            name = profile.get("name") or profile.get("title")
            known[subject] = Known(name, withdrawn=live is None, original=original_language(profile))
    return known


def _history(
    store: Store, feed: FeedRow, last_index: int, by_index: dict[int, VersionRow]
) -> tuple[Step, ...]:
    """Walk back from the newest entry about the subject: each names the one before it."""
    steps: list[Step] = []
    index: int | None = last_index
    while index is not None and len(steps) < MAX_HISTORY:
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
