"""From a view to an answer: templates with everything escaped, in the visitor's language, with the right headers."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from entrepot_node.pages.foreign import one_line, readable
from entrepot_node.pages.language import Preferences, is_tag, normalised, preferences
from entrepot_node.pages.links import api_link
from entrepot_node.pages.messages import LANGUAGES, Messages
from entrepot_node.pages.selection import Selection
from entrepot_node.problems import problem
from entrepot_node.routes.caching import HEAD, IMMUTABLE, MINUTE, cached
from entrepot_node.settings import Settings
from entrepot_node.version import version

HTML = "text/html; charset=utf-8"
JSON = "application/json"
_HERE = Path(__file__).resolve().parent
_MAX_LANGUAGE_TAG = 40
_OWN_WORDS = {"record.hidden"}  # codes whose page says more than their status
_FOR_PROGRAMS = ("/api/", "/feed/", "/mirror/", "/witness/", "/.well-known/")


class Visit:
    """One request for a page: what the visitor reads, and how to write links that keep the languages they chose.

    `lang` in an address is the language of the page, `content` that of the records' own texts. `keep` names what
    else makes this page what it is, so that the same page can be linked in another language or as data.
    """

    def __init__(self, request: Request) -> None:
        self.request = request
        self.chosen = request.query_params.get("lang", "")[:_MAX_LANGUAGE_TAG]
        self.content = request.query_params.get("content", "")[:_MAX_LANGUAGE_TAG]
        self.reader: Preferences = preferences(
            self.chosen, request.headers.get("accept-language", ""), self.content
        )
        self.messages = Messages(self.reader.page)
        # The path of this page, safe within an address: the request's own line, no Host takes part in it (H22).
        self.path = quote("/" + str(request.scope["path"]).lstrip("/"), safe="/:-._~")
        self._kept: tuple[tuple[str, str], ...] = ()

    def stand_for(self, path: str, pairs: Iterable[tuple[str, str]] = ()) -> None:
        """Name the one address of this page, where it has several."""
        self.path = quote(path, safe="/:-._~")
        self.keep(pairs)

    def keep(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Name the parameters that belong to this page."""
        self._kept = tuple(pairs)

    def link(self, path: str, pairs: Iterable[tuple[str, str]] = (), **query: str) -> str:
        """Write a link within the node."""
        given = [(name, value) for name, value in (*pairs, *query.items()) if value]
        return _address(path, [*given, *self.languages()])

    def in_language(self, tag: str) -> str:
        """Write the address of this page in a language of ours."""
        content = [("content", self.content)] if is_tag(self.content) else []
        return _address(self.path, [*self._kept, ("lang", tag), *content])

    def in_content(self, tag: str) -> str:
        """Write the address of this page with the records' texts in a language where they have it."""
        lang = [("lang", normalised(self.chosen))] if is_tag(self.chosen) else []
        return _address(self.path, [*self._kept, *lang, *([("content", tag)] if tag else [])])

    def at(self, selection: Selection) -> str:
        """Write the address of the directory at a selection."""
        return self.link("/search", selection.pairs())

    def as_data(self) -> str:
        """Write the address of what this page shows as JSON."""
        path = "/index" if self.path == "/" else self.path
        return _address(f"{path}.json", [*self._kept, *self.languages()])

    def languages(self) -> list[tuple[str, str]]:
        """The languages the visitor chose, as pairs for an address."""
        given = (("lang", self.chosen), ("content", self.content))
        return [(name, normalised(tag)) for name, tag in given if is_tag(tag)]

    @property
    def wants_page(self) -> bool:
        """Whether a person's browser asks; programs get problem details."""
        return "text/html" in self.request.headers.get("accept", "")


class Site:
    """Renders pages of one node."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.style = (_HERE / "static" / "entrepot.css").read_bytes()
        self.style_version = hashlib.sha256(self.style).hexdigest()[:16]
        self._templates = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            settings=settings,
            version=version(),
            languages=LANGUAGES,
            one_line=one_line,
            readable=readable,
            api_link=api_link,
        )

    def data(self, visit: Visit, value: dict[str, Any], status: int = 200) -> Response:
        """Answer with what a page shows as JSON, to programs of any site."""
        body = json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
        if status == 200:
            response = cached(visit.request, body, JSON, HEAD, compress=True)
        else:
            response = Response(body, status, {"content-type": JSON, "cache-control": "no-store"})
        response.headers["vary"] = "Accept-Language, Accept-Encoding"
        response.headers["access-control-allow-origin"] = "*"
        return response

    def page(
        self, visit: Visit, template: str, status: int = 200, *, twin: bool = True, **view: object
    ) -> Response:
        """Answer with a page; a good one with an ETag, so that a reload of the same costs nothing."""
        body = self.render(visit, template, status, twin=twin, **view)
        if status == 200:
            response = cached(visit.request, body, HTML, HEAD, compress=True)
            # A 304 replaces stored headers: it must carry the policy of a page, and the type is what tells.
            response.headers["content-type"] = HTML
        else:
            response = Response(body, status, {"content-type": HTML, "cache-control": "no-store"})
        response.headers["vary"] = "Accept-Language, Accept-Encoding, Accept"
        return response

    def render(self, visit: Visit, template: str, status: int, *, twin: bool = True, **view: object) -> bytes:
        """Write a page in the visitor's language; `twin` tells whether the same is there as JSON."""
        link: Callable[..., str] = visit.link
        text = self._templates.get_template(template).render(
            t=visit.messages,
            lang=visit.reader.page,
            link=link,
            in_language=visit.in_language,
            in_content=visit.in_content,
            at=visit.at,
            path=visit.path,
            data=visit.as_data(),
            twin=twin and status == 200,
            style=f"/static/entrepot.css?v={self.style_version}",
            name=self.settings.name or self.settings.origin,
            **view,
        )
        return text.encode()

    def fault(self, visit: Visit, status: int, code: str, detail: str) -> Response:
        """Answer that there is no such page: as a page for people, as problem details for programs."""
        if not visit.wants_page:
            answer = problem(status, code, detail)
            answer.headers["vary"] = "Accept"
            return answer
        text = code if code in _OWN_WORDS else str(status)
        return self.page(visit, "error.html", status, fault=text, code=code, active="")

    def missing(self, request: Request) -> Response | None:
        """Answer a person who asks for what no route has; None for programs and on the paths made for them."""
        visit = Visit(request)
        if not visit.wants_page or visit.path.startswith(_FOR_PROGRAMS):
            return None
        return self.fault(visit, 404, "http.404", "there is nothing at this address")

    def style_sheet(self, request: Request) -> Response:
        """Answer with the style sheet; its address carries a hash, so it may be kept for ever."""
        current = request.query_params.get("v") == self.style_version
        return cached(
            request, self.style, "text/css; charset=utf-8", IMMUTABLE if current else MINUTE, compress=True
        )


def _address(path: str, pairs: Sequence[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(pairs)}" if pairs else path
