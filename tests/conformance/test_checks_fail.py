"""Every check of a node is seen passing on an honest node and failing on broken ones, one fault each."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from entrepot_conformance.checks import (
    CHECKS,
    Check,
    check_absent,
    check_checkpoint,
    check_contents,
    check_delta,
    check_effects,
    check_entries,
    check_key_log,
    check_node_document,
    check_offline_proof,
    check_tiles,
)
from entrepot_conformance.making import lines
from entrepot_conformance.making.feed import node_document
from entrepot_conformance.making.profiles import profile, sign, signed_bytes, unsigned
from entrepot_conformance.making.seeds import FEED, ORIGIN, TestKey, signed_checkpoint, subject_id
from entrepot_conformance.node_under_test import NodeUnderTest
from entrepot_conformance.reader import tiles
from entrepot_conformance.reader.entries import digest_of, encode_entry
from entrepot_conformance.reader.strict_json import canonical
from entrepot_conformance.suite.outcome import Skipped
from entrepot_conformance.toy_feed import ToyFeed, golden_feed
from entrepot_conformance.toy_node import Fault, Response, ToyNode, serving

GOLDEN = golden_feed()
DID = f"did:web:{ORIGIN}"
BUNDLE, TILE = "/feed/tile/entries/000.p/20", "/feed/tile/0/000.p/20"
TIME = "2026-05-11T12:10:00Z"
Edit = Callable[[Response], Response]


def addenda(digest: bytes) -> str:
    name = digest.hex()
    return f"/feed/addenda/{name[:2]}/{name[2:4]}/{name}"


def digest_at(index: int) -> bytes:
    return GOLDEN.entries[index][-37:-5]


LIVE, WITHDRAWN = digest_at(19), digest_at(3)


# --- faults


def at(path: str, edit: Edit) -> Fault:
    """Edit the answer for one path."""
    return lambda target, response: edit(response) if target.partition("?")[0] == path else response


def body(change: Callable[[bytes], bytes]) -> Edit:
    """Change the body of a 200 and keep status and headers."""
    return lambda response: replace(response, body=change(response.body)) if response.body else response


def old(before: bytes, after: bytes) -> Edit:
    """Replace bytes that must stand in the body."""

    def change(data: bytes) -> bytes:
        assert before in data
        return data.replace(before, after, 1)

    return body(change)


def header(name: str, value: str) -> Edit:
    return lambda response: replace(response, headers={**response.headers, name: value})


def status(code: int) -> Edit:
    return lambda _: Response(code)


def flip(data: bytes) -> bytes:
    return data[:-1] + bytes([data[-1] ^ 1])


def cross_lines(data: bytes) -> bytes:
    first, second, *rest = data.splitlines(keepends=True)
    return b"".join([second, first, *rest])


def weak_tag(response: Response) -> Response:
    return header("ETag", "W/" + response.headers["ETag"])(response)


def never_304(target: str, response: Response) -> Response:
    return Response(200, GOLDEN.checkpoint) if response.status == 304 else response


def soft_404(_target: str, response: Response) -> Response:
    return Response(200, b"not found") if response.status == 404 else response


def any_range(target: str, response: Response) -> Response:
    """Serve deltas that end anywhere."""
    return Response(200, b"") if target.startswith("/feed/delta?") and response.status == 400 else response


# --- feeds that are broken inside


def twin(change: Callable[[dict[str, object]], object]) -> ToyFeed:
    document = json.loads(GOLDEN.did_json)
    change(document)
    return replace(GOLDEN, did_json=canonical(document))


def key_log(raw: bytes) -> ToyFeed:
    return replace(GOLDEN, key_log=raw)


def head(text: str, key: TestKey = lines.LOG) -> ToyFeed:
    return replace(GOLDEN, checkpoint=f"{text}\n{key.note_line(FEED, text)}".encode())


def with_last(entry: bytes, contents: dict[bytes, bytes] | None = None) -> ToyFeed:
    """Return the golden feed with another last entry, signed like a good one."""
    return GOLDEN.with_entries((*GOLDEN.entries[:19], entry), contents)


def published(raw: bytes) -> ToyFeed:
    """Return the golden feed whose last entry publishes `raw` as the next version of acme."""
    fields = {"op": "publish", "prev": 14, "subject": subject_id("acme"), "time": TIME, "type": "company"}
    return with_last(encode_entry(fields, digest_of(raw)), {digest_of(raw): raw})


def record(
    key: TestKey = lines.RECORD_2, revision: int = 4, name: str = "acme", time: str = TIME, without: str = ""
) -> bytes:
    content = {key: value for key, value in profile(name, founded="1998").items() if key != without}
    return signed_bytes(content, key, revision=revision, time=time, name="test")


def record_with_nonce_of_another() -> bytes:
    """A record with the nonce of another one that is live."""
    live = next(
        GOLDEN.contents[one.digest or b""]
        for one in ToyNode(GOLDEN).live()
        if one.subject != subject_id("acme")
    )
    draft = unsigned(profile("acme", founded="1998"), revision=4, time=TIME, name="test")
    return canonical(sign(draft | {"nonce": json.loads(live)["nonce"]}, lines.RECORD_2))


CHECKPOINT_TEXT = GOLDEN.checkpoint.decode().partition("\n\n")[0] + "\n"
OTHER_KEYS = encode_entry(
    {"op": "keys", "prev": 12, "subject": DID, "time": TIME, "type": "keys"}, digest_of(b"no line")
)

FEEDS: list[tuple[str, Check, ToyFeed]] = [
    (
        "signed by the old key",
        check_node_document,
        replace(GOLDEN, node_document=node_document(lines.RECORD_1)),
    ),
    (
        "names another feed",
        check_node_document,
        replace(GOLDEN, node_document=node_document(lines.RECORD_2, feed=f"{ORIGIN}/feed/2")),
    ),
    (
        "profile of another origin",
        check_node_document,
        replace(GOLDEN, node_document=node_document(lines.RECORD_2, id="did:web:photonics.example")),
    ),
    (
        "no licence",
        check_node_document,
        replace(GOLDEN, node_document=node_document(lines.RECORD_2, license="")),
    ),
    ("not JSON", check_node_document, replace(GOLDEN, node_document=b"<html>")),
    ("tampered line", check_key_log, key_log(GOLDEN.key_log.replace(b"T08:00:00Z", b"T08:00:01Z", 1))),
    ("second line alone", check_key_log, key_log(lines.encode(lines.LINE_2))),
    ("no LF at the end", check_key_log, key_log(GOLDEN.key_log[:-1])),
    ("did.json of the line before", check_key_log, twin(lambda d: d.update(assertionMethod=[f"{DID}#x"]))),
    ("did.json with a second key", check_key_log, twin(lambda d: d["verificationMethod"].append({}))),  # type: ignore[attr-defined]  JSON
    ("did.json without its did:webvh name", check_key_log, twin(lambda d: d.update(alsoKnownAs=[]))),
    ("did.json without implicit services", check_key_log, twin(lambda d: d["service"].pop())),  # type: ignore[attr-defined]  JSON
    ("did.json with another log key", check_key_log, twin(lambda d: d["service"].pop(0))),  # type: ignore[attr-defined]  JSON
    ("signed by another key", check_checkpoint, head(CHECKPOINT_TEXT, lines.ATTACKER)),
    ("of another feed", check_checkpoint, head(CHECKPOINT_TEXT.replace("feed/1", "feed/2"))),
    ("with an extension line", check_checkpoint, head(CHECKPOINT_TEXT + "more\n")),
    ("size with a leading zero", check_checkpoint, head(CHECKPOINT_TEXT.replace("\n20\n", "\n020\n"))),
    (
        "signature over other text",
        check_checkpoint,
        replace(GOLDEN, checkpoint=golden_feed(19).checkpoint[:-9]),
    ),
    (
        "root of other entries",
        check_entries,
        replace(GOLDEN, checkpoint=signed_checkpoint(lines.LOG, FEED, 20, bytes(32))),
    ),
    ("inert entry", check_effects, with_last(GOLDEN.entries[19].replace(b'"prev":14', b'"prev":13'))),
    ("an entry twice", check_effects, with_last(GOLDEN.entries[14])),
    ("entry for newer software", check_effects, with_last(GOLDEN.entries[19][:-1] + b"\x02")),
    ("keys entry without a line", check_effects, with_last(OTHER_KEYS)),
    (
        "keys entry for another line",
        check_effects,
        GOLDEN.with_entries(
            (encode_entry(json.loads(GOLDEN.entries[0][:-37]), bytes(32)), *GOLDEN.entries[1:])
        ),
    ),
    ("record signed by the old key", check_contents, published(record(lines.RECORD_1))),
    ("record signed by a stranger", check_contents, published(record(lines.ATTACKER))),
    ("revision too high", check_contents, published(record(revision=5))),
    ("revision too low", check_contents, published(record(revision=3))),
    ("record about somebody else", check_contents, published(record(name="beta"))),
    ("record of another time", check_contents, published(record(time="2026-05-11T12:10:01Z"))),
    ("record that is not canonical", check_contents, published(record().replace(b'":', b'": ', 1))),
    ("record with a broken signature", check_contents, published(record().replace(b"1998", b"1999"))),
    ("record with the nonce of another", check_contents, published(record_with_nonce_of_another())),
    ("record without a name", check_contents, published(record(without="name"))),
]

FAULTS: list[tuple[str, Check, Fault]] = [
    ("no node document", check_node_document, at("/.well-known/entrepot", status(404))),
    (
        "node document as text",
        check_node_document,
        at("/.well-known/entrepot", header("Content-Type", "text/plain")),
    ),
    ("signature changed", check_node_document, at("/.well-known/entrepot", old(b"Stuttgart", b"Stuttgurt"))),
    ("no key log", check_key_log, at("/feed/keys.jsonl", status(404))),
    (
        "did.jsonl differs",
        check_key_log,
        at("/.well-known/did.jsonl", body(lambda b: b.split(b"\n")[0] + b"\n")),
    ),
    ("no did.json", check_key_log, at("/.well-known/did.json", status(404))),
    ("no checkpoint", check_checkpoint, at("/feed/checkpoint", status(404))),
    ("checkpoint cut short", check_checkpoint, at("/feed/checkpoint", body(lambda b: b[:-1]))),
    ("checkpoint with another size", check_checkpoint, at("/feed/checkpoint", old(b"\n20\n", b"\n21\n"))),
    ("no bundle", check_entries, at(BUNDLE, status(404))),
    ("bundle with a changed entry", check_entries, at(BUNDLE, old(b"company", b"cimpany"))),
    ("bundle cut short", check_entries, at(BUNDLE, body(lambda b: b[:-1]))),
    ("bundle with one byte more", check_entries, at(BUNDLE, body(lambda b: b + b"\0"))),
    (
        "bundle of another size",
        check_entries,
        at(BUNDLE, body(lambda b: tiles.encode_bundle(GOLDEN.entries[:19]))),
    ),
    (
        "bundle in another order",
        check_entries,
        at(
            BUNDLE,
            body(lambda b: tiles.encode_bundle((GOLDEN.entries[1], GOLDEN.entries[0], *GOLDEN.entries[2:]))),
        ),
    ),
    ("no tile", check_tiles, at(TILE, status(404))),
    ("tile with a flipped bit", check_tiles, at(TILE, body(flip))),
    ("tile cut short", check_tiles, at(TILE, body(lambda b: b[:-32]))),
    (
        "tile wider than the feed",
        check_tiles,
        at("/feed/tile/0/000.p/21", lambda _: Response(200, bytes(672))),
    ),
    ("full tile of a small feed", check_tiles, at("/feed/tile/0/000", lambda _: Response(200, bytes(8192)))),
    (
        "bundle beyond the feed",
        check_tiles,
        at("/feed/tile/entries/001.p/1", lambda _: Response(200, b"\0\1x")),
    ),
    ("tile of level 1", check_tiles, at("/feed/tile/1/000.p/1", lambda _: Response(200, bytes(32)))),
    ("no contents", check_contents, at("/feed/contents/0", status(404))),
    (
        "a live record is missing",
        check_contents,
        at("/feed/contents/0", body(lambda b: b.split(b"\n", 1)[1])),
    ),
    ("a live record is changed", check_contents, at("/feed/contents/0", old(b"Stuttgart", b"Stuttgurt"))),
    ("no LF at the end", check_contents, at("/feed/contents/0", body(lambda b: b[:-1]))),
    ("records in another order", check_contents, at("/feed/contents/0", body(cross_lines))),
    ("a line that belongs nowhere", check_contents, at("/feed/contents/0", body(lambda b: b"{}\n" + b))),
    (
        "withdrawn content served",
        check_absent,
        at(addenda(WITHDRAWN), lambda _: Response(200, GOLDEN.contents[WITHDRAWN])),
    ),
    ("withdrawn content answered 404", check_absent, at(addenda(WITHDRAWN), status(404))),
    (
        "withdrawn content in contents",
        check_absent,
        at("/feed/contents/0", body(lambda b: GOLDEN.contents[WITHDRAWN] + b"\n" + b)),
    ),
    ("200 for what does not exist", check_absent, soft_404),
    ("no addenda.v1", check_absent, at("/feed/addenda.v1", status(404))),
    ("addenda.v1 not empty", check_absent, at("/feed/addenda.v1", lambda r: replace(r, body=b"1"))),
    (
        "tile path without leading zeros",
        check_absent,
        at("/feed/tile/0/0", lambda _: Response(200, bytes(32))),
    ),
    ("width 0", check_absent, at("/feed/tile/entries/000.p/0", lambda _: Response(200))),
    ("contents/00", check_absent, at("/feed/contents/00", lambda _: Response(200))),
    ("contents beyond the feed", check_absent, at("/feed/contents/2", lambda _: Response(200))),
    ("500 for an odd path", check_absent, at("/feed/contents/x", status(500))),
    ("redirect for an odd path", check_absent, at("/feed/tile/0/000.p/", status(307))),
    (
        "content under another folder",
        check_absent,
        lambda target, r: Response(200) if target.startswith("/feed/addenda/00/") else r,
    ),
    ("no delta", check_delta, at("/feed/delta", status(404))),
    ("delta without contents", check_delta, at("/feed/delta", body(lambda b: b[: b.find(b'{"@context"')]))),
    ("delta with a changed entry", check_delta, at("/feed/delta", old(b'"op":"publish"', b'"op":"publisj"'))),
    ("delta with a changed record", check_delta, at("/feed/delta", old(b"Brightwell", b"Brightwall"))),
    (
        "delta with withdrawn content",
        check_delta,
        at("/feed/delta", body(lambda b: b + GOLDEN.contents[WITHDRAWN] + b"\n")),
    ),
    ("delta that ends anywhere", check_delta, any_range),
    (
        "delta beyond the size answered 400",
        check_delta,
        at("/feed/delta", lambda r: Response(400) if r.status == 404 else r),
    ),
    (
        "bad query answered 422",
        check_delta,
        at("/feed/delta", lambda r: Response(422) if r.status == 400 else r),
    ),
    ("no content by digest", check_offline_proof, at(addenda(LIVE), status(404))),
    ("other bytes by digest", check_offline_proof, at(addenda(LIVE), body(flip))),
    ("a tile that proves nothing", check_offline_proof, at(TILE, body(lambda b: bytes(len(b))))),
    ("redirect", check_offline_proof, at(addenda(LIVE), lambda _: Response(302, headers={"Location": "/x"}))),
    ("cookie", check_offline_proof, at("/feed/checkpoint", header("Set-Cookie", "a=b"))),
    (
        "gzip that nobody asked for",
        check_offline_proof,
        at("/feed/contents/0", header("Content-Encoding", "br")),
    ),
    ("tile not immutable", check_offline_proof, at(TILE, header("Cache-Control", "max-age=60"))),
    ("bundle without Cache-Control", check_offline_proof, at(BUNDLE, lambda r: replace(r, headers={}))),
    (
        "immutable contents",
        check_offline_proof,
        at("/feed/contents/0", header("Cache-Control", "max-age=60, must-revalidate, immutable")),
    ),
    (
        "content kept for an hour",
        check_offline_proof,
        at(addenda(LIVE), header("Cache-Control", "max-age=3600, must-revalidate")),
    ),
    (
        "content used when stale",
        check_offline_proof,
        at(addenda(LIVE), header("Cache-Control", "max-age=60")),
    ),
    (
        "delta without max-age",
        check_offline_proof,
        at("/feed/delta", header("Cache-Control", "must-revalidate")),
    ),
    (
        "checkpoint kept for a minute",
        check_offline_proof,
        at("/feed/checkpoint", header("Cache-Control", "max-age=60, must-revalidate")),
    ),
    ("no ETag", check_offline_proof, at("/feed/contents/0", header("ETag", ""))),
    (
        "weak ETag",
        check_offline_proof,
        at("/feed/checkpoint", lambda r: weak_tag(r) if r.status == 200 else r),
    ),
    ("never 304", check_offline_proof, never_304),
]


# --- tests


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("size", [0, 1, 2, 12, 13, 20])
def test_an_honest_node_passes(check: Check, size: int) -> None:
    feed = golden_feed(size)
    if size < 13:
        feed = replace(feed, key_log=lines.KEY_LOG_2)
    with serving(ToyNode(feed).respond) as url:
        check(NodeUnderTest(url))


@pytest.mark.parametrize(
    ("check", "feed"), [pytest.param(c, f, id=f"{c.__name__}: {n}") for n, c, f in FEEDS]
)
def test_a_broken_feed_fails(check: Check, feed: ToyFeed) -> None:
    with serving(ToyNode(feed).respond) as url, pytest.raises(AssertionError):
        check(NodeUnderTest(url))


@pytest.mark.parametrize(
    ("check", "fault"), [pytest.param(c, f, id=f"{c.__name__}: {n}") for n, c, f in FAULTS]
)
def test_a_broken_answer_fails(check: Check, fault: Fault) -> None:
    with serving(ToyNode(GOLDEN, fault).respond) as url, pytest.raises(AssertionError):
        check(NodeUnderTest(url))


# --- static copies (EXC-99): the same feed, its node document without capabilities, on a host that knows only files


def static_feed(**members: object) -> ToyFeed:
    document = node_document(lines.RECORD_2, **{"capabilities": [], "mirroring": "none"} | members)
    return replace(GOLDEN, node_document=document)


def plain_host(feed: ToyFeed, bend: Fault = lambda _, response: response) -> ToyNode:
    """A host that tells media types by endings, lists and redirects folders, and knows no caching; `bend` goes wrong on top."""

    def files(target: str, response: Response) -> Response:
        path = target.partition("?")[0]
        if path == "/.well-known/entrepot.json":
            response = Response(200, feed.node_document, {"Content-Type": "application/json"})
        elif path == "/feed/tile":
            response = Response(301, headers={"Location": "/feed/tile/"})
        elif path.endswith(".p/"):
            response = Response(200, b"<ul></ul>")
        elif path == "/feed/delta" or response.status == 410:
            response = Response(404)
        else:
            response = Response(response.status, response.body)
        return bend(target, response)

    return ToyNode(feed, files)


def some_ranges(target: str, response: Response) -> Response:
    """Answer deltas, but not the query that says nothing."""
    return Response(200) if target.startswith("/feed/delta?") else response


DELTAS = at("/feed/delta", lambda _: Response(200))
STATIC_FAULTS: list[tuple[str, Check, Fault]] = [
    ("no .json", check_node_document, at("/.well-known/entrepot.json", status(404))),
    ("a .json that is another", check_node_document, at("/.well-known/entrepot.json", body(flip))),
    ("a .json as text", check_node_document, at("/.well-known/entrepot.json", header("Content-Type", "text/plain"))),
    ("answers delta", check_node_document, DELTAS),
    ("withdrawn content", check_absent, at(addenda(WITHDRAWN), lambda _: Response(200, GOLDEN.contents[WITHDRAWN]))),
    ("withdrawn content answered 403", check_absent, at(addenda(WITHDRAWN), status(403))),
    ("200 for what does not exist", check_absent, soft_404),
    ("answers delta, and 404 for withdrawn contents", check_absent, DELTAS),
    ("answers delta", check_delta, DELTAS),
    ("answers ranges", check_delta, some_ranges),
    ("immutable contents", check_offline_proof, at("/feed/contents/0", header("Cache-Control", "max-age=60, immutable"))),
    ("immutable head", check_offline_proof, at("/feed/checkpoint", header("Cache-Control", "immutable"))),
    ("no content by digest", check_offline_proof, at(addenda(LIVE), status(404))),
    ("a tile that proves nothing", check_offline_proof, at(TILE, body(lambda b: bytes(len(b))))),
    ("redirect", check_offline_proof, at("/feed/keys.jsonl", lambda _: Response(302, headers={"Location": "/x"}))),
    ("cookie", check_offline_proof, at("/feed/checkpoint", header("Set-Cookie", "a=b"))),
    ("answers delta, and sets no cache rules", check_offline_proof, DELTAS),
]  # fmt: skip


@pytest.mark.parametrize("check", [check for check in CHECKS if check is not check_delta])
def test_a_static_copy_on_a_plain_host_passes(check: Check) -> None:
    """EXC-95, EXC-96, EXC-99."""
    with serving(plain_host(static_feed()).respond) as url:
        check(NodeUnderTest(url))


def test_a_static_copy_has_no_delta_and_says_so() -> None:
    """EXC-95, EXC-99."""
    with serving(plain_host(static_feed()).respond) as url, pytest.raises(Skipped, match="static copy"):
        check_delta(NodeUnderTest(url))


@pytest.mark.parametrize(
    ("check", "fault"), [pytest.param(c, f, id=f"{c.__name__}: {n}") for n, c, f in STATIC_FAULTS]
)
def test_a_broken_static_copy_fails(check: Check, fault: Fault) -> None:
    """EXC-95, EXC-96, EXC-99."""
    with serving(plain_host(static_feed(), fault).respond) as url, pytest.raises(AssertionError):
        check(NodeUnderTest(url))


@pytest.mark.parametrize(
    "members",
    [{"capabilities": ["delta"]}, {"capabilities": ["api"]}, {"license": ""}],
    ids=["delta", "another", "a document that does not verify"],
)
@pytest.mark.parametrize("check", [check_node_document, check_absent, check_delta, check_offline_proof])
def test_a_plain_host_of_a_document_that_names_a_capability_fails(
    check: Check, members: dict[str, object]
) -> None:
    """EXC-96, EXC-99: nothing is let off."""
    with serving(plain_host(static_feed(**members)).respond) as url, pytest.raises(AssertionError):
        check(NodeUnderTest(url))


@pytest.mark.parametrize("role", ["witness", "mirror"])
def test_a_static_copy_that_names_a_cosigner_fails(role: str) -> None:
    """EXC-96."""
    key = {"name": f"{ORIGIN}/{role}/1", "vkey": lines.LOG.vkey(f"{ORIGIN}/{role}/1")}
    with (
        serving(plain_host(static_feed(**{role: key})).respond) as url,
        pytest.raises(AssertionError, match=f"names \\['{role}'\\]"),
    ):
        check_node_document(NodeUnderTest(url))


@pytest.mark.parametrize("capabilities", [[], ["api"]])
def test_a_running_node_that_hides_its_delta_fails(capabilities: list[str]) -> None:
    """EXC-99."""
    node = ToyNode(static_feed(capabilities=capabilities))
    with serving(node.respond) as url, pytest.raises(AssertionError, match="capability delta"):
        check_node_document(NodeUnderTest(url))


def test_every_check_has_been_seen_failing() -> None:
    assert {check for _, check, _ in FEEDS} | {check for _, check, _ in FAULTS} == set(CHECKS)
