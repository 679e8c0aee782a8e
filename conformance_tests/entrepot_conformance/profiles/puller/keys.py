"""Key logs that lie when a node is met (SIG-10, SIG-11, SIG-14, SIG-40 to SIG-67)."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from entrepot_conformance.lying.identity import Edit, Identity
from entrepot_conformance.lying.peer import Lie, at
from entrepot_conformance.making import lines
from entrepot_conformance.making.key_cases import mixed_order_key
from entrepot_conformance.making.lines import Line
from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.reader.ed25519 import IDENTITY_BYTES
from entrepot_conformance.reader.encodings import base58_encode, multihash, multikey_encode
from entrepot_conformance.suite.case import Side
from entrepot_conformance.toy_node import tagged

from .play import Play, Row

_PARAMETERS, _STATE = "key.log-parameters", "key.log-state"


def rows() -> list[Row]:
    """All attacks with the keys of a node that is met."""
    return [
        *_first_lines(),
        *_states(),
        *_multikeys(),
        *_bytes(),
        *_published(),
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
        Row("secret-keys", "It follows a node whose keys are on no list", "SIG-14",
            lambda play: play.look_whole(play.followed(2), live=2), "S13", Side.ACCEPT),
    ]  # fmt: skip
