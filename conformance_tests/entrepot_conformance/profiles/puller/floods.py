"""Feeds that are too much, and records that point elsewhere: the node bounds its work and goes nowhere."""

from __future__ import annotations

from collections.abc import Callable

from entrepot_conformance.lying.identity import Identity
from entrepot_conformance.lying.peer import at
from entrepot_conformance.making.record_bytes import MANY_LANGUAGES
from entrepot_conformance.suite.case import Side
from entrepot_conformance.suite.usage import Budget
from entrepot_conformance.toy_node import tagged

from .play import Play, Row
from .record_play import accepted, draft, refused
from .scene import FOLLOWER

_MANY = Budget(cpu_seconds=30.0, memory_bytes=192 * 1024 * 1024)


def rows() -> list[Row]:
    """All attacks by amount or by reference."""
    return [*_amounts(), *_references(), *_selves()]


def _amounts() -> list[Row]:
    table: list[tuple[str, str, str, Callable[[Play], None], str]] = [
        ("many-records", "It takes in a feed of 1,200 records", "LOG-67", _many_records, "F04"),
        (
            "many-versions",
            "It takes in 400 versions of one record, and shows the last",
            "LOG-20",
            _many_versions,
            "F05",
        ),
        ("many-refused", "It goes on over hundreds of refused records", "LOG-26", _many_refused, "F15"),
        (
            "many-inert",
            "It goes on over thousands of entries without effect",
            "LOG-26 LOG-11",
            _many_inert,
            "F14",
        ),
        (
            "costly-records",
            "It judges records that are as costly as they may be, within its budget",
            "EXC-29",
            _costly,
            "F16",
        ),
        ("one-by-one", "It fetches little where little is new", "EXC-28", _one_by_one, "F04"),
    ]
    return [
        Row(name, title, ids, act, attack, Side.ACCEPT, budget=_MANY)
        for name, title, ids, act, attack in table
    ]


def _many_records(play: Play) -> None:
    peer = play.followed(1200)
    play.look_whole(peer, live=1200)


def _many_versions(play: Play) -> None:
    peer = play.peer(1)
    for number in range(400):
        peer.feed.publish("company 0", founded=str(1200 + number))
    peer.tell()
    play.meet(peer, live=1)


def _many_refused(play: Play) -> None:
    """Whole bundles of refused records do not end a pull early."""
    peer = play.peer(0)
    feed = peer.feed
    bad = {feed.publish(f"bad {n}", feed.signed(feed.draft(f"bad {n}"), cryptosuite="none")): ("key.suite",)
           for n in range(600)}  # fmt: skip
    feed.publish("good")
    peer.tell()
    play.meet(peer, refused=bad, live=1)


def _costly(play: Play) -> None:
    """Records as large as they may be, in as many languages as fit."""
    peer = play.peer(0)
    long = dict.fromkeys(MANY_LANGUAGES.split(), "界\u2067x\u2069" * 120)
    for number in range(100):
        peer.feed.publish(f"company {number}", summary=long)
    peer.tell()
    play.meet(peer, live=100)


def _many_inert(play: Play) -> None:
    peer = play.peer(1)
    for number in range(2000):
        peer.feed.append(b"junk %d\x00" % number)
    peer.feed.publish("behind")
    peer.tell()
    play.meet(peer, live=2)


def _one_by_one(play: Play) -> None:
    peer = play.followed(1)
    for _ in range(12):
        peer.grow()
        play.accept(peer)
    asked = len(peer.requests)
    assert asked <= 80, f"12 new records, one at a time, took {asked} requests"
    play.look_whole(peer, live=13)


def _references() -> list[Row]:
    """Hosts that only a record or a document names are never asked (SIG-29)."""

    def linked(play: Play) -> None:
        url = play.scene.canary.url
        links = {
            "website": f"{url}/site",
            "ext": {"lab": {"schema": "https://lab.example/1.json", "logo": f"{url}/logo.svg"}},
        }
        accepted(lambda feed: feed.signed(feed.draft("acme", **links)))(play)

    def context(play: Play) -> None:
        bad = [f"{play.scene.canary.url}/context", "https://w3id.org/entrepot/ns/v1"]
        refused(lambda feed: feed.signed({**draft(feed), "@context": bad}), "key.context", "schema.*")(play)

    def schema(play: Play) -> None:
        bad = {"id": f"{play.scene.canary.url}/company-credential.json", "type": "JsonSchema"}
        refused(lambda feed: feed.signed({**draft(feed), "credentialSchema": bad}), "schema.*")(play)

    def key(play: Play) -> None:
        bad = f"{play.scene.canary.url}/keys#1"
        refused(lambda feed: feed.signed(draft(feed), verificationMethod=bad), "key.unknown", "schema.*")(
            play
        )

    def issuer(play: Play) -> None:
        bad = f"did:web:127.0.0.1%3A{play.scene.canary.url.rpartition(':')[2]}"
        refused(lambda feed: feed.signed({**draft(feed), "issuer": bad}), "key.issuer", "schema.*")(play)

    def base_urls(play: Play) -> None:
        peer = play.peer(1)
        urls = [play.scene.canary.url, "http://169.254.169.254", "http://10.0.0.1", peer.url]
        raw = peer.identity.other_document(peer.url, baseUrls=urls)
        peer.lie = at("/.well-known/entrepot")(lambda told: tagged(raw, "max-age=60", "application/json"))
        verdict = play.scene.node.ask("add-peer", url=peer.url, fingerprint=peer.identity.scid)
        if not verdict.code:
            play.accept(peer)

    def many_urls(play: Play) -> None:
        peer = play.peer(1)
        raw = peer.identity.other_document(
            peer.url, baseUrls=[f"http://10.0.{n >> 8}.{n & 255}" for n in range(60_000)]
        )
        peer.lie = at("/.well-known/entrepot")(lambda told: tagged(raw, "max-age=60", "application/json"))
        play.reject(peer, "json.too-large", "peer.too-large", "schema.*")

    return [
        Row("links-in-records", "It fetches nothing that a record links to", "SIG-29", linked, "H07", Side.ACCEPT),
        Row("context-elsewhere", "It fetches no context", "SIG-29 SIG-21", context, "J14"),
        Row("schema-elsewhere", "It fetches no schema", "SIG-29 SIG-20", schema, "J14"),
        Row("key-elsewhere", "It fetches no key that a record names", "SIG-25 SIG-29", key, "S06"),
        Row("issuer-elsewhere", "It resolves no issuer that a record names", "SIG-22 SIG-29", issuer, "S06"),
        Row("base-urls-elsewhere", "It goes to no base URL that only a document names", "FED-01", base_urls, "F17", Side.ACCEPT),
        Row("base-urls-by-the-thousand", "It takes no node document with 60,000 base URLs", "EXC-20 SIG-02", many_urls, "F17"),
    ]  # fmt: skip


def _selves() -> list[Row]:
    def itself(play: Play) -> None:
        node = play.scene.node
        verdict = node.ask("add-peer", url=node.url, fingerprint=node.fingerprint)
        assert verdict.code == "peer.self", (
            f"it was told to follow itself, and answered {verdict.kind} {verdict.code}"
        )

    def its_name(play: Play) -> None:
        peer = play.peer(1, Identity(FOLLOWER))
        play.reject(peer, "peer.self")

    return [
        Row("follows-itself", "It does not follow itself", "EXC-30", itself, "F06"),
        Row("its-own-name", "It follows nobody under its own origin", "EXC-30", its_name, "F06"),
    ]  # fmt: skip
