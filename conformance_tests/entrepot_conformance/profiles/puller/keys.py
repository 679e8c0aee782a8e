"""Key logs that lie, when a node is met and when its keys change (SIG-10, SIG-11, SIG-40 to SIG-67)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.lying.identity import Edit, Identity, keep
from entrepot_conformance.lying.peer import Lie, at
from entrepot_conformance.making import lines
from entrepot_conformance.making.key_cases import mixed_order_key
from entrepot_conformance.making.lines import Line
from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.reader.ed25519 import IDENTITY_BYTES
from entrepot_conformance.reader.encodings import base58_encode, multihash, multikey_encode
from entrepot_conformance.shim.verdict import Kind
from entrepot_conformance.suite.case import Side
from entrepot_conformance.toy_node import Response, tagged

from .play import Play, Row

_PARAMETERS, _STATE = "key.log-parameters", "key.log-state"


def rows() -> list[Row]:
    """All attacks with keys."""
    return [
        *_first_lines(),
        *_states(),
        *_multikeys(),
        *_bytes(),
        *_published(),
        *_second_lines(),
        *_changes(),
    ]


def unmet(make: Callable[[str], Identity], *codes: str, lie: Lie | None = None) -> Callable[[Play], None]:
    """A node that must not be followed."""

    def act(play: Play) -> None:
        peer = play.peer(1, make(play.origin))
        peer.lie = lie
        play.reject(peer, *codes)

    return act


def first(edit: Edit) -> Callable[[str], Identity]:
    """An identity whose first line is bent, then signed."""
    return lambda origin: Identity(origin, edit=edit)


def _first_lines() -> list[Row]:
    def parameters(**members: Any) -> Edit:
        return lambda line: line["parameters"].update(members)

    def without(name: str) -> Edit:
        return lambda line: line["parameters"].pop(name)

    edits: dict[str, Edit] = {
        "not-portable": parameters(portable=False),
        "other-method": parameters(method="did:webvh:0.5"),
        "one-card": lambda line: line["parameters"]["nextKeyHashes"].pop(),
        "no-cards": without("nextKeyHashes"),
        "no-update-keys": without("updateKeys"),
        "witnesses": parameters(witness={"threshold": 0, "witnesses": []}),
        "deactivated": parameters(deactivated=True),
    }
    return [
        Row(f"key-log-{name}", f"It follows no node whose first line is bent ({name})", "SIG-40",
            unmet(first(edit), _PARAMETERS), "L27" if name == "witnesses" else "")
        for name, edit in edits.items()
    ]  # fmt: skip


def _states() -> list[Row]:
    def state(edit: Edit) -> Callable[[str], Identity]:
        return first(lambda line: edit(line["state"]))

    def method(**members: str) -> Edit:
        return lambda s: s["verificationMethod"][0].update(members)

    def second_key(s: Line) -> None:
        s["assertionMethod"].append(s["assertionMethod"][0])

    def weak(key: bytes) -> Edit:
        text = multikey_encode(key)

        def edit(s: Line) -> None:
            s["verificationMethod"][0].update(id=f"{s['id']}#{text}", publicKeyMultibase=text)
            s["assertionMethod"] = [f"{s['id']}#{text}"]

        return edit

    def endpoint(**members: str) -> Edit:
        return lambda s: s["service"][0]["serviceEndpoint"].update(members)

    def vkey(change: Callable[[str], str]) -> Edit:
        return lambda s: endpoint(vkey=change(s["service"][0]["serviceEndpoint"]["vkey"]))(s)

    weak_codes = ("key.weak", _STATE)
    table: list[tuple[str, Edit, tuple[str, ...], str]] = [
        ("two-keys", second_key, (_STATE,), ""),
        ("no-key", lambda s: s["assertionMethod"].clear(), (_STATE,), "S07"),
        ("other-controller", method(controller="did:web:honest.example"), (_STATE,), "S07"),
        ("other-method-type", method(type="JsonWebKey"), (_STATE,), "S09"),
        ("no-feed", lambda s: s["service"].clear(), (_STATE,), ""),
        ("other-service-id", lambda s: s["service"][0].update(id="#feed-2"), (_STATE,), ""),
        ("vkey-with-other-id", vkey(lambda v: v.replace("+", "+00000000+", 1)), (_STATE, "log.vkey"), "S16"),
        ("vkey-with-space", vkey(lambda v: v.replace("/feed", " /feed", 1)), (_STATE, "log.vkey"), "S16"),
        ("vkey-with-line-feed", vkey(lambda v: v + "\n"), (_STATE, "log.vkey"), "S16"),
        ("feed-of-another", endpoint(feed="honest.example/feed/1", vkey=TestKey("thief").vkey("honest.example/feed/1")), (_STATE,), "F01"),
        ("state-of-another", lambda s: s.update(id="did:webvh:{SCID}:honest.example"), ("key.log-identity", _STATE), "F01"),
        ("weak-identity", weak(IDENTITY_BYTES), weak_codes, "S02"),
        ("weak-order-4", weak(bytes(32)), weak_codes, "S02"),
        ("weak-mixed-order", weak(mixed_order_key()), weak_codes, "S03"),
        ("weak-not-canonical", weak(b"\xee" + b"\xff" * 30 + b"\x7f"), weak_codes, "S03"),
    ]  # fmt: skip
    return [
        Row(f"key-state-{name}", f"It follows no node whose key state is bent ({name})", "SIG-46 SIG-47 SIG-48 SIG-11",
            unmet(state(edit), *codes), attack)
        for name, edit, codes, attack in table
    ]  # fmt: skip


def _multikeys() -> list[Row]:
    def spelled(change: Callable[[str], str]) -> Edit:
        def edit(line: Line) -> None:
            state = line["state"]
            text = change(state["verificationMethod"][0]["publicKeyMultibase"])
            state["verificationMethod"][0].update(id=f"{state['id']}#{text}", publicKeyMultibase=text)
            state["assertionMethod"] = [f"{state['id']}#{text}"]

        return edit

    changes: dict[str, Callable[[str], str]] = {
        "31-bytes": lambda text: "z" + base58_encode(b"\xed\x01" + bytes(30) + b"\x01"),
        "33-bytes": lambda text: "z" + base58_encode(b"\xed\x01" + bytes(range(1, 34))),
        "other-codec": lambda text: "z" + base58_encode(b"\x80\x24" + bytes(range(1, 33))),
        "no-prefix": lambda text: text[1:],
        "leading-1": lambda text: "z1" + text[1:],
        "space": lambda text: " " + text,
        "line-feed": lambda text: text + "\n",
        "empty": lambda text: "z",
    }
    return [
        Row(f"multikey-{name}", f"It follows no node whose key is spelled otherwise ({name})", "SIG-10",
            unmet(first(spelled(change)), "key.multikey", _STATE), "S15")
        for name, change in changes.items()
    ]  # fmt: skip


def _bytes() -> list[Row]:
    """The bytes of the key log and of the node document, changed on the way."""

    def log(change: Callable[[bytes], bytes], *codes: str) -> Callable[[Play], None]:
        return unmet(
            Identity, *codes, lie=at("keys.jsonl")(lambda told: tagged(change(told.body), "max-age=60"))
        )

    def relabeled(raw: bytes) -> bytes:
        line = json.loads(raw)
        line["proof"][0]["verificationMethod"] = line["proof"][0]["verificationMethod"].replace("#", "#x")
        return json.dumps(line, separators=(",", ":"), sort_keys=True).encode() + b"\n"

    def other_document(play: Play) -> None:
        peer = play.peer(1)
        other = Identity(play.origin, salt="other ").node_document(peer.url)
        peer.lie = at("/.well-known/entrepot")(lambda told: tagged(other, "max-age=60", "application/json"))
        play.reject(peer, "key.unknown", "key.signature")

    def other_fingerprint(play: Play) -> None:
        peer = play.peer(1)
        play.reject(peer, "follow.fingerprint", fingerprint=multihash(b"another"))

    proof = ("key.log-proof", "key.log-chain", "key.log-scid")
    table: list[tuple[str, str, Callable[[Play], None], str]] = [
        ("tampered", "SIG-44 SIG-41", log(lambda raw: raw.replace(b"T08", b"T09", 1), *proof), "S11"),
        ("proof-of-another-key", "SIG-44", log(relabeled, *proof), "S07"),
        ("spaces", "SIG-09", log(lambda raw: raw.replace(b'"portable":true', b'"portable": true'), "json.not-canonical"), "S10"),
        ("member-twice", "SIG-03", log(lambda raw: raw.replace(b'"state"', b'"state":1,"state"', 1), "json.duplicate-member"), "J01"),
        ("no-line-feed", "SIG-40", log(lambda raw: raw[:-1], "json.*", "key.log-*"), "J13"),
        ("empty-line", "SIG-40", log(lambda raw: raw + b"\n", "json.*", "key.log-*"), "J13"),
        ("empty", "SIG-40", log(lambda raw: b"", "json.*", "key.log-*"), ""),
        ("page", "SIG-40 EXC-25", log(lambda raw: b"<!doctype html><title>Log in</title>\n", "json.*", "key.log-*"), "H15"),
        ("10-megabytes", "EXC-20", log(lambda raw: raw * 8000, "peer.too-large", "json.*", "key.log-*"), "H11"),
    ]  # fmt: skip
    return [
        *(Row(f"key-log-{name}", f"It believes no key log that was changed ({name})", ids, act, attack)
          for name, ids, act, attack in table),
        Row("node-document-of-another", "It believes no node document by another key", "EXC-08 FED-11", other_document, "S04"),
        Row("key-log-fingerprint-of-another", "It believes no key log that took the fingerprint of another", "SIG-41",
            unmet(lambda origin: Identity(origin, scid=Identity("honest.example").scid), "key.log-scid"), "F10"),
        Row("other-fingerprint", "It follows no node with another fingerprint than its operator was told", "SIG-49",
            other_fingerprint, "F10"),
    ]  # fmt: skip


def _published() -> list[Row]:
    record, log, card = TestKey("record key 1"), TestKey("log key 1"), TestKey("card A")

    def with_card(line: Line) -> None:
        line["parameters"]["nextKeyHashes"][1:] = lines.hashes(card)

    return [
        Row("published-record-key", "It follows no node whose record key is a published test key", "SIG-14",
            unmet(lambda origin: Identity(origin, record=record), "key.published"), "S13"),
        Row("published-log-key", "It follows no node whose log key is a published test key", "SIG-14",
            unmet(lambda origin: Identity(origin, log=log), "key.published"), "S13"),
        Row("published-card", "It follows no node that anybody can take over with a published test key", "SIG-14",
            unmet(first(with_card), "key.published"), "S13"),
        Row("published-key-after-change", "It believes nothing more of a node that changes to a published test key", "SIG-14",
            _changed_to_published, "S13"),
        Row("secret-keys", "It follows a node whose keys are on no list", "SIG-14",
            lambda play: play.look_whole(play.followed(2), live=2), "S13", Side.ACCEPT),
    ]  # fmt: skip


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
        ("no-next-cards", "SIG-43", changed(lambda line: line["parameters"].pop("nextKeyHashes"), before, _PARAMETERS), ""),
        ("time-goes-back", "SIG-45", changed(times("2026-04-01T08:00:00Z"), "key.log-chain"), ""),
        ("of-another-scid", "SIG-46", changed(lambda line: line["state"].update(id="did:webvh:x:honest.example"),
                                              "key.log-identity", _STATE), "F01"),
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
    play.meet(peer, refused={bad: ("key.unknown",)})
    play.look_whole(peer, live=3)


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
        play.accept(peer)
        play.look_whole(peer, live=3)

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
            play.accept(peer, refused={bad: ("key.unknown",)})
            play.look_whole(peer, live=3)

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
        play.accept(peer)
        play.look_whole(peer, live=1)

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
        play.accept(peer)
        play.look_whole(peer, live=1)

    return [
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
