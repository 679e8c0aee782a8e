"""How the suite reads a node: large feeds, nodes that grow meanwhile, odd URLs, and its command."""

from __future__ import annotations

import gzip
from dataclasses import replace
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from entrepot_conformance import http_reader
from entrepot_conformance.__main__ import main
from entrepot_conformance.checks import CHECKS, Check, check_contents, check_delta, check_entries, check_tiles
from entrepot_conformance.http_reader import HttpReader
from entrepot_conformance.making import lines
from entrepot_conformance.making.feed import time_of
from entrepot_conformance.making.profiles import profile, signed_bytes
from entrepot_conformance.making.seeds import subject_id
from entrepot_conformance.node_under_test import NodeUnderTest
from entrepot_conformance.reader.entries import digest_of, encode_entry
from entrepot_conformance.toy_feed import ToyFeed, golden_feed
from entrepot_conformance.toy_node import Response, ToyNode, serving

SIZES = (1100, 512, 257, 256)


def large_feed(size: int) -> ToyFeed:
    """Continue the golden feed with publishes of one company each."""
    golden = golden_feed()
    entries, contents = list(golden.entries), {}
    for index in range(20, size):
        name = f"company {index}"
        body = profile("acme", id=subject_id(name))
        raw = signed_bytes(body, lines.RECORD_2, revision=1, time=time_of(19), name=name)
        fields = {
            "op": "publish",
            "prev": None,
            "subject": body["id"],
            "time": time_of(19),
            "type": "company",
        }
        entries.append(encode_entry(fields, digest_of(raw)))
        contents[digest_of(raw)] = raw
    return golden.with_entries(tuple(entries), contents)


@pytest.fixture(scope="module")
def largest() -> ToyFeed:
    return large_feed(SIZES[0])


@pytest.mark.parametrize("size", SIZES)
def test_an_honest_node_of_several_bundles_passes_every_check(largest: ToyFeed, size: int) -> None:
    feed = largest.with_entries(largest.entries[:size])
    with serving(ToyNode(feed).respond) as url:
        node = NodeUnderTest(url)
        for check in CHECKS:
            check(node)


def test_a_wrong_tile_of_level_1_is_found(largest: ToyFeed) -> None:
    def fault(target: str, response: Response) -> Response:
        return replace(response, body=bytes(128)) if target == "/feed/tile/1/000.p/4" else response

    with serving(ToyNode(largest, fault).respond) as url, pytest.raises(AssertionError, match="tile/1/000"):
        check_tiles(NodeUnderTest(url))


class GrowingNode:
    """A node that takes in one more entry of the golden feed after every few requests."""

    def __init__(self, start: int, every: int) -> None:
        self._nodes = [ToyNode(replace(golden_feed(size), key_log=lines.KEY_LOG_2)) for size in range(21)]
        self._size, self._every, self._requests = start, every, 0

    def respond(self, target: str, etag: str | None = None) -> Response:
        self._requests += 1
        if self._requests % self._every == 0:
            self._size = min(20, self._size + 1)
        return self._nodes[self._size].respond(target, etag)


@pytest.mark.parametrize(("start", "every"), [(1, 40), (15, 7), (17, 3), (19, 2)])
@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
def test_a_node_may_grow_while_it_is_read(check: Check, start: int, every: int) -> None:
    with serving(GrowingNode(start, every).respond) as url:
        check(NodeUnderTest(url))


def test_entries_of_the_fixed_head_are_cut_from_a_larger_bundle() -> None:
    with serving(GrowingNode(5, 4).respond) as url:
        node = NodeUnderTest(url)
        assert node.size < 20
        check_entries(node)
        assert len(node.entries) == node.size


def test_growth_does_not_excuse_a_fault() -> None:
    honest = GrowingNode(5, 2)

    def lying(target: str, etag: str | None) -> Response:
        response = honest.respond(target, etag)
        is_contents = target.startswith("/feed/contents/") and response.status == 200
        return replace(response, body=b"") if is_contents else response

    with serving(lying) as url, pytest.raises(AssertionError):
        check_contents(NodeUnderTest(url))


