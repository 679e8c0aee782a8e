"""Before the first signature: the mark beside the key, and what peers saw of us (D07, D08, D12; FED-40 to FED-44)."""

from __future__ import annotations

import gc
import os
import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_node.gate_keeper import GateKeeper
from entrepot_node.mark_file import MarkFile
from entrepot_node.orders import Publication
from entrepot_node.publish import Publisher
from entrepot_node.signing_gate import SigningGate
from entrepot_node.storage.interface import AHEAD_DOCUMENT
from entrepot_node.storage.vouching import HeadCosignature
from entrepot_schema.errors import EntrepotError, Misuse, Unavailable
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint
from entrepot_sync.feed_store import Head
from entrepot_sync.signing_gate import MAX_VOUCHERS, Mark, Voucher, merge_vouchers, parse_mark
from entrepot_sync.transport import NOT_FOUND, OK, Fetched

FEED = "biomed.example/feed/1"
HASH = sha256(FEED.encode()).hexdigest()
Company = Callable[..., dict[str, Any]]


@dataclass
class Peers:
    """What peers say they saw of us, by base URL; who is not in it does not answer."""

    seen: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def open(self, base_url: str, _allow_private: bool) -> PeerAnswer:
        return PeerAnswer(self, base_url)


@dataclass
class PeerAnswer:
    peers: Peers
    base_url: str

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        assert path == f"/witness/{HASH}/checkpoint"
        self.peers.asked.append(self.base_url)
        if self.base_url not in self.peers.seen:
            raise Unavailable("peer.unreachable", "it is down")
        raw = self.peers.seen[self.base_url]
        return Fetched(OK if raw else NOT_FOUND, raw, None, 0)

    async def aclose(self) -> None:
        pass


class Gated:
    """A node behind a gate, as each new process of it would be."""

    def __init__(self, node: Any, peers: Peers) -> None:
        self.node = node
        self.peers = peers
        self.answered: set[str] = set()

    @property
    def marks(self) -> MarkFile:
        marks: MarkFile = self.node.home.mark_file(FEED)
        return marks

    @property
    def mark(self) -> Mark:
        mark = self.marks.read()
        assert mark is not None
        return mark

    def restart(self) -> None:
        self.answered = set()

    def gate(self) -> SigningGate:
        return SigningGate(self.node.store, self.node.home.mark_file, self.peers.open, self.answered)

    def publish(self, profile: dict[str, Any]) -> int | None:
        publisher = Publisher(
            self.node.store, FEED, self.node.home.keyring(1), now=self.node.clock,
            random_bytes=self.node.random_bytes, gate=self.gate(),
        )  # fmt: skip
        return publisher.publish([Publication(profile, "CC0-1.0")])[0].index

    def fault(self, profile: dict[str, Any]) -> str:
        before = self.node.feed.head
        with pytest.raises(EntrepotError) as refused:
            self.publish(profile)
        assert self.node.feed.head == before
        return refused.value.code

    def cosigned_by(self, origin: str, *, time: int = 100) -> None:
        """A peer that is followed has cosigned our head."""
        feed = self.node.feed
        line = HeadCosignature(f"{origin}/witness/1", feed.head.size, "a line", time)
        self.node.store.put_cosignature(feed.id, line)
        self.peers.seen[f"https://{origin}"] = feed.head.note


@pytest.fixture
def gated(node: Any, add_peer: Callable[..., Any]) -> Gated:
    add_peer("agri.example")
    return Gated(node, Peers())


def test_a_mark_is_read_back_as_it_was_written() -> None:
    """FED-42."""
    mark = Mark(FEED, 7, bytes(range(32)), (Voucher("a.example", "https://a.example", True),), 9, True)

    assert parse_mark(mark.to_bytes(), FEED) == mark


