"""`/api/v1/schemas`, `/context` and `/check`: the standard's files, and a check by its rules (exchange §3)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from entrepot_node.app import create_app
from entrepot_node.routes.api.check import MAX_BODY_BYTES
from entrepot_schema import catalog
from entrepot_schema.file_check import check_file

API = "/api/v1"
GOOD = catalog.example("company-minimal")


def send(
    node: Any, body: bytes | AsyncIterator[bytes], media_type: str = "application/json", **headers: str
) -> httpx.Response:
    """Send a body to the check."""
    lines = {"content-type": media_type, **{name.replace("_", "-"): text for name, text in headers.items()}}

    async def ask() -> httpx.Response:
        app = create_app(node.store, node.settings, now=node.clock)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            return await client.post(f"{API}/check", content=body, headers=lines)

    return asyncio.run(ask())


def test_schemas_are_served_as_published(furnished: Any) -> None:
    """EXC-66: every one in the list, whole."""
    listed = furnished.get(f"{API}/schemas").json()["items"]

    assert {item["name"] for item in listed} == set(catalog.schema_names()) - {"common"}
    for item in listed:
        answer = furnished.get(item["path"])
        assert answer.headers["content-type"] == "application/schema+json"
        assert answer.body == catalog.bundled_bytes(item["name"])
    assert furnished.get(f"{API}/context").json() == catalog.context_document()


@pytest.mark.parametrize(
    "name", ["common", "nothing", "..%2f..%2fcompany", "company.schema", "COMPANY", "%00"]
)
def test_a_schema_that_is_not_there_is_404(furnished: Any, name: str) -> None:
    """EXC-02: a name never becomes a path."""
    assert furnished.get(f"{API}/schemas/{name}.json").status == 404


@pytest.mark.parametrize(
    "media_type", ["application/json", "application/json; charset=utf-8", "text/plain", "application/jsonl"]
)
def test_a_check_finds_what_the_command_finds(furnished: Any, media_type: str) -> None:
    """EXC-67."""
    bad = json.dumps({**GOOD, "staff": ["Ada"], "status": "asleep"}, indent=1).encode()
    expected = check_file(bad, "body", now=furnished.clock())

    answer = send(furnished, bad, media_type)

    assert answer.status_code == 200
    found = answer.json()
    assert found["findings"] == [fault.to_json() for fault in expected.findings]
    assert (found["errors"], found["documents"], found["complete"]) == (len(expected.findings), 1, True)
    assert answer.headers["cache-control"] == "no-store"


def test_a_good_file_has_no_errors(furnished: Any) -> None:
    assert send(furnished, json.dumps(GOOD).encode()).json()["errors"] == 0


@pytest.mark.parametrize(
    "body",
    [b" ", b"{", b"\xff\xfe", b"\xed\xa0\x80", b"null", b"[" * 100_000, b'{"a":1,"a":2}', b"\0", b"1e999"],
)
def test_what_is_no_profile_is_a_finding(furnished: Any, body: bytes) -> None:
    """EXC-67: not an error of the request, and never one of the server."""
    answer = send(furnished, body)

    assert (answer.status_code, answer.json()["errors"] > 0) == (200, True)


def test_a_check_needs_a_body(furnished: Any) -> None:
    """EXC-67."""
    answer = send(furnished, b"")

    assert (answer.status_code, answer.json()["code"]) == (400, "http.parameter")


def test_findings_are_bounded(furnished: Any) -> None:
    """EXC-67."""
    lines = b"\n".join([b'{"type":"company"}'] * 1_500)
    found = send(furnished, lines, "application/jsonl").json()

    assert (len(found["findings"]), found["complete"], found["errors"] > 1_500) == (1_000, False, True)


def test_a_body_that_is_too_large_is_refused(furnished: Any) -> None:
    """EXC-67: by its length, and by its bytes where the length was not told."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(MAX_BODY_BYTES // 1_000_000 + 1):
            yield b" " * 1_000_000

    for answer in (send(furnished, b" " * (MAX_BODY_BYTES + 1)), send(furnished, chunks())):
        assert (answer.status_code, answer.json()["code"]) == (413, "http.413")


@pytest.mark.parametrize(
    ("media_type", "headers"),
    [
        ("application/xml", {}),
        ("multipart/form-data; boundary=x", {}),
        ("application/json", {"content_encoding": "gzip"}),
    ],
)
def test_a_body_that_is_not_read_here_is_refused(
    furnished: Any, media_type: str, headers: dict[str, str]
) -> None:
    """EXC-67."""
    answer = send(furnished, b"{}", media_type, **headers)

    assert (answer.status_code, answer.json()["code"]) == (415, "http.415")


@pytest.mark.parametrize(
    "body",
    [b"{}\n" * 50_001, b"{}\n" * 2_600_000, b'{"records":[' + b"{}," * 2_600_000 + b"{}]}", b"{}\n[]" + b"\n1" * 3_900_000],
    ids=["lines", "most-lines", "package", "no-objects"],
)  # fmt: skip
def test_more_documents_than_anybody_has_in_a_file_are_not_checked(furnished: Any, body: bytes) -> None:
    """EXC-67: each fault costs more to tell than to send."""
    answer = send(furnished, body, "application/jsonl")

    assert (answer.status_code, answer.json()["code"]) == (413, "http.413")
    assert "at most 50,000 documents" in answer.json()["detail"]


def test_as_many_documents_as_a_check_takes_are_checked(furnished: Any) -> None:
    """EXC-67: blank lines are none."""
    answer = send(furnished, b"{}\n\n" * 50_000, "application/jsonl")

    assert (answer.status_code, answer.json()["documents"]) == (200, 50_000)


def test_nothing_of_a_check_is_stored(furnished: Any) -> None:
    """EXC-67."""
    before = furnished.store.state()
    send(furnished, json.dumps(GOOD).encode())

    assert furnished.store.state() == before


def test_a_check_can_only_be_posted(furnished: Any) -> None:
    """EXC-71."""
    assert furnished.get(f"{API}/check").headers["allow"] == "OPTIONS, POST"
    preflight = furnished.ask("OPTIONS", f"{API}/check", origin="https://elsewhere.example")
    assert preflight.headers["access-control-allow-methods"] == "OPTIONS, POST"
