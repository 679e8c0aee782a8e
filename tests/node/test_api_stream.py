"""`/api/v1/changes/stream`: changes as they come (exchange §3)."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import httpx
import pytest

from entrepot_node.routes.api.change_streams import ChangeStreams
from entrepot_schema.errors import Unavailable

Company = Callable[..., dict[str, Any]]
API = "/api/v1"
READY = "serves at"


def fields(block: bytes) -> dict[str, str]:
    """Read one event; comments stand under an empty name."""
    lines = [line.partition(": ") for line in block.decode().rstrip("\n").split("\n")]
    return {name.rstrip(":"): value for name, _, value in lines}


async def take(events: AsyncIterator[bytes], count: int) -> list[dict[str, str]]:
    """Take the next events of a stream that carry data."""
    found: list[dict[str, str]] = []
    while len(found) < count:
        event = fields(await anext(events))
        if "data" in event:
            found.append(event)
    return found


def listening(store: Any, **settings: Any) -> ChangeStreams:
    return ChangeStreams(store, **{"poll_seconds": 0.01, "heartbeat_seconds": 60.0} | settings)


def test_a_stream_begins_with_what_is_there_and_goes_on_with_what_comes(
    node: Any, open_node: Callable[[Path], Any], company: Company
) -> None:
    """EXC-55: what another process publishes comes too; the id of an event is where to go on."""
    other = open_node(node.home.path)
    node.publish(company("First", 1))

    async def read() -> list[dict[str, str]]:
        streams = listening(node.store)
        streams.enter("")
        async with aclosing(streams.events(0)) as events:
            found = await take(events, 2)
            await asyncio.to_thread(other.publish, company("Second", 2))
            found += await take(events, 1)
        streams.leave("")
        assert streams.open == 0
        return found

    found = asyncio.run(read())
    other.store.close()

    listed = node.get(f"{API}/changes").json()["items"]
    assert [json.loads(event["data"]) for event in found] == listed
    assert {event["event"] for event in found} == {"change"}
    assert node.get(f"{API}/changes?cursor={found[1]['id']}").json()["items"] == listed[2:]


def test_a_stream_says_first_when_to_come_back_and_beats_while_nothing_happens(node: Any) -> None:
    """EXC-55."""

    async def read() -> list[dict[str, str]]:
        streams = listening(node.store, heartbeat_seconds=0.01)
        streams.enter("")
        async with aclosing(streams.events(node.store.last_change())) as events:
            found = [fields(await anext(events)) for _ in range(3)]
        streams.leave("")
        return found

    first, *beats = asyncio.run(read())

    assert first["retry"] == "5000"
    assert all(set(beat) == {""} for beat in beats)


def test_the_number_of_streams_is_bounded_and_all_end_with_the_node(node: Any) -> None:
    """EXC-56."""

    async def read() -> tuple[str, int]:
        streams = listening(node.store, limit=2)
        streams.enter("")
        streams.enter("")
        with pytest.raises(Unavailable) as refused:
            streams.enter("")
        async with aclosing(streams.events(node.store.last_change())) as events:
            await anext(events)
            waiting = asyncio.create_task(drain(events))
            await asyncio.sleep(0)
            streams.close()
            left = await waiting
        streams.leave("")
        with pytest.raises(Unavailable):
            streams.enter("")
        streams.leave("")
        return refused.value.code, left

    async def drain(events: AsyncIterator[bytes]) -> int:
        return len([event async for event in events])

    assert asyncio.run(read()) == ("stream.full", 0)


def test_one_address_takes_a_part_of_the_streams(node: Any) -> None:
    """EXC-56, H24: whoever opens as many as it can leaves places for others."""

    async def read() -> list[str]:
        streams = listening(node.store, limit=5, limit_of_one=2)
        streams.enter("192.0.2.1")
        streams.enter("192.0.2.1")
        with pytest.raises(Unavailable, match="from one address") as refused:
            streams.enter("192.0.2.1")
        streams.enter("192.0.2.2")
        streams.leave("192.0.2.1")
        streams.enter("192.0.2.1")
        left = [streams.open]
        for caller in ("192.0.2.1", "192.0.2.1", "192.0.2.2"):
            streams.leave(caller)
        return [refused.value.code, *map(str, left), str(streams.open)]

    assert asyncio.run(read()) == ["stream.full", "3", "0"]


def test_one_look_at_the_store_serves_all_streams(node: Any, company: Company) -> None:
    """EXC-56: readers beyond the first cost no further looks."""

    async def read() -> set[str]:
        streams = listening(node.store)
        readers = [streams.events(0) for _ in range(20)]
        for _ in readers:
            streams.enter("")
        tasks = len(asyncio.all_tasks())
        await asyncio.to_thread(node.publish, company("News", 1))
        ids = {(await take(events, 2))[-1]["id"] for events in readers}
        for events in readers:
            await events.aclose()
            streams.leave("")
        assert tasks == 2  # this one, and the one that looks
        return ids

    assert len(asyncio.run(read())) == 1


def test_a_head_request_ends(node: Any) -> None:
    """EXC-71: there is no body to wait for."""
    answer = node.ask("HEAD", f"{API}/changes/stream")

    assert (answer.status, answer.headers["content-type"]) == (200, "text/event-stream; charset=utf-8")
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("query", "headers"),
    [("?cursor=AAAA", {}), ("", {"last_event_id": "AAAA"}), ("", {"last_event_id": "a" * 201})],
)
def test_a_stream_cannot_begin_at_a_foreign_cursor(node: Any, query: str, headers: dict[str, str]) -> None:
    """EXC-50."""
    answer = node.get(f"{API}/changes/stream{query}", **headers)

    assert (answer.status, answer.json()["code"] in ("http.cursor", "http.parameter")) == (400, True)


@pytest.fixture
def command(home: Any) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The node served as operators do, with its port, ready."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    arguments = ["serve", "--home", str(home.path), "--listen", f"127.0.0.1:{port}"]
    program = [sys.executable, "-c", "from entrepot_node.cli import main; main()", *arguments]
    with subprocess.Popen(program, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert READY in process.stdout.readline()
        yield port, process
        process.kill()


def test_streams_end_whole_when_the_server_is_told_to_stop(
    command: tuple[int, subprocess.Popen[str]],
) -> None:
    """EXC-56: not cut off, and the server does not wait for its readers."""
    port, process = command
    url = f"http://127.0.0.1:{port}{API}/changes/stream"
    with httpx.Client(trust_env=False, timeout=20.0) as client, client.stream("GET", url) as response:
        lines = response.iter_lines()
        assert next(lines).startswith(":")
        process.send_signal(signal.SIGTERM)
        rest = list(lines)  # would raise if the last chunk were missing

    assert process.wait() in (0, -signal.SIGTERM)
    assert len([line for line in rest if line.startswith("event: ")]) <= 1


def test_streams_over_http_resume_from_the_header(
    home: Any, serve: Callable[[Path], int], open_node: Callable[[Path], Any], company: Company
) -> None:
    """EXC-55, EXC-56: real sockets; the header wins over the query."""
    port = serve(home.path)
    node = open_node(home.path)
    url = f"http://127.0.0.1:{port}{API}/changes/stream"
    node.publish(company("One", 1), company("Two", 2))

    def events(client: httpx.Client, count: int, **headers: str) -> list[dict[str, str]]:
        found: list[dict[str, str]] = []
        with client.stream("GET", url, headers=headers, params={"cursor": ""}) as response:
            assert response.headers["content-type"].startswith("text/event-stream")
            block = b""
            for line in response.iter_lines():
                block += line.encode() + b"\n"
                if not line:
                    event = fields(block)
                    block = b""
                    found += [event] if "data" in event else []
                if len(found) == count:
                    break
        return found

    with httpx.Client(trust_env=False, timeout=20.0) as client:
        for _ in range(3):
            first = events(client, 2)
        rest = events(client, 1, **{"last-event-id": first[1]["id"]})
    node.store.close()

    assert [json.loads(event["data"])["index"] for event in first + rest] == [0, 1, 2]
