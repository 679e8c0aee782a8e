"""Manners and bounds of the client, against servers that misbehave. Only the wire is replaced."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from entrepot_client import AsyncClient, Client, Manners
from entrepot_schema.errors import EntrepotError, Misuse, PeerFault, Unavailable

QUICK = Manners(retries=3, longest_wait=0.0)
Handler = Callable[[httpx.Request], httpx.Response]


class Wire:
    """Answers in turn, the last one for ever; remembers what was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self._answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, headers=answer.headers, stream=answer.stream)


def answer(document: Any = None, status: int = 200, **headers: str) -> httpx.Response:
    lines = {name.replace("_", "-"): value for name, value in headers.items()}
    return httpx.Response(status, headers=lines, stream=httpx.ByteStream(json.dumps(document or {}).encode()))


def read_node(wire: Wire, manners: Manners = QUICK) -> dict[str, Any]:
    with Client("http://node.example", manners=manners, transport=httpx.MockTransport(wire)) as client:
        return client.node()


def test_an_answer_that_is_held_is_asked_for_with_its_tag() -> None:
    wire = Wire(answer({"a": 1}, etag='"x"'), answer(None, 304))
    with Client("http://node.example", transport=httpx.MockTransport(wire)) as client:
        first, second = client.node(), client.node()

    assert first == second == {"a": 1}
    assert [request.headers.get("if-none-match") for request in wire.asked] == [None, '"x"']


def test_a_node_that_does_not_answer_is_tried_again_a_few_times() -> None:
    wire = Wire(httpx.ConnectError("no"), httpx.ReadTimeout("slow"), answer({"a": 1}))

    assert read_node(wire) == {"a": 1}


def test_a_node_that_never_answers_is_given_up() -> None:
    wire = Wire(httpx.ConnectError("no"))

    with pytest.raises(Unavailable) as error:
        read_node(wire)

    assert (error.value.code, len(wire.asked)) == ("client.unreachable", 4)


def test_a_node_that_asks_to_wait_longer_than_wanted_is_not_asked_again() -> None:
    wire = Wire(answer({"code": "http.429", "detail": "busy"}, 429, retry_after="7"))

    with pytest.raises(Unavailable) as error:
        read_node(wire)

    assert (error.value.code, error.value.retry_after, len(wire.asked)) == ("http.429", 7.0, 1)


def test_a_refusal_keeps_code_and_hint_and_is_not_tried_again() -> None:
    problem = {"code": "http.parameter", "detail": "limit: too large", "hint": "At most 1000."}
    wire = Wire(answer(problem, 400))

    with pytest.raises(Misuse) as misuse:
        read_node(wire)

    assert (misuse.value.code, misuse.value.message, misuse.value.hint) == (
        "http.parameter", "limit: too large", "At most 1000.",
    )  # fmt: skip
    assert len(wire.asked) == 1


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    """H01, H02."""
    wire = Wire(answer(None, status, location="http://127.0.0.1/secret"))

    with pytest.raises(PeerFault):
        read_node(wire)

    assert [str(request.url) for request in wire.asked] == ["http://node.example/api/v1/"]


def test_cookies_are_not_kept() -> None:
    """H20."""
    wire = Wire(answer({}, set_cookie="a=b"))
    with Client("http://node.example", transport=httpx.MockTransport(wire)) as client:
        client.statistics()
        client.node()

    assert "cookie" not in wire.asked[1].headers


def test_a_compressed_body_is_inflated_within_its_bound() -> None:
    """H13: 200 KB that would become 200 MB."""
    bomb = gzip.compress(b'{"a": "' + b"x" * 200_000_000 + b'"}', 9)
    wire = Wire(httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(bomb)))

    with pytest.raises(PeerFault) as fault:
        read_node(wire)

    assert fault.value.code == "peer.too-large"


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"<html>", b"\xff", b"[" * 100_000, b'{"items": 1, "next": ""}', b'{"items": [1], "next": ""}',
     b'{"items": [{"origin": 1}], "next": ""}', b'{"items": [{}], "next": null}'],
)  # fmt: skip
def test_an_answer_of_another_shape_is_the_nodes_fault(body: bytes) -> None:
    wire = Wire(httpx.Response(200, stream=httpx.ByteStream(body)))

    with (
        Client("http://node.example", manners=QUICK, transport=httpx.MockTransport(wire)) as client,
        pytest.raises(PeerFault) as fault,
    ):
        list(client.records())

    assert fault.value.code == "client.answer"


HEX = "0" * 64


@pytest.mark.parametrize(
    "record",
    [{}, {"credentialSubject": {"profile": {"type": "company"}}},
     {"credentialSubject": {"id": "x", "profile": {"type": "\ud800"}}, "revision": 1, "license": "x"},
     {"credentialSubject": {"id": "x", "profile": {"type": "company"}}, "revision": 1, "license": "x", "n": 1e300}],
)  # fmt: skip
def test_a_record_that_is_none_leaves_only_declared_errors(record: dict[str, Any]) -> None:
    item = {"origin": "a.example", "feed": "a.example/feed/1", "index": 0, "digest": HEX, "record": record}
    wire = Wire(answer({"items": [item], "next": ""}))

    with (
        Client(
            "http://node.example", pins={"a.example": "Qm"}, transport=httpx.MockTransport(wire)
        ) as client,
        pytest.raises(EntrepotError),
    ):
        list(client.records())


def test_a_list_that_names_itself_as_its_next_page_ends() -> None:
    wire = Wire(answer({"items": [], "next": ""}), answer({"items": [], "next": "again"}))
    with Client("http://node.example", transport=httpx.MockTransport(wire)) as client:
        assert list(client.refused(resume="0:again")) == []


def test_a_stream_that_ends_at_once_is_opened_again_after_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    class Enough(Exception):
        pass

    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            raise Enough

    monkeypatch.setattr("entrepot_client._sync.connection.time.sleep", sleep)
    wire = Wire(answer())
    with Client("http://node.example", transport=httpx.MockTransport(wire)) as client, pytest.raises(Enough):
        next(client.follow_changes())

    assert len(wire.asked) == 3
    assert min(pauses) >= 0.5


@pytest.mark.parametrize("url", ["", "node.example", "ftp://node.example", "http://"])
def test_what_is_no_address_is_refused_at_once(url: str) -> None:
    with pytest.raises(Misuse) as misuse:
        Client(url)

    assert misuse.value.code == "client.url"


def test_the_asynchronous_client_behaves_the_same() -> None:
    wire = Wire(httpx.ConnectError("no"), answer({"a": 1}))

    async def read() -> dict[str, Any]:
        async with AsyncClient(
            "http://node.example", manners=QUICK, transport=httpx.MockTransport(wire)
        ) as client:
            return await client.node()

    assert asyncio.run(read()) == {"a": 1}
