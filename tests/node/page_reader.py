"""Pages read like a browser reads them, and what tests of pages publish."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from entrepot_schema.canonical import sha256
from entrepot_schema.record import Statement, sign_record
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint
from entrepot_sync.chunk import ChunkBuilder
from entrepot_sync.content_check import by_digest
from entrepot_sync.entry import PUBLISH, Entry
from entrepot_sync.feed_store import Content, Head, Status

PAGE = "text/html,application/xhtml+xml,*/*;q=0.8"
UNKNOWN = "https://biomed.example/id/" + "a" * 26
VOID = {"meta", "link", "br", "wbr", "img", "input", "hr"}


class Html(HTMLParser):
    """A page as its elements: (tag, attributes), its text, and the text below each element with an id."""

    def __init__(self, raw: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.pieces: list[str] = []
        self.feed(raw.decode())
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag, f"</{tag}> closes another element"

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.pieces).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]

    @property
    def links(self) -> list[str]:
        return [attributes["href"] for attributes in self.all("a")]


def get(node: Any, target: str, status: int = 200, **headers: str) -> Html:
    """Ask for a page like a browser; it must be inert, whatever it shows."""
    answer = node.get(target, **{"accept": PAGE, **headers})
    assert answer.status == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src 'self'; ")
    assert "unsafe" not in answer.headers["content-security-policy"]
    page = Html(answer.body)
    assert page.open == []
    require_inert(page)
    return page


def require_inert(page: Html) -> None:
    """No script, no inline style, nothing loaded from elsewhere, and no link that is not plain."""
    for tag, attributes in page.elements:
        assert tag not in (
            "script",
            "style",
            "iframe",
            "object",
            "embed",
            "img",
            "svg",
            "base",
            "font",
        )
        assert not [
            name for name in attributes if name.startswith("on") or name in ("style", "src", "srcset")
        ]
        if tag == "form":  # asks, and asks us
            assert (attributes["method"], attributes["action"][:1]) == ("get", "/")
            assert not attributes["action"].startswith("//")
        if tag == "link" and attributes["rel"] in ("stylesheet", "icon"):
            assert attributes["href"].startswith(("/static/", "data:image/svg+xml,"))
        if tag == "a" and not attributes["href"].startswith(("/", "#", "mailto:", "tel:")):
            assert attributes["href"].startswith(("http://", "https://"))
            assert "noopener noreferrer" in attributes["rel"]
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))


def path_of(subject: str, query: str = "") -> str:
    return f"/record/{subject}{query}"


def put(node: Any, profile: dict[str, Any], content: Callable[[bytes], Content]) -> str:
    """Append an entry with whatever content, past our own checks, as if it had come from a careless peer."""
    feed, subject = node.feed, profile["id"]
    statement = Statement(subject, profile["type"], "2026-11-23T09:30:00Z", 1)
    raw = sign_record(
        profile,
        statement,
        key=node.home.keyring(1).record,
        origin=feed.origin,
        license="CC0-1.0",
        nonce="A" * 22,
    )
    entry = Entry(PUBLISH, subject, profile["type"], statement.time, None, sha256(raw))
    builder = ChunkBuilder(node.store, feed)
    assert builder.decide([entry.to_bytes()]) is None
    chunk = builder.build(by_digest([]), None)
    checkpoint = Checkpoint(feed.name, chunk.frontier.size, chunk.frontier.root())
    head = Head(
        checkpoint.size, checkpoint.root, sign_checkpoint(checkpoint, feed.name, node.home.keyring(1).log)
    )
    node.store.append(feed.id, replace(chunk, contents={feed.size: content(raw)}, head=head))
    return str(subject)


def stored(raw: bytes) -> Content:
    return Content(Status.STORED, raw)


def example(name: str) -> dict[str, Any]:
    path = Path(__file__).parents[2] / "schema" / "examples" / f"{name}.json"
    profile: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return profile
