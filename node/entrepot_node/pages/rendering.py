"""From a view to an answer: templates with everything escaped, in the visitor's language, with the right headers."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from entrepot_node.pages.language import Preferences, normalised, preferences
from entrepot_node.pages.links import api_link
from entrepot_node.pages.messages import LANGUAGES, Messages
from entrepot_node.problems import problem
from entrepot_node.routes.caching import HEAD, IMMUTABLE, MINUTE, cached
from entrepot_node.settings import Settings
from entrepot_node.version import version

HTML = "text/html; charset=utf-8"
_HERE = Path(__file__).resolve().parent
_MAX_LANGUAGE_TAG = 40


class Visit:
    """One request for a page: what the visitor reads, and how to write links that keep the language they chose."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.chosen = request.query_params.get("lang", "")[:_MAX_LANGUAGE_TAG]
        self.reader: Preferences = preferences(self.chosen, request.headers.get("accept-language", ""))
        self.messages = Messages(self.reader.page)

    @property
    def path(self) -> str:
        """The path of this page, safe within an address."""
        return quote(self.request.url.path, safe="/:-._~")

    def link(self, path: str, **query: str) -> str:
        """Write a link within the node."""
        if self.chosen:
            query["lang"] = normalised(self.chosen)
        given = {name: value for name, value in query.items() if value}
        return f"{path}?{urlencode(given)}" if given else path

    def in_language(self, tag: str) -> str:
        """Write the address of this page in a language of ours."""
        kept = {name: self.request.query_params.get(name, "") for name in ("type", "cursor")}
        given = {name: value for name, value in {**kept, "lang": tag}.items() if value}
        return f"{self.path}?{urlencode(given)}"

    @property
    def wants_page(self) -> bool:
        """Whether a person's browser asks; programs get problem details."""
        return "text/html" in self.request.headers.get("accept", "")


class Site:
    """Renders pages of one node."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
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
            settings=settings, version=version(), languages=LANGUAGES, api_link=api_link
        )

    def page(self, visit: Visit, template: str, status: int = 200, **view: object) -> Response:
        """Answer with a page; a good one with an ETag, so that a reload of the same costs nothing."""
        body = self.render(visit, template, **view)
        if status == 200:
            response = cached(visit.request, body, HTML, HEAD, compress=True)
            # A 304 replaces stored headers: it must carry the policy of a page, and the type is what tells.
            response.headers["content-type"] = HTML
        else:
            response = Response(body, status, {"content-type": HTML, "cache-control": "no-store"})
        response.headers["vary"] = "Accept-Language, Accept-Encoding, Accept"
        return response

    def render(self, visit: Visit, template: str, **view: object) -> bytes:
        """Write a page in the visitor's language."""
        link: Callable[..., str] = visit.link
        text = self._templates.get_template(template).render(
            t=visit.messages,
            lang=visit.reader.page,
            link=link,
            in_language=visit.in_language,
            style=f"/static/entrepot.css?v={self.style_version}",
            name=self._settings.name or self._settings.origin,
            **view,
        )
        return text.encode()

    def fault(self, visit: Visit, status: int, code: str, detail: str) -> Response:
        """Answer that there is no such page: as a page for people, as problem details for programs."""
        if not visit.wants_page:
            answer = problem(status, code, detail)
            answer.headers["vary"] = "Accept"
            return answer
        return self.page(visit, "error.html", status, fault=status, code=code, active="")

    def style_sheet(self, request: Request) -> Response:
        """Answer with the style sheet; its address carries a hash, so it may be kept for ever."""
        current = request.query_params.get("v") == self.style_version
        return cached(
            request, self.style, "text/css; charset=utf-8", IMMUTABLE if current else MINUTE, compress=True
        )
