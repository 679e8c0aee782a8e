"""Pulling from mirrors while an origin is silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from entrepot_schema.errors import PeerFault, Unavailable
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint
from entrepot_sync.feed_store import Status
from entrepot_sync.peer_trust import Fork

from .mirror_nodes import Line, Member, profile_of
from .test_mirroring import Found, found_member, mirror, origin

__all__ = ["found_member", "mirror", "origin"]


@pytest.fixture
def follower(found_member: Found, origin: Member, mirror: Member) -> Member:
    """Follows an origin and a node that mirrors it."""
    member = found_member("f.example")
    member.follow(origin)
    member.follow(mirror)
    member.pull(origin)
    return member


def line_of(member: Member) -> Line:
    return member.line


def test_a_silent_origin_is_pulled_from_a_mirror_with_the_same_checks(
    origin: Member, mirror: Member, follower: Member
) -> None:
    """FED-28, F03: what is stored is what the origin signed; the books say from where it came."""
    origin.publish(7)
    origin.withdraw(1)
    mirror.pull(origin)
    line_of(origin).silent.add("a.example")
    follower.clock.move(hours=1)

    report = follower.pull(origin)

    assert (report.source, report.size_after, report.stored) == ("m.example", origin.feed.head.size, 1)
    assert follower.copy_of(origin).head.root == origin.feed.head.root
    row = follower.row(origin)
    assert (row.source, row.source_at) == ("m.example", follower.clock().timestamp())
    assert (row.failures, row.last_code) == (1, "peer.unreachable")
    assert row.success_at == follower.clock().timestamp() - 3600
    assert row.next_at - follower.clock().timestamp() == 300

    line_of(origin).silent.clear()
    assert follower.pull(origin).source == ""
    assert (follower.row(origin).source, follower.row(origin).failures) == ("", 0)


def test_f08_without_a_mirror_silence_stays_silence(origin: Member, mirror: Member, follower: Member) -> None:
    """FED-30: nothing is taken for withdrawn."""
    line_of(origin).silent |= {"a.example", "m.example"}

    with pytest.raises(Unavailable) as silence:
        follower.pull(origin)

    assert silence.value.code == "peer.unreachable"
    assert follower.store.counts(follower.copy_of(origin).id).stored == 5


def test_f09_of_two_mirrors_the_fresher_one_helps(
    found_member: Found, origin: Member, mirror: Member, follower: Member
) -> None:
    """FED-29: and one behind us is of no use."""
    stuck = found_member("stuck.example")
    stuck.follow(origin, mirror=True)
    stuck.pull(origin)
    follower.follow(stuck)
    origin.publish(8)
    mirror.pull(origin)
    line_of(origin).silent.add("a.example")

    assert follower.pull(origin).source == "m.example"
    assert follower.copy_of(origin).size == origin.feed.size

    line_of(origin).silent.add("m.example")
    with pytest.raises(Unavailable):
        follower.pull(origin)
    assert follower.copy_of(origin).size == origin.feed.size


def test_f07_what_was_withdrawn_does_not_come_back_by_a_mirror(
    origin: Member, mirror: Member, follower: Member
) -> None:
    """FED-30: a mirror that keeps the content and offers it is not listened to."""
    origin.withdraw(1)
    origin.publish(9)
    follower.pull(origin)
    withdrawn = str(profile_of("a.example", 1)["id"])
    line_of(origin).silent.add("a.example")

    with pytest.raises(Unavailable):
        follower.pull(origin)  # the mirror still has the older head, with the content live

    (version,) = follower.store.versions(withdrawn)
    assert (version.status, version.raw) == (Status.ERASED, None)


def test_a_fork_shown_by_a_mirror_stops_the_feed(origin: Member, mirror: Member, follower: Member) -> None:
    """LOG-61: whoever shows the second head, the log key signed it."""
    feed = follower.copy_of(origin)
    log = origin.home.keyring(1).log
    other = sign_checkpoint(Checkpoint(feed.name, feed.head.size, b"x" * 32), feed.name, log)
    copy = mirror.copy_of(origin)
    with mirror.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE feeds SET head_note = ? WHERE id = ?", (other, copy.id))
    line_of(origin).silent.add("a.example")

    with pytest.raises(Fork):
        follower.pull(origin)

    assert follower.copy_of(origin).state == "forked"
    assert len(follower.store.evidence(feed.id)) == 1


def test_a_mirror_that_signs_with_its_own_key_moves_no_trust(
    origin: Member, mirror: Member, follower: Member
) -> None:
    """L09, FED-28: a head that no pinned log key signed is no head."""
    feed = follower.copy_of(origin)
    stranger = mirror.home.keyring(1).log
    note = sign_checkpoint(Checkpoint(feed.name, feed.head.size + 1, b"x" * 32), feed.name, stranger)
    with mirror.store._engine.begin() as connection:
        connection.exec_driver_sql(
            "UPDATE feeds SET head_note = ? WHERE id = ?", (note, mirror.copy_of(origin).id)
        )
    line_of(origin).silent.add("a.example")

    with pytest.raises((Unavailable, PeerFault)) as silence:
        follower.pull(origin)

    assert silence.value.code == "peer.unreachable"
    assert (follower.copy_of(origin).head, follower.copy_of(origin).state) == (feed.head, "live")


def test_what_answers_but_is_no_answer_is_silence_too(
    origin: Member, mirror: Member, follower: Member
) -> None:
    """FED-28: a parked domain serves pages with 200."""
    origin.publish(6)
    mirror.pull(origin)
    line_of(origin).members["a.example"].app = found_parked()

    assert follower.pull(origin).source == "m.example"
    assert follower.copy_of(origin).size == origin.feed.size


@dataclass
class Damaging:
    """An application whose entries come with one bit flipped."""

    app: Any
    place: int

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        entries = "/delta" in scope["path"] or "/tile/entries" in scope["path"]

        async def changed(message: Any) -> None:
            body = message.get("body", b"")
            if entries and len(body) > self.place:
                flipped = body[self.place] ^ 0x80
                message = {**message, "body": body[: self.place] + bytes([flipped]) + body[self.place + 1 :]}
            await send(message)

        plain = [(name, value) for name, value in scope["headers"] if name != b"accept-encoding"]
        await self.app({**scope, "headers": plain}, receive, changed)


@pytest.mark.parametrize("place", [40, 0], ids=["in an entry", "in its length"])
def test_l19_entries_that_the_origin_hands_out_damaged_are_taken_from_a_mirror(
    origin: Member, mirror: Member, follower: Member, place: int
) -> None:
    """LOG-62, FED-28: a disk that rots at the origin stops nobody."""
    origin.publish(6)
    mirror.pull(origin)
    origin.line.members["a.example"].app = Damaging(origin.app, place)  # type: ignore[assignment]

    report = follower.pull(origin)

    assert (report.source, report.size_after) == ("m.example", origin.feed.head.size)
    assert follower.row(origin).last_code == ("log.damaged" if place else "log.bundle")
    assert follower.copy_of(origin).head.root == origin.feed.head.root


def found_parked():  # type: ignore[no-untyped-def]
    from fastapi import FastAPI, Response

    app = FastAPI()
    app.add_api_route("/{path:path}", lambda: Response("<html>for sale</html>", media_type="text/html"))
    return app


def test_f13_a_record_that_breaks_a_rule_is_refused_from_a_mirror_too(
    origin: Member, mirror: Member, follower: Member
) -> None:
    """FED-30, LOG-21: contents that fit no entry are no contents, from wherever they come."""
    origin.publish(6)
    mirror.pull(origin)
    with mirror.store._engine.begin() as connection:
        connection.exec_driver_sql("UPDATE versions SET raw = ? WHERE idx = 6", (b'{"edited":true}',))
    line_of(origin).silent.add("a.example")

    report = follower.pull(origin)

    assert (report.source, report.stored, report.missing) == ("m.example", 0, 1)
