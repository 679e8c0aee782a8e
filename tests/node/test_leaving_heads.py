"""No head leaves above the mark, through whatever door, whichever process has signed it (FED-75)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from entrepot_node.app import create_app
from entrepot_node.gate_keeper import GateKeeper
from entrepot_node.proving import prove_record
from entrepot_node.signing_gate import SigningGate
from entrepot_node.static_copy.layout import CHECKPOINT
from entrepot_node.storage.contract_feed import subject_id
from entrepot_node.storage.vouching import HeadCosignature
from entrepot_schema.errors import EntrepotError, Unavailable
from entrepot_schema.keys import SigningKey
from entrepot_sync import note
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.cosignature import CosignerKey, cosign, cosignatures_of
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.peer_trust import log_keys
from entrepot_sync.signing_gate import Mark

from .federation import Federation, Member
from .static_copies import no_network, write_copy

Company = Callable[..., dict[str, Any]]
Door = Callable[[Any, Path], object]
WITNESS = SigningKey.from_seed(b"\x21" * 32)
COSIGNER = CosignerKey("lifepark.example/witness/1", WITNESS.public)


def gate_of(node: Any) -> SigningGate:
    return SigningGate(node.store, node.home.mark_file, no_network)


def mark_of(node: Any) -> Mark:
    mark = node.home.mark_file(node.feed.name).read()
    assert mark is not None
    return mark


def ask(node: Any, path: str) -> httpx.Response:
    """Ask the application as `entrepot serve` builds it."""
    keeper = GateKeeper(node.home, node.store, gate_of(node))
    app = create_app(node.store, node.settings, leaving=keeper.let_leave)

    async def send() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8101") as client:
            return await client.get(path)

    return asyncio.run(send())


def served(path: str) -> Door:
    def door(node: Any, _folder: Path) -> object:
        answer = ask(node, path)
        if answer.status_code == 503:
            raise Unavailable(answer.json()["code"], answer.json()["detail"])
        assert answer.status_code == 200
        return answer

    return door


DOORS: dict[str, Door] = {
    "checkpoint": served("/feed/checkpoint"),
    "delta": served("/feed/delta?from=0&to=2"),
    "proof by the API": served("/api/v1/subjects/biomed.example/aaaaaaaaaaaaaaaaaaaaaaaaab/proof"),
    "proof": lambda node, _: prove_record(node.store, subject_id(1), gate_of(node).keep),
    "static copy": lambda node, folder: write_copy(node, folder),
}
doors = pytest.mark.parametrize("door", list(DOORS.values()), ids=list(DOORS))


@pytest.fixture
def unmarked(node: Any, company: Company) -> Any:
    """A node whose newest head was committed by a process that has not moved the mark."""
    node.refresh_node_document()
    node.publish(company("One", 1))
    assert (mark_of(node).size, node.feed.head.size) == (1, 2)
    return node


@doors
def test_a_head_is_marked_before_it_leaves(unmarked: Any, tmp_path: Path, door: Door) -> None:
    """FED-75, FED-42: who published may have been killed between commit and mark, or be just there."""
    door(unmarked, tmp_path / "copy")

    head = unmarked.feed.head
    assert (mark_of(unmarked).size, mark_of(unmarked).root) == (head.size, head.root)


@doors
def test_d05_a_head_that_cannot_be_marked_does_not_leave(unmarked: Any, tmp_path: Path, door: Door) -> None:
    """FED-75: the disk refuses to write the mark."""
    (unmarked.home.keys / "feed-1.mark.next").mkdir()

    with pytest.raises(EntrepotError) as refused:
        door(unmarked, tmp_path / "copy")

    assert refused.value.code == "gate.mark-write"
    assert not (tmp_path / "copy" / CHECKPOINT).exists()
    assert mark_of(unmarked).size == 1


def test_strangers_are_not_told_where_the_mark_lies(
    unmarked: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """FED-75: the reason is in the log."""
    (unmarked.home.keys / "feed-1.mark.next").mkdir()

    answer = ask(unmarked, "/feed/checkpoint")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert str(unmarked.home.path) not in answer.text
    assert "feed-1.mark cannot be written" in capsys.readouterr().out


@doors
def test_another_history_than_the_marked_one_does_not_leave(
    unmarked: Any, tmp_path: Path, door: Door
) -> None:
    """FED-75: the store of another machine beside our key and mark; the mark stays what it was."""
    marks = unmarked.home.mark_file(unmarked.feed.name)
    marks.replace(replace(mark_of(unmarked), root=bytes(32)))
    before = mark_of(unmarked)

    with pytest.raises(EntrepotError) as refused:
        door(unmarked, tmp_path / "copy")

    assert refused.value.code == "gate.two-histories"
    assert mark_of(unmarked) == before


def test_a_mark_is_not_replaced_by_another_root_of_its_size(node: Any) -> None:
    """FED-42: it is the witness of what was signed."""
    before = mark_of(node)

    node.home.mark_file(node.feed.name).raise_to(replace(node.feed.head, root=bytes(32)))

    assert mark_of(node) == before


# --- pushes


@pytest.fixture
def friends(federation: Federation) -> tuple[Member, Member]:
    """Two nodes that follow each other; the first has committed a head and not marked it."""
    one, two, _ = federation
    one.follow(two)
    two.follow(one)
    one.publish("One")
    assert mark_of(one).size < one.feed.head.size
    return one, two


def test_a_head_is_marked_before_it_is_pushed(friends: tuple[Member, Member]) -> None:
    """FED-75."""
    one, two = friends

    assert one.push(two) is not None

    assert mark_of(one).size == one.feed.head.size


def test_a_head_that_cannot_be_marked_is_not_pushed(friends: tuple[Member, Member]) -> None:
    """FED-75: nothing was sent; the next push goes on once the disk works."""
    one, two = friends
    obstacle = one.home.keys / "feed-1.mark.next"
    obstacle.mkdir()

    assert one.push_fault(two) == "gate.mark-write"
    assert not [url for url in one.federation.asked if url.startswith("POST")]

    obstacle.rmdir()
    assert one.push(two) is not None


# --- who vouched goes with the head


def cosigned(feed: FeedRow, checkpoint: bytes) -> list[int]:
    opened = open_checkpoint(checkpoint, feed.name, log_keys(feed.key_log, feed.name))
    return [one.time for one in cosignatures_of(opened.note, [COSIGNER])]


def cosign_head(node: Any, time: int) -> None:
    feed = node.feed
    line = cosign(note.split(feed.head.note).text, COSIGNER.name, WITNESS, time=time)
    node.store.put_cosignature(feed.id, HeadCosignature(COSIGNER.name, feed.head.size, str(line), time))


def test_copies_and_proofs_carry_the_cosignatures(unmarked: Any, tmp_path: Path) -> None:
    """LOG-88, LOG-80: as the checkpoint that the node serves."""
    cosign_head(unmarked, 1_795_426_200)

    write_copy(unmarked, tmp_path / "copy")
    proof = prove_record(unmarked.store, subject_id(1), gate_of(unmarked).keep)

    here = ask(unmarked, "/feed/checkpoint").content
    assert cosigned(unmarked.feed, here) == [1_795_426_200]
    assert (tmp_path / "copy" / CHECKPOINT).read_bytes() == here == proof.proof.checkpoint


def test_a_cosignature_that_came_later_changes_the_head_of_a_copy_alone(
    unmarked: Any, tmp_path: Path
) -> None:
    """LOG-88: one file is written, and none when nothing came."""
    write_copy(unmarked, tmp_path / "copy")
    cosign_head(unmarked, 1_795_426_200)

    first = write_copy(unmarked, tmp_path / "copy")
    second = write_copy(unmarked, tmp_path / "copy")

    assert (first.written, first.removed) == (1, 0)
    assert (second.written, second.removed) == (0, 0)
