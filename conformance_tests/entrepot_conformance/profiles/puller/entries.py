"""Entries that lie: misframed, without effect, of the future (LOG-10 to LOG-26)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.reader.entries import digest_of, encode_entry
from entrepot_conformance.suite.case import Side

from .play import Play, Row

Make = Callable[[Feed], bytes]
STOP = "log.needs-newer-software"


def rows() -> list[Row]:
    """All attacks with single entries."""
    return [*_inert(), *_stops()]


def _inert_play(make: Make) -> Callable[[Play], None]:
    """An entry without effect between two good ones: nothing is refused, and nothing is missing."""

    def act(play: Play) -> None:
        peer = play.followed(2)
        feed = peer.feed
        inert = len(feed.state.inert)
        feed.append(make(feed))
        assert len(feed.state.inert) == inert + 1, "the entry of this case has an effect"
        feed.publish("behind")
        peer.tell()
        play.accept(peer, live=3)

    return act


def _fields(feed: Feed, **members: Any) -> dict[str, Any]:
    subject = feed.subject("new")
    base = {"op": "publish", "prev": None, "subject": subject, "time": feed.time(), "type": "company"}
    return {name: value for name, value in (base | members).items() if value is not ...}


def entry_with(**members: Any) -> Make:
    """A publication of a new company, with other members (`...` leaves one out)."""
    return lambda feed: encode_entry(_fields(feed, **members), digest_of(b"x%d" % feed.size))


def _inert() -> list[Row]:
    def old(feed: Feed) -> int:
        return feed.state.last[feed.subject("company 0")].index

    def of_old(**members: Any) -> Make:
        return lambda feed: entry_with(subject=feed.subject("company 0"), **{"prev": old(feed), **members})(
            feed
        )

    def misframed(feed: Feed) -> bytes:
        raw = entry_with()(feed)
        return raw[:-5] + (1).to_bytes(4) + raw[-1:]

    def spaced(feed: Feed) -> bytes:
        raw = entry_with()(feed)
        json, digest = raw[:-37], raw[-37:-5]
        return json + b" " + digest + (len(json) + 1).to_bytes(4) + b"\x01"

    def reused(feed: Feed) -> bytes:
        (first,) = list(feed.contents)[:1]
        return encode_entry(_fields(feed), first)

    table: list[tuple[str, str, str, Make, str]] = [
        ("offset", "with an offset that lies", "LOG-11", misframed, "L20"),
        ("space", "with a space behind its JSON", "LOG-11", spaced, "S10"),
        ("no-json", "that is no JSON", "LOG-11", lambda feed: b"no json\x00", "L20"),
        ("one-byte", "of one byte", "LOG-11", lambda feed: b"\x01", "L20"),
        ("node-hash", "shaped like an interior node", "LOG-11 LOG-30", lambda feed: b"\x01" + bytes(range(63)) + b"\x01", "L16"),
        ("duplicate-member", "with a member twice", "LOG-11",
         lambda feed: entry_with()(feed).replace(b'{"op"', b'{"op":"publish","op"', 1), "J01"),
        ("op-a-number", "whose op is no text", "LOG-11", entry_with(op=1), "J12"),
        ("six-members", "with a sixth member", "LOG-13", entry_with(more=1), ""),
        ("four-members", "without time", "LOG-13", entry_with(time=...), ""),
        ("publish-without-digest", "that publishes nothing", "LOG-13", lambda feed: encode_entry(_fields(feed), None), ""),
        ("withdraw-with-digest", "that withdraws with a digest", "LOG-13", of_old(op="withdraw"), ""),
        ("subject-of-another-origin", "about a subject of another origin", "LOG-14",
         entry_with(subject="https://honest.example/id/" + "a" * 26), "F01"),
        ("subject-in-capitals", "about a subject in another spelling", "LOG-14",
         lambda feed: entry_with(subject=feed.subject("new").upper())(feed), "F01"),
        ("subject-null", "about nothing", "LOG-14", entry_with(subject=None), "J12"),
        ("other-type", "of another type than before", "LOG-15", of_old(type="cluster"), ""),
        ("type-keys", "that publishes keys", "LOG-15", entry_with(type="keys"), ""),
        ("type-in-capitals", "of a type in capitals", "LOG-15", entry_with(type="Company"), ""),
        ("second-60", "at second 60", "LOG-16", entry_with(time="2026-05-04T09:30:60Z"), "J15"),
        ("30-february", "on 30 February", "LOG-16", entry_with(time="2026-02-30T09:30:00Z"), "J15"),
        ("year-10000", "in the year 10000", "LOG-16", entry_with(time="10000-01-01T00:00:00Z"), "J15"),
        ("week-date", "in a week of the year", "LOG-16", entry_with(time="2026-W19-1T09:30:00Z"), "J15"),
        ("no-zone", "without a zone", "LOG-16", entry_with(time="2026-05-04T09:30:00"), "J15"),
        ("prev-null", "that forgets what was before", "LOG-17", of_old(prev=None), ""),
        ("prev-ahead", "that names an entry to come", "LOG-17", lambda feed: entry_with(prev=feed.size + 5)(feed), ""),
        ("prev-true", "whose prev is true", "LOG-17", of_old(prev=True), "J12"),
        ("digest-again", "that publishes what another subject did", "LOG-18", reused, "L26"),
        ("withdraw-unknown", "that withdraws what is not live", "LOG-19",
         lambda feed: encode_entry(_fields(feed, op="withdraw"), None), ""),
    ]  # fmt: skip
    return [
        Row(
            f"inert-{name}",
            f"It goes on over an entry {what}",
            f"{ids} LOG-26",
            _inert_play(make),
            attack,
            Side.ACCEPT,
        )
        for name, what, ids, make, attack in table
    ]


def _stops() -> list[Row]:
    """What only newer software can read: the feed waits, and goes no further."""

    def stopped(make: Make, *codes: str) -> Callable[[Play], None]:
        def act(play: Play) -> None:
            peer = play.followed(2)
            feed = peer.feed
            feed.append(make(feed))
            feed.publish("behind")
            peer.tell()
            play.refuse(peer, *codes)
            peers = play.look_around()
            live = peers.get(peer.origin, {}).get("live")
            assert live == 2, f"behind a stop {live} records are live, 2 were due"
            play.refuse(peer, *codes)

        return act

    def keys(digest: bytes) -> Make:
        def make(feed: Feed) -> bytes:
            last = feed.state.last[feed.identity.did].index
            fields = {
                "op": "keys",
                "prev": last,
                "subject": feed.identity.did,
                "time": feed.time(),
                "type": "keys",
            }
            return encode_entry(fields, digest)

        return make

    def other_line(play: Play) -> None:
        """The key log has a second line, and the entry commits to another."""
        peer = play.followed(2)
        peer.identity.rotate()
        peer.feed.append(keys(digest_of(b"another line"))(peer.feed))
        peer.grow()
        play.refuse(peer, "log.keys-mismatch")
        play.refuse(peer, "log.keys-mismatch")

    def opening(play: Play) -> None:
        peer = play.peer(0)
        feed = peer.feed
        feed.entries.clear()
        feed._leaves.clear()
        feed.append(entry_with()(feed))
        peer.tell()
        play.scene.follow(peer)
        play.refuse(peer, "log.keys-mismatch")

    return [
        Row("stop-last-byte", "It stops at an entry that ends in another byte", "LOG-10",
            stopped(lambda feed: entry_with()(feed)[:-1] + b"\x02", STOP), "F20"),
        Row("stop-unknown-op", "It stops at an operation it does not know", "LOG-12", stopped(entry_with(op="merge"), STOP), "F20"),
        Row("stop-keys-nobody-wrote", "It waits where the key log lacks the line that an entry names", "LOG-23",
            stopped(keys(bytes(32)), "log.keys-missing", "log.keys-mismatch")),
        Row("stop-keys-of-another-line", "It stops where an entry commits to another line than the key log has", "LOG-23", other_line),
        Row("stop-opening", "It stops a feed that does not open with its key log", "LOG-23", opening),
    ]  # fmt: skip
