"""Our node passes the profile `reader`, and every case of it fails some broken node."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest

from entrepot_conformance.profiles import reader
from entrepot_conformance.suite.outcome import Outcome, Status
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.target import Target

CASES = {case.name: case for case in reader.cases()}
MAY_SKIP = {"reader.difference", "reader.subject-withdrawn", "reader.identifiers"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    def with_json(self, change: Callable[[Any], object]) -> Reply:
        document = json.loads(self.body)
        change(document)
        return replace(self, body=json.dumps(document).encode())


Fault = Callable[[str, str, Reply], Reply]


def honest(method: str, path: str, reply: Reply) -> Reply:
    return reply


@contextmanager
def serving(app: Any, fault: Fault) -> Iterator[str]:
    """Serve an application on a real port, each answer passed through a fault."""

    async def answer(method: str, path: str, headers: dict[str, str], body: bytes) -> Reply:
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://node.test") as client:
            request = client.build_request(method, path, headers=headers, content=body)
            response = await client.send(request, stream=True)
            raw = b"".join([part async for part in response.aiter_raw()])
            return Reply(response.status_code, dict(response.headers), raw)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            body = self.rfile.read(length)
            reply = asyncio.run(answer(self.command, self.path, headers, body))
            reply = fault(self.command, self.path, reply)
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                if name not in ("content-length", "date", "server"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None: ...

    for method in ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"):
        setattr(Handler, f"do_{method}", Handler.handle_any)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def outcomes(node: Any, fault: Fault, *names: str) -> dict[str, Outcome]:
    node.get("/api/v1/")  # the first request makes the application
    with serving(node.app, fault) as url:
        cases = [CASES[name] for name in names or CASES]
        return {outcome.name: outcome for outcome in run_cases(cases, Target(node_url=url))}


def test_our_node_passes(held: Any) -> None:
    found = outcomes(held, honest)

    others = {name: one.reason for name, one in found.items() if one.status is not Status.PASS}
    assert {name: reason for name, reason in others.items() if name not in MAY_SKIP} == {}


def test_a_node_without_the_interface_is_not_judged(held: Any) -> None:
    found = outcomes(held, lambda method, path, reply: replace(reply, status=404))

    assert {one.status for one in found.values()} == {Status.SKIP}


def emptied(method: str, path: str, reply: Reply) -> Reply:
    return reply if path == "/api/v1/" else Reply(200, {"content-type": "application/json"}, b"{}")


def broken(method: str, path: str, reply: Reply) -> Reply:
    return reply if path == "/api/v1/" else Reply(500, {}, b"Traceback")


@pytest.mark.parametrize("fault", [emptied, broken])
def test_every_case_fails_a_node_that_answers_nothing_of_use(held: Any, fault: Fault) -> None:
    found = outcomes(held, fault)

    assert {name: one.reason for name, one in found.items() if one.status is not Status.FAIL} == {}


def without(reply: Reply, header: str) -> Reply:
    return replace(
        reply, headers={name: value for name, value in reply.headers.items() if not name.startswith(header)}
    )


def with_erased_content(page: Any) -> None:
    for one in page["items"]:
        one.update(status="erased", record={"a": 1})


def on(start: str, change: Callable[[Reply], Reply]) -> Fault:
    return lambda method, path, reply: change(reply) if path.startswith(f"/api/v1{start}") else reply


def json_on(start: str, change: Callable[[Any], object]) -> Fault:
    return on(start, lambda reply: reply.with_json(change) if reply.status == 200 else reply)


FAULTS: list[tuple[str, Fault]] = [
    ("reader.record-bytes", json_on("/records", lambda page: page["items"][0]["record"].update(nonce="other"))),
    ("reader.record-bytes", json_on("/records", lambda page: page["items"][0].update(digest="00" * 32))),
    ("reader.pages", json_on("/records", lambda page: page["items"].append(page["items"][0]))),
    ("reader.pages", json_on("/records", lambda page: page.update(next="bG9vcA"))),
    ("reader.pages", json_on("/records?limit=7", lambda page: page.update(next=""))),
    ("reader.cursor-foreign", on("/refused?cursor=", lambda reply: replace(reply, status=200))),
    ("reader.refused", json_on("/refused", lambda page: page["items"][0].update(code=""))),
    ("reader.changes", json_on("/changes?limit=3", lambda page: page["items"].pop(0))),
    ("reader.changes-no-content", json_on("/changes", with_erased_content)),
    ("reader.search-words", json_on("/search", lambda page: page.update(items=[], next=""))),
    ("reader.search-filters", json_on("/search?type=", lambda page: page.update(total=page["total"] + 1))),
    ("reader.search-any-text", on("/search?q=%22", lambda reply: replace(reply, status=400))),
    ("reader.identifiers-none", json_on("/identifiers", lambda page: page["items"].append({}))),
    ("reader.subject", json_on("/subjects", lambda found: found["record"]["credentialSubject"].update(id="x"))),
    ("reader.lines", on("/records.jsonl", lambda reply: replace(reply, body=b"", headers={}))),
    ("reader.lines-filter", on("/records.jsonl", lambda reply: replace(reply, headers={}))),
    ("reader.peers", json_on("/peers", lambda page: page["items"].reverse())),
    ("reader.key-logs", json_on("/peers", lambda page: page["items"][0].update(fingerprint="other"))),
    ("reader.statistics", json_on("/statistics", lambda found: found.update(total=found["total"] + 1))),
    ("reader.schemas", on("/schemas/", lambda reply: replace(reply, body=reply.body + b" "))),
    ("reader.check-refuses", on("/check", lambda reply: replace(reply, status=200))),
    ("reader.problems", on("/nothing", lambda reply: replace(reply, headers={"content-type": "text/html"}))),
    ("reader.methods", lambda method, path, reply: replace(reply, status=200) if method == "DELETE" else reply),
    ("reader.other-hosts", lambda method, path, reply: without(reply, "access")),
    ("reader.revalidation", lambda method, path, reply: without(reply, "etag")),
    ("reader.description", json_on("/openapi.json", lambda found: found["paths"]["/api/v1/records"]["get"].pop("operationId"))),
    ("reader.described", json_on("/openapi.json", lambda found: found["paths"]["/api/v1/records"]["get"]["responses"].pop("400"))),
    ("reader.reference", lambda method, path, reply: replace(reply, body=reply.body + b"<script>") if path == "/api/docs" else reply),
]  # fmt: skip


@pytest.mark.parametrize(("name", "fault"), FAULTS, ids=[f"{name}-{n}" for n, (name, _) in enumerate(FAULTS)])
def test_one_fault_fails_its_case(held: Any, name: str, fault: Fault) -> None:
    outcome = outcomes(held, fault, name)[name]

    assert outcome.status is Status.FAIL, outcome.reason


def test_reading_leaves_no_trace(held: Any) -> None:
    before = held.store.statistics(now=held.clock().timestamp())
    places = held.store.live_places(held.feed.id)
    outcomes(held, honest)

    assert held.store.statistics(now=held.clock().timestamp()) == before
    assert held.store.live_places(held.feed.id) == places
