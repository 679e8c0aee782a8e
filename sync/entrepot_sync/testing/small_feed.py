"""A whole feed in memory, made with real keys: what an origin has signed, and what it may be made to sign.

    feed = SmallFeed("biomed.example")
    feed.publish(1)                   # a valid company record, its entry, its tiles
    feed.publish(1, founded="1998")   # its next version
    feed.withdraw(1)
    feed.rotate()                     # new record key, by a card; committed to by a `keys` entry
    feed.succeed()                    # the next feed of the same origin and fingerprint, after a theft
    feed.head()                       # the signed checkpoint

Nothing here is checked before it is appended: `publish_raw` and `append` take any bytes, `head` signs any root.
What entries do is decided by the code that readers use. `time` is that of all that follows. Two feeds with one
past come from `copy`.
"""

from __future__ import annotations

import base64
from typing import Any

from entrepot_schema.canonical import sha256
from entrepot_schema.key_log import KeyLog, create_key_log, extend_key_log, parse_key_log
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import SigningKey
from entrepot_schema.origin import FeedName, did_web, subject_of
from entrepot_schema.record import NODE_TYPE, Statement, sign_record
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint
from entrepot_sync.entry import KEYS, PUBLISH, WITHDRAW, Decision, Entry, FeedState
from entrepot_sync.merkle import Frontier, leaf_hash
from entrepot_sync.note import VerifierKey
from entrepot_sync.tile_growth import grow_tiles

TIME = "2026-11-23T09:30:00Z"
LICENSE = "CC-BY-4.0"


def key_of(name: str) -> SigningKey:
    """Make the key of a name. Anybody can: for tests only."""
    return SigningKey.from_seed(sha256(f"entrepot simulated {name}".encode()))


