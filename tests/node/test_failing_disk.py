"""Disks that fail, and stores that are locked: nothing is tried twice, nothing waits for ever (D05, D06)."""

from __future__ import annotations

import asyncio
import json
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from entrepot_node.app import create_app
from entrepot_node.disk_fault import DiskFault
from entrepot_node.orders import Order, Publication
from entrepot_node.publish import Publisher
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.sql_store import SqlStore
from entrepot_node.witnessing import Witness
from entrepot_schema.errors import Unavailable
from entrepot_sync.witness import write_add_checkpoint

from .federation import Federation
from .static_copies import no_network
from .store_soundness import require_sound_contents, require_sound_log

CRASH = Path(__file__).parent / "crash"
STRACE = shutil.which("strace")
FEED = "biomed.example/feed/1"
Company = Callable[..., dict[str, Any]]
OpenNode = Callable[[Path], Any]


def gate_of(node: Any) -> SigningGate:
    return SigningGate(node.store, node.home.mark_file, no_network)


# --- D05


def test_d05_a_process_whose_disk_failed_writes_and_signs_no_more(
    founded_home: Path, tmp_path: Path, open_node: OpenNode, company: Company
) -> None:
    """FED-76: it serves what it has and says so in its log; a new start reads the disk and goes on."""
    home = shutil.copytree(founded_home, tmp_path / "home")
    command = [sys.executable, str(CRASH / "failing_disk.py"), str(home)]

    done = subprocess.run(command, capture_output=True, text=True, check=False)

    lines = done.stdout.splitlines()
    said = [json.loads(line) for line in lines if line.startswith("[")]
    log = [line for line in lines if not line.startswith("[")]
    assert done.returncode == 0, done.stderr
    assert said == [
        ["publish", "done"],
        ["publish while the disk fails", "store.io"],
        ["publish again", "store.io"],
        ["erase", "store.io"],
        ["checkpoint", 200],
        ["records", 200],
        ["push to our witness", 503],
    ]
    assert sum("read-only" in line and "store.io" in line for line in log) == 1
    node = open_node(home)
    assert node.feed.size == 2
    gate_of(node).require(node.feed)
    node.publish(company("After", 1))
    require_sound_contents(node, require_sound_log(node))
    node.store.close()


def test_d05_a_mark_that_cannot_be_written_publishes_nothing_twice(node: Any, company: Company) -> None:
    """FED-76: the orders of two callers are committed when the disk fails; neither is carried out again by itself."""
    keyring = node.home.keyring(1)
    publisher = Publisher(
        node.store, FEED, keyring, now=node.clock, random_bytes=node.random_bytes, gate=gate_of(node)
    )
    publisher.publish([Publication(company("One", 1), "CC0-1.0")])
    (node.home.keys / "feed-1.mark.next").mkdir()
    unnamed = [{k: v for k, v in company(name).items() if k != "id"} for name in ("Two", "Three")]

    with pytest.raises(DiskFault) as fault:
        publisher.carry_out([Order([Publication(profile, "CC0-1.0")]) for profile in unnamed])

    assert fault.value.code == "gate.mark-write"
    assert node.feed.size == 4
    require_sound_contents(node, require_sound_log(node))


