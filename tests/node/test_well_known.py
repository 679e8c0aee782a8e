"""Who a node is, for peers and for verifiers of did:web (exchange §1)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.key_log import parse_key_log
from entrepot_schema.key_state import did_web_document
from entrepot_schema.record import verify_record

Company = Callable[..., dict[str, Any]]


def test_the_node_document_is_signed_like_a_record(node: Any) -> None:
    """EXC-08: by the key in force, naming all that a follower needs to begin."""
    node.refresh_node_document()

    answer = node.get("/.well-known/entrepot")

    key_log = parse_key_log(node.get("/feed/keys.jsonl").body, origin="biomed.example")
    document = verify_record(
        answer.body, None, origin="biomed.example", key=key_log.latest.record_key
    ).document
    profile = document["credentialSubject"]["profile"]
    assert document["credentialSubject"]["id"] == "did:web:biomed.example"
    assert profile["type"] == "node"
    assert profile["feed"] == "biomed.example/feed/1"
    assert profile["baseUrls"] == ["http://127.0.0.1:8101"]
    assert profile["specVersions"] == ["1.0"]
    assert profile["capabilities"] == ["api", "delta", "hello", "mirror", "witness"]
    assert profile["license"] == "CC-BY-4.0"
    assert profile["takedown"] == {"email": "info@biomed.example"}
    assert profile["name"] == {"en": "BioMed"}
    assert canonical_bytes(document) == answer.body


def test_the_node_document_is_signed_again_only_when_it_changes(node: Any) -> None:
    """Its bytes, and so its tag, stay over restarts."""
    first = node.refresh_node_document()
    node.clock.move(days=1)

    assert node.refresh_node_document() == first
    node.settings = node.settings.model_copy(update={"territory": ["CN"]})
    second = node.refresh_node_document()

    assert read_canonical(second)["revision"] == read_canonical(first)["revision"] + 1
    assert node.get("/.well-known/entrepot").body == second


def test_without_a_node_document_there_is_a_problem_with_a_code(node: Any) -> None:
    """EXC-02, EXC-09."""
    answer = node.get("/.well-known/entrepot")

    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
    assert (answer.json()["status"], answer.json()["code"]) == (404, "node.no-document")


def test_the_key_log_is_at_both_places(node: Any) -> None:
    """SIG-40."""
    raw = node.get("/.well-known/did.jsonl").body

    assert raw == node.get("/feed/keys.jsonl").body == node.feed.key_log.to_bytes()


def test_the_did_web_twin_can_be_read_from_any_page(node: Any) -> None:
    """SIG-48: for verifiers that know no key log; open to browsers, also as 304."""
    answer = node.get("/.well-known/did.json")

    assert answer.body == canonical_bytes(did_web_document(node.feed.key_log.latest))
    assert answer.json()["id"] == "did:web:biomed.example"
    assert answer.headers["access-control-allow-origin"] == "*"
    unchanged = node.get("/.well-known/did.json", if_none_match=answer.headers["etag"])
    assert (unchanged.status, unchanged.headers["access-control-allow-origin"]) == (304, "*")


@pytest.mark.parametrize(
    "path",
    [
        "/.well-known/",
        "/.well-known/did.json/",
        "/.well-known/nothing",
        "/.well-known/entrepot%0a",
        "/nothing/at/all",
    ],
)
def test_errors_outside_of_feed_paths_are_problems(node: Any, path: str) -> None:
    """EXC-02, EXC-09."""
    node.refresh_node_document()

    answer = node.get(path, accept="application/json")

    assert answer.status == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "http.404"


@pytest.mark.parametrize("path", ["/.well-known/entrepot", "/.well-known/did.json", "/.well-known/did.jsonl"])
def test_well_known_paths_can_only_be_read(node: Any, path: str) -> None:
    """EXC-09."""
    answer = node.ask("POST", path)

    assert (answer.status, answer.json()["code"]) == (405, "http.405")


def test_every_answer_forbids_what_no_page_of_ours_needs(node: Any) -> None:
    """Section on headers of the security baseline: nothing of a peer's can run in a browser."""
    node.refresh_node_document()

    for path in ("/.well-known/entrepot", "/.well-known/did.json", "/api/v1/records", "/nothing"):
        headers = node.get(path).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["referrer-policy"] == "no-referrer"
    assert node.get("/feed/contents/0").headers["x-content-type-options"] == "nosniff"
