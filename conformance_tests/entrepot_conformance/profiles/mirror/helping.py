"""A follower whose feed's own node is silent, and mirrors that help, are late, or lie (FED-28 to FED-30)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from entrepot_conformance.lying.wire import just
from entrepot_conformance.making.cosignature_cases import cosigner_vkey
from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.node_under_test import FEED
from entrepot_conformance.suite.case import Level
from entrepot_conformance.toy_feed import ToyFeed
from entrepot_conformance.toy_node import Response, ToyNode

from .scene import ACCEPT, REFUSE, MirrorScene, Origin, Row

Bend = Callable[[str, Response], Response]


def rows() -> Iterator[Row]:
    """Yield the rows of this table."""
    yield Row(
        "newest-mirror",
        "Of two mirrors it takes the one with the newest head",
        "FED-29 FED-28",
        _newest,
        ACCEPT,
        "F09",
        Level.SHOULD,
    )
    yield Row(
        "mirror-with-its-own-key",
        "It believes no head that a mirror signed in place of the log",
        "FED-28",
        _own_key,
        REFUSE,
        "L09",
    )
    yield Row(
        "mirror-that-changes",
        "It takes no record that a mirror has changed",
        "FED-28",
        _changed,
        REFUSE,
        "F03",
    )
    yield Row("mirror-that-brings-back", "It takes no record back that was withdrawn, whoever mirrors it", "FED-30 FED-28",
              _brings_back, REFUSE, "F07")  # fmt: skip


def _followed(scene: MirrorScene) -> Origin:
    """An origin that is followed and not mirrored."""
    origin = scene.origin(3)
    scene.follow(origin, mirror=False)
    scene.sync(origin)
    return origin


def _helper(
    scene: MirrorScene, origin: Origin, shown: ToyFeed, bend: Bend = lambda target, told: told
) -> None:
    """A simulated mirror of the origin, which the node follows; what it serves of the feed may be bent."""
    helper = scene.origin(1)
    name = f"{helper.peer.origin}/mirror/1"
    helper.show(
        capabilities=["delta", "mirror"], mirror={"name": name, "vkey": cosigner_vkey(TestKey(name), name)}
    )
    node = ToyNode(shown)

    def lie(target: str, told: Response) -> Response:
        if not target.startswith(f"{origin.path}/"):
            return told
        path = FEED + target.removeprefix(origin.path)
        return bend(path, node.respond(path))

    helper.peer.lie = lie
    scene.follow(helper, mirror=False)


def _pull_silent(scene: MirrorScene, origin: Origin) -> tuple[int, int]:
    """Pull while the origin hangs up on everybody; return size and number of live records that the node holds then."""
    origin.peer.lie = lambda target, told: just(b"")
    scene.node.ask("sync-once", origin=origin.peer.origin)
    rows = scene.node.must("status").details["peers"]
    row = next(row for row in rows if row["origin"] == origin.peer.origin)
    return int(row["size"]), int(row["live"])


def _newest(scene: MirrorScene) -> None:
    origin = _followed(scene)
    for number in range(2):
        origin.publish(f"news {number}")
        _helper(scene, origin, origin.feed.shown(origin.peer.url))
    held = _pull_silent(scene, origin)
    due = (origin.feed.size, origin.feed.live())
    assert held == due, f"it came to size and live records {held}, the newest mirror has {due}"


def _own_key(scene: MirrorScene) -> None:
    origin = _followed(scene)
    before = (origin.feed.size, origin.feed.live())
    origin.publish("news")
    shown = origin.feed.shown(origin.peer.url)
    _helper(scene, origin, replace(shown, checkpoint=origin.feed.head(by=TestKey("key of a mirror"))))
    held = _pull_silent(scene, origin)
    assert held == before, f"a mirror's own key took it from size and live records {before} to {held}"


def _changed(scene: MirrorScene) -> None:
    origin = _followed(scene)
    live = origin.feed.live()
    digest = origin.publish("news")
    raw = origin.feed.contents[digest]
    other = raw.replace(b"Company news", b"Company nice")
    shown = origin.feed.shown(origin.peer.url)

    def bend(path: str, told: Response) -> Response:
        return replace(told, body=told.body.replace(raw, other))

    _helper(scene, origin, shown, bend)
    _, held = _pull_silent(scene, origin)
    assert held <= live, f"it holds {held} live records, the one that a mirror changed among them"


def _brings_back(scene: MirrorScene) -> None:
    origin = _followed(scene)
    digest = origin.publish("gone soon")
    scene.sync(origin)
    origin.withdraw("gone soon")
    scene.sync(origin)
    origin.publish("news")
    raw, name = origin.feed.contents[digest], digest.hex()

    def bend(path: str, told: Response) -> Response:
        if "/contents/" in path or "/delta" in path:
            return replace(told, body=told.body + raw + b"\n")
        return Response(200, raw) if name in path else told

    _helper(scene, origin, origin.feed.shown(origin.peer.url), bend)
    _, held = _pull_silent(scene, origin)
    live = origin.feed.live()
    assert held <= live, f"it holds {held} live records, the origin has {live}: a mirror brought one back"
