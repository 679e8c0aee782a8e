"""Entries and bundles that lie: misframed, without effect, of the future, withheld, damaged (LOG-10 to LOG-26, LOG-42 to LOG-53)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.lying.peer import CONTENTS, ENTRIES, Peer, at
from entrepot_conformance.reader.entries import digest_of, encode_entry
from entrepot_conformance.reader.tiles import encode_bundle
from entrepot_conformance.suite.case import Side
from entrepot_conformance.toy_node import Response, tagged

from .heads import accepted, refused
from .play import Play, Row

Make = Callable[[Feed], bytes]
STOP = "log.needs-newer-software"


def rows() -> list[Row]:
    """All attacks with entries, bundles and contents."""
    return [*_inert(), *_stops(), *_bundles(), *_contents(), *_tiles(), *_effects()]


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
        play.accept(peer)
        play.look(peer, size=feed.size, root=feed.root(), live=3)

    return act


def _fields(feed: Feed, **members: Any) -> dict[str, Any]:
    subject = feed.subject("new")
    base = {"op": "publish", "prev": None, "subject": subject, "time": feed.time(), "type": "company"}
    return {name: value for name, value in (base | members).items() if value is not ...}


def _entry(**members: Any) -> Make:
    return lambda feed: encode_entry(_fields(feed, **members), digest_of(b"x%d" % feed.size))


def _inert() -> list[Row]:
    def old(feed: Feed) -> int:
        return feed.state.last[feed.subject("company 0")].index

    def of_old(**members: Any) -> Make:
        return lambda feed: _entry(subject=feed.subject("company 0"), **{"prev": old(feed), **members})(feed)

    def misframed(feed: Feed) -> bytes:
        raw = _entry()(feed)
        return raw[:-5] + (1).to_bytes(4) + raw[-1:]

    def spaced(feed: Feed) -> bytes:
        raw = _entry()(feed)
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
         lambda feed: _entry()(feed).replace(b'{"op"', b'{"op":"publish","op"', 1), "J01"),
        ("op-a-number", "whose op is no text", "LOG-11", _entry(op=1), "J12"),
        ("six-members", "with a sixth member", "LOG-13", _entry(more=1), ""),
        ("four-members", "without time", "LOG-13", _entry(time=...), ""),
        ("publish-without-digest", "that publishes nothing", "LOG-13", lambda feed: encode_entry(_fields(feed), None), ""),
        ("withdraw-with-digest", "that withdraws with a digest", "LOG-13", of_old(op="withdraw"), ""),
        ("subject-of-another-origin", "about a subject of another origin", "LOG-14",
         _entry(subject="https://honest.example/id/" + "a" * 26), "F01"),
        ("subject-in-capitals", "about a subject in another spelling", "LOG-14",
         lambda feed: _entry(subject=feed.subject("new").upper())(feed), "F01"),
        ("subject-null", "about nothing", "LOG-14", _entry(subject=None), "J12"),
        ("other-type", "of another type than before", "LOG-15", of_old(type="cluster"), ""),
        ("type-keys", "that publishes keys", "LOG-15", _entry(type="keys"), ""),
        ("type-in-capitals", "of a type in capitals", "LOG-15", _entry(type="Company"), ""),
        ("second-60", "at second 60", "LOG-16", _entry(time="2026-05-04T09:30:60Z"), "J15"),
        ("30-february", "on 30 February", "LOG-16", _entry(time="2026-02-30T09:30:00Z"), "J15"),
        ("year-10000", "in the year 10000", "LOG-16", _entry(time="10000-01-01T00:00:00Z"), "J15"),
        ("week-date", "in a week of the year", "LOG-16", _entry(time="2026-W19-1T09:30:00Z"), "J15"),
        ("no-zone", "without a zone", "LOG-16", _entry(time="2026-05-04T09:30:00"), "J15"),
        ("prev-null", "that forgets what was before", "LOG-17", of_old(prev=None), ""),
        ("prev-ahead", "that names an entry to come", "LOG-17", lambda feed: _entry(prev=feed.size + 5)(feed), ""),
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
        feed.append(_entry()(feed))
        peer.tell()
        play.scene.follow(peer)
        play.refuse(peer, "log.keys-mismatch")

    return [
        Row("stop-last-byte", "It stops at an entry that ends in another byte", "LOG-10",
            stopped(lambda feed: _entry()(feed)[:-1] + b"\x02", STOP), "F20"),
        Row("stop-unknown-op", "It stops at an operation it does not know", "LOG-12", stopped(_entry(op="merge"), STOP), "F20"),
        Row("stop-keys-nobody-wrote", "It waits where the key log lacks the line that an entry names", "LOG-23",
            stopped(keys(bytes(32)), "log.keys-missing", "log.keys-mismatch")),
        Row("stop-keys-of-another-line", "It stops where an entry commits to another line than the key log has", "LOG-23", other_line),
        Row("stop-opening", "It stops a feed that does not open with its key log", "LOG-23", opening),
    ]  # fmt: skip


def in_entries(change: Callable[[bytes], bytes]) -> Callable[[Peer], None]:
    """Change the bytes of all answers with entries."""

    def tell(peer: Peer) -> None:
        peer.lie = at(*ENTRIES)(lambda told: Response(told.status, change(told.body), told.headers))

    return tell


def _bundles() -> list[Row]:
    bad = ("log.bundle", "log.damaged", "peer.incomplete")

    def absent(status: int) -> Callable[[Peer], None]:
        def tell(peer: Peer) -> None:
            peer.lie = at(*ENTRIES)(lambda told: Response(status))

        return tell

    def swapped(peer: Peer) -> None:
        entries = list(peer.feed.entries)
        entries[-1], entries[-2] = entries[-2], entries[-1]
        peer.lie = at(*ENTRIES)(lambda told: Response(200, encode_bundle(entries[-1:])))

    def more_behind(peer: Peer) -> None:
        """A static host, since contents stand behind the entries of a delta."""

        def lie(target: str, told: Response) -> Response:
            if target.startswith("/feed/delta"):
                return Response(404)
            is_bundle = target.startswith("/feed/tile/entries")
            return Response(told.status, told.body + b"\0", told.headers) if is_bundle else told

        peer.lie = lie

    changes: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
        "bit-flipped": ("one bit flipped", lambda raw: raw[:20] + bytes([raw[20] ^ 1]) + raw[21:], "L19"),
        "length-lies": ("a length that lies", lambda raw: bytes([raw[0], raw[1] ^ 1]) + raw[2:], "L20"),
        "cut-short": ("its end cut off", lambda raw: raw[:30], "L20"),
        "empty-entry": ("an empty entry", lambda raw: b"\0\0" + raw, "L20"),
        "nothing": ("nothing in it", lambda raw: b"", "L20"),
        "rubbish": ("rubbish for entries", lambda raw: bytes(range(256)) * 40, "L20"),
        "huge-length": ("a length of 65,535 at its start", lambda raw: b"\xff\xff" + raw, "L20"),
    }
    return [
        *(Row(f"bundle-{name}", f"It believes no entries of a bundle with {what}", "LOG-42 LOG-62",
              refused(in_entries(change), *bad), attack)
          for name, (what, change, attack) in changes.items()),
        Row("bundle-with-more-behind", "It takes no bundle with bytes behind its last entry", "LOG-42",
            refused(more_behind, "log.bundle"), "L20"),
        Row("bundle-swapped", "It believes no entry in the place of another", "LOG-62", refused(swapped, *bad), "L15"),
        Row("entries-withheld", "It waits where a head is shown without its entries", "LOG-62 EXC-04",
            refused(absent(404), "peer.incomplete", "peer.status"), "L22"),
        Row("entries-gone", "It takes 410 for nothing but silence", "LOG-62 LOG-65",
            refused(absent(410), "peer.incomplete", "peer.status"), "L22"),
    ]  # fmt: skip


def _contents() -> list[Row]:
    """Entries are true, what stands beside them is not."""

    def told_with(body: Callable[[Peer], bytes]) -> Callable[[Play], None]:
        """A static host whose contents are something else; the entry stays live without content."""

        def act(play: Play) -> None:
            peer = play.followed(2)
            index = peer.grow()
            shown = body(peer)

            def lie(target: str, told: Response) -> Response:
                if target.startswith("/feed/delta"):
                    return Response(404)
                is_content = target.removeprefix("/feed/").startswith(CONTENTS)
                return tagged(shown, "no-cache") if is_content else told

            peer.lie = lie
            play.accept(peer, missing=1)
            play.look(peer, size=peer.feed.size, root=peer.feed.root(), live=2)
            peer.tell()
            play.accept(peer)
            assert play.scene.peers()[peer.origin]["live"] == 3, f"the content of {index} never arrived"

        return act

    def other_record(peer: Peer) -> bytes:
        return peer.feed.signed(peer.feed.draft("somebody else")) + b"\n"

    def truncated(peer: Peer) -> bytes:
        return list(peer.feed.contents.values())[-1][:-1] + b"\n"

    def no_lines(peer: Peer) -> bytes:
        return b"x" * 3_000_000

    def many_lines(peer: Peer) -> bytes:
        return b"\n" * 3_000_000

    return [
        Row("content-of-another", "It stores no content but that which the entry commits to", "LOG-50 LOG-52",
            told_with(other_record), "L21", Side.ACCEPT),
        Row("content-cut-short", "It takes a content that is cut short for none", "LOG-50", told_with(truncated), "L21", Side.ACCEPT),
        Row("content-withheld", "It goes on without a content, asks again, and takes none for withdrawn", "LOG-65 LOG-26",
            told_with(lambda peer: b""), "L22", Side.ACCEPT),
        Row("content-of-one-line", "It is not led astray by contents without an end of line", "LOG-50",
            told_with(no_lines), "L21", Side.ACCEPT),
        Row("content-of-empty-lines", "It is not led astray by millions of empty lines", "LOG-50 EXC-20",
            told_with(many_lines), "F16", Side.ACCEPT),
        Row("content-with-more-lines", "It ignores lines that no entry commits to", "LOG-50", _more_lines, "L18", Side.ACCEPT),
    ]  # fmt: skip


def _more_lines(play: Play) -> None:
    peer = play.followed(2)
    peer.grow()
    extra = peer.feed.signed(peer.feed.draft("unlogged")) + b"\n"
    peer.lie = at("delta", "contents")(
        lambda told: Response(told.status, told.body + extra * 50, told.headers)
    )
    play.accept(peer)
    play.look(peer, size=peer.feed.size, root=peer.feed.root(), live=3)


def _tiles() -> list[Row]:
    def forged(peer: Peer) -> None:
        peer.lie = at("tile/0", "tile/1")(lambda told: Response(200, b"\xee" * 8192))

    def only_implied(play: Play) -> None:
        peer = play.followed(300)
        peer.grow()
        peer.lie = at("delta")(lambda told: Response(404))
        play.accept(peer)
        asked = [one.target for one in peer.requests]
        odd = [target for target in asked if "/tile/" in target and not _is_implied(target, peer.feed.size)]
        assert not odd, f"it asked for tiles that no head implies: {odd[:5]}"
        play.look(peer, size=peer.feed.size, root=peer.feed.root(), live=301)

    return [
        Row("tiles-forged", "It recomputes the root from entries, whatever the tiles say", "LOG-62",
            accepted(forged), "L17", Side.ACCEPT),
        Row("tiles-implied", "It asks for no tile or bundle that its heads do not imply", "EXC-28", only_implied, "L13", Side.ACCEPT),
    ]  # fmt: skip


def _is_implied(target: str, size: int) -> bool:
    from entrepot_conformance.reader.rule_error import RuleError
    from entrepot_conformance.reader.tiles import WIDTH, parse_tile_path

    try:
        level, index, width = parse_tile_path(target.removeprefix("/feed/"))
    except RuleError:
        return False
    span = WIDTH ** (0 if level == "entries" else int(level))
    # A full bundle may be asked for in place of a partial one.
    return index * WIDTH * span < size and (width == WIDTH or (index * WIDTH + width) * span <= size)


def _published_again(play: Play) -> None:
    peer = play.followed(2)
    peer.feed.withdraw("company 0")
    peer.feed.publish("company 0", founded="2001")
    peer.tell()
    play.accept(peer)
    play.look(peer, size=peer.feed.size, root=peer.feed.root(), live=2)


def _inert_leaves_nothing(play: Play) -> None:
    peer = play.followed(2)
    feed = peer.feed
    feed.append(_entry(type="keys", subject=feed.subject("acme"))(feed))
    feed.publish("acme")
    peer.tell()
    play.accept(peer)
    play.look(peer, size=feed.size, root=feed.root(), live=3)


def _withdrawn_before_published(play: Play) -> None:
    peer = play.followed(2)
    feed = peer.feed
    feed.append(feed.entry("withdraw", "acme", None))
    feed.publish("acme")
    peer.tell()
    play.accept(peer)
    play.look(peer, size=feed.size, root=feed.root(), live=3)


def _effects() -> list[Row]:
    def withdrawn_comes_back(play: Play) -> None:
        peer = play.followed(3)
        raw = next(iter(peer.feed.contents.values()))
        peer.feed.withdraw("company 0")
        peer.grow()
        peer.lie = at("delta", "contents", "addenda/")(
            lambda told: Response(200, (told.body if told.status == 200 else b"") + raw + b"\n")
        )
        play.accept(peer)
        play.accept(peer)
        play.look(peer, size=peer.feed.size, root=peer.feed.root(), live=3)

    def away_for_a_while(play: Play) -> None:
        peer = play.followed(3)
        size, root = peer.feed.size, peer.feed.root()
        for status in (404, 410, 404):
            peer.lie = at("")(lambda told, status=status: Response(status))  # type: ignore[misc]
            play.refuse(peer, "peer.status", "peer.incomplete")
        play.look(peer, size=size, root=root, live=3)
        peer.tell()
        play.accept(peer)

    def older_never_stands_in(play: Play) -> None:
        peer = play.followed(2)
        feed = peer.feed
        bad = feed.signed(feed.draft("company 0"), cryptosuite="none")
        index = feed.publish("company 0", bad)
        peer.tell()
        play.accept(peer, refused={index: ("key.suite",)})
        play.look(peer, size=feed.size, root=feed.root(), live=1)
        play.accept(peer, refused={index: ("key.suite",)})

    def all_withdrawn(play: Play) -> None:
        peer = play.followed(60)
        for number in range(60):
            peer.feed.withdraw(f"company {number}")
        peer.tell()
        play.accept(peer)
        play.look(peer, size=peer.feed.size, root=peer.feed.root(), live=0)

    def wrong_revision(play: Play) -> None:
        peer = play.followed(2)
        feed = peer.feed
        record = feed.draft("company 0", founded="2000")
        record |= {"revision": 7, "id": f"{feed.subject('company 0')}/7"}
        index = feed.publish("company 0", feed.signed(record))
        peer.tell()
        play.accept(peer, refused={index: ("log.revision",)})
        play.look(peer, size=feed.size, root=feed.root(), live=1)

    return [
        Row("withdrawn-comes-back", "It never shows again what the log withdrew, whoever offers it", "LOG-51 LOG-52 FED-30",
            withdrawn_comes_back, "F07"),
        Row("away-for-a-while", "It takes 404 and 410 for silence, not for a withdrawal", "LOG-65 FED-30", away_for_a_while, "F08"),
        Row("older-never-stands-in", "It shows no older version in place of a refused one, and refuses it again",
            "LOG-22 LOG-66", older_never_stands_in, "F13"),
        Row("everything-withdrawn", "It takes a whole feed from view when all of it is withdrawn", "FED-31 LOG-51",
            all_withdrawn, "F23", Side.ACCEPT),
        Row("published-again", "It goes on counting revisions over a withdrawal", "LOG-21 LOG-51", _published_again, side=Side.ACCEPT),
        Row("inert-leaves-nothing", "An entry without effect leaves no type to its subject", "LOG-15 LOG-26",
            _inert_leaves_nothing, side=Side.ACCEPT),
        Row("withdrawn-before-published", "A withdrawal of what was never published leaves nothing behind", "LOG-19 LOG-26",
            _withdrawn_before_published, side=Side.ACCEPT),
        Row("revision-jumps", "It refuses a revision that the feed does not count", "LOG-21", wrong_revision),
    ]  # fmt: skip
