"""What all paths of the API do alike: headers, methods, strict questions, tags (exchange §3)."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from typing import Any

import pytest

from entrepot_node.storage.contract_feed import PEER_FEED, stored, subject_id

Company = Callable[..., dict[str, Any]]
API = "/api/v1"
SUBJECT = "subjects/" + subject_id(3).removeprefix("https://").replace("/id/", "/")
PATHS = [
    "", "/", "/records", "/records.jsonl", "/changes", "/peers", "/peers/biomed.example/keys.jsonl", "/refused",
    "/openapi.json", "/search", "/identifiers/LEI/529900D6BF99LW9R2E68", "/statistics", "/schemas",
    "/schemas/company.json", "/context", "/relations", "/catalogue",
    *(f"/{SUBJECT}{more}" for more in ("", "/schema.org", "/relations", "/history", "/versions/1", "/difference?from=1&to=2")),
]  # fmt: skip


@pytest.mark.parametrize("path", [*PATHS, "/nothing", "/records?limit=0", "/subjects/x/y"])
def test_any_page_may_read_the_api(held: Any, path: str) -> None:
    """EXC-70: errors included; nothing there depends on who asks."""
    answer = held.get(f"{API}{path}", origin="https://elsewhere.example")

    assert answer.headers["access-control-allow-origin"] == "*"
    assert "etag" in answer.headers["access-control-expose-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize("path", PATHS)
def test_a_browser_may_ask_first(held: Any, path: str) -> None:
    """EXC-71."""
    answer = held.ask(
        "OPTIONS", f"{API}{path}", origin="https://elsewhere.example", access_control_request_method="GET",
        access_control_request_headers="if-none-match",
    )  # fmt: skip

    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["allow"] == "GET, HEAD, OPTIONS"
    assert answer.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
    assert "if-none-match" in answer.headers["access-control-allow-headers"].lower()


def test_options_of_an_unknown_path_is_404(held: Any) -> None:
    assert held.ask("OPTIONS", f"{API}/nothing").status == 404


@pytest.mark.parametrize("path", PATHS)
def test_head_answers_like_get(held: Any, path: str) -> None:
    """EXC-71: the server leaves the body out."""
    got, head = held.get(f"{API}{path}"), held.ask("HEAD", f"{API}{path}")

    assert (got.status, head.status) == (200, 200)
    for name in ("content-type", "etag", "cache-control"):
        assert head.headers[name] == got.headers[name]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("encoding", ["identity", "gzip"])
def test_what_is_held_is_not_sent_again(held: Any, path: str, encoding: str) -> None:
    """EXC-57."""
    got = held.get(f"{API}{path}", accept_encoding=encoding)
    again = held.get(f"{API}{path}", accept_encoding=encoding, if_none_match=got.headers["etag"])

    assert (got.status, again.status, again.body) == (200, 304, b"")
    assert again.headers["etag"] == got.headers["etag"]
    assert not got.headers["etag"].startswith("W/")
    assert got.headers["vary"] == "Accept-Encoding"


def test_the_tag_of_all_records_tells_every_change(full: Any, company: Company) -> None:
    """EXC-57: what is published, withdrawn, comes late, or goes with a peer; each filter has its own."""
    path = f"{API}/records.jsonl"
    tags = [full.get(path).headers["etag"], full.get(f"{path}?type=company").headers["etag"]]
    tags.append(full.get(path, accept_encoding="gzip").headers["etag"])
    full.publish(company("One more", 77))
    tags.append(full.get(path).headers["etag"])
    full.withdraw(subject_id(77))
    tags.append(full.get(path).headers["etag"])
    peer = full.store.feed(PEER_FEED)
    full.store.put_content(peer.id, 3, stored(b"canary of the missing"))
    tags.append(full.get(path).headers["etag"])
    full.store.remove_follow(peer.id)
    tags.append(full.get(path).headers["etag"])

    assert len(set(tags)) == len(tags)
    assert full.get(path, if_none_match=tags[-1]).status == 304
    assert full.get(path, if_none_match=tags[0]).status == 200


def test_the_stream_is_packed_where_that_is_accepted(held: Any) -> None:
    """EXC-54."""
    plain, packed = held.get(f"{API}/records.jsonl"), held.get(f"{API}/records.jsonl", accept_encoding="gzip")

    assert packed.headers["content-encoding"] == "gzip"
    assert gzip.decompress(packed.body) == plain.body
    assert len(packed.body) < len(plain.body)


@pytest.mark.parametrize(
    "query",
    [
        "contry=IT", "limit=1&limit=2", "limit=%00", "cursor=%ED%A0%80", "cursor=%ff%fe", "type=%c3", "%ff=1", "Limit=1",
        "limit[]=1", "cursor=" + "a" * 4_000, "type=" + "a" * 4_000, "=1", "&x", "limit", "limit=%6", "type=%0a",
        "type=company%00", "&".join(["type=company"] * 500), "q=%00", "q=" + "a" * 4_000, "q=%ff", "type=%F0%9F%98%80",
    ],
)  # fmt: skip
def test_a_question_that_is_not_understood_is_refused(held: Any, query: str) -> None:
    """EXC-72: never ignored, never a server error."""
    for path in ("records", "changes", "refused", "search", "statistics"):
        answer = held.get(f"{API}/{path}?{query}")

        assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")
        assert answer.json()["code"] in ("http.parameter", "http.cursor")


def test_a_misspelt_parameter_is_put_right(held: Any) -> None:
    """EXC-72."""
    found = held.get(f"{API}/records?orign=biomed.example").json()

    assert found["hint"] == "Did you mean origin?"
    assert found["type"] == "https://w3id.org/entrepot/code/http.parameter"


def test_a_query_that_is_too_long_is_refused(held: Any) -> None:
    """EXC-72."""
    answer = held.get(f"{API}/records?cursor=" + "a" * 9_000)

    assert (answer.status, answer.json()["code"]) == (414, "http.414")
    assert answer.json()["type"] == "about:blank"


def test_empty_parts_of_a_query_ask_nothing(held: Any) -> None:
    assert held.get(f"{API}/records?&&type=&cursor=&").status == 200


def test_problems_say_what_they_are(held: Any) -> None:
    """EXC-73: a URI for each code of ours; none for a plain HTTP error."""
    unknown, nothing = held.get(f"{API}/{SUBJECT}/versions/9").json(), held.get(f"{API}/nothing").json()

    assert (unknown["type"], unknown["title"], unknown["status"]) == (
        "https://w3id.org/entrepot/code/record.unknown", "Not Found", 404,
    )  # fmt: skip
    assert (nothing["type"], nothing["code"]) == ("about:blank", "http.404")
