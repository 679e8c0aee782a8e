"""Server-sent events, read line by line (HTML Living Standard §9.2.6). Pure: lines in, events out."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot_schema.errors import PeerFault

MAX_LINE_BYTES = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Event:
    """One event. `id` is what to resume from; it stays the last one where an event names none."""

    id: str
    name: str
    data: str


class EventReader:
    """Collects the lines of one event; an empty line ends it."""

    def __init__(self, last_id: str = "") -> None:
        self._id = last_id
        self._name = ""
        self._data: list[str] = []

    def feed(self, line: bytes) -> Event | None:
        """Take one line without its LF; return the event that it completes."""
        try:
            text = line.removesuffix(b"\r").decode("utf-8")
        except UnicodeDecodeError as error:
            raise PeerFault("client.answer", "the event stream is not UTF-8") from error
        if not text:
            return self._dispatch()
        name, _, value = text.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
        elif name == "event":
            self._name = value
        elif name == "id" and "\0" not in value:
            self._id = value
        return None

    def _dispatch(self) -> Event | None:
        data, name = "\n".join(self._data), self._name or "message"
        self._data, self._name = [], ""
        return Event(self._id, name, data) if data else None
