"""Checking ahead in other processes never changes what is believed: only how soon it is known."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import cast

import pytest

from entrepot_node.parallel_check import ParallelCheck
from entrepot_node.storage.search import SearchQuery
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.keys import PublicKey
from entrepot_schema.record import Statement
from entrepot_sync import pull
from entrepot_sync.content_check import NoEarlyCheck, Question, by_digest, check_content
from entrepot_sync.feed_store import Content, Status
from entrepot_sync.pull import OpenEarlyCheck, Pull, PullReport
from entrepot_sync.testing.simulated_peer import SimulatedPeer
from entrepot_sync.testing.small_feed import SmallFeed

NOW = 1_795_426_200.0


@pytest.fixture(scope="module")
def early() -> Iterator[ParallelCheck]:
    with ParallelCheck() as opened:
        yield opened


def many_sided() -> SmallFeed:
    """A feed with new versions, a withdrawal, refused records, a new record key, and what was signed before it."""
    feed = SmallFeed()
    for number in range(1, 6):
        feed.publish(number)
    feed.publish(1, founded="1998")
    feed.withdraw(2)
    feed.publish_raw(3, feed.record(3, founded="1999", revision=9))
    feed.publish_raw(4, b"{}")
    old = feed.record(5, founded="1997", revision=2)
    feed.rotate()
    feed.publish_raw(5, old)
    feed.publish(1, founded="2001")
    return feed


def ask(early: ParallelCheck, feed: SmallFeed, key: PublicKey) -> Mapping[Question, Content]:
    offered = by_digest(feed.contents.values())
    return asyncio.run(early.check(feed.entries, offered, origin=feed.origin, key=key))


def test_its_verdicts_are_those_of_the_one_check(early: ParallelCheck) -> None:
    feed = many_sided()

    verdicts = ask(early, feed, feed.record_key.public)

    assert len(verdicts) == len(feed.contents)
    assert {verdict.status for verdict in verdicts.values()} == {Status.STORED, Status.REFUSED}
    for question, verdict in verdicts.items():
        raw = feed.contents[question.digest]
        assert verdict == check_content(raw, question.statement, origin=feed.origin, key=question.key)


class Lying(NoEarlyCheck):
    """Says of everything that it is good, for a revision and a key that are not those of the entry."""

    async def check(
        self, entries: Sequence[bytes], offered: Mapping[bytes, bytes], *, origin: str, key: PublicKey
    ) -> Mapping[Question, Content]:
        statement = Statement(f"https://{origin}/id/{'a' * 26}", "company", "2026-11-23T09:30:00Z", 1)
        return {
            Question(digest, statement, key): Content(Status.STORED, raw) for digest, raw in offered.items()
        }


def pulled(folder: Path, feed: SmallFeed, opening: OpenEarlyCheck) -> tuple[PullReport, SqlStore]:
    store = SqlStore.open(folder)
    store.add_feed(feed.name, feed.key_log, own=False)
    peer = SimulatedPeer(feed)
    peer.has_delta = False
    run = Pull(peer, store, feed.name, now=NOW, open_early=opening).run()
    return asyncio.run(run), store


@pytest.mark.parametrize("opening", [ParallelCheck, Lying])
def test_a_pull_believes_the_same_with_it_and_without(
    opening: OpenEarlyCheck, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """LOG-26: also what is refused, under another key or of another revision, is refused as it would be."""
    monkeypatch.setattr(pull, "EARLY_ENTRIES", 1)
    feed = many_sided()
    plain_report, plain = pulled(tmp_path / "plain.db", feed, NoEarlyCheck)
    report, store = pulled(tmp_path / "early.db", feed, opening)

    assert (report.stored, report.refused) == (plain_report.stored, plain_report.refused)
    assert report.refused == 3
    for digest in feed.contents:
        assert store.version_of(1, digest) == plain.version_of(1, digest)
    found = [one.search(SearchQuery(), now=NOW) for one in (store, plain)]
    assert found[0].hits == found[1].hits
    assert len(found[0].hits) == 1
    store.close()
    plain.close()


def test_a_worker_that_fails_leaves_its_contents_to_the_pull_and_goes_on(
    early: ParallelCheck, caplog: pytest.LogCaptureFixture
) -> None:
    feed = many_sided()

    assert ask(early, feed, cast(PublicKey, None)) == {}
    assert "a worker failed" in caplog.text
    assert len(ask(early, feed, feed.record_key.public)) == len(feed.contents)


def test_workers_that_die_leave_the_checks_to_the_pull() -> None:
    feed = many_sided()
    with ParallelCheck() as early:
        assert ask(early, feed, feed.record_key.public)
        for worker in multiprocessing.active_children():
            worker.terminate()
            worker.join()

        assert ask(early, feed, feed.record_key.public) == {}
        assert ask(early, feed, feed.record_key.public) == {}


def test_workers_that_hang_leave_the_checks_to_the_pull(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EXC-29: a pull that nobody answers would stand still for ever."""
    monkeypatch.setattr(pull, "EARLY_ENTRIES", 1)
    feed = many_sided()

    def hanging() -> ParallelCheck:
        before = set(multiprocessing.active_children())
        early = ParallelCheck(patience_seconds=0.3)
        assert early._workers.ask(os.getpid).result()
        for worker in set(multiprocessing.active_children()) - before:
            assert worker.pid is not None
            os.kill(worker.pid, signal.SIGSTOP)
        return early

    report, store = pulled(tmp_path / "hanging.db", feed, hanging)

    assert (report.stored, report.refused, report.missing) == (1, 3, 0)
    store.close()


def test_what_is_being_stored_is_stored_before_a_pull_that_is_cut_off_ends(early: ParallelCheck) -> None:
    """EXC-29: whoever pulls the feed next must not meet a store that is still at it."""
    begun, may_end, stored = threading.Event(), threading.Event(), threading.Event()

    def store() -> None:
        begun.set()
        may_end.wait()
        stored.set()

    async def cut_off() -> None:
        storing = asyncio.create_task(early.beside(store))
        await asyncio.to_thread(begun.wait)
        storing.cancel()
        asyncio.get_running_loop().call_soon(may_end.set)
        with pytest.raises(asyncio.CancelledError):
            await storing
        assert stored.is_set()

    asyncio.run(cut_off())


def test_what_storing_raises_is_raised(early: ParallelCheck) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        asyncio.run(early.beside(fail))