@given(st.binary(max_size=200))
def test_nothing_else_is_read_as_a_mark(raw: bytes) -> None:
    """FED-42."""
    with pytest.raises(Misuse) as refused:
        parse_mark(raw, FEED)
    assert refused.value.code == "gate.mark"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"size":7', '"size":-7'),
        ('"size":7', '"size":"7"'),
        ("biomed", "another"),
        ('"vouchers":[]', '"vouchers":[1]'),
        ('"forgiven":0,', ""),
    ],
)
def test_a_mark_that_was_changed_by_hand_is_refused(old: str, new: str) -> None:
    """FED-42."""
    raw = Mark(FEED, 7, bytes(32)).to_bytes()
    changed = raw.replace(old.encode(), new.encode())

    assert changed != raw
    with pytest.raises(Misuse, match="high-water mark"):
        parse_mark(changed, FEED)


def test_vouchers_are_kept_once_each_and_bounded() -> None:
    many = [Voucher(f"n{number}.example", "https://x.example") for number in range(MAX_VOUCHERS + 9)]

    assert len(merge_vouchers(many, many)) == MAX_VOUCHERS
    known = Voucher("a.example", "https://a.example")
    assert merge_vouchers([known], [Voucher("a.example")]) == (known,)


def test_the_mark_is_there_when_publishing_returns(gated: Gated, company: Company) -> None:
    """K16. FED-42: it names the head, and only its owner can read it."""
    gated.publish(company("One", 1))

    head = gated.node.feed.head
    path = gated.node.home.keys / "feed-1.mark"
    assert (gated.mark.size, gated.mark.root) == (head.size, head.root)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_founded_node_has_its_mark(node: Any) -> None:
    """FED-42."""
    mark = node.home.mark_file(FEED).read()

    assert (mark.size, mark.root) == (1, node.feed.head.root)


def test_the_mark_never_goes_back_by_itself(gated: Gated, company: Company) -> None:
    """FED-42."""
    gated.publish(company("One", 1))

    gated.marks.raise_to(Head(1, bytes(32), b""))

    assert gated.mark.size == 2


def test_a_node_of_before_the_mark_gets_one(gated: Gated, company: Company) -> None:
    """K18. FED-43: nobody has cosigned it, so nobody is waited for."""
    (gated.node.home.keys / "feed-1.mark").unlink()

    gated.publish(company("One", 1))

    assert gated.mark.size == 2


def test_d07_a_store_below_the_mark_signs_nothing(
    gated: Gated, company: Company, open_node: Callable[[Path], Any], tmp_path: Path
) -> None:
    """K17. FED-40: an old store beside the key of a newer one."""
    old = shutil.copy(gated.node.home.store_file, tmp_path / "old.db")
    gated.publish(company("One", 1))
    gated.node.store.close()
    shutil.copy(old, gated.node.home.store_file)
    gated.node = open_node(gated.node.home.path)

    assert gated.node.feed.size == 1
    assert gated.fault(company("Two", 2)) == "gate.behind"
    gated.node.store.close()


def test_d07_another_history_at_the_size_of_the_mark_signs_nothing(gated: Gated, company: Company) -> None:
    """K17. FED-40."""
    gated.publish(company("One", 1))
    gated.marks.replace(replace(gated.mark, root=bytes(32)))

    assert gated.fault(company("Two", 2)) == "gate.two-histories"


def test_a_crash_between_commit_and_mark_is_no_obstacle(gated: Gated, company: Company) -> None:
    """K16. FED-40: the store is ahead of the mark, and extends it."""
    before = gated.mark
    gated.publish(company("One", 1))
    gated.marks.replace(before)
    gated.restart()

    assert gated.publish(company("Two", 2)) == 2


def test_a_peer_that_saw_no_more_opens_the_gate_once_for_a_process(gated: Gated, company: Company) -> None:
    """FED-41, FED-43: one request, then none until the next start."""
    gated.publish(company("One", 1))
    gated.cosigned_by("agri.example")
    gated.restart()

    gated.publish(company("Two", 2))
    gated.publish(company("Three", 3))

    assert gated.peers.asked == ["https://agri.example"]
    assert gated.mark.vouchers == (Voucher("agri.example", "https://agri.example"),)


