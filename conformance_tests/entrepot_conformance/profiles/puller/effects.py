"""What entries leave behind: withdrawals, revisions, refused versions, silence (LOG-15 to LOG-22, LOG-51, LOG-65)."""

from __future__ import annotations

from entrepot_conformance.lying.peer import Lie, at
from entrepot_conformance.suite.case import Side
from entrepot_conformance.toy_node import Response

from .entries import entry_with
from .play import Play, Row


def _all_is(status: int) -> Lie:
    return at("")(lambda told: Response(status))


def _published_again(play: Play) -> None:
    peer = play.followed(2)
    peer.feed.withdraw("company 0")
    peer.feed.publish("company 0", founded="2001")
    peer.tell()
    play.accept(peer, live=2)


def _inert_leaves_nothing(play: Play) -> None:
    peer = play.followed(2)
    feed = peer.feed
    feed.append(entry_with(type="keys", subject=feed.subject("acme"))(feed))
    feed.publish("acme")
    peer.tell()
    play.accept(peer, live=3)


def _withdrawn_before_published(play: Play) -> None:
    peer = play.followed(2)
    feed = peer.feed
    feed.append(feed.entry("withdraw", "acme", None))
    feed.publish("acme")
    peer.tell()
    play.accept(peer, live=3)


def rows() -> list[Row]:
    """All attacks with what entries leave behind."""

    def withdrawn_comes_back(play: Play) -> None:
        peer = play.followed(3)
        raw = next(iter(peer.feed.contents.values()))
        peer.feed.withdraw("company 0")
        peer.grow()
        peer.lie = at("delta", "contents", "addenda/")(
            lambda told: Response(200, (told.body if told.status == 200 else b"") + raw + b"\n")
        )
        play.accept(peer)
        play.accept(peer, live=3)

    def away_for_a_while(play: Play) -> None:
        peer = play.followed(3)
        size, root = peer.feed.size, peer.feed.root()
        for status in (404, 410, 404):
            peer.lie = _all_is(status)
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
        play.accept(peer, refused={index: ("key.suite",)}, live=1)
        play.accept(peer, refused={index: ("key.suite",)})

    def all_withdrawn(play: Play) -> None:
        peer = play.followed(60)
        for number in range(60):
            peer.feed.withdraw(f"company {number}")
        peer.tell()
        play.accept(peer, live=0)

    def wrong_revision(play: Play) -> None:
        peer = play.followed(2)
        feed = peer.feed
        record = feed.draft("company 0", founded="2000")
        record |= {"revision": 7, "id": f"{feed.subject('company 0')}/7"}
        index = feed.publish("company 0", feed.signed(record))
        peer.tell()
        play.accept(peer, refused={index: ("log.revision",)}, live=1)

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
