"""Records whose signature lies, and records about what is not theirs (SIG-10 to SIG-30, LOG-21 to LOG-24)."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.making.key_cases import mixed_order_key
from entrepot_conformance.making.profiles import Record
from entrepot_conformance.making.seeds import subject_id
from entrepot_conformance.reader.ed25519 import L
from entrepot_conformance.reader.encodings import base58_encode, proof_value_decode, proof_value_encode
from entrepot_conformance.reader.entries import digest_of
from entrepot_conformance.reader.proofs import signing_input
from entrepot_conformance.reader.strict_json import canonical, parse_object
from entrepot_conformance.suite.case import Side

from .play import Play, Row
from .record_play import Make, accepted, draft, edited, good, refused


def rows() -> list[Row]:
    """All attacks with the signature of a record, or with whose record it is."""
    return [*_signatures(), *_proof_values(), *_members(), *_owners(), *_large()]


def _parsed(feed: Feed) -> Record:
    return parse_object(good(feed))


def _tampered(**members: Any) -> Make:
    """Change members of the record after it was signed."""
    return lambda feed: canonical({**_parsed(feed), **members})


def _profile(**members: Any) -> Make:
    def make(feed: Feed) -> bytes:
        record = _parsed(feed)
        record["credentialSubject"]["profile"].update(members)
        return canonical(record)

    return make


def _signature(change: Any) -> Make:
    """Put another signature in: `change` takes record, signature and feed."""

    def make(feed: Feed) -> bytes:
        record = _parsed(feed)
        signature = proof_value_decode(record["proof"]["proofValue"])
        record["proof"]["proofValue"] = proof_value_encode(change(record, signature, feed))
        return canonical(record)

    return make


def _signatures() -> list[Row]:
    def again(key: str, swap: bool = False) -> Any:
        def sign(record: Record, _: bytes, feed: Feed) -> bytes:
            message = signing_input(record, record["proof"])
            signer = feed.identity.logs[1] if key == "log" else feed.identity.key(key)
            return signer.sign(message[32:] + message[:32] if swap else message)

        return sign

    def plus_l(_: Record, old: bytes, feed: Feed) -> bytes:
        return old[:32] + (int.from_bytes(old[32:], "little") + L).to_bytes(32, "little")

    bad = "key.signature"
    table: list[tuple[str, str, Make, str]] = [
        ("signature-plus-l", "with S above the group order", _signature(plus_l), "S01"),
        ("signature-r-identity", "whose R is the identity", _signature(lambda r, s, f: b"\x01" + bytes(63)), "S02"),
        ("signature-r-zero", "whose R is a point of order 4", _signature(lambda r, s, f: bytes(64)), "S02"),
        ("signature-r-mixed", "whose R is of mixed order", _signature(lambda r, s, f: mixed_order_key() + s[32:]), "S03"),
        ("signature-r-above-p", "whose R is no canonical point",
         _signature(lambda r, s, f: b"\xff" * 31 + b"\x7f" + s[32:]), "S03"),
        ("signature-by-log-key", "signed by the log key", _signature(again("log")), "S04"),
        ("signature-by-stranger", "signed by a stranger under the right name", _signature(again("x")), "S04"),
        ("signature-hashes-swapped", "whose two hashes were signed in the other order",
         _signature(again("record 1", swap=True)), "S09"),
        ("signature-one-bit", "with one bit flipped in its signature",
         _signature(lambda r, s, f: s[:40] + bytes([s[40] ^ 1]) + s[41:]), ""),
        ("tampered-profile", "changed after it was signed", _profile(founded="1999"), "S11"),
        ("tampered-license", "whose licence was changed after it was signed", _tampered(license="CC0-1.0"), "S11"),
        ("tampered-nonce", "whose nonce was changed after it was signed", _tampered(nonce="A" * 22), "S11"),
        ("tampered-text", "whose text was normalised after it was signed",
         lambda feed: good(feed).replace("ü".encode(), "u\u0308".encode()), "S10"),
    ]  # fmt: skip
    return [
        Row(name, f"It refuses a record {what}", "SIG-13 SIG-27", refused(make, bad), attack)
        for name, what, make, attack in table
    ]


def _proof_values() -> list[Row]:
    def spelled(change: Any) -> Make:
        def make(feed: Feed) -> bytes:
            record = _parsed(feed)
            record["proof"]["proofValue"] = change(record["proof"]["proofValue"])
            return canonical(record)

        return make

    table: dict[str, Any] = {
        "63-bytes": lambda v: "z" + base58_encode(proof_value_decode(v)[:63]),
        "65-bytes": lambda v: "z" + base58_encode(proof_value_decode(v) + b"\x01"),
        "leading-1": lambda v: "z1" + v[1:],
        "no-prefix": lambda v: v[1:],
        "other-prefix": lambda v: "u" + v[1:],
        "trailing-line-feed": lambda v: v + "\n",
        "a-zero-letter": lambda v: "z0" + v[2:],
        "empty": lambda v: "z",
        "of-a-million-letters": lambda v: "z" + "2" * 60_000,
    }
    return [
        Row(f"proof-value-{name}", f"It refuses a proofValue in another spelling ({name})", "SIG-12",
            refused(spelled(change), "key.proof-value", "key.signature", "schema.*"), "S15")
        for name, change in table.items()
    ]  # fmt: skip


def _members() -> list[Row]:
    def proofs(feed: Feed) -> bytes:
        record = _parsed(feed)
        return canonical({**record, "proof": [record["proof"]] * 60})

    members = ("key.proof-members", "schema.*")
    suites = ("eddsa-rdfc-2022", "ecdsa-jcs-2019", "hmac-sha256", "none")
    return [
        Row("proof-list-of-60", "It refuses many proofs, though each is good", "SIG-26", refused(proofs, *members), "S12"),
        Row("proof-list-empty", "It refuses a record whose proofs are none", "SIG-26",
            refused(_tampered(proof=[]), *members), "S08"),
        Row("proof-empty", "It refuses a record whose proof is an empty object", "SIG-20 SIG-26",
            refused(_tampered(proof={}), *members), "S08"),
        *(Row(f"suite-{suite}", f"It refuses the cryptosuite {suite}", "SIG-26",
              refused(_with_suite(suite), "key.suite"), "S09")
          for suite in suites),
        Row("purpose-other", "It refuses a proof for another purpose", "SIG-26",
            refused(lambda feed: feed.signed(draft(feed), proofPurpose="keyAgreement"), "key.purpose"), "S07"),
        Row("method-under-did-webvh", "It takes no other name for the key in force", "SIG-25",
            refused(lambda feed: feed.signed(draft(feed), verificationMethod=_webvh(feed)), "key.unknown"), "S07"),
        Row("raw-bytes-differ", "It hashes and judges the bytes that came, not what they mean", "SIG-09",
            refused(lambda feed: good(feed).replace(b'","', b'", "', 1), "json.not-canonical"), "S10"),
        Row("prototype-in-ext", "It stores odd but allowed member names as what they are", "SIG-06 PRO-06",
            accepted(edited(lambda r: r["credentialSubject"]["profile"].update(ext=_PROTOTYPE))), "J10", Side.ACCEPT),
    ]  # fmt: skip


_PROTOTYPE = {
    "lab": {"schema": "https://lab.example/1.json", "__proto__": {"a": 1}, "constructor": "x", "Id": "y"}
}


def _with_suite(suite: str) -> Make:
    return lambda feed: feed.signed(draft(feed), cryptosuite=suite)


def _webvh(feed: Feed) -> str:
    key = feed.identity.records[-1]
    return f"did:webvh:{feed.identity.scid}:{feed.origin}#{key.multikey}"


def _owners() -> list[Row]:
    """Records of others in this feed."""

    def foreign(record: Record) -> None:
        subject = subject_id("acme", "other.example")
        record["credentialSubject"]["id"] = record["credentialSubject"]["profile"]["id"] = subject
        record["id"] = f"{subject}/1"

    def about_another(record: Record) -> None:
        """Only the id of the record is that of its entry."""
        subject = subject_id("beta", record["issuer"].removeprefix("did:web:"))
        record["credentialSubject"]["id"] = record["credentialSubject"]["profile"]["id"] = subject

    def valid_at_another_time(feed: Feed) -> bytes:
        record = draft(feed)
        return feed.signed({**record, "validFrom": "2026-05-03T00:00:00Z"}, created=record["validFrom"])

    def relayed(play: Play) -> None:
        """A record of the honest peer, signed and true, in the feed of another (F03 too: it may not be re-dated)."""
        honest, peer = play.scene.honest.feed, play.peer(0)
        raw = next(iter(honest.contents.values()))
        feed = peer.feed
        index = feed.publish("acme", raw)
        entry = parse_object(raw)
        feed.contents[digest_of(raw)] = raw
        inert = feed.append(
            feed.entry(
                "publish",
                "x",
                digest_of(raw),
                subject=entry["credentialSubject"]["id"],
                time=entry["validFrom"],
            )
        )
        assert index < inert
        peer.tell()
        play.meet(peer, refused={index: ("key.*",)}, live=0)

    return [
        Row("record-of-another-origin", "It refuses a record about a subject of another origin", "SIG-23 LOG-21",
            refused(edited(foreign), "key.subject"), "F01"),
        Row("issuer-of-another-origin", "It refuses a record in the name of another issuer", "SIG-22",
            refused(edited(lambda r: r.update(issuer="did:web:honest.example")), "key.issuer"), "F02"),
        Row("record-relayed", "It refuses a true record of one peer in the feed of another", "SIG-22 LOG-14", relayed, "F02"),
        Row("record-about-another-subject", "It refuses a record about another subject than its id and its entry say", "SIG-23 LOG-21",
            refused(edited(about_another), "key.subject")),
        Row("record-valid-at-another-time", "It refuses a record that is valid from another time than its entry", "SIG-24 LOG-21",
            refused(valid_at_another_time, "key.time"), "F03"),
        Row("record-redated", "It refuses a record with another time than its entry", "SIG-24 LOG-21",
            refused(lambda feed: feed.signed({**draft(feed), "validFrom": "2026-05-03T00:00:00Z"}), "key.time"), "F03"),
        Row("record-of-2099", "It orders by index, and stores a record of the far future without believing its clock",
            "LOG-20", _far_future, "H18", Side.ACCEPT),
    ]  # fmt: skip


def _far_future(play: Play) -> None:
    peer = play.peer(0)
    feed = peer.feed
    record = {**draft(feed), "validFrom": "2099-01-01T00:00:00Z"}
    raw = feed.signed(record)
    feed.contents[digest_of(raw)] = raw
    feed.append(feed.entry("publish", "acme", digest_of(raw), time="2099-01-01T00:00:00Z"))
    feed.publish("acme", founded="2001")
    peer.tell()
    play.meet(peer, live=1)


def _large() -> list[Row]:
    def padded(size: int) -> Make:
        return lambda feed: good(feed)[:-1] + b',"zz":"' + b"x" * size + b'"}'

    def wide(feed: Feed) -> bytes:
        many = {f"k{number}": 1 for number in range(4000)}
        record = draft(feed)
        record["credentialSubject"]["profile"]["ext"] = {
            "lab": {"schema": "https://lab.example/1.json", **many}
        }
        return feed.signed(record)

    def deep(depth: int) -> Make:
        return lambda feed: good(feed).replace(b'"1998"', b"[" * depth + b"]" * depth)

    too_large = ("json.too-large",)
    return [
        Row("record-of-10-megabytes", "It refuses a record of 10 MB, at little cost", "SIG-02 EXC-20", _huge, "J11"),
        Row("record-of-100-kilobytes", "It refuses a record that is too large, and takes the one behind it", "SIG-02",
            refused(padded(100_000), *too_large), "J11"),
        Row("record-of-4000-members", "It judges thousands of members by the schema", "SIG-28 PRO-06",
            refused(wide, "schema.*"), "J11"),
        *(Row(f"nested-{depth}", f"It refuses {depth} levels of nesting, in constant memory", "SIG-07",
              refused(deep(depth), "json.too-deep", "json.syntax"), "J02") for depth in (62, 900, 25_000)),
    ]  # fmt: skip


def _huge(play: Play) -> None:
    """Nobody has to fetch so much: the record may be refused, or missing for ever."""
    peer = play.peer(0)
    feed = peer.feed
    index = feed.publish("acme", good(feed)[:-1] + b',"zz":"' + b"x" * 10_000_000 + b'"}')
    feed.publish("good")
    peer.tell()
    play.scene.follow(peer)
    told = play.sync(peer).details
    is_refused = [row.get("index") for row in told.get("refused", ())] == [index]
    assert is_refused or told.get("missing") == 1, f"the record is neither refused nor missing: {told}"
    play.look_whole(peer, live=1)
