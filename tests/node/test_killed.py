"""Real processes that are killed, or meet, at any moment (D01, D02, D08).

A seed chooses after how many acknowledgements and how long after the last of them a process is killed. What it
printed before was acknowledged and must be there; what it was doing must be there whole or not at all.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.commands.node import open_transport
from entrepot_node.following import Puller, meet, pin
from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.settings import Settings

from .children import Child
from .store_soundness import (
    require_acknowledged,
    require_sound_contents,
    require_sound_log,
    require_sound_mark,
)

FEED = "biomed.example/feed/1"
Company = Callable[..., dict[str, Any]]


# --- D01


@pytest.mark.parametrize("kills", [20, pytest.param(100, marks=pytest.mark.long)])
def test_d01_a_killed_publisher_loses_nothing_it_acknowledged(
    founded_home: Path, tmp_path: Path, open_node: Callable[[Path], Any], company: Company, kills: int
) -> None:
    """FED-77, FED-42: all or nothing; no head above its entries; what was acknowledged is marked; publishing goes on at once."""
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
        require_sound_mark(node, child.lines)  # what the test itself publishes below asks no gate
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
    async with aclosing(open_transport(base_url, True)) as transport:
        met = await meet(base_url, transport)
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
            follower = replace(open_node(home), followed=FEED)
            if follower.feed.head.size:
                require_sound_contents(follower, require_sound_log(follower), complete=False)
            require_prefix(follower, source)
            cut_in_the_middle += 0 < follower.feed.size < follower.feed.head.size
            follower.store.close()
        follower = replace(open_node(home), followed=FEED)
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
