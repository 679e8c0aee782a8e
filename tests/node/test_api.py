"""`/api/v1`: records, changes and peers without Merkle trees (exchange §3)."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.storage.contract import PEER, PEER_FEED, FeedWriter, start, stored, subject_id
from entrepot_schema.canonical import canonical_bytes, read_canonical, sha256
from entrepot_sync.feed_store import Content, Status

Company = Callable[..., dict[str, Any]]
OpenNode = Callable[[Path], Any]
API = "/api/v1"


def cursor_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def record(name: str) -> bytes:
    """Write a document that passed its checks when it was pulled."""
    return canonical_bytes({"credentialSubject": {"profile": {"name": {"en": name}}}})


@pytest.fixture(scope="module")
def full_home(
    founded_home: Path, open_node: OpenNode, company: Company, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Our records, one of them replaced and one withdrawn, and a peer's with one of each status."""
    home: Path = shutil.copytree(founded_home, tmp_path_factory.mktemp("full") / "home")
    node = open_node(home)
    node.publish(*(company(f"Company {number}", number) for number in range(8)))
    node.publish(company("Company 3, renamed", 3))
    node.withdraw(company(number=5)["id"])
    writer = FeedWriter(PEER)
    feed = start(node.store, writer, own=False)
    writer.publish(1, record("Peer 1"))
    writer.publish(2, b"canary of the refused", Content(Status.REFUSED, None, "schema.required", "/name"))
    writer.publish(3, b"canary of the missing", Content(Status.MISSING))
    writer.publish(4, b"{}", Content(Status.KEPT, b'{"canary":"of a later version"}'))
    writer.publish(5, record("canary of the withdrawn"))
    writer.inert()
    writer.withdraw(5)
    node.store.append(feed.id, writer.chunk())
    node.store.add_follow(feed.id, "https://agri.example", allow_private=False, growth_limit=9, now=0.0)
    node.store.close()
    return home


@pytest.fixture
def full(full_home: Path, open_node: OpenNode, tmp_path: Path) -> Iterator[Any]:
    node = open_node(shutil.copytree(full_home, tmp_path / "full"))
    yield node
    node.store.close()


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
def test_records_are_paged_through_without_gap(full: Any, limit: int) -> None:
    """EXC-42: live stored records, each with where it comes from, whatever the size of the page."""
    found = pages(full, "records", limit)

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


def test_the_stream_of_records_is_all_live_ones_byte_for_byte(full: Any) -> None:
    """EXC-41: as they were signed, one a line."""
    answer = full.get(f"{API}/records.jsonl")

    contents = [
        raw
        for feed in full.store.feeds()
        for index in range(feed.size)
        for raw in full.store.contents(feed.id, index, index + 1)
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


def test_a_subject_shows_all_its_versions(full: Any) -> None:
    found = full.get(f"{API}/records/{subject_id(3)}").json()

    assert (found["id"], found["type"]) == (subject_id(3), "company")
    assert [(v["revision"], v["index"], v["live"], v["status"]) for v in found["versions"]] == [
        (2, 9, True, "stored"),
        (1, 4, False, "stored"),
    ]
    names = [v["record"]["credentialSubject"]["profile"]["name"]["en"] for v in found["versions"]]
    assert names == ["Company 3, renamed", "Company 3"]


def test_what_was_withdrawn_or_refused_shows_no_content(full: Any) -> None:
    """EXC-42: nothing but id, index, digest and code, in any answer."""
    ours = full.get(f"{API}/records/{subject_id(5)}").json()["versions"]
    refused = full.get(f"{API}/records/{subject_id(2, PEER)}").json()["versions"]
    everything = b"".join(
        full.get(f"{API}/{path}").body
        for path in (
            "records", "records.jsonl", "changes", "peers", "refused",
            *(f"records/{subject_id(number, PEER)}" for number in range(1, 6)),
        )
    )  # fmt: skip

    assert [(v["status"], v["record"], v["live"]) for v in ours] == [("erased", None, False)]
    assert [(v["status"], v["code"], v["record"]) for v in refused] == [("refused", "schema.required", None)]
    assert b"canary" not in everything
    assert b"Company 5" not in everything


def test_the_refused_are_listed_with_place_and_reason(full: Any) -> None:
    """EXC-42."""
    (found,) = full.get(f"{API}/refused").json()

    assert found == {
        "origin": PEER, "feed": PEER_FEED, "index": 2, "subject": subject_id(2, PEER),
        "digest": sha256(b"canary of the refused").hex(), "code": "schema.required", "pointer": "/name",
    }  # fmt: skip


@pytest.mark.parametrize(
    "subject",
    [
        "https://biomed.example/id/" + "z" * 26,
        "nothing",
        "https%3A%2F%2Fbiomed.example",
        "%00",
        "%ff%fe",
        "..%2f..%2fetc%2fpasswd",
        "'%20OR%201=1--",
        "x" * 3_000,
    ],
)
def test_an_unknown_subject_is_a_problem(full: Any, subject: str) -> None:
    """EXC-02, EXC-09."""
    answer = full.get(f"{API}/records/{subject}")

    assert (answer.status, answer.json()["code"]) == (404, "record.unknown")
    assert len(answer.body) < 1_000


# --- changes


@pytest.mark.parametrize("limit", [1, 4, 1000])
def test_changes_come_in_order_of_arrival(full: Any, limit: int) -> None:
    """EXC-40: effective entries of all feeds, each with origin and index."""
    found = pages(full, "changes", limit)

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

    assert full.store.put_content(feed.id, 3, stored(record("another's"))) is False
    assert full.store.put_content(feed.id, 3, stored(b"canary of the missing")) is True

    (change,) = full.get(f"{API}/changes?cursor={cursor}").json()["items"]
    assert (change["origin"], change["index"], change["status"]) == (PEER, 3, "stored")


# --- bad questions


HOSTILE_CURSORS = [
    "x", "....", "%00", "a" * 65, "a" * 5_000, "٣", "%ff", "AAAA", "==", "-", "'",
    cursor_of("1"), cursor_of("1.2.3"), cursor_of("-2.0"), cursor_of("0.-2"), cursor_of("01.2"), cursor_of("+1.2"),
    cursor_of("1_0.2"), cursor_of(" 1.2"), cursor_of("1.2 "), cursor_of(f"0.{2**63}"), cursor_of(f"{2**200}.1"),
    cursor_of("1.٣"), cursor_of("nan.inf"), cursor_of("1.2") + "=", cursor_of("1.2") + "%0a", cursor_of("0x1.2"),
]  # fmt: skip


@pytest.mark.parametrize("path", ["records", "changes"])
@pytest.mark.parametrize("cursor", HOSTILE_CURSORS)
def test_a_cursor_that_we_did_not_give_is_a_bad_request(full: Any, path: str, cursor: str) -> None:
    """EXC-02, EXC-09."""
    answer = full.get(f"{API}/{path}?cursor={cursor}")

    assert answer.status == 400
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] in ("http.cursor", "http.parameter")


