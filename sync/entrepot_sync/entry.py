"""The entry: one line of the log, and what it does (LOG-10 to LOG-25).

`decide` tells in a fixed order whether an entry has an effect, is *inert* (hashed, reported, without effect), or
makes the feed *stop* because it needs newer software. The answer depends on entry bytes alone, never on contents,
so every reader of a log gets the same state:

    state = FeedState("biomed.example")
    for index, raw in enumerate(entries):
        decision = state.decide(index, raw)

`FeedState` may hold a part of a feed's subjects: those that the entries at hand name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.errors import Refused
from entrepot_schema.origin import did_web, subject_origin
from entrepot_schema.timestamp import is_timestamp
from entrepot_sync.addenda import DIGEST_BYTES

MAX_ENTRY_BYTES = 65_535
KEYS = "keys"
PUBLISH = "publish"
WITHDRAW = "withdraw"
OPS = frozenset({KEYS, PUBLISH, WITHDRAW})

_MEMBERS = {"op", "prev", "subject", "time", "type"}
_TYPE = re.compile(r"[a-z]{1,32}", re.ASCII)
_LETTERS = rb"[ !#-\[\]-~]"  # printable ASCII without quotation mark and backslash
_PLAIN = re.compile(
    rb'\{"op":"([a-z]{1,16})","prev":(null|0|[1-9][0-9]{0,14}),"subject":"(%b{0,300})","time":"(%b{0,40})",'
    rb'"type":"([a-z]{1,40})"\}' % (_LETTERS, _LETTERS)
)
_INDEX_BYTES = 5
_ADDENDUM_BYTES = DIGEST_BYTES + _INDEX_BYTES


class Outcome(Enum):
    """What an entry does to its feed."""

    EFFECTIVE = "effective"
    INERT = "inert"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class FramedEntry:
    """What LOG-10 to LOG-13 admit: the five members, of any types yet, and the digest."""

    members: dict[str, Any]
    digest: bytes | None

    @property
    def op(self) -> str:
        """One of the three operations."""
        return str(self.members["op"])

    @property
    def subject(self) -> str:
        """The subject the entry names; empty, which is no subject's name, when it is no text."""
        subject = self.members["subject"]
        return subject if isinstance(subject, str) else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry whose members are well-formed. `digest` is 32 bytes, None for `withdraw`."""

    op: str
    subject: str
    type: str
    time: str
    prev: int | None
    digest: bytes | None

    def to_bytes(self) -> bytes:
        """Write the entry as it is hashed and bundled."""
        members = {
            "op": self.op,
            "prev": self.prev,
            "subject": self.subject,
            "time": self.time,
            "type": self.type,
        }
        json = canonical_bytes(members)
        if self.digest is None:
            return json + b"\0"
        return json + self.digest + len(json).to_bytes(4, "big") + b"\1"


@dataclass(frozen=True, slots=True)
class SubjectState:
    """What the effective entries say of one subject so far.

    `publishes` counts its effective `publish` (or `keys`) entries: the revision of the newest one. `live_index`
    is the entry whose content is live, None after a withdrawal. Contents of entries below `withdrawn_at`, the
    newest withdrawal, are erased.
    """

    subject: str
    type: str
    last_index: int
    publishes: int
    live_index: int | None
    withdrawn_at: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The outcome of one entry. `entry` and `after` are there when it is effective; `code` says why not."""

    index: int
    outcome: Outcome
    code: str = ""
    entry: Entry | None = None
    before: SubjectState | None = None
    after: SubjectState | None = None


class FeedState:
    """The subjects and digests of a feed that the entries at hand touch; grows with each decision."""

    def __init__(
        self, origin: str, subjects: Iterable[SubjectState] = (), digests: Iterable[bytes] = ()
    ) -> None:
        self.origin = origin
        self.subjects = {state.subject: state for state in subjects}
        self.digests = set(digests)

    def decide(self, index: int, raw: bytes) -> Decision:
        """Decide one entry and move the state if it is effective. Entries MUST come in order of index."""
        return self.decide_read(index, read_entry(raw))

    def decide_read(self, index: int, read: FramedEntry | Refused) -> Decision:
        """Decide what `read_entry` returned; for callers that looked at the entries first."""
        if isinstance(read, Refused):
            outcome = Outcome.STOP if isinstance(read, NeedsNewerSoftware) else Outcome.INERT
            return Decision(index, outcome, read.code)
        before = self.subjects.get(read.subject)
        try:
            entry = _check_rules(read, self.origin, before, self.digests)
        except Refused as refused:
            return Decision(index, Outcome.INERT, refused.code)
        after = _after(entry, before, index)
        self.subjects[entry.subject] = after
        if entry.digest is not None:
            self.digests.add(entry.digest)
        return Decision(index, Outcome.EFFECTIVE, "", entry, before, after)