def test_d08_a_peer_that_saw_more_closes_the_gate(
    gated: Gated, company: Company, open_node: Callable[[Path], Any], tmp_path: Path
) -> None:
    """K20. FED-41: a clone of the whole machine, key and mark included, finds out when the other has published."""
    gated.publish(company("One", 1))
    gated.cosigned_by("agri.example")
    clone = Gated(open_node(shutil.copytree(gated.node.home.path, tmp_path / "clone")), gated.peers)
    gated.publish(company("Two", 2))
    gated.cosigned_by("agri.example")

    with pytest.raises(Misuse, match="has seen a head") as refused:
        clone.publish(company("Other", 3))

    assert refused.value.code == "gate.larger-head"
    assert "--from https://agri.example" in refused.value.hint
    clone.node.store.close()


def test_d08_a_peer_that_saw_another_history_closes_the_gate(gated: Gated, company: Company) -> None:
    """FED-41: the other machine has published too; found out, not prevented."""
    gated.publish(company("One", 1))
    gated.cosigned_by("agri.example")
    key = gated.node.home.keyring(1).log
    gated.peers.seen["https://agri.example"] = sign_checkpoint(Checkpoint(FEED, 2, bytes(32)), FEED, key)
    gated.restart()

    assert gated.fault(company("Two", 2)) == "gate.two-histories"


