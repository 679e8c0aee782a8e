"""What was said between the suite and the node: the last exchanges, with secrets taken out, to be shown beside a failure."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping

_MOST_EXCHANGES = 40
_MOST_CHARACTERS = 600
_SHOWN_HEADERS = (
    "content-type",
    "content-length",
    "content-encoding",
    "etag",
    "cache-control",
    "location",
    "retry-after",
)
_SECRET = re.compile(
    r'(?i)("?(?:authorization|cookie|set-cookie|token|secret|passphrase|password|api[-_]?key)"?\s*[:=]\s*)("[^"]*"|[^\r\n"]+)'
)
_USER = re.compile(r"(?i)\b(https?://)[^/@\s]+@")
_FILE = re.compile(r'File "[^"]*[/\\]([^"/\\]+)"')  # in a trace: its name tells enough
_HOME = re.compile(r"(?:/home/|/root/|/Users/)[^\s\"']*")


class Traffic:
    """The exchanges of the case that runs now."""

    def __init__(self) -> None:
        self._kept: deque[str] = deque(maxlen=_MOST_EXCHANGES)

    def clear(self) -> None:
        """Begin with another case."""
        self._kept.clear()

    def note(self, text: str) -> None:
        """Keep one exchange, redacted."""
        self._kept.append(redacted(text))

    def note_answer(self, request: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Keep one request over HTTP with its answer; of the headers only those that matter to a promise."""
        shown = [f"{name}: {headers[name]}" for name in _SHOWN_HEADERS if name in headers]
        self.note("\n".join([request, str(status), *shown, "", _readable(body)]))

    def taken(self) -> tuple[str, ...]:
        """All that was kept."""
        return tuple(self._kept)


def redacted(text: str) -> str:
    """Take out what `without_secrets` does, and cut what is long."""
    text = without_secrets(text)
    return text if len(text) <= _MOST_CHARACTERS else f"{text[:_MOST_CHARACTERS]}… ({len(text):,} characters)"


def without_secrets(text: str) -> str:
    """Take out what looks like a secret, and the folders of people and of what they have installed."""
    text = _USER.sub(r"\1[redacted]@", _SECRET.sub(r"\1[redacted]", text))
    return _HOME.sub("[path]", _FILE.sub(r'File "\1"', text))


def _readable(body: bytes) -> str:
    try:
        text = body[: 4 * _MOST_CHARACTERS].decode()
    except UnicodeDecodeError:
        return f"{len(body):,} bytes: {body[:96].hex()}"
    return text