class NeedsNewerSoftware(Refused):
    """The feed uses what this version does not know; it waits, others go on."""

    def __init__(self, message: str) -> None:
        hint = "Upgrade this node; the feed goes on from where it stopped."
        super().__init__("log.needs-newer-software", message, hint=hint)


def read_entry(raw: bytes) -> FramedEntry | Refused:
    """Read an entry up to LOG-13: the framed entry, or why it is inert or stops the feed."""
    try:
        return _frame(raw)
    except Refused as refused:
        return refused


def parse_entry(raw: bytes) -> Entry:
    """Read an entry by its own bytes alone; raise `NeedsNewerSoftware` (stop) or `Refused` (inert)."""
    return _typed(_frame(raw))


def _frame(raw: bytes) -> FramedEntry:
    if not raw or raw[-1] > 1:
        raise NeedsNewerSoftware("the entry does not end in 00 or 01")
    members, digest = _read_members(raw)
    if not isinstance(members.get("op"), str):
        raise Refused("log.framing", "the entry has no text `op`")
    if members["op"] not in OPS:
        raise NeedsNewerSoftware(f"the entry has the unknown op {members['op'][:32]!r}")
    if set(members) != _MEMBERS or (digest is None) != (members["op"] == WITHDRAW):
        raise Refused("log.members", "an entry has five members, and a digest unless it is a withdrawal")
    return FramedEntry(members, digest)


def _read_members(raw: bytes) -> tuple[dict[str, Any], bytes | None]:
    digest = None
    json = raw[:-1]
    if raw[-1] == 1:
        end = len(raw) - _ADDENDUM_BYTES
        if end < 0 or int.from_bytes(raw[-5:-1], "big") != end:
            raise Refused("log.framing", "the offset is not the length of the JSON")
        json, digest = raw[:end], raw[end : end + DIGEST_BYTES]
    plain = _PLAIN.fullmatch(json)
    if plain:
        return _plain_members(plain), digest
    try:
        return read_canonical(json), digest
    except Refused as refused:
        raise Refused("log.framing", f"the entry's JSON is refused: {refused}") from refused


def _plain_members(plain: re.Match[bytes]) -> dict[str, Any]:
    """What the strict reader would say of an entry that has the form of nearly all: no escapes, so it is canonical."""
    op, prev, subject, time, kind = (group.decode("ascii") for group in plain.groups())
    return {
        "op": op,
        "prev": None if prev == "null" else int(prev),
        "subject": subject,
        "time": time,
        "type": kind,
    }


def _check_rules(framed: FramedEntry, origin: str, before: SubjectState | None, digests: set[bytes]) -> Entry:
    """Check LOG-14 to LOG-19 in this order: the code of the first rule that is broken is the outcome's."""
    is_keys = framed.op == KEYS
    if not (framed.subject == did_web(origin) if is_keys else subject_origin(framed.subject) == origin):
        raise Refused("log.subject", f"the subject is not one of {origin}")
    kind = framed.members["type"]
    if (kind == KEYS) != is_keys or (before is not None and before.type != kind):
        raise Refused("log.type", "the type is not the one this subject has in this feed")
    entry = _typed(framed)
    if entry.prev != (before.last_index if before else None):
        raise Refused("log.prev", "prev is not the index of the subject's last effective entry")
    if entry.digest in digests:
        raise Refused("log.digest-reused", "the digest stands in an earlier entry")
    if entry.op == WITHDRAW and (before is None or before.live_index is None):
        raise Refused("log.not-live", "only a live subject can be withdrawn")
    return entry


def _typed(framed: FramedEntry) -> Entry:
    """Check the forms of LOG-14 to LOG-17."""
    members = framed.members
    kind, time, prev = members["type"], members["time"], members["prev"]
    if not framed.subject:
        raise Refused("log.subject", "subject is no text")
    if not isinstance(kind, str) or not _TYPE.fullmatch(kind):
        raise Refused("log.type", "type is not 1 to 32 letters a–z")
    if not is_timestamp(time):
        raise Refused("log.time", "time is no real YYYY-MM-DDThh:mm:ssZ")
    if prev is not None and (not isinstance(prev, int) or isinstance(prev, bool)):
        raise Refused("log.prev", "prev is neither an index nor null")
    return Entry(framed.op, framed.subject, kind, time, prev, framed.digest)


def _after(entry: Entry, before: SubjectState | None, index: int) -> SubjectState:
    if before is None:
        return SubjectState(entry.subject, entry.type, index, 1, index)
    if entry.op == WITHDRAW:
        return replace(before, last_index=index, live_index=None, withdrawn_at=index)
    return replace(before, last_index=index, publishes=before.publishes + 1, live_index=index)