def test_d08_several_peers_that_saw_more_are_one_refusal(
    gated: Gated, company: Company, add_peer: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    """FED-41: no answer is left over to be reported as a crash."""
    add_peer("lifepark.example")
    gated.publish(company("One", 1))
    key = gated.node.home.keyring(1).log
    for origin in ("agri.example", "lifepark.example"):
        gated.cosigned_by(origin)
        gated.peers.seen[f"https://{origin}"] = sign_checkpoint(Checkpoint(FEED, 9, bytes(32)), FEED, key)
    gated.restart()

    assert gated.fault(company("Two", 2)) == "gate.larger-head"

    gc.collect()
    assert [record.message for record in caplog.records if record.name == "asyncio"] == []


def test_a_larger_head_that_a_push_brought_back_closes_the_gate_at_once(
    gated: Gated, company: Company
) -> None:
    """FED-41, FED-04: although another peer has answered before; what our key did not sign counts for nothing."""
    gated.publish(company("One", 1))
    keys = gated.node.home.keyring(1)
    larger = Checkpoint(FEED, 9, bytes(32))
    gated.node.store.put_document(AHEAD_DOCUMENT, sign_checkpoint(larger, FEED, keys.record))
    gated.publish(company("Two", 2))

    gated.node.store.put_document(AHEAD_DOCUMENT, sign_checkpoint(larger, FEED, keys.log))

    assert gated.fault(company("Three", 3)) == "gate.larger-head"
    assert gated.node.store.document(AHEAD_DOCUMENT) is not None


def test_evidence_that_a_push_brought_back_closes_the_gate_at_once(gated: Gated, company: Company) -> None:
    """FED-40, FED-41, D08: although a peer has answered before; a new start changes nothing, whoever answers then."""
    gated.publish(company("One", 1))
    gated.cosigned_by("agri.example")
    gated.restart()
    gated.publish(company("Two", 2))

    gated.node.store.add_evidence(gated.node.feed.id, b"two heads", now=1.0)

    assert gated.fault(company("Three", 3)) == "gate.two-histories"
    gated.restart()
    assert gated.fault(company("Three", 3)) == "gate.two-histories"


def test_a_larger_head_is_forgotten_once_the_feed_holds_it(gated: Gated, company: Company) -> None:
    """FED-41: it was got back, from a mirror say; what nobody needs any more tells no operator of an alarm."""
    gated.publish(company("One", 1))
    gated.publish(company("Two", 2))
    gated.node.store.put_document(AHEAD_DOCUMENT, gated.node.feed.head.note)

    gated.publish(company("Three", 3))

    assert gated.node.store.document(AHEAD_DOCUMENT) is None


@pytest.mark.parametrize("answer", ["silent", "unknown", "forged", "garbage"])
def test_what_our_key_did_not_sign_is_no_answer(gated: Gated, company: Company, answer: str) -> None:
    """K21. FED-41, FED-43: it neither opens the gate nor says that anything was lost."""
    gated.publish(company("One", 1))
    gated.cosigned_by("agri.example")
    other = gated.node.home.keyring(1).record
    said = {
        "silent": None,
        "unknown": b"",
        "forged": sign_checkpoint(Checkpoint(FEED, 99, bytes(32)), FEED, other),
        "garbage": b"\xff",
    }[answer]
    gated.peers.seen = {} if said is None else {"https://agri.example": said}
    gated.restart()

    assert gated.fault(company("Two", 2)) == "gate.no-answer"


def test_a_witness_that_is_no_node_is_not_waited_for(gated: Gated, company: Company) -> None:
    """FED-10, FED-41: nobody else ever cosigned, and it may show nothing."""
    gated.publish(company("One", 1))
    feed = gated.node.feed
    gated.node.store.put_cosignature(feed.id, HeadCosignature("w.example/w1", feed.head.size, "a line", 100))
    gated.restart()

    gated.publish(company("Two", 2))

    assert gated.peers.asked == []
    assert gated.mark.vouchers == ()


def test_one_answer_is_enough(gated: Gated, company: Company, add_peer: Callable[..., Any]) -> None:
    """FED-41: of several that cosigned."""
    for letter in "bcde":
        add_peer(f"{letter}.example")
    for origin in ("agri.example", *(f"{letter}.example" for letter in "bcde")):
        gated.cosigned_by(origin)
    gated.peers.seen = {"https://e.example": gated.node.feed.head.note}

    assert gated.publish(company("One", 1)) == 1
    assert "https://e.example" in gated.peers.asked


def test_who_cosigned_is_asked_although_the_store_forgot(gated: Gated, company: Company) -> None:
    """K19. FED-43: the mark knows it."""
    gated.cosigned_by("agri.example")
    gated.publish(company("One", 1))
    feed = gated.node.feed
    gated.node.store.remove_follow(gated.node.store.follows()[0].feed_id)
    gated.restart()
    gated.peers.asked.clear()
    gated.peers.seen["https://agri.example"] = feed.head.note

    gated.publish(company("Two", 2))

    assert gated.peers.asked == ["https://agri.example"]


def test_a_store_from_a_backup_waits_for_anybody_who_is_followed(gated: Gated, company: Company) -> None:
    """FED-43: the backup may be from before the first cosignature."""
    gated.marks.replace(replace(gated.mark, awaiting=True))

    assert gated.fault(company("One", 1)) == "gate.no-answer"
    gated.peers.seen["https://agri.example"] = gated.node.feed.head.note
    assert gated.publish(company("One", 1)) == 1
    assert not gated.mark.awaiting


@pytest.fixture
def behind(gated: Gated, company: Company, add_peer: Callable[..., Any]) -> Gated:
    """A node whose peers answer with the head that it has, but for the last of them, which has seen more."""
    origins = ["agri.example", *(f"{letter}.example" for letter in "bcdez")]
    for origin in origins[1:]:
        add_peer(origin)
    for origin in origins:
        gated.cosigned_by(origin)
    larger = sign_checkpoint(Checkpoint(FEED, 9, bytes(32)), FEED, gated.node.home.keyring(1).log)
    gated.peers.seen["https://z.example"] = larger
    return gated


@pytest.mark.parametrize("lost", ["restored", "mark gone"])
def test_d07_one_stale_answer_does_not_open_what_another_peer_closes(
    behind: Gated, company: Company, lost: str
) -> None:
    """FED-81: the mark cannot tell what has left, so all are asked, and whoever is silent is no obstacle."""
    if lost == "restored":
        behind.marks.replace(replace(behind.mark, awaiting=True))
    else:
        (behind.node.home.keys / "feed-1.mark").unlink()
    del behind.peers.seen["https://b.example"]

    assert behind.fault(company("One", 1)) == "gate.larger-head"

    behind.peers.seen["https://z.example"] = behind.node.feed.head.note
    assert behind.publish(company("One", 1)) == 1
    assert len(set(behind.peers.asked)) == 6


def test_one_answer_is_enough_where_the_mark_tells_what_has_left(behind: Gated, company: Company) -> None:
    """FED-41: three are asked at once, and the first that answer are believed."""
    assert behind.publish(company("One", 1)) == 1
    assert len(behind.peers.asked) == 3


def test_the_peer_with_the_largest_head_is_named(behind: Gated, company: Company) -> None:
    """FED-81: the feed is got back from it."""
    key = behind.node.home.keyring(1).log
    for origin, size in (("c.example", 12), ("e.example", 11)):
        behind.peers.seen[f"https://{origin}"] = sign_checkpoint(Checkpoint(FEED, size, bytes(32)), FEED, key)
    behind.marks.replace(replace(behind.mark, awaiting=True))

    with pytest.raises(Misuse) as refused:
        behind.publish(company("One", 1))

    assert "--from https://c.example" in refused.value.hint


def test_a_peer_that_never_cosigned_is_asked_once_the_mark_is_gone(gated: Gated, company: Company) -> None:
    """FED-81: the store may be from before its first cosignature."""
    larger = sign_checkpoint(Checkpoint(FEED, 9, bytes(32)), FEED, gated.node.home.keyring(1).log)
    gated.peers.seen["https://agri.example"] = larger
    (gated.node.home.keys / "feed-1.mark").unlink()

    assert gated.fault(company("One", 1)) == "gate.larger-head"


def test_a_serving_node_says_when_it_may_not_sign(
    gated: Gated, company: Company, capsys: pytest.CaptureFixture[str]
) -> None:
    """K19. FED-43: it says so once, tries again, and says when it may."""
    gated.cosigned_by("agri.example")
    answer = gated.peers.seen.pop("https://agri.example")
    keeper = GateKeeper(gated.node.home, gated.node.store, gated.gate())

    keeper.tend()
    keeper.tend()
    gated.peers.seen["https://agri.example"] = answer
    keeper.tend()

    said = capsys.readouterr().out
    assert said.count("gate.no-answer") == 1
    assert said.count("may sign again") == 1


def test_what_another_process_published_is_marked_before_it_is_served(gated: Gated, company: Company) -> None:
    """K16. FED-42: a publisher that was killed after its commit has not moved the mark."""
    before = gated.mark
    gated.publish(company("One", 1))
    gated.marks.replace(before)

    gated.gate().keep(gated.node.feed)

    assert gated.mark.size == 2


def test_serving_does_not_move_the_mark_of_a_store_that_went_back(gated: Gated, company: Company) -> None:
    """FED-42."""
    gated.publish(company("One", 1))
    far = replace(gated.mark, size=9)
    gated.marks.replace(far)

    gated.gate().keep(gated.node.feed)

    assert gated.mark == far


def test_d05_a_mark_that_cannot_be_written_stops_publishing(
    gated: Gated, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """K16. FED-42: the disk fails when it is told to make the mark durable."""

    def fail(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(Misuse) as refused:
        gated.publish(company("One", 1))
    assert refused.value.code == "gate.mark-write"


def test_d12_keys_without_a_store_do_not_begin_a_new_log(gated: Gated) -> None:
    """K23. FED-44."""
    home = gated.node.home
    gated.node.store.close()
    for path in home.path.glob("entrepot.db*"):
        path.unlink()

    with pytest.raises(Misuse, match="store") as refused:
        home.open_store()

    assert refused.value.code == "store.lost"
    assert not home.store_file.exists()
