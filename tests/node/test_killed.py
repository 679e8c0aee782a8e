"""Real processes that are killed, or meet, at any moment (D01, D02, D08).

A seed chooses after how many acknowledgements and how long after the last of them a process is killed. What it
printed before was acknowledged and must be there; what it was doing must be there whole or not at all.
"""

from __future__ import annotations

import asyncio
import random
import select
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.commands.node import open_transport
from entrepot_node.following import Puller, meet, pin
from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.settings import Settings
from entrepot_schema.canonical import sha256
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.entry import FeedState, Outcome
from entrepot_sync.feed_store import Status
from entrepot_sync.merkle import Frontier, leaf_hash
from entrepot_sync.peer_trust import log_keys

CRASH = Path(__file__).parent / "crash"
FEED = "biomed.example/feed/1"
Company = Callable[..., dict[str, Any]]


@dataclass
class Child:
    """A program in `crash/` and what it has printed."""

    process: subprocess.Popen[str]
    lines: list[list[str]] = field(default_factory=list)

    @classmethod
    def start(cls, program: str, *arguments: object) -> Child:
        command = [sys.executable, str(CRASH / program), *map(str, arguments)]
        return cls(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))

    def read(self) -> bool:
        """Wait for the next line; False when the program has ended."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if line.endswith("\n"):
            self.lines.append(line.split())
        return bool(line)

    def read_all(self) -> None:
        while self.read():
            pass
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def kill_after(self, lines: int, seconds: float) -> bool:
        """Kill after so many lines and a time; answer whether it was still running."""
        while len(self.lines) < lines and self.read():
            pass
        select.select([], [], [], seconds)  # the moment is the point of these tests; nothing waits for it
        self.process.kill()
        self.read_all()
        return self.process.returncode == -signal.SIGKILL


# --- what must hold of any store, whatever happened


def require_sound_log(node: Any) -> FeedState:
    """The head is signed, no head is above its entries, and root, tiles and subjects are those of the entries."""
    feed, store = node.feed, node.store
    entries = store.entries(feed.id, 0, feed.size + 1_000)
    leaves = [leaf_hash(raw) for raw in entries]
    opened = open_checkpoint(feed.head.note, feed.name, log_keys(feed.key_log, feed.name)).checkpoint
    assert len(entries) == feed.size
    assert (opened.size, opened.root) == (feed.head.size, feed.head.root)
    assert feed.size <= feed.head.size
    assert Frontier().extend(leaves) == feed.frontier
    assert feed.size < feed.head.size or feed.frontier.root() == feed.head.root
    tiles = [store.tile(feed.id, 0, index) for index in range(-(-feed.size // 256))]
    assert b"".join(tiles) == b"".join(leaves)
    state = FeedState(feed.origin)
    decisions = [state.decide(index, raw) for index, raw in enumerate(entries)]
    assert {decision.outcome for decision in decisions} <= {Outcome.EFFECTIVE}
    assert sorted(store.subject_states(feed.id, state.subjects), key=str) == sorted(
        state.subjects.values(), key=str
    )
    return state


def require_sound_contents(node: Any, state: FeedState, *, complete: bool = True) -> None:
    """Each live record has its content once, each withdrawn one has none, and each change is told once.

    In the middle of a pull a content may be missing, because the origin has replaced or withdrawn it since.
    """
    feed, store = node.feed, node.store
    live = {s.live_index: s for s in state.subjects.values() if s.type != "keys" and s.live_index is not None}
    versions = {index: store.versions(subject.subject)[0] for index, subject in live.items()}
    assert all(version.index == index and version.live for index, version in versions.items())
    contents = [versions[index].raw for index in sorted(versions)]
    assert complete is False or None not in contents
    held = {version.digest: version.raw for version in versions.values() if version.status is Status.STORED}
    assert all(sha256(raw) == digest for digest, raw in held.items())
    assert store.contents(feed.id, 0, feed.size) == [raw for raw in contents if raw is not None]
    missing = {missing.index for missing in store.missing_contents(feed.id, limit=100_000)}
    assert missing == {index for index, version in versions.items() if version.raw is None}
    for subject in state.subjects.values():
        if subject.withdrawn_at is not None:
            below = [v for v in store.versions(subject.subject) if v.index < subject.withdrawn_at]
            assert {(version.status, version.raw) for version in below} == {(Status.ERASED, None)}
    changes = [change for change in store.changes(after=-1, limit=100_000) if change.feed_name == feed.name]
    told = [change.index for change in changes]
    assert list(dict.fromkeys(told)) == list(range(feed.size))
    assert not feed.own or len(told) == feed.size  # of a peer's feed a content that came late is told too


def require_acknowledged(node: Any, lines: list[list[str]], state: FeedState) -> None:
    """Every receipt names one version, at its index, and no other stands there."""
    receipts = [line for line in lines if line[0] in ("published", "withdrew")]
    assert max(Counter(receipt[3] for receipt in receipts).values(), default=1) == 1
    for word, subject, revision, index in receipts:
        versions = node.store.versions(subject)
        found = [v for v in versions if v.revision == int(revision)]
        assert len(found) == 1
        if word == "published":
            assert found[0].index == int(index)
        else:
            withdrawn_at = state.subjects[subject].withdrawn_at
            assert withdrawn_at is not None
            assert withdrawn_at >= int(index)


# --- D01


@pytest.mark.parametrize("kills", [20, pytest.param(100, marks=pytest.mark.long)])
def test_d01_a_killed_publisher_loses_nothing_it_acknowledged(
    founded_home: Path, tmp_path: Path, open_node: Callable[[Path], Any], company: Company, kills: int
) -> None:
    """All or nothing; no head above its entries; and publishing goes on at once."""
    chance = random.Random(1)
    acknowledged: list[list[str]] = []
    done = 0
    home = tmp_path / "home"
    while done < kills:
        if done % 25 == 0:
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(founded_home, home)
            acknowledged.clear()
        child = Child.start("publish.py", home, done, 0)
        assert child.kill_after(1 + chance.randrange(12), chance.uniform(0, 0.03))
        done += 1
        acknowledged += child.lines

        node = open_node(home)
        state = require_sound_log(node)
        require_sound_contents(node, state)
        require_acknowledged(node, acknowledged, state)
        (receipt,) = node.publish(company(f"After kill {done}", done))
        assert (receipt.revision, receipt.index) == (1, node.feed.size - 1)
        acknowledged.append(["published", receipt.subject, "1", str(receipt.index)])
        node.store.close()
    print(f"{done} publishers killed")


# --- D02


@pytest.fixture(scope="module")
def origin_home(
    founded_home: Path, open_node: Callable[[Path], Any], company: Company,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:  # fmt: skip
    """A node of 2,000 records."""
    home: Path = shutil.copytree(founded_home, tmp_path_factory.mktemp("origin") / "home")
    node = open_node(home)
    node.publish(*(company(f"Company {number}", number) for number in range(2_000)))
    node.refresh_node_document()
    node.store.close()
    return home


@pytest.fixture
def origin(
    origin_home: Path, tmp_path: Path, open_node: Callable[[Path], Any], serve: Callable[[Path], int]
) -> Iterator[tuple[Any, int]]:
    """Such a node, served by a process of its own; and its port."""
    node = open_node(shutil.copytree(origin_home, tmp_path / "origin"))
    yield node, serve(node.home.path)
    node.store.close()


def puller(store: Any) -> Puller:
    return Puller(
        store, open_transport, owner="the puller", now=time.time, random=random.random, poll_seconds=5
    )


async def follow(store: Any, port: int) -> None:
    base_url = f"http://127.0.0.1:{port}"
    transport = open_transport(base_url, True)
    try:
        met = await meet(base_url, transport)
    finally:
        await transport.aclose()
    pin(store, met, allow_private=True, growth_limit=10_000, now=0.0, own_origin="agri.example")


@pytest.fixture
def follower_home(origin: tuple[Any, int], tmp_path: Path) -> Path:
    """A node that follows the other one and has pulled nothing yet."""
    home = Home(tmp_path / "follower")
    found_node(home, Settings(origin="agri.example"), now=origin[0].clock)
    store = home.open_store()
    asyncio.run(follow(store, origin[1]))
    store.close()
    return home.path


def require_prefix(follower: Any, origin: Any) -> None:
    """The entries held are the first ones of the origin, bit for bit."""
    entries = follower.store.entries(follower.feed.id, 0, follower.feed.size)
    assert entries == origin.store.entries(origin.feed.id, 0, follower.feed.size)


def require_identical(follower: Any, origin: Any) -> None:
    """Nothing is missing, nothing is there twice, and the head is the origin's."""
    ours, theirs = follower.feed, origin.feed
    assert (ours.size, ours.frontier, ours.head) == (theirs.size, theirs.frontier, theirs.head)
    assert follower.store.contents(ours.id, 0, ours.size) == origin.store.contents(theirs.id, 0, theirs.size)
    assert follower.store.missing_contents(ours.id, limit=1) == []
    assert follower.store.counts(ours.id) == origin.store.counts(theirs.id)


