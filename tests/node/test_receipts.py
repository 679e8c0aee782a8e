"""Receipts: at which mirrors a withdrawal is known to be carried out."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from entrepot_node.commands.withdrawn import run_withdrawn
from entrepot_node.receipts import ReceiptReader
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint

from .mirror_nodes import Member, profile_of
from .test_mirroring import Found, found_member, mirror, origin

__all__ = ["found_member", "mirror", "origin"]


@pytest.fixture
def second(found_member: Found, origin: Member, mirror: Member) -> Member:
    """A second mirror; the origin follows both."""
    member = found_member("n.example")
    member.follow(origin, mirror=True)
    member.pull(origin)
    origin.follow(mirror)
    origin.follow(member)
    return member


def ask(origin: Member) -> None:
    reader = ReceiptReader(
        origin.store, origin.line.open, now=lambda: origin.clock().timestamp(), random=lambda: 0.5
    )
    asyncio.run(reader.round())


def withdrawal(origin: Member) -> dict[str, Any]:
    item: dict[str, Any] = origin.get("/api/v1/withdrawals").json()["items"][0]
    return item


def counted(origin: Member) -> tuple[int, int, list[str]]:
    item = withdrawal(origin)
    return item["gone"], item["mirrors"], [other["origin"] for other in item["others"]]


def test_a_withdrawal_counts_the_mirrors_where_it_is_gone(
    origin: Member, mirror: Member, second: Member, capsys: pytest.CaptureFixture[str]
) -> None:
    """FED-33, FED-35: the others are named, and since when they were not heard."""
    ask(origin)
    since = origin.clock().timestamp()
    origin.withdraw(3)
    assert counted(origin) == (0, 2, ["m.example", "n.example"])

    mirror.pull(origin)
    origin.line.silent.add("n.example")
    origin.clock.move(minutes=5)
    ask(origin)
    item = withdrawal(origin)
    assert counted(origin) == (1, 2, ["n.example"])
    assert item["subject"] == profile_of("a.example", 3)["id"]
    assert (item["others"][0]["last_answer"], item["others"][0]["code"]) == (since, "peer.unreachable")
    run_withdrawn(origin.home.path, [item["subject"]], as_json=False)
    told = " ".join(capsys.readouterr().out.split())
    assert "gone from 1 of 2 known mirrors; backups not covered" in told
    assert "not yet from n.example" in told

    origin.line.silent.clear()
    second.pull(origin)
    origin.clock.move(hours=1)
    ask(origin)
    assert counted(origin) == (2, 2, [])


def test_who_never_vouched_is_no_known_mirror(found_member: Found, origin: Member, mirror: Member) -> None:
    """FED-34: a peer that could mirror and does not is not counted."""
    plain = found_member("plain.example")
    plain.follow(origin)
    plain.pull(origin)
    origin.follow(plain)
    origin.withdraw(3)
    ask(origin)

    assert counted(origin) == (0, 0, [])


def test_a_head_without_the_mirrors_own_line_is_no_receipt(
    origin: Member, mirror: Member, second: Member
) -> None:
    """FED-34: it serves our head, but does not say that what was withdrawn is gone."""
    origin.withdraw(3)
    mirror.pull(origin)
    other = second.mirrors
    other._cosigner = None
    from entrepot_node.app import create_app

    second.app = create_app(second.store, second.settings, mirrors=other, now=second.clock)
    ask(origin)

    assert counted(origin) == (1, 1, [])


def test_an_older_answer_takes_no_receipt_back(origin: Member, mirror: Member, second: Member) -> None:
    """FED-36: what was erased stays erased; a cache may show an older head."""
    old = mirror.get(f"{mirror.mirror_path(origin)}/checkpoint").content
    origin.withdraw(3)
    mirror.pull(origin)
    ask(origin)
    assert counted(origin)[0] == 1
    from fastapi import FastAPI, Response

    mirror.line.members["m.example"].app = cached = FastAPI()
    cached.add_api_route("/{path:path}", lambda: Response(old))
    origin.clock.move(hours=2)
    ask(origin)

    assert counted(origin)[0] == 1


def test_a_head_that_we_do_not_have_is_no_receipt(origin: Member, mirror: Member, second: Member) -> None:
    """FED-34: our signature under a head that is not ours is an alarm."""
    origin.withdraw(3)
    feed = origin.feed
    note = sign_checkpoint(
        Checkpoint(feed.name, feed.head.size, b"x" * 32), feed.name, origin.home.keyring(1).log
    )
    cosigner = mirror.mirrors._cosigner
    assert cosigner is not None
    from fastapi import FastAPI, Response

    from entrepot_sync.cosignature import cosign
    from entrepot_sync.note import split

    line = cosign(split(note).text, cosigner.name, cosigner._key, time=5)
    mirror.app = forged = FastAPI()
    forged.add_api_route("/{path:path}", lambda: Response(note + str(line).encode()))
    ask(origin)

    assert counted(origin)[:2] == (0, 1)
    rows = {row.origin: row for row in origin.store.receipts()}
    assert rows["m.example"].code == "receipt.foreign"


def test_mirrors_are_asked_at_a_new_head_and_else_hourly(
    origin: Member, mirror: Member, second: Member
) -> None:
    """FED-35: a mirror that is behind is asked again with back-off."""
    reader = ReceiptReader(
        origin.store, origin.line.open, now=lambda: origin.clock().timestamp(), random=lambda: 0.5
    )

    def due() -> list[str]:
        return [peer.origin for peer in reader.due()]

    assert due() == ["m.example", "n.example"]
    ask(origin)
    assert due() == []
    origin.withdraw(3)
    assert due() == ["m.example", "n.example"]
    ask(origin)
    assert due() == []
    origin.clock.move(seconds=61)
    assert due() == ["m.example", "n.example"]