@pytest.mark.parametrize("cursor", [cursor_of(f"2.{2**62}"), cursor_of(f"{2**62}.{2**62}"), cursor_of("7.0")])
def test_a_cursor_beyond_the_end_finds_nothing(full: Any, cursor: str) -> None:
    assert full.get(f"{API}/records?cursor={cursor}").json()["items"] == []


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=1001", "limit=-1", "limit=x", "limit=", "limit=1.5", "limit=" + "9" * 400, "type=A", "type=" + "a" * 33],
)  # fmt: skip
def test_a_parameter_out_of_bounds_is_a_bad_request(full: Any, query: str) -> None:
    """EXC-02, EXC-09: named in words; the code is stable."""
    answer = full.get(f"{API}/records?{query}")

    assert (answer.status, answer.json()["code"]) == (400, "http.parameter")
    assert query.partition("=")[0] in answer.json()["detail"]
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["", "/", "/records/", "/nothing", "/recordsx", "/changes/1"])
def test_unknown_paths_of_the_api_are_problems(full: Any, path: str) -> None:
    """EXC-02, EXC-09."""
    answer = full.get(f"{API}{path}")

    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert answer.json()["code"] in ("http.404", "record.unknown")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_the_api_can_only_be_read(full: Any, method: str) -> None:
    answer = full.ask(method, f"{API}/records")

    assert (answer.status, answer.json()["code"]) == (405, "http.405")


# --- peers, headers, description


def test_peers_tell_how_their_feeds_stand(full: Any) -> None:
    """Our own first, with what is held of each."""
    ours, peer = full.get(f"{API}/peers").json()

    assert (ours["origin"], ours["own"], ours["base_url"]) == ("biomed.example", True, None)
    assert (ours["size"], ours["stored"]) == (11, 11)
    assert ours["counts"] == {
        "live": 7, "stored": 7, "missing": 0, "refused": 0, "kept": 0, "withdrawn": 1, "inert": 0,
    }  # fmt: skip
    assert ours["root"] == full.feed.head.root.hex()
    assert ours["fingerprint"] == full.feed.key_log.scid
    assert (peer["origin"], peer["own"], peer["base_url"]) == (PEER, False, "https://agri.example")
    assert peer["counts"] == {
        "live": 4, "stored": 1, "missing": 1, "refused": 1, "kept": 1, "withdrawn": 1, "inert": 1,
    }  # fmt: skip


def test_any_page_may_read_the_api(full: Any) -> None:
    """Cross-origin reads are open, errors included; nothing there depends on who asks."""
    for path in (
        "records",
        "records.jsonl",
        "changes",
        "peers",
        "refused",
        "records/nothing",
        "records?limit=0",
    ):
        answer = full.get(f"{API}/{path}", origin="https://elsewhere.example")
        assert answer.headers["access-control-allow-origin"] == "*", path
        assert "access-control-allow-credentials" not in answer.headers
        assert "set-cookie" not in answer.headers


def test_the_api_describes_itself(full: Any) -> None:
    """OpenAPI 3.1, complete for what this file asks."""
    described = full.get(f"{API}/openapi.json").json()

    assert described["openapi"].startswith("3.1")
    assert {f"{API}/{name}" for name in ("records", "records.jsonl", "changes", "peers", "refused")} <= set(
        described["paths"]
    )
    assert read_canonical(canonical_bytes(full.get(f"{API}/changes").json()))["items"]
