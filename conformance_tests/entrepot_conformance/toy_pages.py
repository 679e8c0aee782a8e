"""A tiny site that shows records as it should, to see each case of the profile `ui` pass and, with a fault put in, fail."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from .lying.server import PeerServer, Request
from .node_under_test import NodeUnderTest
from .reader.strict_json import parse_object
from .shim.driver import Launch, Message, ShimDriver
from .toy_followers import ToyFollower
from .toy_node import Response

POLICY = "default-src 'none'; style-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_REORDERING = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_SOME_WORDS = 200


@dataclass
class Look:
    """How the site writes what strangers wrote; a fault replaces a part of it."""

    text: Callable[[str], str] = escape
    isolated: Callable[[str], str] = "<bdi>{}</bdi>".format
    title: Callable[[str], str] = lambda text: _REORDERING.sub("", text)
    headers: dict[str, str] = field(
        default_factory=lambda: {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff"}
    )
    last: Callable[[Request, Response], Response] = lambda request, response: response
    keeps_withdrawn: bool = False
    keeps_names: bool = False


class ToySite(ToyFollower):
    """A node of pages only: `/`, `/search`, `/r/<number>`, a style sheet."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.look = look
        self.records: list[tuple[str, dict[str, object] | None]] = []
        self._said: dict[str, str] = {}
        self._origin = ""
        self._server = PeerServer(self._answer)

    def close(self) -> None:
        self._server.close()

    def do_init(self, request: Message) -> Message:
        return {"url": self._server.url, "fingerprint": "Qm", "features": ["pages"]}

    def do_sync_once(self, request: Message) -> Message:
        node = NodeUnderTest(self.urls[request["origin"]])
        self._origin = node.origin
        held = dict(self.records)
        for entry in node.state.effective:
            if entry.op == "withdraw" and not self.look.keeps_withdrawn:
                held[entry.subject] = None
            elif entry.op == "publish" and entry.digest in node.contents:
                record = parse_object(node.contents[entry.digest])
                held[entry.subject] = record["credentialSubject"]["profile"]
                before = self._said.get(entry.subject, "") if self.look.keeps_names else ""
                self._said[entry.subject] = before + _name(held[entry.subject])
        self.records = list(held.items())
        return {"size": node.size, "stored": 0, "missing": 0, "refused": []}

    def _answer(self, request: Request) -> Response:
        parts = urlsplit(request.target)
        asked = parse_qs(parts.query, errors="replace")
        chinese = request.headers.get("accept-language", "").startswith("zh")
        response = self._found(parts.path, (asked.get("q") or [""])[0], "zh-Hans" if chinese else "en")
        return self.look.last(request, response)

    def _found(self, path: str, words: str, language: str) -> Response:
        number = path.removeprefix("/r/")
        if path == "/style.css":
            return Response(
                200, b"bdi{unicode-bidi:isolate}", {**self.look.headers, "Content-Type": "text/css"}
            )
        if path in ("/", "/search"):
            rows = [self._row(place, words[:_SOME_WORDS]) for place in range(len(self.records))]
            return self._page(200, language, "All", f"<ul>{''.join(rows)}</ul>", words)
        if (
            path.startswith("/r/")
            and number.isascii()
            and number.isdecimal()
            and int(number) < len(self.records)
        ):
            return self._record(int(number), language)
        return self._page(404, language, "Nothing here", "")

    def _row(self, place: int, words: str) -> str:
        subject, profile = self.records[place]
        name = _name(profile)
        if profile is None or words not in self._said[subject]:
            return ""
        return f'<li><a href="/r/{place}">{self._foreign(name)}</a></li>'

    def _record(self, place: int, language: str) -> Response:
        subject, profile = self.records[place]
        if profile is None:
            return self._page(410, language, "Withdrawn", f"<p>{escape(subject)}</p>")
        name, address = _name(profile), escape(str(profile.get("website", "")))
        body = (
            f'<h1>{self._foreign(name)}</h1><p>{self._origin}</p><a href="{address}" rel="noopener">web</a>'
        )
        return self._page(200, language, name, body)

    def _foreign(self, text: str) -> str:
        return self.look.isolated(self.look.text(text))

    def _page(self, status: int, language: str, title: str, body: str, words: str = "") -> Response:
        look = self.look
        html = (
            f'<!doctype html><html lang="{language}"><head><title>{escape(look.title(title))}</title>'
            f'<link rel="stylesheet" href="/style.css"></head><body><a href="/">home</a><form action="/search">'
            f'<input name="q" value="{look.text(words)}"></form>{body}</body></html>'
        )
        headers = {**look.headers, "Content-Type": "text/html; charset=utf-8"}
        return Response(status, html.encode("utf-8", "replace"), headers)


def _name(profile: dict[str, object] | None) -> str:
    names = (profile or {}).get("name")
    return str(next(iter(names.values()))) if isinstance(names, dict) else ""


def launch_site(look: Look, work: Path) -> Launch:
    """Start a site that looks like this."""
    return lambda name: ShimDriver(name, ToySite(look), work / name)
