"""The pages of a static copy but those of records, and the frame they all share."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import entrepot_node.pages
from entrepot_node.pages.foreign import one_line
from entrepot_node.pages.language import preferences
from entrepot_node.pages.links import mail_link, web_link
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.naming import isolated
from entrepot_node.pages.showing import Showing
from entrepot_node.settings import Settings
from entrepot_node.static_copy import layout
from entrepot_node.static_copy.list_pages import ListPage
from entrepot_node.static_copy.manifest import PageFacts
from entrepot_node.static_copy.record_page import MAIN, TITLE
from entrepot_node.version import version
from entrepot_sync.feed_store import FeedRow

_PAGES = Path(entrepot_node.pages.__file__).parent


class StaticSite:
    """Renders what people see of one copy, all of it in the node's own language."""

    def __init__(self, settings: Settings, feed: FeedRow, base_url: str) -> None:
        self._settings = settings
        self._feed = feed
        self._base_url = base_url.rstrip("/")
        self.reader = preferences(settings.language, "")
        self.messages = Messages(self.reader.page)
        self.style = (_PAGES / "static" / "entrepot.css").read_bytes()
        self._templates = Environment(
            loader=FileSystemLoader(_PAGES / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.globals.update(
            t=self.messages,
            lang=self.reader.page,
            settings=settings,
            name=settings.name or settings.origin,
            version=version(),
            one_line=one_line,
            isolated=isolated,
        )

    @property
    def showing(self) -> Showing:
        """How values are shown to the readers of the copy."""
        return Showing(self.reader, self.messages)

    def record_frame(self) -> str:
        """The frame of record pages, with marks where the title and the main part go."""
        return self._render("static/frame.html", up="../../", title=TITLE, main=MAIN)

    def look(self) -> str:
        """A hash of all that shows on every page: when it changes, all pages are written anew."""
        seen = [self.record_frame(), self.reader.page, self._feed.key_log.scid]
        sources = [path.read_bytes() for path in sorted((_PAGES / "templates" / "static").glob("*.html"))]
        return hashlib.sha256(b"\0".join([*map(str.encode, seen), *sources])).hexdigest()

    def start(self, total: int) -> bytes:
        """The first page."""
        found = self._settings
        return self._render(
            "static/start.html",
            up="",
            total=total,
            scid=self._feed.key_log.scid,
            base_url=self._base_url,
            takedown_mail=mail_link(found.takedown_email),
            takedown_form=web_link(found.takedown_form),
        ).encode()

    def directory(self, pages: Sequence[ListPage], total: int) -> bytes:
        """The list of the pages of the directory."""
        return self._render("static/directory.html", up="../", pages=pages, total=total).encode()

    def list_page(self, page: ListPage, before: str, after: str) -> bytes:
        """One page of the directory."""
        types = partial(_type_label, self.showing)
        return self._render(
            "static/list.html", up="../../", page=page, before=before, after=after, types=types
        ).encode()

    def list_data(self, page: ListPage) -> bytes:
        """The same for programs: what each is called, and where page and bytes are."""
        items = [self._item(hit.letters, hit.facts) for hit in page.hits]
        return json.dumps({"items": items}, ensure_ascii=False, separators=(",", ":")).encode()

    def _item(self, letters: str, facts: PageFacts) -> Mapping[str, str]:
        return {
            "id": f"https://{self._settings.origin}/id/{letters}",
            "type": facts.type,
            "title": facts.title,
            "language": facts.tag,
            "digest": facts.digest,
            "record": f"../../{layout.addendum(facts.digest)}",
            "page": f"../../{layout.record_page(letters)}",
        }

    def catalogue(self) -> bytes:
        """A description of the copy for catalogues, in the words of schema.org."""
        found = self._settings
        document: dict[str, Any] = {
            "@context": "https://schema.org",
            "@type": "Dataset",
            "@id": f"{self._base_url}/",
            "name": found.name or found.origin,
            "description": str(self.messages("static.lead")),
            "identifier": self._feed.name,
            "license": f"https://spdx.org/licenses/{found.license}",
            "url": f"{self._base_url}/index.html",
            "isAccessibleForFree": True,
            "publisher": {"@type": "Organization", "name": found.name or found.origin},
            "distribution": [
                {"@type": "DataDownload", "name": name, "contentUrl": f"{self._base_url}/{path}"}
                for name, path in (("checkpoint", layout.CHECKPOINT), ("key log", layout.KEY_LOG))
            ],
        }
        if found.territory:
            document["spatialCoverage"] = sorted(found.territory)
        return json.dumps(document, ensure_ascii=False, indent=2).encode() + b"\n"

    def _render(self, template: str, **view: object) -> str:
        return self._templates.get_template(template).render(**{"title": "", "main": "", **view})


def _type_label(show: Showing, record_type: str) -> str:
    return show.code(record_type, "recordType").text