@pytest.mark.parametrize("kills", [20, pytest.param(100, marks=pytest.mark.long)])
def test_d02_a_killed_puller_goes_on_from_its_last_chunk(
    origin: tuple[Any, int], follower_home: Path, open_node: Callable[[Path], Any], company: Company,
    tmp_path: Path, kills: int,
) -> None:  # fmt: skip
    """LOG-67: the cursor is never ahead of the data; the next pull ends in an identical copy.

    First syncs of 2,000 records, each followed by three rounds of small news; most are killed several times.
    """
    source, _ = origin
    chance = random.Random(2)
    done = completed = cut_in_the_middle = 0
    home = tmp_path / "puller"
    while done < kills:
        if completed % 4 == 0:
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(follower_home, home)
        else:
            live = chance.sample(range(2_000), 6)
            source.publish(*(company(f"News {done}.{number}", number) for number in live))
            source.withdraw(company(number=live[0])["id"])
        is_first = completed % 4 == 0
        for _ in range(chance.randint(1, 4)):
            child = Child.start("pull.py", home)
            lines = chance.choice([1, 2, 2]) if is_first else 1  # 2: it has said that a chunk is stored
            done += child.kill_after(lines, chance.uniform(0, (0.8, 0.25)[lines - 1] if is_first else 0.08))
            follower = open_node(home)
            if follower.feed.head.size:
                require_sound_contents(follower, require_sound_log(follower), complete=False)
            require_prefix(follower, source)
            cut_in_the_middle += 0 < follower.feed.size < follower.feed.head.size
            follower.store.close()
        follower = open_node(home)
        (followed,) = follower.store.follows()
        asyncio.run(puller(follower.store).pull(followed))
        require_sound_contents(follower, require_sound_log(follower))
        require_identical(follower, source)
        follower.store.close()
        completed += 1
    print(f"{done} pullers killed, {cut_in_the_middle} between two chunks; {completed} copies completed")


