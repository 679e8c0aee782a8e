"""What followers pull, through the application (exchange §1)."""

from __future__ import annotations

import asyncio
import base64
import gzip
import json
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from entrepot_node.routes.feed import feed_routes
from entrepot_node.routes.short_answers import ShortAnswers
from entrepot_node.storage.contract_feed import FeedWriter, start
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.canonical import sha256
from entrepot_schema.key_log import parse_key_log
from entrepot_sync.bundle import decode_bundle, decode_prefix, encode_bundle, split_lines
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.chunk import ChunkBuilder
from entrepot_sync.content_check import by_digest
from entrepot_sync.feed_store import Content, Head, Status
from entrepot_sync.merkle import Frontier, leaf_hash
from entrepot_sync.peer_trust import log_keys

VECTORS = Path(__file__).parents[2] / "conformance_tests" / "vectors"
GOLDEN = VECTORS / "feed"
FEED = json.loads((GOLDEN / "feed.json").read_text("utf-8"))
DELTAS = json.loads((VECTORS / "deltas.json").read_text("utf-8"))
IMMUTABLE = "max-age=31536000, immutable"
MINUTE = "max-age=60, must-revalidate"
Company = Callable[..., dict[str, Any]]
OpenNode = Callable[[Path], Any]


def path_of(digest: bytes | str) -> str:
    name = digest if isinstance(digest, str) else digest.hex()
    return f"/feed/addenda/{name[:2]}/{name[2:4]}/{name}"


