"""Feeds to test stores with: a writer that decides entries as any reader of the log does.

Stores check no signatures, so contents here are any bytes.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from entrepot_node.storage.interface import Store
from entrepot_schema.canonical import sha256
from entrepot_schema.key_log import KeyLog, create_key_log, extend_key_log
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import SigningKey
from entrepot_schema.origin import did_web
from entrepot_sync.entry import Decision, Entry, FeedState, Outcome
from entrepot_sync.feed_store import Chunk, Content, FeedRow, Head, Status
from entrepot_sync.merkle import Frontier, leaf_hash
from entrepot_sync.note import VerifierKey

ORIGIN = "biomed.example"
FEED = f"{ORIGIN}/feed/1"
PEER = "agri.example"
PEER_FEED = f"{PEER}/feed/1"
TIME = "2026-11-23T09:30:00Z"

MakeStore = Callable[[], Store]


def key_of(name: str) -> SigningKey:
    """Make a key for tests; whoever reads this knows it too."""
    return SigningKey.from_seed(sha256(name.encode()))


def key_log_of(origin: str) -> KeyLog:
    """Make a key log of one line."""
    log = VerifierKey(f"{origin}/feed/1", key_of(f"log of {origin}").public)
    state = build_state(origin, key_of(f"record of {origin}").public, {1: str(log)})
    cards = (key_of("card a").public, key_of("card b").public)
    return create_key_log(state, cards=cards, update_key=key_of("update"), time=TIME)


def extended(log: KeyLog) -> KeyLog:
    """Extend a key log by a line that puts a new record key in force."""
    state = build_state(log.origin, key_of("new record key").public, log.latest.feeds, log.scid)
    next_cards = (key_of("card b").public, key_of("card c").public)
    return extend_key_log(log, state, card=key_of("card a"), next_cards=next_cards, time=TIME)


def subject_id(number: int, origin: str = ORIGIN) -> str:
    """Return the same subject id for the same number."""
    letters = "".join("abcdefghij"[int(digit)] for digit in f"{number:026}")
    return f"https://{origin}/id/{letters}"


def stored(raw: bytes) -> Content:
    """Return the bytes as content that passed its checks."""
    return Content(Status.STORED, raw)


@dataclass
class FeedWriter:
    """A feed as it is written and read anywhere. `chunk()` takes what was added since the last one."""

    origin: str = ORIGIN
    state: FeedState = field(init=False)
    entries: list[bytes] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    contents: dict[int, Content] = field(default_factory=dict)
    taken: int = 0
    frontier: Frontier = field(default_factory=Frontier)

    def __post_init__(self) -> None:
        self.state = FeedState(self.origin)

    def publish(
        self, number: int, raw: bytes, content: Content | None = None, *, kind: str = "company"
    ) -> int:
        """Add a record; return its index. Without `content` its bytes are stored."""
        subject = subject_id(number, self.origin)
        index = self._add("publish", subject, kind, sha256(raw))
        if content is None or content.status is not Status.MISSING:
            self.contents[index] = content or stored(raw)
        return index

    def withdraw(self, number: int, *, kind: str = "company") -> int:
        """Take a subject back; return the index."""
        return self._add("withdraw", subject_id(number, self.origin), kind, None)

    def keys(self, line: bytes) -> int:
        """Commit to a line of the key log; return the index."""
        index = self._add("keys", did_web(self.origin), "keys", sha256(line))
        self.contents[index] = stored(line)
        return index

    def inert(self) -> int:
        """Add an entry without effect; return its index."""
        return self._take(b"nothing that can be read\x00")

    def chunk(self) -> Chunk:
        """Return everything since the last chunk, with the head at its end."""
        begin, self.taken = self.taken, len(self.entries)
        leaves = [leaf_hash(raw) for raw in self.entries[begin:]]
        self.frontier = self.frontier.extend(leaves)
        contents = {index: self.contents[index] for index in self.contents if index >= begin}
        root = self.frontier.root()
        head = Head(self.taken, root, b"note %d" % self.taken)
        return Chunk(
            begin, self.entries[begin:], self.decisions[begin:], leaves, self.frontier, contents, head
        )

    def _add(self, op: str, subject: str, kind: str, digest: bytes | None) -> int:
        before = self.state.subjects.get(subject)
        entry = Entry(op, subject, kind, TIME, before.last_index if before else None, digest)
        index = self._take(entry.to_bytes())
        assert self.decisions[index].outcome is Outcome.EFFECTIVE, self.decisions[index].code
        return index

    def _take(self, raw: bytes) -> int:
        index = len(self.entries)
        self.decisions.append(self.state.decide(index, raw))
        self.entries.append(raw)
        return index


def start(store: Store, writer: FeedWriter, *, own: bool = True) -> FeedRow:
    """Add the feed of a writer, with its keys entry stored."""
    log = key_log_of(writer.origin)
    feed = store.add_feed(f"{writer.origin}/feed/1", log, own=own)
    writer.keys(log.lines[0])
    store.append(feed.id, writer.chunk())
    return feed


def reload(store: Store, name: str = FEED) -> FeedRow:
    """Read a feed that is there."""
    feed = store.feed(name)
    assert feed is not None
    return feed


def everything(store: Store, name: str = FEED) -> tuple[object, ...]:
    """Read all that a store shows of one feed, to compare before and after."""
    feed = reload(store, name)
    subjects = sorted(store.subject_states(feed.id, [subject_id(n, feed.origin) for n in range(20)]), key=str)
    return (
        feed,
        store.entries(feed.id, 0, 10_000),
        [store.tile(feed.id, level, 0) for level in range(3)],
        subjects,
        store.contents(feed.id, 0, 10_000),
        store.counts(feed.id),
        [change for change in store.changes(after=-1, limit=10_000) if change.feed_name == name],
        [store.versions(subject.subject) for subject in subjects],
        store.missing_contents(feed.id, limit=1_000),
    )


def run_together(jobs: Sequence[Callable[[], None]]) -> None:
    """Run jobs in threads; raise what any of them raised."""
    raised: list[BaseException] = []

    def run(job: Callable[[], None]) -> None:
        try:
            job()
        except BaseException as error:  # handed on below, where the test can see it
            raised.append(error)

    threads = [threading.Thread(target=run, args=[job]) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if raised:
        raise raised[0]
