"""`/api/v1`: records, changes and peers without Merkle trees (exchange §3)."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from typing import Any

import pytest
from starlette.routing import Route

from entrepot_node.app import create_app
from entrepot_node.storage.contract_feed import PEER, PEER_FEED, FeedWriter, start, stored, subject_id
from entrepot_schema.canonical import canonical_bytes, sha256

Company = Callable[..., dict[str, Any]]
API = "/api/v1"


def cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def at(number: int, origin: str = "biomed.example") -> str:
    """The two halves of a subject id, as they stand in a path."""
    return subject_id(number, origin).removeprefix("https://").replace("/id/", "/")


def pages(node: Any, path: str, limit: int) -> list[dict[str, Any]]:
    """Read all pages; `changes` ends where nothing more is there."""
    found: list[dict[str, Any]] = []
    cursor = ""
    while True:
        page = node.get(f"{API}/{path}?limit={limit}&cursor={cursor}").json()
        found += page["items"]
        cursor = page["next"]
        if not page.get("more", bool(cursor)):
            return found


# --- records


@pytest.mark.parametrize("limit", [1, 3, 8, 9, 1000])
def test_records_are_paged_through_without_gap(held: Any, limit: int) -> None:
    """EXC-42: live stored records, each with where it comes from, whatever the size of the page."""
    found = pages(held, "records", limit)

    assert [(item["origin"], item["index"]) for item in found] == [
        ("biomed.example", index) for index in (1, 2, 3, 5, 7, 8, 9)
    ] + [(PEER, 1)]
    for item in found:
        assert sha256(canonical_bytes(item["record"])).hex() == item["digest"]
    assert {item["feed"] for item in found} == {"biomed.example/feed/1", PEER_FEED}


def test_records_can_be_filtered_by_type(full: Any) -> None:
    cluster = {"type": "cluster", "kind": "network"}
    full.publish(
        {
            "name": {"en": "BioMed"},
            "locations": [{"country": "IT"}],
            "status": "active",
            "updated": "2026-11-02",
        }
        | cluster
    )

    found = full.get(f"{API}/records?type=cluster").json()

    assert [item["record"]["credentialSubject"]["profile"]["name"] for item in found["items"]] == [
        {"en": "BioMed"}
    ]
    assert found["next"] == ""
    assert full.get(f"{API}/records?type=unicorn").json()["items"] == []


def test_the_stream_of_records_is_all_live_ones_byte_for_byte(held: Any) -> None:
    """EXC-41: as they were signed, one a line."""
    answer = held.get(f"{API}/records.jsonl")

    contents = [
        raw
        for feed in held.store.feeds()
        for index in range(feed.size)
        for raw in held.store.contents(feed.id, index, index + 1)
        if b"later version" not in raw
    ]
    assert answer.body == b"".join(raw + b"\n" for raw in contents)
    assert len(contents) == 8
    assert answer.headers["content-type"] == "application/jsonl"


def test_a_long_stream_of_records_is_complete(node: Any, company: Company) -> None:
    """EXC-41: longer than what is held in memory at a time."""
    node.publish(*(company(f"Company {number}", number) for number in range(650)))

    lines = node.get(f"{API}/records.jsonl").body.splitlines()

    assert [sha256(line) for line in lines] == [
        sha256(raw) for raw in node.store.contents(node.feed.id, 0, 651)
    ]


def test_records_can_be_filtered_by_origin(held: Any) -> None:
    theirs = held.get(f"{API}/records?origin={PEER}").json()["items"]
    ours = held.get(f"{API}/records?origin=biomed.example&type=company").json()["items"]

    assert ([item["origin"] for item in theirs], len(ours)) == ([PEER], 7)
    assert held.get(f"{API}/records.jsonl?origin={PEER}").body.count(b"\n") == 1


def test_a_page_ends_by_bytes_too(node: Any) -> None:
    """EXC-50: a thousand records of the largest size would be 64 MB."""
    writer = FeedWriter(PEER)
    feed = start(node.store, writer, own=False)
    for number in range(90):
        writer.publish(number, b'{"n":%d,"text":"%s"}' % (number, b"x" * 60_000))
    node.store.append(feed.id, writer.chunk())

    page = node.get(f"{API}/records?limit=1000")

    assert len(page.body) < 4_100_000
    assert 0 < len(page.json()["items"]) < 90
    assert [item["index"] for item in pages(node, "records", 1000)] == list(range(1, 91))


def test_what_was_withdrawn_or_refused_shows_no_content(held: Any) -> None:
    """EXC-42: nothing but id, index, digest and code, in any answer."""
    ours = held.get(f"{API}/subjects/{at(5)}/history?content=true").json()["items"]
    refused = held.get(f"{API}/subjects/{at(2, PEER)}").json()
    everything = b"".join(
        held.get(f"{API}/{path}").body
        for path in (
            "records", "records.jsonl", "changes", "peers", "refused",
            *(f"subjects/{at(number, PEER)}{more}" for number in range(1, 6) for more in ("", "/history?content=true")),
            *(f"subjects/{at(number, PEER)}/versions/1" for number in range(1, 6)),
        )
    )  # fmt: skip

    assert [(v["status"], v["record"], v["live"], v["withdrawn"]) for v in ours] == [
        ("erased", None, False, True)
    ]
    assert (refused["status"], refused["code"], refused["record"]) == ("refused", "schema.required", None)
    assert b"canary" not in everything
    assert b"Company 5" not in everything


def test_the_refused_are_listed_with_place_and_reason(held: Any) -> None:
    """EXC-42, EXC-62."""
    (found,) = held.get(f"{API}/refused").json()["items"]

    assert found == {
        "origin": PEER, "feed": PEER_FEED, "index": 2, "subject": subject_id(2, PEER),
        "digest": sha256(b"canary of the refused").hex(), "code": "schema.required", "pointer": "/name",
        "meaning": "a field is missing",
    }  # fmt: skip


# --- changes


@pytest.mark.parametrize("limit", [1, 4, 1000])
def test_changes_come_in_order_of_arrival(held: Any, limit: int) -> None:
    """EXC-40: effective entries of all feeds, each with origin and index."""
    found = pages(held, "changes", limit)

    assert [(c["origin"], c["index"]) for c in found] == [("biomed.example", i) for i in range(11)] + [
        (PEER, index) for index in (0, 1, 2, 3, 4, 5, 7)
    ]
    withdrawn = found[10]
    assert (withdrawn["op"], withdrawn["subject"]) == ("withdraw", subject_id(5))
    assert (withdrawn["digest"], withdrawn["status"]) == (None, None)
    assert [c["status"] for c in found[11:]] == [
        "stored", "stored", "refused", "missing", "kept", "erased", None,
    ]  # fmt: skip


def test_reading_on_from_a_cursor_misses_nothing(node: Any, company: Company) -> None:
    """EXC-40: changes arrive between and behind pages; the cursor is never empty, also where nothing is new."""
    seen: list[int] = []
    cursor = ""
    for number in range(12):
        node.publish(*(company(f"Company {number}.{k}", 10 * number + k) for k in range(number % 4)))
        page = node.get(f"{API}/changes?limit=2&cursor={cursor}").json()
        assert page["next"]
        seen += [change["index"] for change in page["items"]]
        cursor = page["next"]
    while page["more"]:
        page = node.get(f"{API}/changes?limit=2&cursor={page['next']}").json()
        seen += [change["index"] for change in page["items"]]

    assert seen == list(range(node.feed.size))
    last = node.get(f"{API}/changes?cursor={page['next']}").json()
    assert (last["items"], last["next"], last["more"]) == ([], page["next"], False)


def test_a_content_that_comes_late_is_a_change(full: Any) -> None:
    """EXC-40: who reads changes learns that the record is there now."""
    cursor = full.get(f"{API}/changes?limit=1000").json()["next"]
    feed = full.store.feed(PEER_FEED)

    assert full.store.put_content(feed.id, 3, stored(b"another's")) is False
    assert full.store.put_content(feed.id, 3, stored(b"canary of the missing")) is True

    (change,) = full.get(f"{API}/changes?cursor={cursor}").json()["items"]
    assert (change["origin"], change["index"], change["status"]) == (PEER, 3, "stored")


# --- bad questions


HOSTILE_CURSORS = [
    "x", "....", "%00", "a" * 201, "a" * 5_000, "٣", "%ff", "AAAA", "==", "-", "'",
    *(cursor_of(text) for text in (
        "1", "records", "records.1", "records.1.2.3", "records.-2.0", "records.0.-2", "records.01.2", "records.+1.2",
        "records.1_0.2", "records. 1.2", "records.1.2 ", f"records.0.{2**63}", f"records.{2**200}.1", "records.1.٣",
        "records.nan.inf", "records.0x1.2", "history.1.2", "changes", "changes.1.2", "changes.-1", "changes.", "refused.1.2",
        "1.2", "", ".", "..", f"changes.{2**62 + 1}",
    ) if text),
    cursor_of("records.1.2") + "=", cursor_of("records.1.2") + "%0a",
]  # fmt: skip


@pytest.mark.parametrize("path", ["records", "changes", "refused"])
@pytest.mark.parametrize("cursor", HOSTILE_CURSORS)
def test_a_cursor_that_we_did_not_give_is_a_bad_request(held: Any, path: str, cursor: str) -> None:
    """EXC-02, EXC-09, EXC-50: no cursor of one list is good for another."""
    if cursor == cursor_of("refused.1.2") and path == "refused":
        pytest.skip("this one may be of this list")
    answer = held.get(f"{API}/{path}?cursor={cursor}")

    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in ("http.cursor", "http.parameter")


@pytest.mark.parametrize(
    "cursor",
    [cursor_of(f"records.2.{2**62}"), cursor_of(f"records.{2**62}.{2**62}"), cursor_of("records.7.0")],
)
def test_a_cursor_beyond_the_end_finds_nothing(held: Any, cursor: str) -> None:
    assert held.get(f"{API}/records?cursor={cursor}").json()["items"] == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=" + "9" * 400, "type=A", "type=" + "a" * 33],
)  # fmt: skip
def test_a_parameter_out_of_bounds_is_a_bad_request(held: Any, query: str) -> None:
    """EXC-02, EXC-09: named in words; the code is stable."""
    answer = held.get(f"{API}/records?{query}")

    assert (answer.status, answer.json()["code"]) == (400, "http.parameter")
    assert query.partition("=")[0] in answer.json()["detail"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    "path", ["/records/", "/nothing", "/recordsx", "/changes/1", "/records%0a", "//", "/subjects/x"]
)
def test_unknown_paths_of_the_api_are_problems(held: Any, path: str) -> None:
    """EXC-02, EXC-09."""
    answer = held.get(f"{API}{path}")

    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "http.404"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_api_can_only_be_read(held: Any, method: str) -> None:
    """EXC-71."""
    answer = held.ask(method, f"{API}/records")

    assert (answer.status, answer.json()["code"]) == (405, "http.405")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"


# --- peers, headers, description


def test_peers_tell_how_their_feeds_stand(held: Any) -> None:
    """Our own first, with what is held of each."""
    ours, peer = held.get(f"{API}/peers").json()["items"]

    assert (ours["origin"], ours["own"], ours["base_url"]) == ("biomed.example", True, None)
    assert (ours["size"], ours["stored"]) == (11, 11)
    assert ours["counts"] == {
        "live": 7, "stored": 7, "missing": 0, "refused": 0, "kept": 0, "withdrawn": 1, "inert": 0,
        "hidden": 0,
    }  # fmt: skip
    assert ours["root"] == held.feed.head.root.hex()
    assert ours["fingerprint"] == held.feed.key_log.scid
    assert (peer["origin"], peer["own"], peer["base_url"]) == (PEER, False, "https://agri.example")
    assert peer["counts"] == {
        "live": 4, "stored": 1, "missing": 1, "refused": 1, "kept": 1, "withdrawn": 1, "inert": 1,
        "hidden": 0,
    }  # fmt: skip


def test_a_follower_of_a_follower_gets_the_key_log(held: Any) -> None:
    """EXC-63: with it, and the fingerprint, records verify offline."""
    assert held.get(f"{API}/peers/biomed.example/keys.jsonl").body == held.feed.key_log.to_bytes()
    assert held.get(f"{API}/peers/{PEER}/keys.jsonl").body == held.store.feed(PEER_FEED).key_log.to_bytes()
    assert held.get(f"{API}/peers/nobody.example/keys.jsonl").json()["code"] == "peer.unknown"


def test_a_slow_reader_holds_no_view_and_gets_nothing_that_was_withdrawn(node: Any) -> None:
    """EXC-54: the stream stops after its first bytes, a record behind them is withdrawn, the stream goes on."""
    writer = FeedWriter(PEER)
    feed = start(node.store, writer, own=False)
    for number in range(150):
        profile = {"type": "company", "name": {"en": f"Company {number}"}, "summary": {"en": "x" * 10_000}}
        writer.publish(number, canonical_bytes({"credentialSubject": {"profile": profile}}))
    node.store.append(feed.id, writer.chunk())
    writer.withdraw(149)
    withdrawal = writer.chunk()
    parts: list[bytes] = []
    erased: list[bool] = []

    async def receive() -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body":
            if not parts:
                await asyncio.to_thread(node.store.append, feed.id, withdrawal)
                erased.append(node.store.finish_erasures())
            parts.append(message["body"])

    scope = {
        "type": "http", "method": "GET", "path": f"{API}/records.jsonl", "raw_path": b"", "query_string": b"",
        "headers": [], "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "scheme": "http",
    }  # fmt: skip
    asyncio.run(create_app(node.store, node.settings)(scope, receive, send))

    assert erased == [True]
    assert len(b"".join(parts).splitlines()) == 149
    assert b"Company 149" not in b"".join(parts)


def test_every_route_stands_in_the_application_itself(node: Any) -> None:
    """One in an included router would be made anew at the first request, and looked for twice in each."""
    routes = create_app(node.store, node.settings).routes

    assert [route for route in routes if not isinstance(route, Route)] == []
