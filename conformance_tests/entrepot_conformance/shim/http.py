"""A shim behind a URL: each request is a POST of one JSON object that also names its node."""

from __future__ import annotations

import contextlib
import http.client
import json
from pathlib import Path
from urllib.parse import urlsplit

from entrepot_conformance.suite.outcome import Skipped

from .driver import MAX_ANSWER_BYTES, Launch, Message, ShimDriver


class HttpChannel:
    """One node of a shim that listens at a URL; such a node can be told to stop, but not be measured or killed."""

    def __init__(self, url: str, node: str) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or not parts.hostname:
            raise ValueError(f"{url!r} is no URL of a shim: http, a host, a port, perhaps a path")
        self._host, self._port, self._path = parts.hostname, parts.port, parts.path or "/"
        self._node = node
        self.pid: int | None = None

    def ask(self, request: Message, patience: float) -> Message:
        connection = http.client.HTTPConnection(self._host, self._port, timeout=patience)
        try:
            body = json.dumps({"node": self._node, **request})
            connection.request("POST", self._path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            raw = response.read(MAX_ANSWER_BYTES)
            answer = json.loads(raw)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise AssertionError(f"the shim did not answer {request['do']!r} with JSON: {error!r}") from error
        finally:
            connection.close()
        assert isinstance(answer, dict), f"the shim answered no JSON object: {raw[:200]!r}"
        return answer

    def kill(self) -> None:
        if self.ask({"do": "kill"}, 10.0).get("verdict") == "unsupported":
            raise Skipped("the node runs where the suite cannot kill it")

    def close(self) -> None:
        with contextlib.suppress(AssertionError):  # it is gone already
            self.ask({"do": "stop"}, 10.0)


def http_launch(url: str, work: Path, dump: Path | None = None) -> Launch:
    """Return what opens a new node of the shim at a URL; its home is a folder that both sides must see."""
    HttpChannel(url, "")  # refuses what is no URL before the first case runs

    def launch(name: str) -> ShimDriver:
        return ShimDriver(name, HttpChannel(url, name), work / name, dump)

    return launch
