"""A page as a browser would build it: elements with attributes, and each piece of text with what it stands in."""

from __future__ import annotations

from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from entrepot_conformance.http_reader import Answer

_VOID = frozenset(
    ["area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"]
)
_CLOSED_BY_NEXT = frozenset({"li", "dt", "dd", "p", "option", "tr", "td", "th"})
Attributes = dict[str, str]
Element = tuple[str, Attributes]


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of text, and the elements it stands in, from the outermost."""

    text: str
    inside: tuple[Element, ...]

    @property
    def is_read(self) -> bool:
        """Whether it is text of the page, not that of a title bar or a script."""
        return not any(
            tag in ("head", "title", "script", "style", "option", "textarea") for tag, _ in self.inside
        )

    @property
    def is_isolated(self) -> bool:
        """Whether its direction can't reach what stands around it: in a `bdi`, or in an element with `dir`."""
        within = [(tag, given) for tag, given in self.inside if tag not in ("html", "body", "main")]
        return any(tag == "bdi" or "dir" in given for tag, given in within)


class Page(HTMLParser):
    """One answer that is a page."""

    def __init__(self, path: str, answer: Answer) -> None:
        super().__init__(convert_charrefs=True)
        self.path, self.answer = path, answer
        self.elements: list[Element] = []
        self.pieces: list[Piece] = []
        self._open: list[Element] = []
        self.feed(answer.body.decode("utf-8", "replace"))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = (tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag in _CLOSED_BY_NEXT and self._open and self._open[-1][0] == tag:
            self._open.pop()
        if tag not in _VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        while any(name == tag for name, _ in self._open):
            if self._open.pop()[0] == tag:
                return

    def handle_data(self, data: str) -> None:
        self.pieces.append(Piece(data, tuple(self._open)))

    @property
    def text(self) -> str:
        """All that is read."""
        return " ".join("".join(piece.text for piece in self.pieces if piece.is_read).split())

    @property
    def title(self) -> str:
        """What the title bar shows."""
        return "".join(piece.text for piece in self.pieces if any(tag == "title" for tag, _ in piece.inside))

    def all(self, tag: str) -> list[Attributes]:
        """The attributes of all elements of a name."""
        return [given for name, given in self.elements if name == tag]

    def links(self) -> list[str]:
        """Where it leads within the node: paths with query, in order."""
        found: dict[str, None] = {}
        for tag, given in self.elements:
            target = given.get("href" if tag in ("a", "link") else "action" if tag == "form" else "", "")
            path = within(self.path, target)
            if path:
                found[path] = None
        return list(found)


def within(path: str, target: str) -> str:
    """The path of a link on a page if it stays within the node; else nothing."""
    parts = urlsplit(target.strip())
    if not target.strip() or parts.scheme or parts.netloc or target.startswith("#"):
        return ""
    joined = urlsplit(urljoin(path, target.strip()))
    return joined.path + (f"?{joined.query}" if joined.query else "")
