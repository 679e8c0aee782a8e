"""Key logs that lie when the keys of a node change, and what becomes of its records and feeds (SIG-14, SIG-42 to SIG-67)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.lying.identity import Edit, Identity, keep
from entrepot_conformance.lying.peer import at
from entrepot_conformance.making.lines import Line
from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.reader.encodings import multihash
from entrepot_conformance.shim.verdict import Kind
from entrepot_conformance.suite.case import Side
from entrepot_conformance.toy_node import Response

from .play import Play, Row


def rows() -> list[Row]:
    """All attacks with changes of keys."""
    return [*_second_lines(), *_changes()]


def _changed_to_published(play: Play) -> None:
    peer = play.followed(2)
    size = peer.feed.size
    peer.identity.rotate(record=TestKey("record key 2"))
    peer.feed.commit_to_line(2)
    peer.grow()
    play.refuse(peer, "key.published")
    play.look(peer, size=size, live=2)  # the head counts: its log key is a good one


def _second_lines() -> list[Row]:
    def changed(
        edit: Edit, *codes: str, signer: TestKey | None = None, **proof: Any
    ) -> Callable[[Play], None]:
        def act(play: Play) -> None:
            peer = play.followed(2)
            size, root = peer.feed.size, peer.feed.root()
            peer.identity.rotate(edit=edit, signer=signer, **proof)
            peer.feed.commit_to_line(2)
            peer.grow()
            play.refuse(peer, *codes)
            play.look(peer, size=size, root=root if size == peer.feed.size else None, live=2)

        return act

    def thief_named(line: Line) -> None:
        line["parameters"].update(updateKeys=[TestKey("thief").multikey])

    def moved(line: Line) -> None:
        """Everything but the SCID is that of another origin."""
        origin = line["state"]["id"].rpartition(":")[2]
        line["state"] = json.loads(json.dumps(line["state"]).replace(origin, "honest.example"))
        named = line["state"]["service"][0]["serviceEndpoint"]
        named["vkey"] = TestKey("thief").vkey(named["feed"])

    def times(value: str) -> Edit:
        return lambda line: line.update(versionTime=value)

    before = "key.log-prerotation"
    table: list[tuple[str, str, Callable[[Play], None], str]] = [
        ("by-a-thief", "SIG-44", changed(keep, "key.log-proof", before, signer=TestKey("thief")), "S04"),
        ("names-a-thief", "SIG-43", changed(thief_named, before, "key.log-proof"), "S04"),
        ("wholly-of-a-thief", "SIG-43", changed(thief_named, before, signer=TestKey("thief")), "S04"),
        ("no-next-cards", "SIG-43", changed(lambda line: line["parameters"].pop("nextKeyHashes"), before, "key.log-parameters"), ""),
        ("time-goes-back", "SIG-45", changed(times("2026-04-01T08:00:00Z"), "key.log-chain"), ""),
        ("of-another-scid", "SIG-46", changed(lambda line: line["state"].update(id="did:webvh:x:honest.example"),
                                              "key.log-identity", "key.log-state"), "F01"),
        ("of-another-origin", "SIG-46", changed(moved, "key.log-identity"), "F01"),
        ("not-chained", "SIG-42", changed(keep, "key.log-chain", before=f"1-{multihash(b'another line')}"), ""),
        ("other-suite", "SIG-44", changed(keep, "key.log-proof", cryptosuite="eddsa-rdfc-2022"), "S09"),
        ("other-purpose", "SIG-44", changed(keep, "key.log-proof", proofPurpose="authentication"), "S07"),
    ]  # fmt: skip
    return [
        Row(
            f"second-line-{name}",
            f"It believes no change of keys that no card made ({name})",
            ids,
            act,
            attack,
        )
        for name, ids, act, attack in table
    ]


def _changed_before_it_was_met(play: Play) -> None:
    """A node that is met after a change of keys: each record still counts by the key that was in force at its entry."""
    peer = play.peer(2)
    peer.identity.rotate()
    peer.feed.commit_to_line(2)
    peer.grow()
    bad = peer.feed.publish("acme", peer.feed.signed(peer.feed.draft("acme"), peer.identity.records[0]))
    peer.tell()
    play.meet(peer, refused={bad: ("key.unknown",)}, live=3)


def _two_continuations(play: Play) -> None:
    """One card wrote the line that is pinned; whoever holds the other card shows a longer log from the same first line."""
    peer = play.followed(2)
    peer.identity.rotate()
    peer.feed.commit_to_line(2)
    peer.tell()
    play.accept(peer)
    size, root = peer.feed.size, peer.feed.root()
    thief = Identity(play.origin)
    thief.swap_cards()
    thief.rotate(log=1)
    thief.rotate(log=1)
    other = Feed(thief)
    for number in range(6):
        other.publish(f"company {number}")
    peer.tell(other.shown(peer.url))
    play.refuse(peer, "key.log-history")
    play.look(peer, size=size, root=root, live=2)


def _changes() -> list[Row]:
    def rotated(play: Play) -> None:
        peer = play.followed(2)
        peer.identity.rotate()
        peer.feed.commit_to_line(2)
        peer.feed.publish("company 0", founded="2001")
        peer.grow()
        play.accept(peer, live=3)

    def one_record(old_after: bool) -> Callable[[Play], None]:
        """The old key signs behind the rotation, or the new one before it."""

        def act(play: Play) -> None:
            peer = play.followed(2)
            feed, identity = peer.feed, peer.identity
            if old_after:
                identity.rotate()
                feed.commit_to_line(2)
                bad = feed.publish("acme", feed.signed(feed.draft("acme"), identity.records[0]))
            else:
                bad = feed.publish("acme", feed.signed(feed.draft("acme"), identity.key("record 2")))
                identity.rotate()
                feed.commit_to_line(2)
            peer.grow()
            play.accept(peer, refused={bad: ("key.unknown",)}, live=3)

        return act

    def replaced_log_key(play: Play) -> None:
        peer = play.followed(2)
        feed, old = peer.feed, peer.feed.log
        peer.identity.rotate(log=1)
        feed.commit_to_line(2)
        peer.tell()
        both = feed.head() + feed.head(by=old).rpartition(b"\n\n")[2]
        peer.lie = at("checkpoint")(lambda told: Response(200, both))
        play.accept(peer)
        size, root = feed.size, feed.root()
        peer.grow()
        peer.lie = at("checkpoint")(lambda told: Response(200, feed.head(by=old)))
        play.refuse(peer, "log.replaced-key", "log.unsigned")
        play.look(peer, size=size, root=root, live=2)
        peer.tell()
        play.accept(peer)

    def other_identity(play: Play) -> None:
        peer = play.followed(2)
        size, root = peer.feed.size, peer.feed.root()
        impostor = Identity(play.origin, salt="other ")
        other = Feed(impostor)
        other.publish("company 9")
        for number in range(6):
            other.publish(f"company {number}")
        peer.tell(other.shown(peer.url))
        play.refuse(peer, "key.log-history", "log.unsigned")
        verdict = play.scene.node.ask("add-peer", url=peer.url, fingerprint=impostor.scid)
        assert verdict.kind is Kind.REFUSED, "it took a second identity for a pinned origin"
        assert verdict.code == "key.log-history", f"refused with {verdict.code}, due was key.log-history"
        play.look(peer, size=size, root=root, live=2)

    def next_feed(play: Play) -> None:
        peer = play.followed(3)
        peer.identity.rotate(log=2)
        peer.feed = Feed(peer.identity)
        peer.grow("company 0")
        play.accept(peer, live=1)

    def stays_in_history(play: Play) -> None:
        """Feed 1 goes on below the place where the key log names feed 2; then feed 2 is shown after all."""
        peer = play.followed(2)
        old, key = peer.feed, peer.feed.log
        peer.identity.rotate(log=2)
        old.publish("company 7")
        peer.tell(replace(old.shown(peer.url), checkpoint=old.head(by=peer.identity.key("stranger"))))
        play.refuse(peer, "log.*")
        peer.tell(replace(old.shown(peer.url), checkpoint=old.head(by=key)))
        play.refuse(peer, "log.superseded", "log.checkpoint", "log.unsigned")
        peer.feed = Feed(peer.identity)
        peer.grow()
        play.accept(peer, live=1)

    return [
        Row("published-key-after-change", "It believes nothing more of a node that changes to a published test key", "SIG-14",
            _changed_to_published, "S13"),
        Row("keys-change", "It follows a change of the record key", "SIG-49 SIG-50 LOG-24", rotated, "", Side.ACCEPT),
        Row("old-key-after-change", "It refuses a record by the old key behind its change", "SIG-50 LOG-24", one_record(True), "S05"),
        Row("new-key-before-change", "It refuses a record by the new key before it is in force", "LOG-24 SIG-25",
            one_record(False), "F11"),
        Row("replaced-log-key", "It believes no head that only a replaced log key signed", "SIG-60 SIG-61", replaced_log_key, "F11"),
        Row("second-identity", "It stays with the identity it has pinned", "SIG-49 SIG-67 EXC-30", other_identity, "F10"),
        Row("keys-changed-before", "It checks each record with the key in force at its entry", "LOG-24 SIG-50",
            _changed_before_it_was_met, "S05", Side.ACCEPT),
        Row("two-continuations", "It takes no second continuation of the key log it has pinned", "SIG-49", _two_continuations, "F10"),
        Row("next-feed", "It moves to the next feed that the key log names, under the same pin", "SIG-65 SIG-66",
            next_feed, "", Side.ACCEPT),
        Row("history-goes-on", "It believes nothing more of a feed that the key log has closed", "SIG-65", stays_in_history, "F11"),
    ]  # fmt: skip
