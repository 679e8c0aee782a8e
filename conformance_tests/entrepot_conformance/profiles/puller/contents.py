"""Contents that lie beside entries that are true: others, cut short, withheld, too many (LOG-50 to LOG-52)."""

from __future__ import annotations

from collections.abc import Callable

from entrepot_conformance.lying.peer import CONTENTS, Peer, as_static_host, at
from entrepot_conformance.suite.case import Side
from entrepot_conformance.toy_node import Response, tagged

from .play import Play, Row


def rows() -> list[Row]:
    """All attacks with contents beside entries that are true."""

    def told_with(body: Callable[[Peer], bytes]) -> Callable[[Play], None]:
        """A static host whose contents are something else; the entry stays live without content."""

        def act(play: Play) -> None:
            peer = play.followed(2)
            index = peer.grow()
            shown = body(peer)
            peer.lie = as_static_host(at(*CONTENTS)(lambda told: tagged(shown, "no-cache")))
            play.accept(peer, missing=1, live=2)
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
    play.accept(peer, live=3)