class SmallFeed:
    """The feed of one origin, opened with its key log as a feed must be, unless `opened` says no.

    `secret` tells apart two claimants of one origin: other keys, another SCID.
    """

    def __init__(
        self, origin: str = "peer.example", *, number: int = 1, secret: str = "", opened: bool = True
    ) -> None:
        self.origin = origin
        self.name = str(FeedName(origin, number))
        self._number = number
        self._secret = f"{secret} {self.name}"
        self._generation = {"record": 0, "log": 0}
        self._lower_feeds: dict[int, str] = {}
        self.time = TIME
        cards = (key_of(f"{self._secret} card 1 a").public, key_of(f"{self._secret} card 1 b").public)
        update_key = key_of(f"{self._secret} genesis")
        self.key_log = create_key_log(self._key_state(), cards=cards, update_key=update_key, time=TIME)
        self._begin()
        if opened:
            self.commit_keys()

    def _begin(self) -> None:
        self.state = FeedState(self.origin)
        self.entries: list[bytes] = []
        self.decisions: list[Decision] = []
        self.contents: dict[bytes, bytes] = {}
        self.tiles: dict[tuple[int, int], bytes] = {}
        self.frontier = Frontier()

    def copy(self) -> SmallFeed:
        """Return the same feed, to let the two go different ways under the same keys."""
        other = SmallFeed.__new__(SmallFeed)
        other.__dict__.update(self.__dict__)
        other._generation = dict(self._generation)
        other.state = FeedState(self.origin, self.state.subjects.values(), self.state.digests)
        other.entries, other.decisions = list(self.entries), list(self.decisions)
        other.contents, other.tiles = dict(self.contents), dict(self.tiles)
        return other

    # keys

    @property
    def record_key(self) -> SigningKey:
        """The key that signs records now."""
        return self._key("record")

    @property
    def log_key(self) -> SigningKey:
        """The key that signs heads now."""
        return self._key("log")

    def rotate(self, *, record: bool = True, log: bool = False, commit: bool = True) -> None:
        """Extend the key log by a card, with a new record key, log key or both; `commit` appends its entry."""
        self._generation["record"] += record
        self._generation["log"] += log
        self._extend_key_log()
        if commit:
            self.commit_keys()

    def succeed(self, *, opened: bool = True) -> SmallFeed:
        """Return the feed n+1 that a line of the key log puts in the place of this one; it knows the line first.

        It opens with the whole key log and holds no record yet; this feed stays as a thief could go on with it.
        """
        following = self.copy()
        following._lower_feeds = {**self._lower_feeds, self._number: self._vkey()}
        following._number += 1
        following.name = str(FeedName(self.origin, following._number))
        following._generation = {kind: number + 1 for kind, number in self._generation.items()}
        following._extend_key_log()
        following._begin()
        if opened:
            following.commit_keys()
        return following

    def _extend_key_log(self) -> None:
        line = len(self.key_log.lines)
        self.key_log = extend_key_log(
            self.key_log,
            self._key_state(),
            card=key_of(f"{self._secret} card {line} a"),
            next_cards=tuple(key_of(f"{self._secret} card {line + 1} {side}").public for side in "ab"),
            time=self.time,
        )

    def commit_keys(self) -> None:
        """Append a `keys` entry for each line of the key log that the feed does not commit to yet."""
        known = self.state.subjects.get(did_web(self.origin))
        for line in self.key_log.lines[known.publishes if known else 0 :]:
            self.append(self.entry(KEYS, did_web(self.origin), KEYS, sha256(line)))

    # records

    def subject(self, number: int) -> str:
        """The id of subject `number` under this origin."""
        letters = base64.b32encode(sha256(str(number).encode())).decode("ascii").lower()
        return subject_of(self.origin, letters[:26])

    def profile(self, number: int, **changes: Any) -> dict[str, Any]:
        """A valid profile of subject `number`, with members changed; None takes a member away."""
        profile = {
            "id": self.subject(number),
            "type": "company",
            "name": {"en": f"Company {number}"},
            "locations": [{"country": "DE"}],
            "status": "active",
            "updated": "2026-11-23",
        }
        return {name: value for name, value in {**profile, **changes}.items() if value is not None}

    def record(self, number: int, *, revision: int | None = None, **changes: Any) -> bytes:
        """Sign the next record of a subject, valid unless `changes` or `revision` say otherwise."""
        subject = self.subject(number)
        before = self.state.subjects.get(subject)
        if revision is None:
            revision = before.publishes + 1 if before else 1
        statement = Statement(subject, "company", self.time, revision)
        return self._sign(self.profile(number, **changes), statement)

    def publish(self, number: int, **changes: Any) -> int:
        """Publish a record of subject `number`; return the index of its entry."""
        return self.publish_raw(number, self.record(number, **changes))

    def publish_raw(self, number: int, raw: bytes, kind: str = "company") -> int:
        """Publish any bytes as the content of subject `number`; return the index of the entry."""
        self.contents[sha256(raw)] = raw
        return self.append(self.entry(PUBLISH, self.subject(number), kind, sha256(raw)))

    def withdraw(self, number: int, kind: str = "company") -> int:
        """Withdraw subject `number`; return the index of the entry."""
        return self.append(self.entry(WITHDRAW, self.subject(number), kind, None))

    def node_document(self, *, revision: int = 1, **changes: Any) -> bytes:
        """The signed node document of a node that serves this feed, with members changed."""
        profile = {
            "baseUrls": [f"https://{self.origin}"],
            "capabilities": ["delta"],
            "feed": self.name,
            "id": did_web(self.origin),
            "license": LICENSE,
            "mirroring": "none",
            "name": {"en": f"Cluster of {self.origin}"},
            "specVersions": ["1.0"],
            "takedown": {"email": f"privacy@{self.origin}"},
            "type": NODE_TYPE,
        }
        statement = Statement(did_web(self.origin), NODE_TYPE, self.time, revision)
        return self._sign({**profile, **changes}, statement)

    # the log

    def entry(self, op: str, subject: str, kind: str, digest: bytes | None) -> bytes:
        """Write an entry with the `prev` that fits now."""
        before = self.state.subjects.get(subject)
        return Entry(op, subject, kind, self.time, before.last_index if before else None, digest).to_bytes()

    def append(self, raw: bytes) -> int:
        """Append any bytes as an entry; return its index."""
        index = len(self.entries)
        leaf = leaf_hash(raw)
        self.tiles |= grow_tiles(index, [leaf], lambda level, place: self.tiles[level, place])
        self.frontier = self.frontier.append(leaf)
        self.decisions.append(self.state.decide(index, raw))
        self.entries.append(raw)
        return index

    def head(self, size: int | None = None, root: bytes | None = None, *signers: SigningKey) -> bytes:
        """Sign a head: the true one of a size (the newest), or any root for any size, by the log key or others."""
        if size is None:
            size = len(self.entries)
        if root is None:
            newest = size == len(self.entries)
            frontier = self.frontier if newest else Frontier().extend(map(leaf_hash, self.entries[:size]))
            root = frontier.root()
        return sign_checkpoint(Checkpoint(self.name, size, root), self.name, *(signers or (self.log_key,)))

    def live_contents(self, begin: int, end: int) -> list[bytes]:
        """The live record contents of these entries, in their order (LOG-50)."""
        live = {state.live_index for state in self.state.subjects.values() if state.type != KEYS}
        entries = (decision.entry for decision in self.decisions[begin:end] if decision.index in live)
        return [self.contents[entry.digest] for entry in entries if entry and entry.digest in self.contents]

    def is_withdrawn(self, digest: bytes) -> bool:
        """Answer whether a withdrawal covers the entry of a digest."""
        for decision in self.decisions:
            if decision.entry and decision.entry.digest == digest:
                withdrawn_at = self.state.subjects[decision.entry.subject].withdrawn_at
                return withdrawn_at is not None and decision.index < withdrawn_at
        return False

    def _key(self, kind: str) -> SigningKey:
        return key_of(f"{self._secret} {kind} {self._generation[kind]}")

    def _key_state(self) -> dict[str, Any]:
        return build_state(
            self.origin, self.record_key.public, {**self._lower_feeds, self._number: self._vkey()}
        )

    def _vkey(self) -> str:
        return str(VerifierKey(self.name, self.log_key.public))

    def _sign(self, profile: dict[str, Any], statement: Statement) -> bytes:
        # No nonce is fresh here: the same steps must make the same feed.
        seed = sha256(repr((profile, statement)).encode())[:16]
        nonce = base64.urlsafe_b64encode(seed).decode("ascii").rstrip("=")
        return sign_record(
            profile, statement, key=self.record_key, origin=self.origin, license=LICENSE, nonce=nonce
        )


def key_log_of(feed: SmallFeed, lines: int) -> KeyLog:
    """The first lines of a feed's key log, as somebody pinned it earlier."""
    return parse_key_log(b"".join(line + b"\n" for line in feed.key_log.lines[:lines]))
