"""Reading a stream of changes as it comes: events of `text/event-stream` (EXC-55)."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any, Self
from urllib.parse import quote, urlsplit

_PATIENCE_SECONDS = 20.0


class ChangeStream:
    """One reader of the stream at the list of changes of a URL, from behind a cursor on."""

    def __init__(self, changes_url: str, cursor: str) -> None:
        parts = urlsplit(changes_url)
        self._connection = http.client.HTTPConnection(
            str(parts.hostname), parts.port, timeout=_PATIENCE_SECONDS
        )
        self._connection.request(
            "GET", f"{parts.path}/stream?cursor={quote(cursor)}", headers={"Accept": "text/event-stream"}
        )
        self._answer = self._connection.getresponse()
        kind = self._answer.headers.get_content_type()
        assert self._answer.status == 200, f"the stream of changes is answered {self._answer.status}"
        assert kind == "text/event-stream", f"the stream of changes is {kind}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def next(self) -> tuple[str, dict[str, Any]]:
        """Wait for the next change; return its id and what it says."""
        fields: dict[str, str] = {}
        patience = time.monotonic() + _PATIENCE_SECONDS  # comments come all the while
        while time.monotonic() < patience:
            line = self._line()
            name, _, value = line.partition(":")
            if line and name:
                fields[name] = value.removeprefix(" ")
            elif not line:
                if fields.get("event") == "change":
                    return fields["id"], dict(json.loads(fields["data"]))
                fields = {}
        raise AssertionError("the stream of changes brings no change")

    def _line(self) -> str:
        try:
            raw = self._answer.readline(1_000_000)
        except OSError as error:
            raise AssertionError(
                f"the stream of changes was silent for {_PATIENCE_SECONDS:g} seconds"
            ) from error
        assert raw, "the stream of changes ended"
        return raw.decode().rstrip("\r\n")
