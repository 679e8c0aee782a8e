"""What the API of a follower shows of peers that change their mind or fork: nothing that is gone, and the evidence (LOG-51, LOG-63)."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from entrepot_conformance.http_reader import Answer, HttpReader
from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.reader.notes import parse_note
from entrepot_conformance.suite.case import Side

from .change_stream import ChangeStream
from .heads import OTHER_ROOT, head, other_history
from .play import Play, Row

_MOST_BYTES = 4_096
"""Of an evidence file."""
_MOST_CHANGES = 100
"""Of all peers, while this one publishes a few records."""


def rows() -> list[Row]:
    """All that is seen in searches, changes and the list of peers."""
    return [
        Row("shown-withdrawn", "Its search finds nothing that was withdrawn, by words, filters or counts", "EXC-42 LOG-51",
            _withdrawn),
        Row("shown-replaced", "Its search finds a record by its present words, and no more by those it had before", "EXC-59",
            _replaced),
        Row("shown-published-again", "Its search finds what was published again after a withdrawal, and not its old words", "EXC-59 LOG-20",
            _again, side=Side.ACCEPT),
        Row("shown-fork", "It keeps and shows two signed heads of one size as evidence of a fork", "LOG-63 FED-14", _fork, "L02"),
        Row("shown-rewritten", "It keeps and shows the proof that a larger head rewrites an older one", "LOG-63 FED-14", _rewritten, "L04"),
        Row("shown-resigned", "Its changes mark a record that says what the version before it said", "FED-73", _resigned, side=Side.ACCEPT),
        Row("shown-stream", "Its stream of changes brings each once, in order, and goes on behind a cursor", "EXC-55",
            _stream, side=Side.ACCEPT),
        Row("shown-changed", "Its changes mark no record as signed again that says something else", "FED-73", _changed),
    ]  # fmt: skip


def _api(play: Play, path: str) -> Answer:
    play.scene.node.require("api")
    return HttpReader(play.scene.node.url).get(path)


def _asked(play: Play, path: str) -> dict[str, Any]:
    answer = _api(play, f"/api/v1{path}")
    assert answer.status == 200, f"GET /api/v1{path}: {answer.status}"
    found = json.loads(answer.body)
    assert isinstance(found, dict), f"GET /api/v1{path}: no object"
    return found


def _found(play: Play, peer: Peer, words: str = "") -> tuple[list[str], int]:
    """What a search finds of a peer: subjects, and their number."""
    asked = f"origin={peer.origin}" + (f"&q={quote(words)}" if words else "")
    told = _asked(play, f"/search?{asked}&limit=50")
    empty = sum(item["record"] is None for item in told["items"])
    assert not empty, f"a search for {words!r} finds {empty} records that are not held"
    return [item["record"]["credentialSubject"]["id"] for item in told["items"]], int(told["total"])


def _require(play: Play, peer: Peer, words: str, *subjects: str) -> None:
    due = (sorted(map(peer.feed.subject, subjects)), len(subjects))
    found, total = _found(play, peer, words)
    seen = (sorted(found), total)
    assert seen == due, f"a search for {words!r} finds {seen}, due is {due}"


def _named(text: str) -> dict[str, Any]:
    return {"name": {"en": text}}


def _withdrawn(play: Play) -> None:
    peer = play.followed(1)
    peer.feed.publish("gone", **_named("Quibblesworth Turbines"))
    peer.tell()
    play.accept(peer)
    _require(play, peer, "quibblesworth", "gone")
    peer.feed.withdraw("gone")
    peer.tell()
    play.accept(peer, live=1)
    _require(play, peer, "quibblesworth")
    _require(play, peer, "", "company 0")


def _replaced(play: Play) -> None:
    peer = play.followed(1)
    for text in ("Quibblesworth Turbines", "Fennimore Gearboxes"):
        peer.feed.publish("renamed", **_named(text))
        peer.tell()
        play.accept(peer, live=2)
    _require(play, peer, "quibblesworth")
    _require(play, peer, "fennimore", "renamed")
    _require(play, peer, "", "company 0", "renamed")


def _again(play: Play) -> None:
    peer = play.followed(1)
    peer.feed.publish("back", **_named("Quibblesworth Turbines"))
    peer.tell()
    play.accept(peer)
    peer.feed.withdraw("back")
    peer.feed.publish("back", **_named("Fennimore Gearboxes"))
    peer.tell()
    play.accept(peer, live=2)
    _require(play, peer, "quibblesworth")
    _require(play, peer, "fennimore", "back")


def _fork(play: Play) -> None:
    peer = play.followed()
    before = peer.feed.head()
    head(lambda feed: feed.head(root=OTHER_ROOT))(peer)
    play.refuse(peer, "log.fork")
    _require_evidence(play, peer, before, peer.feed.head(root=OTHER_ROOT))


def _rewritten(play: Play) -> None:
    peer = play.followed()
    before = peer.feed.head()
    other = Feed(peer.identity)
    for number in range(6):
        other.publish(f"other company {number}")
    other_history(6)(peer)
    play.refuse(peer, "log.fork")
    _require_evidence(play, peer, before, other.head())


def _require_evidence(play: Play, peer: Peer, *heads: bytes) -> None:
    """The list of peers leads to a file that holds both heads."""
    row = next((one for one in _asked(play, "/peers")["items"] if one["origin"] == peer.origin), None)
    assert row is not None, f"the list of peers does not name {peer.origin}, which has forked"
    assert len(row["evidence"]) == 1, f"it names {len(row['evidence'])} files of evidence, due is one"
    answer = _api(play, row["evidence"][0])
    assert answer.status == 200, f"GET {row['evidence'][0]}: {answer.status}"
    assert len(answer.body) <= _MOST_BYTES, f"the evidence has {len(answer.body)} bytes"
    for one in heads:
        root = parse_note(one).text.splitlines()[2].encode()  # the file may be JSON, where lines are joined
        assert root in answer.body, "the evidence lacks one of the two heads"


def _changes(play: Play, peer: Peer, subject: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = _asked(play, f"/changes?limit=100{f'&cursor={quote(after)}' if after else ''}")
        found += page["items"]
        after = page["next"]
        if not page["more"]:
            wanted = peer.feed.subject(subject)
            return [one for one in found if one["subject"] == wanted]


def _resigned(play: Play) -> None:
    peer = play.followed(1)
    peer.identity.rotate()
    peer.feed.commit_to_line(2)
    peer.feed.publish("company 0")
    peer.tell()
    play.accept(peer)
    marks = [one.get("resigned") for one in _changes(play, peer, "company 0")]
    assert marks[-1:] == [True], f"of a record that was only signed again its changes say {marks}"


def _changed(play: Play) -> None:
    peer = play.followed(1)
    peer.feed.publish("company 0", founded="1999")
    peer.tell()
    play.accept(peer)
    marks = [one.get("resigned") for one in _changes(play, peer, "company 0")]
    assert marks == [False, False], f"of a record that was changed its changes say {marks}"


def _stream(play: Play) -> None:
    """Each change comes once, in order, with a cursor behind which another reader goes on."""
    peer = play.followed(1)
    play.scene.node.require("api")
    url = f"{play.scene.node.url}/api/v1/changes"
    with ChangeStream(url, _end_of_changes(play)) as stream:
        for number in range(3):
            peer.grow(f"streamed {number}")
            play.accept(peer)
        ids = _events(stream, peer, 3)
    subjects = [subject for _, subject in ids]
    assert subjects == [peer.feed.subject(f"streamed {number}") for number in range(3)], (
        f"the stream brought {subjects}"
    )
    with ChangeStream(url, ids[0][0]) as again:
        rest = _events(again, peer, 2)
    assert rest == ids[1:], f"behind the first change the stream brought {rest}, due is {ids[1:]}"


def _events(stream: ChangeStream, peer: Peer, count: int) -> list[tuple[str, str]]:
    """The next changes of a peer: cursor and subject of each."""
    found: list[tuple[str, str]] = []
    for _ in range(_MOST_CHANGES):
        cursor, change = stream.next()
        if change["origin"] == peer.origin:
            found.append((cursor, str(change["subject"])))
        if len(found) == count:
            return found
    raise AssertionError(f"of {count} changes of a peer the stream brought {len(found)}, and much else")


def _end_of_changes(play: Play) -> str:
    after = ""
    while True:
        page = _asked(play, f"/changes?limit=1000{f'&cursor={quote(after)}' if after else ''}")
        after = page["next"]
        if not page["more"]:
            return str(after)
