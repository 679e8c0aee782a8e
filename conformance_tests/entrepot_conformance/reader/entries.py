"""Entries and what they do: LOG-10 to LOG-21.

`FeedState.take` decides one entry after the other from its bytes alone; the steps stand in the order of the
spec, and the first rule that fits wins.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Literal

from .names import is_subject, is_time
from .rule_error import RuleError, require
from .strict_json import canonical, parse_document

STOP = "log.needs-newer-software"
MEMBERS = {"op", "prev", "subject", "time", "type"}


@dataclass(frozen=True)
class Entry:
    """An effective entry. `revision` counts the effective publishes of its subject up to this one."""

    index: int
    op: str
    subject: str
    type: str
    time: str
    digest: bytes | None
    revision: int = 0


@dataclass(frozen=True)
class Outcome:
    """What an entry does: `effective`, `inert` or `stop`, the last two with a reason code."""

    kind: Literal["effective", "inert", "stop"]
    code: str = ""
    entry: Entry | None = None


@dataclass
class FeedState:
    """All that effective entries have said so far."""

    origin: str
    size: int = 0
    effective: list[Entry] = field(default_factory=list)
    inert: list[tuple[int, str]] = field(default_factory=list)
    last: dict[str, Entry] = field(default_factory=dict)
    digests: set[bytes] = field(default_factory=set)
    publishes: Counter[str] = field(default_factory=Counter)

    def take(self, raw: bytes) -> Outcome:
        """Decide the next entry and remember its effect. After `stop` nothing may follow."""
        outcome = self._decide(raw)
        if outcome.entry is not None:
            self._remember(outcome.entry)
        elif outcome.kind == "inert":
            self.inert.append((self.size, outcome.code))
        if outcome.kind != "stop":
            self.size += 1
        return outcome

    def live(self) -> list[Entry]:
        """Return the live version of each live subject, in the order of the entries."""
        return sorted((e for e in self.last.values() if e.op == "publish"), key=lambda e: e.index)

    def withdrawn(self) -> list[Entry]:
        """Return every publish whose content is erased: one below a withdrawal of its subject."""
        cut = {e.subject: e.index for e in self.effective if e.op == "withdraw"}
        return [e for e in self.effective if e.op == "publish" and e.index < cut.get(e.subject, -1)]

    def key_entries(self) -> list[Entry]:
        """Return the effective `keys` entries; the j-th puts line j of the key log in force (LOG-24)."""
        return [e for e in self.effective if e.op == "keys"]

    def _decide(self, raw: bytes) -> Outcome:
        if not raw or raw[-1] not in (0, 1):  # LOG-10
            return Outcome("stop", STOP)
        try:
            fields, digest = parse_entry(raw)  # LOG-11
            if fields["op"] not in ("publish", "withdraw", "keys"):  # LOG-12
                return Outcome("stop", STOP)
            self._check(fields, digest)
        except RuleError as error:
            return Outcome("inert", error.code)
        return Outcome("effective", entry=self._effective(fields, digest))

    def _check(self, fields: dict[str, Any], digest: bytes | None) -> None:
        op, subject, kind = fields["op"], fields.get("subject"), fields.get("type")
        # LOG-13
        good = set(fields) == MEMBERS and (digest is None) == (op == "withdraw")
        require(good, "log.members", "not exactly the five members, or a digest where none belongs")
        # LOG-14
        about_keys = subject == f"did:web:{self.origin}"
        good = about_keys if op == "keys" else is_subject(subject, self.origin)
        require(good, "log.subject", f"subject {subject!r}")
        last = self.last.get(str(subject))
        # LOG-15
        good = isinstance(kind, str) and re.fullmatch("[a-z]{1,32}", kind) is not None
        good = good and (kind == "keys") == (op == "keys") and (last is None or last.type == kind)
        require(good, "log.type", f"type {kind!r}")
        # LOG-16
        require(is_time(fields["time"]), "log.time", f"time {fields['time']!r}")
        # LOG-17; `true` is not 1
        wanted = None if last is None else last.index
        good = fields["prev"] == wanted and not isinstance(fields["prev"], bool)
        require(good, "log.prev", f"prev {fields['prev']!r}, expected {wanted!r}")
        # LOG-18
        require(digest not in self.digests, "log.digest-reused", "an earlier effective entry has this digest")
        # LOG-19
        is_live = last is not None and last.op == "publish"
        require(op != "withdraw" or is_live, "log.not-live", "the subject is not live")

    def _effective(self, fields: dict[str, Any], digest: bytes | None) -> Entry:
        subject, op = fields["subject"], fields["op"]
        revision = self.publishes[subject] + 1 if op == "publish" else 0
        return Entry(self.size, op, subject, fields["type"], fields["time"], digest, revision)

    def _remember(self, entry: Entry) -> None:
        self.effective.append(entry)
        self.last[entry.subject] = entry
        self.publishes[entry.subject] += entry.op == "publish"
        if entry.digest is not None:
            self.digests.add(entry.digest)


def parse_entry(raw: bytes) -> tuple[dict[str, Any], bytes | None]:
    """Split an entry into its JSON object and its digest (LOG-11); the last byte is 00 or 01."""
    text, digest = raw[:-1], None
    if raw[-1] == 1:
        require(len(raw) > 37, "log.framing", "no room for digest and offset")
        text, digest, offset = raw[:-37], raw[-37:-5], int.from_bytes(raw[-5:-1])
        require(offset == len(text), "log.framing", "the offset is not the length of the JSON")
    try:
        fields = parse_document(text)
    except RuleError as error:
        raise RuleError("log.framing", str(error)) from None
    require(isinstance(fields.get("op"), str), "log.framing", "no string op")
    return fields, digest


def encode_entry(fields: dict[str, Any], digest: bytes | None) -> bytes:
    """Write an entry: JSON ‖ digest ‖ offset ‖ 01, or JSON ‖ 00."""
    text = canonical(fields)
    return text + b"\x00" if digest is None else text + digest + len(text).to_bytes(4) + b"\x01"


def digest_of(content: bytes) -> bytes:
    """Return the digest of a record, or of a line of the key log without its LF."""
    return hashlib.sha256(content).digest()