def test_gzip_is_read_from_bundles_and_with_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = gzip.compress(bytes(1_000_000))
    monkeypatch.setattr(http_reader, "MAX_BODY_BYTES", 100_000)
    packed = Response(200, gzip.compress(b"entries"), {"Content-Encoding": "gzip"})
    answers = {"/good": packed, "/bomb": replace(packed, body=bomb), "/torn": replace(packed, body=bomb[:50])}
    answers["/long"] = Response(200, bytes(100_001))
    with serving(lambda target, _etag: answers[target]) as url:
        reader = HttpReader(url)
        assert reader.get("/good").body == b"entries"
        for path, message in {"/bomb": "inflates", "/torn": "not gzip", "/long": "more than"}.items():
            with pytest.raises(AssertionError, match=message):
                reader.get(path)


def test_a_node_that_does_not_answer_fails_plainly() -> None:
    with serving(lambda _target, _etag: Response(200)) as url:
        pass

    with pytest.raises(AssertionError, match="no answer"):
        check_delta(NodeUnderTest(url))


def test_a_base_url_may_have_a_path() -> None:
    node = ToyNode(golden_feed())
    with serving(lambda target, etag: node.respond(target.removeprefix("/sub"), etag)) as url:
        check_entries(NodeUnderTest(f"{url}/sub/"))


@pytest.mark.parametrize(
    "url", ["node.example", "ftp://node.example", "http://", "http://a.example/?x", "http://a/#x"]
)
def test_what_is_no_base_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="base URL"):
        NodeUnderTest(url)


def test_the_command_prints_a_line_per_check(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(ToyNode(golden_feed()).respond) as url:
        assert main(["--node-url", url, "--profile", "publisher"]) == 0

    lines_printed = capsys.readouterr().out.splitlines()
    assert [line[:4] for line in lines_printed[:-1]] == ["pass"] * 10
    assert lines_printed[-1] == "10 pass"


def test_the_command_fails_when_a_check_fails(capsys: pytest.CaptureFixture[str]) -> None:
    def fault(target: str, response: Response) -> Response:
        return Response(404) if target.startswith("/feed/delta") else response

    with serving(ToyNode(golden_feed(), fault).respond) as url:
        assert main(["--node-url", url, "--profile", "publisher"]) == 1

    assert "fail     publisher.delta" in capsys.readouterr().out


def test_the_command_refuses_what_is_no_url(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main(["--node-url", "nonsense"])

    assert stop.value.code == 2
    assert "base URL" in capsys.readouterr().err


def test_the_suite_shares_no_code_with_what_it_judges() -> None:
    package = Path(http_reader.__file__).parent
    names = ("entrepot_schema", "entrepot_sync", "entrepot_node", "entrepot_client")
    imports = [
        line
        for path in package.rglob("*.py")
        for line in path.read_text("utf-8").splitlines()
        if line.lstrip().startswith(("import ", "from ")) and any(name in line for name in names)
    ]

    assert imports == []


def test_an_answer_in_an_older_protocol_or_cut_short_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    node = ToyNode(golden_feed())
    with serving(node.respond) as url:
        read_whole = HTTPResponse.read
        monkeypatch.setattr(HTTPResponse, "read", lambda self, size: read_whole(self, size)[:-1])
        with pytest.raises(AssertionError, match="cut short"):
            HttpReader(url).get("/feed/checkpoint")
    monkeypatch.undo()
    monkeypatch.setattr(BaseHTTPRequestHandler, "send_response", older_protocol)
    with serving(node.respond) as url, pytest.raises(AssertionError, match=r"not HTTP/1\.1"):
        HttpReader(url).get("/feed/checkpoint")


def older_protocol(self: BaseHTTPRequestHandler, code: int) -> None:
    self.protocol_version = "HTTP/1.0"
    self.close_connection = True
    self.send_response_only(code)