@pytest.fixture(scope="module")
def published(
    founded_home: Path, open_node: OpenNode, company: Company, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """A node of 300 entries, one full bundle and a partial one, for tests that only read."""
    node = open_node(shutil.copytree(founded_home, tmp_path_factory.mktemp("published") / "home"))
    node.publish(*(company(f"Company {number}", number) for number in range(299)))
    node.refresh_node_document()
    yield node
    node.store.close()


def written_feed(node: Any, size: int) -> Any:
    """Make the node's feed one of this size, without contents; 3,000 signatures would take seconds."""
    node.store.close()
    for file in node.home.path.glob("entrepot.db*"):
        file.unlink()
    node.store = SqlStore.open(node.home.store_file)
    writer = FeedWriter()
    feed = start(node.store, writer)
    for number in range(size - 1):
        writer.publish(number, b"%d" % number, Content(Status.MISSING))
    node.store.append(feed.id, writer.chunk())
    return node


# --- golden feed


@pytest.fixture
def golden_node(node: Any) -> Iterator[Callable[[int], Any]]:
    """Let a node hold the golden feed as its own, growing from size to size."""
    node.store.close()
    for file in node.home.path.glob("entrepot.db*"):
        file.unlink()
    node.store = SqlStore.open(node.home.store_file)
    node.store.add_feed(FEED["feed"], parse_key_log((GOLDEN / "keys.jsonl").read_bytes()), own=True)
    entries = [bytes.fromhex(entry["entry"]) for entry in FEED["entries"]]
    contents = by_digest(path.read_bytes() for path in (GOLDEN / "addenda").rglob("*") if path.is_file())

    def grow(size: int) -> Any:
        feed = node.feed
        builder = ChunkBuilder(node.store, feed)
        assert builder.decide(entries[feed.size : size]) is None
        note = (GOLDEN / "checkpoint" / str(size)).read_bytes()
        head = Head(size, bytes.fromhex(FEED["sizes"][size]["root"]), note)
        node.store.append(feed.id, builder.build(contents, head))
        return node

    return grow


def test_the_golden_feed_is_served_byte_for_byte_at_each_size(golden_node: Callable[[int], Any]) -> None:
    """EXC-01, EXC-05, LOG-30, LOG-41, LOG-42, LOG-50, LOG-51: head, tiles, bundles of every width, contents."""
    for size in range(1, len(FEED["sizes"])):
        node = golden_node(size)
        expected = FEED["sizes"][size]

        assert node.get("/feed/checkpoint").body == (GOLDEN / "checkpoint" / str(size)).read_bytes()
        for width in range(1, size + 1):
            for name in (f"tile/0/000.p/{width}", f"tile/entries/000.p/{width}"):
                assert node.get(f"/feed/{name}").body == (GOLDEN / name).read_bytes()
        contents = node.get("/feed/contents/0").plain
        assert [sha256(line).hex() for line in split_lines(contents)] == expected["contents"]
        assert sha256(contents).hex() == expected["contents_sha256"]
        for entry in FEED["entries"][:size]:
            if entry["digest"]:
                status = 410 if entry["index"] in expected["erased"] else 200
                answer = node.get(path_of(entry["digest"]))
                assert answer.status == status
                assert status == 410 or sha256(answer.body).hex() == entry["digest"]
        for entry in FEED["entries"][size:]:
            assert not entry["digest"] or node.get(path_of(entry["digest"])).status == 404
    assert node.get("/feed/keys.jsonl").body == (GOLDEN / "keys.jsonl").read_bytes()


def test_a_delta_is_packed_harder_than_the_rest(published: Any) -> None:
    """It is what each follower fetches after a change."""
    answer = published.get("/feed/delta?from=0&to=256", accept_encoding="gzip")

    assert len(answer.body) < len(gzip.compress(answer.plain, 6, mtime=0))


def test_golden_deltas(golden_node: Callable[[int], Any]) -> None:
    """LOG-53: entries and their live contents in one answer."""
    node = golden_node(len(FEED["entries"]))

    for case in DELTAS["answers"]:
        answer = node.get(f"/feed/delta?from={case['from']}&to={case['to']}")
        assert answer.body == base64.b64decode(case["raw"])


@pytest.mark.parametrize("size", [20, 600, 3000])
def test_delta_answers_what_it_must_and_nothing_else(node: Any, size: int) -> None:
    """EXC-02, EXC-06."""
    node = written_feed(node, size)

    cases = [case for case in DELTAS["ranges"] if case["size"] == size]
    found = {case["query"]: node.get(f"/feed/delta?{case['query']}").status for case in cases}

    assert found == {case["query"]: case["status"] for case in cases}


@pytest.mark.parametrize(
    "query",
    [
        "from=0&to=20&x=1",
        "from=0&to=20&",
        "FROM=0&to=20",
        "from=0;to=20",
        "from=0&to=%2020",
        "from=0&to=" + "9" * 17,
        "from=0&to=" + "9" * 5000,
    ],
)
def test_a_malformed_delta_is_a_bad_request(node: Any, query: str) -> None:
    """L07, EXC-02."""
    status = written_feed(node, 20).get(f"/feed/delta?{query}").status

    assert status == (200 if query == "from=0&to=20&" else 400)


# --- paths, types, caching


def test_every_path_has_its_type_and_cache(published: Any) -> None:
    """EXC-01, EXC-03: only tiles and bundles are immutable; strong tags everywhere."""
    (raw,) = published.store.contents(published.feed.id, 1, 2)
    binary, lines = "application/octet-stream", "application/jsonl"
    expected = {
        "/.well-known/entrepot": ("application/json", MINUTE),
        "/.well-known/did.json": ("application/did+json", MINUTE),
        "/.well-known/did.jsonl": (lines, MINUTE),
        "/feed/keys.jsonl": (lines, MINUTE),
        "/feed/checkpoint": ("text/plain; charset=utf-8", "max-age=1, must-revalidate"),
        "/feed/tile/0/000": (binary, IMMUTABLE),
        "/feed/tile/0/001.p/44": (binary, IMMUTABLE),
        "/feed/tile/1/000.p/1": (binary, IMMUTABLE),
        "/feed/tile/entries/000": (binary, IMMUTABLE),
        "/feed/tile/entries/001.p/44": (binary, IMMUTABLE),
        "/feed/addenda.v1": (binary, MINUTE),
        path_of(sha256(raw)): (binary, MINUTE),
        "/feed/contents/0": (lines, MINUTE),
        "/feed/contents/1": (lines, MINUTE),
        "/feed/delta?from=256&to=300": (binary, MINUTE),
    }

    for path, (media_type, cache) in expected.items():
        answer = published.get(path)
        assert (answer.status, answer.headers["content-type"]) == (200, media_type), path
        assert answer.headers["cache-control"] == cache
        tag = answer.headers["etag"]
        assert tag.startswith('"')
        assert int(answer.headers["content-length"]) == len(answer.body)
        assert "set-cookie" not in answer.headers
        assert published.get(path, if_none_match=tag).status == 304


def test_addenda_v1_is_there_and_empty(published: Any) -> None:
    """LOG-43."""
    assert published.get("/feed/addenda.v1").body == b""


def test_tiles_and_bundles_are_those_of_the_head(published: Any) -> None:
    """EXC-04, LOG-41, LOG-42: recomputed from what is served, the root is the signed one."""
    opened = open_checkpoint(
        published.get("/feed/checkpoint").body,
        published.feed.name,
        log_keys(published.feed.key_log, published.feed.name),
    )
    bundles = published.get("/feed/tile/entries/000").body, published.get("/feed/tile/entries/001.p/44").body
    entries = decode_bundle(bundles[0], 256) + decode_bundle(bundles[1], 44)
    leaves = [leaf_hash(raw) for raw in entries]

    assert Frontier().extend(leaves).root() == opened.checkpoint.root
    assert published.get("/feed/tile/0/000").body == b"".join(leaves[:256])
    assert published.get("/feed/tile/0/001.p/44").body == b"".join(leaves[256:])
    assert published.get("/feed/tile/1/000.p/1").body == Frontier().extend(leaves[:256]).root()


@pytest.mark.parametrize("width", [1, 43, 44, 255])
def test_l13_widths_that_some_head_implied_are_prefixes_and_others_absent(published: Any, width: int) -> None:
    """EXC-05: tile 1 is 44 wide at size 300; a full tile has been every width before."""
    entries = published.store.entries(published.feed.id, 0, 300)

    first = published.get(f"/feed/tile/entries/000.p/{width}")
    second = published.get(f"/feed/tile/entries/001.p/{width}")

    assert first.body == encode_bundle(entries[:width])
    assert (second.status, second.body) == (
        (200, encode_bundle(entries[256 : 256 + width])) if width <= 44 else (404, b"")
    )


@pytest.mark.parametrize(
    "path",
    [
        "tile/0/001", "tile/0/002", "tile/0/002.p/1", "tile/entries/001", "tile/1/000", "tile/1/000.p/2",
        "tile/2/000", "tile/2/000.p/1", "tile/63/000",  # not implied by the size
        "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/044", "tile/0/000.p/", "tile/0/000.p",  # L13
        "tile/00/000", "tile/0/0", "tile/0/x000/000", "tile/0/0000", "tile/64/000", "tile/-1/000", "tile/a/000",
        "tile/0/000/", "tile/0//000", "tile//0/000", "tile/", "tile", "tile/entries", "tile/entries/000.p/%34%34x",
        "tile/0/x999/x999/x999/x999/x999/999", "tile/0/" + "x999/" * 400 + "999", "tile/0/000%00", "tile/0/٠٠٠",
        "tile/entries/000.P/1", "TILE/0/000", "tile/0/%2e%2e/0/000", "tile/0/000%0a", "checkpoint%0a", "contents/0%0a",
        "contents/2", "contents/-1", "contents/00", "contents/0x0", "contents/", "contents/" + "9" * 17,
        "contents/" + "9" * 5000, "contents/0/", "contents/٠",
        "checkpoint/", "checkpoint/300", "keys.jsonl/", "addenda.v1/", "", "nothing", "%2e%2e/.well-known/entrepot",
        "addenda/", "addenda/ab/cd", "addenda/ab/cd/" + "ab" * 32, "addenda/ab/cd/abcd" + "0" * 60,
    ],
)  # fmt: skip
def test_l13_what_does_not_exist_is_absent(published: Any, path: str) -> None:
    """L07, EXC-02, LOG-40: 404, never 200, no redirect, nothing kept by caches."""
    answer = published.get(f"/feed/{path}")

    assert answer.status == 404, answer.headers
    assert answer.headers["cache-control"] == "no-store"


def test_a_content_has_one_address(published: Any) -> None:
    """EXC-02: lower-case hex below its own first bytes."""
    (raw,) = published.store.contents(published.feed.id, 1, 2)
    name = sha256(raw).hex()

    assert published.get(path_of(name)).plain == raw
    for path in (
        f"/feed/addenda/{name[2:4]}/{name[:2]}/{name}",
        f"/feed/addenda/{name[:2]}/{name[2:4]}/{name[:-1]}",
        f"/feed/addenda/{name[:2]}/{name[2:4]}/{name}0",
        path_of(name.upper()),
        path_of(name) + "/",
    ):
        assert published.get(path).status == 404


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_feed_paths_can_only_be_read(published: Any, method: str) -> None:
    for path in ("checkpoint", "tile/0/000", "delta?from=0&to=300"):
        assert published.ask(method, f"/feed/{path}").status == 405


# --- conditional requests and compression


def test_a_cache_that_holds_the_answer_gets_a_304(published: Any) -> None:
    """EXC-03: with its tag alone, weakened by a proxy, among others, or for any."""
    answer = published.get("/feed/checkpoint")
    tag = answer.headers["etag"]

    for held in (tag, f"W/{tag}", f'"other", {tag}', "*"):
        unchanged = published.get("/feed/checkpoint", if_none_match=held)
        assert (unchanged.status, unchanged.body, unchanged.headers["etag"]) == (304, b"", tag)
        assert unchanged.headers["cache-control"] == answer.headers["cache-control"]
    for held in ('"other"', tag.strip('"'), "", '""'):
        assert published.get("/feed/checkpoint", if_none_match=held).body == answer.body


def test_a_new_head_has_a_new_tag(node: Any, company: Company) -> None:
    """H21: a follower that asks again with the old one gets the new head."""
    tag = node.get("/feed/checkpoint").headers["etag"]
    node.publish(company("A"))

    answer = node.get("/feed/checkpoint", if_none_match=tag)

    assert (answer.status, answer.body) == (200, node.feed.head.note)


@pytest.mark.parametrize(
    ("accept", "coding"),
    [
        ("gzip", "gzip"),
        ("GZIP", "gzip"),
        ("br, gzip", "gzip"),
        ("gzip;q=0.1", "gzip"),
        ("*", "gzip"),
        ("br;q=1, *;q=0.5", "gzip"),
        ("gzip;q=1.0, *;q=0", "gzip"),
        ("zstd;q=0, gzip", "gzip"),
        ("dcz, gzip", "gzip"),
        ("zstd", "zstd"),
        ("br, zstd, deflate", "zstd"),
        ("gzip, ZSTD;q=0.5", "zstd"),
        ("dcz, zstd, gzip", "zstd"),
        (None, None),
        ("", None),
        ("identity", None),
        ("br, xzstd, deflate", None),
        ("dcz", None),
        ("gzip;q=0", None),
        ("gzip; q=0.000", None),
        ("*;q=0", None),
        ("*, gzip;q=0", None),
        ("gzip;q=0, *", None),
        ("xgzip", None),
    ],
)
def test_a_coding_is_sent_only_where_it_is_accepted(
    published: Any, accept: str | None, coding: str | None
) -> None:
    """EXC-07: the bytes inside are the same; caches keep the two apart."""
    headers = {} if accept is None else {"accept_encoding": accept}
    for path in ("contents/0", "delta?from=0&to=256", "tile/entries/000"):
        plain = published.get(f"/feed/{path}")

        answer = published.get(f"/feed/{path}", **headers)

        assert answer.headers.get("content-encoding") == coding
        assert answer.plain == plain.body
        assert (answer.headers["etag"] != plain.headers["etag"]) is (coding is not None)
        assert answer.headers["vary"].split(", ")[0] == "Accept-Encoding"
        again = published.get(f"/feed/{path}", if_none_match=answer.headers["etag"], **headers)
        assert (again.status, "content-encoding" in again.headers) == (304, False)


def test_hashes_and_small_answers_are_sent_as_they_are(published: Any) -> None:
    """EXC-07: nothing is gained by compressing them."""
    for path in ("tile/0/000", "checkpoint", "addenda.v1"):
        answer = published.get(f"/feed/{path}", accept_encoding="gzip")
        assert "content-encoding" not in answer.headers


# --- what changes


def test_a_withdrawn_content_is_gone_and_its_successor_is_there(node: Any, company: Company) -> None:
    """EXC-02, LOG-51, LOG-53: 410 for what was withdrawn, before and after the subject came back."""
    node.publish(company("The canary sings", 1), company("Stays", 2))
    old = sha256(node.store.contents(node.feed.id, 1, 2)[0])
    subject = company(number=1)["id"]
    assert node.get(path_of(old)).status == 200
    node.withdraw(subject)
    assert (node.get(path_of(old)).status, node.get(path_of(old)).body) == (410, b"")
    node.publish(company("Corrected", 1))
    new = sha256(node.store.contents(node.feed.id, 4, 5)[0])

    answers = [
        node.get(path) for path in (path_of(old), path_of(new), "/feed/contents/0", "/feed/delta?from=0&to=5")
    ]

    assert [answer.status for answer in answers] == [410, 200, 200, 200]
    assert answers[0].headers["cache-control"] == MINUTE
    assert all(b"canary" not in answer.body for answer in answers)
    entries, rest = decode_prefix(answers[3].body, 5)
    assert (len(entries), [sha256(line) for line in split_lines(rest)][1]) == (5, new)


def test_a_superseded_content_may_be_had_by_digest_only(node: Any, company: Company) -> None:
    """LOG-50, LOG-51: it was not withdrawn, so it is history; `contents` has what is live."""
    node.publish(company("Old name", 1))
    node.publish(company("New name", 1))
    new, old = (version.digest for version in node.store.versions(company(number=1)["id"]))

    lines = split_lines(node.get("/feed/contents/0").body)

    assert [sha256(line) for line in lines] == [new]
    assert node.get(path_of(old)).plain.find(b"Old name") > 0


def test_a_line_of_the_key_log_may_be_had_by_digest(node: Any) -> None:
    """LOG-23: what an entry commits to is served, but is no record."""
    line = node.feed.key_log.lines[0]

    assert node.get(path_of(sha256(line))).plain == line
    assert node.get("/feed/contents/0").body == b""


def test_a_head_never_names_what_is_not_served(node: Any, company: Company) -> None:
    """EXC-04: whatever head a follower meets while we publish, everything below it is there."""
    done = threading.Event()

    def publish() -> None:
        try:
            for number in range(25):
                node.publish(company(f"Company {number}", number % 5))
        finally:
            done.set()

    publisher = threading.Thread(target=publish)
    publisher.start()
    seen = set()
    while not done.is_set():
        head = open_checkpoint(
            node.get("/feed/checkpoint").body, node.feed.name, log_keys(node.feed.key_log, node.feed.name)
        ).checkpoint
        bundle = node.get(f"/feed/tile/entries/000.p/{head.size}")
        entries = decode_bundle(bundle.body, head.size)
        assert Frontier().extend(leaf_hash(raw) for raw in entries).root() == head.root
        assert len(node.get(f"/feed/tile/0/000.p/{head.size}").body) == 32 * head.size
        seen.add(head.size)
    publisher.join()

    assert seen <= set(range(1, 27))


# --- a real server


def exchange(port: int, request: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(request + b" HTTP/1.1\r\nHost: biomed.example\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(65_536), b""))


def test_head_and_odd_targets_on_the_wire(published: Any, serve: Callable[[Path], int]) -> None:
    """EXC-01, EXC-02 (H22): HEAD has the lines of GET and no body; no spelling leads elsewhere."""
    port = serve(published.home.path)

    for path in (b"/feed/checkpoint", b"/feed/tile/0/000", b"/feed/contents/0", b"/feed/tile/0/999"):
        head, get = exchange(port, b"HEAD " + path), exchange(port, b"GET " + path)
        assert head.endswith(b"\r\n\r\n")
        lines = [line for line in get.partition(b"\r\n\r\n")[0].split(b"\r\n") if b"date:" not in line]
        assert [line for line in head.strip().split(b"\r\n") if b"date:" not in line] == lines
    for target in (
        b"/feed/../feed/checkpoint", b"//feed/checkpoint", b"/feed//checkpoint", b"/feed/./checkpoint",
        b"/feed/%2e%2e/feed/checkpoint", b"/feed/tile/0/..%2f0/000", b"/FEED/checkpoint", b"/feed/checkpoint%00",
        b"/feed/tile/0/%ff", b"/mirror/feed/checkpoint",
    ):  # fmt: skip
        assert exchange(port, b"GET " + target).startswith(b"HTTP/1.1 404 "), target


# --- replicas


def test_what_a_replica_does_not_have_yet_is_absent_and_kept_by_nobody(
    node: Any, open_node: OpenNode, company: Company, tmp_path: Path
) -> None:
    """EXC-04, EXC-05: it was asked for a head that another server showed; what is short would be immutable in caches."""
    node.publish(company("One", 1))
    node.store.close()
    behind = open_node(shutil.copytree(node.home.path, tmp_path / "replica"))
    node.store = node.home.open_store()
    node.publish(*(company(f"More {number}", number) for number in range(2, 300)))
    app = FastAPI()
    short = ShortAnswers(is_near=True)
    app.include_router(feed_routes(behind.store, lambda _request: node.feed, short=short, prefix="/feed"))
    paths = ("tile/0/000", "tile/0/000.p/3", "tile/entries/000", "tile/1/000.p/1", "delta?from=0&to=256")

    async def ask() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return [await client.get(f"/feed/{path}") for path in (*paths, "tile/entries/000.p/2")]

    *short, whole = asyncio.run(ask())

    assert [(one.status_code, one.headers["cache-control"]) for one in short] == [(404, "no-store")] * 5
    assert (whole.status_code, len(decode_bundle(whole.content, 2))) == (200, 2)
    behind.store.close()
