"""Asking a witness over HTTP: patient where it is busy, and not put off by a connection that is closed early."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from urllib.parse import urlsplit

from entrepot_conformance.suite.traffic import Traffic

PUSH = "/witness/add-checkpoint"
BUSY = 429
_PATIENCE_SECONDS = 30.0
_MOST_BODY = 65_536
_LONGEST_WAIT = 120.0
_TRIES = 6


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. `headers` has lower-case names."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        """The body, to be read or shown."""
        return self.body.decode("utf-8", "replace")


def post(
    base_url: str, body: bytes | Iterable[bytes], traffic: Traffic, *, path: str = PUSH, method: str = "POST"
) -> Reply:
    """Send one request; an answer that comes before the body has been sent counts. Pieces are sent in chunks."""
    connection = _connect(base_url)
    pieces = not isinstance(body, bytes)
    headers = {"Transfer-Encoding": "chunked"} if pieces else {}
    try:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            connection.request(method, _prefix(base_url) + path, body, headers, encode_chunked=pieces)
        return _read(connection, traffic, f"{method} {path}")
    except OSError as error:
        raise AssertionError(f"{method} {path}: no answer: {error!r}") from error
    finally:
        connection.close()


def push(base_url: str, body: bytes, traffic: Traffic) -> Reply:
    """Ask for a cosignature; where the witness is busy, wait as long as it says, and ask again."""
    for _ in range(_TRIES):
        reply = post(base_url, body, traffic)
        if reply.status != BUSY:
            return reply
        time.sleep(wait_of(reply))  # as long as the witness asks for, which is bounded there
    raise AssertionError(f"the witness was busy {_TRIES} times, although it was asked when it had said")


def wait_of(reply: Reply) -> float:
    """How long a busy witness asks to wait (EXC-92)."""
    told = reply.headers.get("retry-after", "")
    assert told.isascii(), f"429 with Retry-After {told!r}"
    assert told.isdigit(), f"429 with Retry-After {told!r}, where a number of seconds was due"
    assert int(told) <= _LONGEST_WAIT, f"429 asks to wait for {told} seconds"
    return max(0.05, float(told))


def at_once(base_url: str, bodies: Sequence[bytes], traffic: Traffic) -> list[Reply]:
    """Send requests that are whole in the same instant: each but for its last byte, then all last bytes together."""
    links = [_connect(base_url) for _ in bodies]
    replies: dict[int, Reply] = {}
    start = threading.Barrier(len(bodies))

    def finish(number: int) -> None:
        start.wait(_PATIENCE_SECONDS)
        with contextlib.suppress(AssertionError):
            links[number].send(bodies[number][-1:])
            replies[number] = _read(links[number], traffic, f"POST {PUSH}")

    try:
        for link, body in zip(links, bodies, strict=True):
            link.putrequest("POST", _prefix(base_url) + PUSH)
            link.putheader("Content-Length", str(len(body)))
            link.endheaders()
            link.send(body[:-1])
        threads = [threading.Thread(target=finish, args=(number,)) for number in range(len(bodies))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for link in links:
            link.close()
    missing = len(bodies) - len(replies)
    assert not missing, f"{missing} of {len(bodies)} requests at one time were not answered"
    return [replies[number] for number in range(len(bodies))]


def _connect(base_url: str) -> HTTPConnection:
    parts = urlsplit(base_url)
    assert parts.scheme == "http", f"a node that is driven serves plain HTTP, not {base_url!r}"
    return HTTPConnection(parts.hostname or "", parts.port, timeout=_PATIENCE_SECONDS)


def _prefix(base_url: str) -> str:
    return urlsplit(base_url).path.rstrip("/")


def _read(connection: HTTPConnection, traffic: Traffic, asked: str) -> Reply:
    assert connection.sock is not None, f"{asked}: no answer: the node hung up"
    try:
        response = connection.getresponse()
        raw = response.read(_MOST_BODY + 1)
    except (OSError, HTTPException) as error:
        traffic.note(f"{asked}\n{error!r}")
        raise AssertionError(f"{asked}: no answer: {error!r}") from error
    headers = {name.lower(): value for name, value in response.getheaders()}
    traffic.note_answer(asked, response.status, headers, raw)
    assert len(raw) <= _MOST_BODY, f"{asked}: the answer has more than {_MOST_BODY} bytes"
    return Reply(response.status, headers, raw)
