"""Serving the whole feeds of others, and vouching for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import Misuse
from entrepot_sync import note
from entrepot_sync.cosignature import cosignatures_of, parse_cosigner_vkey
from entrepot_sync.feed_store import Head
from entrepot_sync.tiles import TILE_WIDTH

from .conftest import Clock
from .mirror_nodes import Line, Member, found, profile_of

Found = Callable[..., Member]


@pytest.fixture
def found_member(tmp_path: Path) -> Iterator[Found]:
    line, clock = Line(), Clock()
    yield lambda origin, **settings: found(tmp_path, line, clock, origin, **settings)
    for member in line.members.values():
        member.store.close()


@pytest.fixture
def origin(found_member: Found) -> Member:
    member = found_member("a.example", mirroring="any")
    member.publish(*range(5))
    return member


@pytest.fixture
def mirror(found_member: Found, origin: Member) -> Member:
    member = found_member("m.example")
    member.follow(origin, mirror=True)
    member.pull(origin)
    return member


def mirror_key(member: Member) -> Any:
    document = read_canonical(member.get("/.well-known/entrepot").content)
    profile = document["credentialSubject"]["profile"]
    assert "mirror" in profile["capabilities"]
    return parse_cosigner_vkey(profile["mirror"]["vkey"])


def vouched(mirror: Member, origin: Member) -> int:
    """The size of the served head if the mirror vouches for it, else 0."""
    parts = note.split(mirror.get(f"{mirror.mirror_path(origin)}/checkpoint").content)
    return int(parts.text.split(b"\n")[1]) if cosignatures_of(parts, [mirror_key(mirror)]) else 0


def test_a_mirror_serves_the_feed_byte_for_byte(origin: Member, mirror: Member) -> None:
    """FED-21."""
    size = origin.feed.head.size
    digests = [
        version.digest.hex()
        for number in range(5)
        for version in origin.store.versions(profile_of("a.example", number)["id"])
    ]
    paths = [
        "/keys.jsonl", "/addenda.v1", f"/tile/0/000.p/{size}", f"/tile/entries/000.p/{size}", "/contents/0",
        f"/delta?from=0&to={size}", "/tile/0/000", "/contents/1", f"/delta?from=0&to={size + 1}", "/delta",
        *(f"/addenda/{name[:2]}/{name[2:4]}/{name}" for name in digests),
    ]  # fmt: skip
    for path in paths:
        theirs, ours = origin.get(f"/feed{path}"), mirror.get(f"{mirror.mirror_path(origin)}{path}")
        assert (ours.status_code, ours.content) == (theirs.status_code, theirs.content), path

    theirs = origin.get("/feed/checkpoint").content
    served = mirror.get(f"{mirror.mirror_path(origin)}/checkpoint").content
    assert served.startswith(theirs)
    assert served.removeprefix(theirs).startswith("— m.example/mirror/1 ".encode())


def test_a_mirror_vouches_for_what_it_holds_whole(origin: Member, mirror: Member) -> None:
    """FED-23, FED-24, LOG-70."""
    assert vouched(mirror, origin) == origin.feed.head.size

    origin.withdraw(2)
    mirror.pull(origin)
    assert vouched(mirror, origin) == origin.feed.head.size
    withdrawn = origin.store.versions(profile_of("a.example", 2)["id"])[0].digest.hex()
    path = f"/addenda/{withdrawn[:2]}/{withdrawn[2:4]}/{withdrawn}"
    assert mirror.get(mirror.mirror_path(origin) + path).status_code == 410


def test_a_slow_reader_of_what_was_erased_holds_the_cosignature_back(origin: Member, mirror: Member) -> None:
    """FED-23: what still lies in the write-ahead log is not gone."""
    before = origin.feed.head.size
    with mirror.store._engine.connect() as reader:
        reader.execute(text("SELECT count(*) FROM versions")).all()
        origin.withdraw(1)
        mirror.pull(origin)
        assert (mirror.copy_of(origin).size, vouched(mirror, origin)) == (before + 1, 0)

    mirror.mirrors.tend()
    assert vouched(mirror, origin) == before + 1


def test_what_is_held_in_part_is_served_up_to_the_last_whole_head(origin: Member, mirror: Member) -> None:
    """L22, FED-22, EXC-04: a head that was believed while its entries are still coming is not served."""
    size = origin.feed.head.size
    copy = mirror.copy_of(origin)
    origin.publish(7, 8)
    head = origin.feed.head
    with mirror.store._engine.begin() as connection:
        connection.execute(
            text("UPDATE feeds SET head_size=:size, head_root=:root, head_note=:note WHERE id=:id"),
            {"size": head.size, "root": head.root, "note": head.note, "id": copy.id},
        )

    assert mirror.copy_of(origin).head == Head(head.size, head.root, head.note)
    assert vouched(mirror, origin) == size
    served = note.split(mirror.get(f"{mirror.mirror_path(origin)}/checkpoint").content)
    assert [line.name for line in served.signatures] == [origin.feed.name, "m.example/mirror/1"]
    assert not mirror.mirrors.vouch(copy.name)
    assert mirror.get(f"{mirror.mirror_path(origin)}/tile/entries/000.p/{head.size}").status_code == 404
    assert head.size < TILE_WIDTH

    mirror.pull(origin)
    assert vouched(mirror, origin) == head.size


@pytest.mark.parametrize(
    ("settings", "allowed"),
    [
        ({}, False),
        ({"mirroring": "any"}, True),
        ({"mirroring": "listed"}, False),
        ({"mirroring": "listed", "mirror_for": ["other.example"]}, False),
        ({"mirroring": "listed", "mirror_for": ["m.example", "other.example"]}, True),
        ({"mirroring": "none", "mirror_for": ["m.example"]}, False),
    ],
)
def test_mirroring_takes_both_sides(found_member: Found, settings: dict[str, Any], allowed: bool) -> None:
    """FED-20."""
    origin, mirror = found_member("a.example", **settings), found_member("m.example")
    if not allowed:
        with pytest.raises(Misuse) as refused:
            mirror.follow(origin, mirror=True)
        assert refused.value.code == "mirror.not-allowed"
        assert mirror.store.follows() == []
        return
    mirror.follow(origin, mirror=True)
    mirror.pull(origin)
    assert vouched(mirror, origin) == origin.feed.head.size


def test_a_plain_follow_is_not_served(origin: Member, mirror: Member) -> None:
    """FED-20: following again without --mirror ends it."""
    mirror.follow(origin)

    assert mirror.get(f"{mirror.mirror_path(origin)}/checkpoint").status_code == 404
    assert mirror.get(f"{mirror.mirror_path(origin)}/addenda.v1").status_code == 404
    assert mirror.get(f"/mirror/{'0' * 64}/checkpoint").status_code == 404


def test_an_origin_that_no_longer_allows_it_is_not_served(origin: Member, mirror: Member) -> None:
    """FED-20: the newest node document counts."""
    origin.settings = origin.settings.model_copy(update={"mirroring": "none"})
    origin.serve()
    mirror.follow(origin)

    assert mirror.get(f"{mirror.mirror_path(origin)}/checkpoint").status_code == 404
