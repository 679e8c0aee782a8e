"""Tiles that lie, and those that nobody may ask for (LOG-62, EXC-28)."""

from __future__ import annotations

from entrepot_conformance.lying.peer import Peer, at
from entrepot_conformance.reader.rule_error import RuleError
from entrepot_conformance.reader.tiles import WIDTH, parse_tile_path
from entrepot_conformance.suite.case import Side
from entrepot_conformance.toy_node import Response

from .heads import accepted
from .play import Play, Row


def rows() -> list[Row]:
    """All attacks with tiles."""

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
        play.look_whole(peer, live=301)

    return [
        Row("tiles-forged", "It recomputes the root from entries, whatever the tiles say", "LOG-62",
            accepted(forged), "L17", Side.ACCEPT),
        Row("tiles-implied", "It asks for no tile or bundle that its heads do not imply", "EXC-28", only_implied, "L13", Side.ACCEPT),
    ]  # fmt: skip


def _is_implied(target: str, size: int) -> bool:
    try:
        level, index, width = parse_tile_path(target.removeprefix("/feed/"))
    except RuleError:
        return False
    span = WIDTH ** (0 if level == "entries" else int(level))
    # A full bundle may be asked for in place of a partial one.
    return index * WIDTH * span < size and (width == WIDTH or (index * WIDTH + width) * span <= size)