@pytest.mark.skipif(STRACE is None, reason="needs strace to make fsync fail")
@pytest.mark.parametrize(
    "faults",
    [
        # strace counts each system call by itself; the store is made durable by fdatasync, the mark by fsync.
        [("fdatasync", 1), ("fdatasync", 3), ("fsync", 1), ("fsync", 2)],
        pytest.param(
            [("fdatasync", nth) for nth in range(1, 8)] + [("fsync", nth) for nth in range(1, 5)],
            marks=pytest.mark.long,
        ),
    ],
    ids=["few", "many"],
)
def test_d05_a_failed_fsync_ends_publishing_with_a_code(
    founded_home: Path, tmp_path: Path, open_node: OpenNode, company: Company, faults: list[tuple[str, int]]
) -> None:
    """FED-76, FED-75: `entrepot publish`, with every call failing from the n-th on."""
    profile = tmp_path / "company.json"
    profile.write_text(json.dumps(company("One", 1)), "utf-8")
    ends = set()
    for call, nth in faults:
        home = shutil.copytree(founded_home, tmp_path / f"home-{call}-{nth}")
        command = [
            str(STRACE), "-f", "-qqq", "-o", "/dev/null", "-e", f"trace={call}",
            "-e", f"inject={call}:error=EIO:when={nth}+",
            sys.executable, "-m", "entrepot_node.cli", "publish", str(profile), "--license", "CC0-1.0",
            "--home", str(home), "--json",
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        answer = json.loads(done.stdout)
        code = answer["error"]["code"] if "error" in answer else ""
        ends.add((code, done.returncode))

        node = open_node(home)
        state = require_sound_log(node)
        require_sound_contents(node, state)
        mark = node.home.mark_file(FEED).read()
        assert mark.size <= node.feed.size
        if not code:
            assert mark.size == node.feed.size == 2
        before = node.feed
        gate_of(node).require(before)
        node.publish(company("Two", 2))
        assert node.store.entries(node.feed.id, 0, before.size) == node.store.entries(
            before.id, 0, before.size
        )
        node.store.close()
    assert {("store.io", 2), ("gate.mark-write", 2)} <= ends
    assert ends <= {("store.io", 2), ("gate.mark-write", 2), ("", 0)}


# --- D06


@pytest.fixture
def lock(node: Any) -> Iterator[sqlite3.Connection]:
    """Another process that has begun to write and does not end."""
    with closing(sqlite3.connect(node.home.store_file, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield connection


@pytest.fixture
def hasty(node: Any) -> Iterator[SqlStore]:
    """The store of a process that waits for others no longer than a moment."""
    store = SqlStore.open(node.home.store_file, busy_seconds=0.01)
    yield store
    store.close()


def publish(node: Any, store: SqlStore, profile: dict[str, Any]) -> None:
    publisher = Publisher(store, FEED, node.home.keyring(1), now=node.clock, random_bytes=node.random_bytes)
    publisher.publish([Publication(profile, "CC0-1.0")])


def test_d06_a_locked_store_is_waited_for_and_then_refused(
    node: Any, hasty: SqlStore, lock: sqlite3.Connection, company: Company
) -> None:
    """A wait with an end, a code, nothing written; and it goes on when the lock is gone."""
    with pytest.raises(Unavailable) as refused:
        publish(node, hasty, company("One", 1))
    assert refused.value.code == "store.busy"
    hasty.require_writable()

    lock.execute("ROLLBACK")
    publish(node, hasty, company("One", 1))

    assert node.feed.size == 2


def test_d06_a_locked_store_is_read_and_answers_503_where_it_would_be_written(
    federation: Federation,
) -> None:
    """EXC-09: what only reads does not wait at all; a push notes in the store that its peer is there."""
    one, two, _ = federation
    two.follow(one)
    assert two.push_fault(one) == "push.not-followed"
    one.publish("One")
    store = SqlStore.open(two.home.store_file, busy_seconds=0.01)
    witness = Witness(store, two.witness, now=federation.now)
    app = create_app(store, two.home.settings(), witness=witness)
    body = write_add_checkpoint(0, (), one.feed.head.note)

    async def ask(method: str, path: str) -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8101") as client:
            return await client.request(method, path, content=body)

    with closing(sqlite3.connect(two.home.store_file, isolation_level=None)) as lock:
        lock.execute("BEGIN IMMEDIATE")
        assert asyncio.run(ask("GET", "/feed/checkpoint")).status_code == 200
        answer = asyncio.run(ask("POST", "/witness/add-checkpoint"))
        assert (answer.status_code, answer.json()["code"]) == (503, "store.busy")
        assert answer.headers["retry-after"] == "5"
    store.close()


def test_d06_a_long_reader_holds_up_no_writer(node: Any, company: Company) -> None:
    """It sees the store as it was when it began; an erasure that waits for it is finished when it ends."""
    node.publish(company("One", 1), company("Two", 2))
    with closing(sqlite3.connect(node.home.store_file, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        before = reader.execute("SELECT count(*) FROM entries").fetchone()

        node.publish(company("Three", 3))
        node.withdraw(company(number=1)["id"])

        assert reader.execute("SELECT count(*) FROM entries").fetchone() == before == (3,)
        assert node.feed.size == 5
        assert node.store.finish_erasures() is False
        reader.execute("ROLLBACK")
        assert node.store.finish_erasures() is True
