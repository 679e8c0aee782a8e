"""Feeds of an origin that changes its keys, told entry by entry; any step can be told wrongly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

from entrepot_conformance.reader import merkle
from entrepot_conformance.reader.entries import FeedState, digest_of, encode_entry
from entrepot_conformance.reader.strict_json import canonical

from .profiles import profile, sign, unsigned
from .rotation_lines import FEED_2, LINES, RECORDS
from .seeds import FEED, ORIGIN, TestKey, checkpoint_text, subject_id

DID = f"did:web:{ORIGIN}"
KINDS = {"cluster": "cluster"}
MONTHS = {FEED: "06", FEED_2: "07"}


@dataclass(frozen=True)
class Step:
    """One entry. `line` is the key-log line it commits to, or whose record key signs; `revision` 0 is counted."""

    op: str
    name: str = ""
    line: int = 0
    revision: int = 0
    raw: bytes | None = None
    members: tuple[tuple[str, Any], ...] = ()


@dataclass(frozen=True)
class Told:
    """A feed: its entries, and the contents by index."""

    feed: str
    entries: list[bytes]
    contents: dict[int, bytes]

    def head(self, *signers: TestKey, size: int | None = None) -> bytes:
        """Return the head of a size, signed by log keys."""
        size = len(self.entries) if size is None else size
        root = merkle.root([merkle.leaf_hash(entry) for entry in self.entries[:size]])
        text = checkpoint_text(self.feed, size, root)
        return f"{text}\n{''.join(key.note_line(self.feed, text) for key in signers)}".encode()


def keys(line: int, raw: bytes | None = None) -> Step:
    """Commit to a line of the key log, or to other bytes."""
    return Step("keys", line=line, raw=raw)


def publish(name: str, line: int, *, revision: int = 0, raw: bytes | None = None, **members: Any) -> Step:
    """Publish a record that the record key of a line signs."""
    return Step("publish", name, line, revision, raw, tuple(members.items()))


FIRST = (
    keys(1),
    publish("cluster", 1),
    publish("acme", 1),
    publish("beta", 1),
    # a year has passed: line 2 names another record key, all live records are signed again
    keys(2),
    publish("cluster", 2),
    publish("acme", 2),
    publish("beta", 2),
    publish("acme", 2, founded="1998"),
    Step("withdraw", "beta"),
    # line 3 names another log key of the same feed: its head carries both signatures
    keys(3),
    publish("cluster", 3),
    publish("acme", 3, founded="1998"),
    publish("delta", 3),
    # the server was stolen: the thief goes on writing in this feed
    Step("withdraw", "cluster"),
    publish("epsilon", 3),
)
BOTH, NEW, THEFT = (
    13,
    14,
    16,
)  # sizes of the head with two signatures, of the last honest one, and of the thief's
# line 4 names feed 2: it opens with the whole key log and publishes anew, and revisions count from 1
SECOND = (
    *(keys(line) for line in (1, 2, 3, 4)),
    publish("cluster", 4),
    publish("acme", 4, founded="1998"),
    publish("delta", 4),
    publish("acme", 4, founded="1998", languages=["de", "en"]),
)


def with_step(story: tuple[Step, ...], index: int, **changes: Any) -> tuple[Step, ...]:
    """Return a story with one step told otherwise."""
    return (*story[:index], replace(story[index], **changes), *story[index + 1 :])


def tell(feed: str, story: tuple[Step, ...]) -> Told:
    """Write the entries and contents of a story; what is wrong in it is written as it stands."""
    told, state, published = Told(feed, [], {}), FeedState(ORIGIN), Counter[str]()
    for index, step in enumerate(story):
        time = f"2026-{MONTHS[feed]}-{index + 1:02d}T10:00:00Z"
        content = _content(step, time, published, f"{feed} {index}")
        subject = DID if step.op == "keys" else subject_id(step.name)
        kind = "keys" if step.op == "keys" else KINDS.get(step.name, "company")
        before = state.last.get(subject)
        prev = None if before is None else before.index
        fields = {"op": step.op, "prev": prev, "subject": subject, "time": time, "type": kind}
        told.entries.append(encode_entry(fields, None if content is None else digest_of(content)))
        if step.op == "publish" and content is not None:
            told.contents[index] = content
        state.take(told.entries[-1])
    return told


def _content(step: Step, time: str, published: Counter[str], seed: str) -> bytes | None:
    if step.raw is not None or step.op == "withdraw":
        return step.raw
    if step.op == "keys":
        return canonical(LINES[step.line - 1])
    published[step.name] += 1
    body = profile(step.name, KINDS.get(step.name, "company"), **dict(step.members))
    revision = step.revision or published[step.name]
    record = unsigned(body, revision=revision, time=time, name=seed)
    return canonical(sign(record, RECORDS[step.line - 1]))


HONEST, NEXT = tell(FEED, FIRST), tell(FEED_2, SECOND)