# --- D08


@pytest.mark.parametrize("mode", ["locked", "unlocked"])
def test_d08_two_processes_that_publish_at_once_make_one_history(
    founded_home: Path, tmp_path: Path, open_node: Callable[[Path], Any], mode: str
) -> None:
    """LOG-37: no fork, nothing lost. With the lock one waits; without it compare-and-swap refuses the slower."""
    home = shutil.copytree(founded_home, tmp_path / "home")

    children = [Child.start("publish.py", home, name, 25, mode) for name in ("first", "second")]
    for child in children:
        child.read_all()

    node = open_node(home)
    state = require_sound_log(node)
    require_sound_contents(node, state)
    lines = [line for child in children for line in child.lines]
    require_acknowledged(node, lines, state)
    acknowledged = [line for line in lines if line[0] in ("published", "withdrew")]
    assert len(acknowledged) == node.feed.size - 1  # entry 0 is the key log's
    assert {line[1] for line in lines if line[0] == "refused"} <= (
        {"store.moved"} if mode == "unlocked" else set()
    )
    assert [child.process.returncode for child in children] == [0, 0]
    node.store.close()


def test_d08_a_publisher_is_refused_while_another_holds_the_lock(
    node: Any, company: Company, tmp_path: Path
) -> None:
    """LOG-37: a locked feed is waited for, then refused with a code; nothing was signed."""
    with node.home.append_lock(1):
        child = Child.start("publish.py", node.home.path, "other", 1)
        child.read()
        node.publish(company("Mine"))
    child.read_all()

    assert [line[0] for line in child.lines[:2]] == ["ready", "published"]
    require_sound_contents(node, require_sound_log(node))
