"""What a node owes for one record that came with a feed: kept out or taken in, and the feed goes on."""

from __future__ import annotations

from collections.abc import Callable

from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.making.profiles import Record

from .play import Play

Make = Callable[[Feed], bytes]
Edit = Callable[[Record], object]
SUMMARY = {
    "en": "Family-run maker of carbon-fibre parts for rail interiors and medical devices.",
    "de": "Inhabergeführter Hersteller von Bauteilen aus Carbonfaser für Züge und Medizintechnik.",
}


def refused(make: Make, *codes: str) -> Callable[[Play], None]:
    """The record of `make` is refused with one of these codes; the one behind it arrives (LOG-26)."""

    def act(play: Play) -> None:
        _tell(play, make, live=1, refused=codes)

    return act


def accepted(make: Make) -> Callable[[Play], None]:
    """The record of `make` is stored."""

    def act(play: Play) -> None:
        _tell(play, make, live=2)

    return act


def kept(make: Make) -> Callable[[Play], None]:
    """The record of `make` is neither refused nor missing, and not shown (SIG-30)."""

    def act(play: Play) -> None:
        _tell(play, make, live=1)

    return act


def _tell(play: Play, make: Make, *, live: int, refused: tuple[str, ...] = ()) -> None:
    """A feed of this record and a good one behind it; `live` of the two are shown in the end."""
    peer = play.peer(0)
    feed = peer.feed
    index = feed.publish("acme", make(feed))
    feed.publish("good")
    peer.tell()
    play.meet(peer, refused={index: refused} if refused else {}, live=live)


def good(feed: Feed) -> bytes:
    """The good record that most cases change."""
    return feed.signed(draft(feed))


def draft(feed: Feed) -> Record:
    """The same without proof."""
    return feed.draft("acme", summary=SUMMARY, founded="1998", languages=["de", "en"])


def edited(edit: Edit) -> Make:
    """Change the record, then sign it."""

    def make(feed: Feed) -> bytes:
        record = draft(feed)
        edit(record)
        return feed.signed(record)

    return make


def replaced(old: bytes, new: bytes) -> Make:
    """Change the bytes after they were signed."""

    def make(feed: Feed) -> bytes:
        raw = good(feed)
        assert raw.count(old) >= 1, f"{old!r} does not stand in the record"
        return raw.replace(old, new, 1)

    return make
