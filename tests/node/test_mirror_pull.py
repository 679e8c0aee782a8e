"""Pulling from mirrors while an origin is silent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from fastapi import FastAPI, Response

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


def test_an_origin_that_only_says_wait_is_pulled_from_a_mirror_after_an_hour(
    origin: Member, mirror: Member, follower: Member
) -> None:
    """FED-28, EXC-26: until then it is waited for, and never asked earlier than it said."""
    origin.publish(7)
    mirror.pull(origin)
    line_of(origin).busy.add("a.example")
    for minutes in (5, 50):
        follower.clock.move(minutes=minutes)
        with pytest.raises(Unavailable) as throttled:
            follower.pull(origin)
        assert throttled.value.code == "peer.throttled"
    follower.clock.move(minutes=5)

    report = follower.pull(origin)

    assert (report.source, report.size_after) == ("m.example", origin.feed.head.size)
    row = follower.row(origin)
    assert (row.last_code, row.source, row.failures) == ("peer.throttled", "m.example", 3)
    assert row.next_at - follower.clock().timestamp() == 1800


def test_f08_without_a_mirror_silence_stays_silence(origin: Member, mirror: Member, follower: Member) -> None:
    """FED-30: nothing is taken for withdrawn."""
    line_of(origin).silent |= {"a.example", "m.example"}

    with pytest.raises(Unavailable) as silence:
        follower.pull(origin)

    assert silence.value.code == "peer.unreachable"
    assert follower.store.counts(follower.copy_of(origin).id).stored == 5


def rows_of(member: Member) -> dict[str, int]:
    """How many rows of each kind a node holds."""
    with member.store._engine.connect() as connection:
        return {
            table: connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one()
            for table in ("feeds", "entries", "tiles", "subjects", "versions", "changes")
        }


def test_f06_mirrors_of_mirrors_in_a_circle_do_not_grow(found_member: Found) -> None:
    """FED-21, FED-28: all mirror all, each falls silent in turn, and nothing comes round: a feed is one, whoever serves it."""
    members = [found_member(f"{letter}.example", mirroring="any") for letter in "abc"]
    for number, member in enumerate(members):
        member.publish(number)
    for member in members:
        for other in members:
            if other is not member:
                member.follow(other, mirror=True)

    def pull_all() -> set[str]:
        pairs = [(one, other) for one in members for other in members if one is not other]
        return {one.pull(other).source for one, other in pairs if one.origin not in one.line.silent}

    pull_all()
    after_one_round = [rows_of(member) for member in members]
    sources = set()
    for silent in members:
        silent.line.silent = {silent.origin}
        sources |= pull_all()

    assert sources == {"", "a.example", "b.example", "c.example"}
    assert [rows_of(member) for member in members] == after_one_round
    assert [rows["feeds"] for rows in after_one_round] == [3, 3, 3]
    assert {rows["entries"] for rows in after_one_round} == {6}


@pytest.mark.parametrize("table", ["versions", "entries"])
def test_f03_a_mirror_that_dates_a_record_anew_is_not_believed(
    origin: Member, mirror: Member, follower: Member, table: str
) -> None:
    """FED-28: a record by its digest, its entry by the root that the origin signed."""
    origin.publish(6)
    mirror.pull(origin)
    (index,) = (version.index for version in mirror.store.versions(str(profile_of("a.example", 6)["id"])))
    with mirror.store._engine.begin() as connection:
        query = f"SELECT raw FROM {table} WHERE idx = ?"
        raw = connection.exec_driver_sql(query, (index,)).scalar_one()
        assert b"2026-11-23T09:30:00Z" in raw
        later = raw.replace(b"2026-11-23T09:30:00Z", b"2026-11-24T09:30:00Z")
        connection.exec_driver_sql(f"UPDATE {table} SET raw = ? WHERE idx = ?", (later, index))
    origin.line.silent.add("a.example")

    if table == "entries":
        with pytest.raises(Unavailable):
            follower.pull(origin)
        assert follower.copy_of(origin).size == index
    else:
        assert follower.pull(origin).missing == 1
        (version,) = follower.store.versions(str(profile_of("a.example", 6)["id"]))
        assert (version.status, version.raw) == (Status.MISSING, None)


def test_f07_a_mirror_that_never_erased_cannot_bring_a_content_back(
    found_member: Found, origin: Member, mirror: Member, follower: Member
) -> None:
    """FED-30: with the very head that withdraws, it offers the content by every path there is, also to who comes new."""
    newcomer = found_member("g.example")
    newcomer.follow(origin)
    newcomer.follow(mirror)
    subject = str(profile_of("a.example", 1)["id"])
    (version,) = origin.store.versions(subject)
    raw, digest = version.raw, version.digest.hex()
    origin.withdraw(1)
    mirror.pull(origin)
    with mirror.store._engine.begin() as connection:
        query = "UPDATE versions SET status = 'stored', raw = ? WHERE idx = ?"
        connection.exec_driver_sql(query, (raw, version.index))
        query = "UPDATE subjects SET live_index = ?, withdrawn_at = NULL WHERE subject = ?"
        connection.exec_driver_sql(query, (version.index, subject))
    path = mirror.mirror_path(origin)
    assert raw is not None
    assert raw in mirror.get(f"{path}/delta?from=0&to={origin.feed.size}").content
    assert raw in mirror.get(f"{path}/contents/0").content
    assert raw == mirror.get(f"{path}/addenda/{digest[:2]}/{digest[2:4]}/{digest}").content
    origin.line.silent.add("a.example")

    for member in (follower, newcomer):
        report = member.pull(origin)
        assert (report.source, report.size_after, report.missing) == ("m.example", origin.feed.size, 0)
        (held,) = member.store.versions(subject)
        assert (held.status, held.raw, held.live) == (Status.ERASED, None, False)


def test_f09_what_came_from_a_mirror_is_shown_with_its_age(
    origin: Member, mirror: Member, follower: Member
) -> None:
    """FED-29, FED-80: since when the origin is silent, which mirror helped and when, and how old its head is."""
    origin.line.silent.add("a.example")
    heard = follower.clock().timestamp()
    follower.clock.move(hours=30)
    follower.pull(origin)

    peers = follower.get("/api/v1/peers").json()["items"]
    (peer,) = [peer for peer in peers if peer["origin"] == "a.example"]

    assert (peer["state"], peer["code"]) == ("silent", "peer.unreachable")
    assert (peer["source"], peer["source_time"]) == ("m.example", heard + 30 * 3600)
    assert peer["last_success"] == heard
    assert peer["head_time"] == follower.copy_of(origin).head_at


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
    """L09, F03, FED-28: a head that no pinned log key signed is no head."""
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
    origin.line.members["a.example"].app = Damaging(origin.app, place)  # type: ignore[assignment]  it is only called, as an ASGI application

    report = follower.pull(origin)

    assert (report.source, report.size_after) == ("m.example", origin.feed.head.size)
    assert follower.row(origin).last_code == ("log.damaged" if place else "log.bundle")
    assert follower.copy_of(origin).head.root == origin.feed.head.root


def found_parked() -> FastAPI:
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
