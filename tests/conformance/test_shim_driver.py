"""The suite drives shims over both channels, and takes nothing but a verdict for an answer."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from entrepot_conformance.shim.command import command_launch
from entrepot_conformance.shim.http import http_launch
from entrepot_conformance.shim.verdict import Kind
from entrepot_conformance.suite.outcome import Skipped
from entrepot_conformance.suite.usage import Budget, Usage

SHIM = """
import json, sys, time
for line in sys.stdin:
    request = json.loads(line)
    answer = {"verdict": "accepted", "url": "http://x", "fingerprint": "f", "features": ["publish"], "saw": request}
    if request["do"] == "refuse": answer = {"verdict": "refused", "code": request["code"]}
    if request["do"] == "unknown": answer = {"verdict": "unsupported"}
    if request["do"] == "babble": print("no json", flush=True); continue
    if request["do"] == "list": print("[]", flush=True); continue
    if request["do"] == "crash": sys.stderr.write("Traceback: boom"); sys.exit(1)
    if request["do"] == "error": answer = {"verdict": "error", "message": "boom"}
    if request["do"] == "hang": time.sleep(60)
    print(json.dumps(answer), flush=True)
"""


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    file = tmp_path / "shim.py"
    file.write_text(SHIM)
    return [sys.executable, str(file)]


def test_a_command_founds_a_node_and_names_its_features(command: list[str], tmp_path: Path) -> None:
    driver = command_launch(command, tmp_path, tmp_path)("one")
    driver.init("biomed.example", time="2026-05-01T00:00:00Z")

    assert (driver.url, driver.fingerprint, driver.features) == ("http://x", "f", {"publish"})
    with pytest.raises(Skipped):
        driver.require("witness")
    usage = driver.usage()
    assert usage
    assert usage.memory_bytes > 1_000_000
    driver.close()
    kept = [json.loads(line) for line in (tmp_path / "one.jsonl").read_text().splitlines()]
    assert kept[0]["to"]["home"] == str(tmp_path / "one")


def test_a_refusal_needs_a_code(command: list[str], tmp_path: Path) -> None:
    driver = command_launch(command, tmp_path)("one")

    assert driver.ask("refuse", code="peer.fork").code == "peer.fork"
    assert driver.ask("refuse", code="peer.fork").kind is Kind.REFUSED
    for code in ("", "because", 7, "peer."):
        with pytest.raises(AssertionError, match="code"):
            driver.ask("refuse", code=code)
    driver.close()


@pytest.mark.parametrize("what", ["babble", "list", "crash", "error"])
def test_what_is_no_verdict_is_a_crash(what: str, command: list[str], tmp_path: Path) -> None:
    driver = command_launch(command, tmp_path)("one")

    with pytest.raises(AssertionError):
        driver.ask(what)
    driver.close()


def test_a_node_that_does_not_answer_is_killed(command: list[str], tmp_path: Path) -> None:
    driver = command_launch(command, tmp_path)("one")

    with pytest.raises(AssertionError, match="did not answer 'hang'"):
        driver.ask("hang", patience=0.2)
    with pytest.raises(AssertionError):
        driver.ask("init")


def test_what_a_shim_does_not_know_is_skipped(command: list[str], tmp_path: Path) -> None:
    driver = command_launch(command, tmp_path)("one")

    with pytest.raises(Skipped):
        driver.ask("unknown")
    driver.close()


@contextmanager
def answering(answer: bytes) -> Iterator[tuple[str, list[bytes]]]:
    seen: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            seen.append(self.rfile.read(int(self.headers["Content-Length"])))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/shim", seen
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_shim_behind_a_url_is_told_which_node_is_meant(tmp_path: Path) -> None:
    with answering(b'{"verdict": "accepted", "size": 4}') as (url, seen):
        driver = http_launch(url, tmp_path)("two")
        assert driver.must("status").details == {"size": 4}
        driver.close()

    assert [json.loads(raw) for raw in seen] == [
        {"node": "two", "do": "status"},
        {"node": "two", "do": "stop"},
    ]
    assert driver.usage() is None


@pytest.mark.parametrize("answer", [b"", b"oops", b"[]"])
def test_a_url_that_answers_no_object_is_a_crash(answer: bytes, tmp_path: Path) -> None:
    with answering(answer) as (url, _), pytest.raises(AssertionError):
        http_launch(url, tmp_path)("two").must("status")


def test_a_budget_names_each_limit_that_was_passed() -> None:
    spent = Usage(memory_bytes=20, cpu_seconds=3.0).since(Usage(memory_bytes=5, cpu_seconds=1.0))

    assert Budget(memory_bytes=10, cpu_seconds=1.0).faults(spent) == [
        "spent 15 bytes of memory, 10 is the most",
        "spent 2.0 CPU seconds, 1.0 is the most",
    ]
    assert Budget().faults(spent) == []
