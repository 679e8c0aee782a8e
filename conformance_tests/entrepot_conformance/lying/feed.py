"""A feed that grows honestly, unless it is told to take in bytes as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrepot_conformance.making.profiles import Record, sign, unsigned
from entrepot_conformance.making.seeds import TestKey, signed_checkpoint, subject_id
from entrepot_conformance.reader import merkle
from entrepot_conformance.reader.entries import FeedState, digest_of, encode_entry
from entrepot_conformance.reader.strict_json import canonical
from entrepot_conformance.toy_feed import ToyFeed

from .identity import Identity

SCHEMA = "https://w3id.org/entrepot/schema/1.0/company.json"
Edit = Callable[[Record], object]


class Feed:
    """Entries, contents and heads of the live feed of an identity. `state` is what they say, by our own reader."""

    def __init__(self, identity: Identity) -> None:
        self.identity, self.origin, self.name = identity, identity.origin, identity.feed_name
        self.entries: list[bytes] = []
        self.contents: dict[bytes, bytes] = {}
        self.state = FeedState(self.origin)
        self._leaves: list[bytes] = []
        for number in range(len(identity.lines)):
            self.commit_to_line(number + 1)

    @property
    def size(self) -> int:
        """How many entries there are."""
        return len(self.entries)

    @property
    def log(self) -> TestKey:
        """The log key."""
        return self.identity.logs[self.identity.number]

    def root(self, size: int | None = None) -> bytes:
        """The root at a size, the present one if none is named."""
        return merkle.root(self._leaves[:size])

    def head(self, size: int | None = None, *, root: bytes | None = None, by: TestKey | None = None) -> bytes:
        """A signed head: of a smaller size, with another root, or by another key, where that is asked for."""
        shown = self.size if size is None else size
        return signed_checkpoint(by or self.log, self.name, shown, self.root(size) if root is None else root)

    def time(self) -> str:
        """The time of the next entry: a minute apart."""
        return f"2026-05-{4 + self.size // 1440:02d}T{self.size // 60 % 24:02d}:{self.size % 60:02d}:00Z"

    def subject(self, name: str) -> str:
        """The id of a subject."""
        return subject_id(name, self.origin)

    def profile(self, name: str, /, **members: Any) -> Record:
        """The profile of a company; members may be added or replaced."""
        base = {
            "id": self.subject(name),
            "type": "company",
            "name": {"en": f"Company {name}"},
            "locations": [{"country": "DE", "locality": {"de": "Stuttgart"}}],
            "status": "active",
            "updated": "2026-05-04",
        }
        return base | members

    def draft(self, name: str, /, **members: Any) -> Record:
        """The next record of a subject, without proof, as it belongs at the end of the feed."""
        body = self.profile(name, **members)
        revision = self.state.publishes[self.subject(name)] + 1
        return unsigned(
            body, revision=revision, time=self.time(), name=f"{name} {revision}", origin=self.origin
        )

    def signed(self, record: Record, key: TestKey | None = None, **proof: Any) -> bytes:
        """The bytes of a record, signed by the record key; members of the proof may be replaced, or removed with `...`."""
        return canonical(sign(record, key or self.identity.records[-1], **{"origin": self.origin, **proof}))

    def publish(self, name: str, /, raw: bytes | None = None, **members: Any) -> int:
        """Append a record, or bytes that stand in its place; return the index."""
        content = self.signed(self.draft(name, **members)) if raw is None else raw
        digest = digest_of(content)
        self.contents[digest] = content
        return self.append(self.entry("publish", name, digest, kind=str(members.get("type", "company"))))

    def withdraw(self, name: str) -> int:
        """Take a subject back; return the index."""
        return self.append(self.entry("withdraw", name, None))

    def commit_to_line(self, number: int) -> int:
        """Append the `keys` entry for a line of the key log."""
        line = canonical(self.identity.lines[number - 1])
        last = self.state.last.get(self.identity.did)
        fields = {"op": "keys", "prev": last.index if last else None, "subject": self.identity.did}
        return self.append(encode_entry(fields | {"time": self.time(), "type": "keys"}, digest_of(line)))

    def entry(
        self, op: str, name: str, digest: bytes | None, *, kind: str = "company", **members: Any
    ) -> bytes:
        """Write the next entry of a subject; members may be added or replaced."""
        subject = self.subject(name)
        last = self.state.last.get(subject)
        fields = {
            "op": op,
            "prev": last.index if last else None,
            "subject": subject,
            "time": self.time(),
            "type": kind,
        }
        return encode_entry(fields | members, digest)

    def append(self, raw: bytes) -> int:
        """Append an entry as it is; return its index."""
        self.entries.append(raw)
        self._leaves.append(merkle.leaf_hash(raw))
        self.state.take(raw)
        return self.size - 1

    def live(self) -> int:
        """How many subjects are live."""
        return len(self.state.live())

    def shown(self, base_url: str) -> ToyFeed:
        """All that an honest node serves of it now."""
        identity = self.identity
        return ToyFeed(
            tuple(self.entries), dict(self.contents), self.head(), identity.key_log, identity.did_json,
            identity.node_document(base_url), self.origin,
        )  # fmt: skip
