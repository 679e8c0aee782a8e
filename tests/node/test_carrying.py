"""Pulling a feed that was carried by hand."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from entrepot_schema.errors import Conflict, PeerFault
from entrepot_sync.carried import FolderTransport

from .mirror_nodes import Member
from .test_mirroring import found_member, mirror, origin, vouched

__all__ = ["found_member", "mirror", "origin"]


def carry(origin: Member, folder: Path) -> None:
    """Copy the paths of a feed into a folder, as a static host would have them."""
    size = origin.feed.head.size
    paths = ["checkpoint", "keys.jsonl", f"tile/0/000.p/{size}", f"tile/entries/000.p/{size}", "contents/0"]
    for path in paths:
        file = folder / "feed" / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(origin.get(f"/feed/{path}").content)


def test_a_carried_feed_passes_the_same_checks(origin: Member, mirror: Member, tmp_path: Path) -> None:
    """FED-38: and its head the same compare-and-swap."""
    origin.publish(8)
    origin.withdraw(2)
    carry(origin, tmp_path)
    origin.line.silent.add("a.example")
    before = mirror.row(origin)

    pull = mirror.puller().pull_carried(mirror.row(origin), FolderTransport(tmp_path))
    report = asyncio.run(pull)

    assert (report.size_after, report.stored) == (origin.feed.head.size, 1)
    assert vouched(mirror, origin) == origin.feed.head.size
    assert mirror.row(origin) == before  # it says nothing of the node itself


def test_a_carried_feed_counts_in_the_growth_of_the_day(
    origin: Member, mirror: Member, tmp_path: Path
) -> None:
    """FED-38, LOG-90: what came over the network today is no more than a part of the limit."""
    row = mirror.row(origin)
    mirror.store.add_follow(
        row.feed_id, row.base_url, allow_private=False, growth_limit=3, now=0.0, mirror=True
    )
    origin.publish(8, 9)
    mirror.pull(origin)
    origin.publish(10, 11)
    carry(origin, tmp_path)

    with pytest.raises(PeerFault) as refused:
        asyncio.run(mirror.puller().pull_carried(mirror.row(origin), FolderTransport(tmp_path)))

    assert refused.value.code == "log.growth"


def test_a_carried_feed_waits_for_whoever_pulls_it(origin: Member, mirror: Member, tmp_path: Path) -> None:
    """EXC-29: two would check and store the same."""
    carry(origin, tmp_path)
    row, now = mirror.row(origin), mirror.clock().timestamp()
    mirror.store.lease_follow(row.feed_id, "another process", now=now, until=now + 60)

    with pytest.raises(Conflict) as refused:
        asyncio.run(mirror.puller().pull_carried(row, FolderTransport(tmp_path)))

    assert refused.value.code == "pull.leased"


def test_a_carried_feed_that_was_edited_is_refused(origin: Member, mirror: Member, tmp_path: Path) -> None:
    """FED-38, L19."""
    origin.publish(8)
    carry(origin, tmp_path)
    (bundle,) = (tmp_path / "feed" / "tile" / "entries" / "000.p").iterdir()
    raw = bytearray(bundle.read_bytes())
    raw[-40] ^= 1
    bundle.write_bytes(raw)
    size = mirror.copy_of(origin).size

    with pytest.raises(PeerFault) as refused:
        asyncio.run(mirror.puller().pull_carried(mirror.row(origin), FolderTransport(tmp_path)))

    assert refused.value.code == "log.damaged"
    assert mirror.copy_of(origin).size == size
