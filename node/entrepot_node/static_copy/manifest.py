"""What a static copy holds of ours, so that a second run writes only what changed and removes only what is ours.

One file of JSON lines in the folder itself: it goes where the folder goes, and a folder that was emptied has none.
Before a run changes anything it lists all that may lie there when it is cut off, with an empty key where that is not
sure; a listed file that is not wanted any more is removed, even one that a run wrote just before it died.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import orjson

from entrepot_node.static_copy.layout import OURS
from entrepot_schema.errors import Misuse

NAME = ".entrepot-static"
_FORM = 1
_DIGEST = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LETTERS = re.compile(r"[a-z2-7]{26}", re.ASCII)


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What lists and other pages say of a record. `named` are the letters of the own subjects it refers to."""

    digest: str
    type: str
    tag: str
    title: str
    place: str
    named: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The page of one record as it was written: `key` stands for all that shows on it, empty if that is not sure."""

    key: str
    facts: PageFacts


@dataclass(slots=True)
class Manifest:
    """Files by path with a key of their bytes; contents by digest, with whether they are written; pages by letters.

    `sizes` are those of the heads this copy has shown, newest first, as far as their partial tiles still lie here.
    """

    origin: str
    feed: str
    look: str = ""
    sizes: list[int] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    contents: dict[str, bool] = field(default_factory=dict)
    pages: dict[str, Page] = field(default_factory=dict)

    @property
    def unsure(self) -> bool:
        """Whether a run was cut off, so that there may be more or less than this says."""
        keys = (*self.files.values(), *(page.key for page in self.pages.values()), *self.contents.values())
        return not all(keys)

    def to_bytes(self) -> bytes:
        """Write it as lines."""
        return b"".join(orjson.dumps(line) + b"\n" for line in self._lines())

    def _lines(self) -> Iterator[list[Any]]:
        yield ["entrepot-static", _FORM, self.origin, self.feed, self.look, self.sizes]
        yield from (["f", path, key] for path, key in self.files.items())
        yield from (["c", digest, written] for digest, written in self.contents.items())
        for letters, page in self.pages.items():
            facts = page.facts
            named = list(facts.named)
            yield [
                "p",
                letters,
                page.key,
                facts.digest,
                facts.type,
                facts.tag,
                facts.title,
                facts.place,
                named,
            ]


def read_manifest(raw: bytes) -> Manifest:
    """Read what `to_bytes` wrote; raise `static.manifest`."""
    try:
        first, *lines = raw.splitlines()
        manifest = _begin(orjson.loads(first))
        for line in lines:
            _take(manifest, orjson.loads(line))
    except (ValueError, TypeError, AttributeError) as error:
        hint = "Write the copy into an empty folder, and put that in the place of this one."
        raise Misuse("static.manifest", f"the list {NAME} of the folder cannot be read", hint=hint) from error
    return manifest


def _begin(line: list[Any]) -> Manifest:
    kind, form, *head = line
    if (kind, form) != ("entrepot-static", _FORM):
        raise ValueError(kind)
    origin, feed, look, sizes = head
    if not all(isinstance(text, str) for text in (origin, feed, look)):
        raise TypeError(head)
    return Manifest(origin, feed, look, [int(size) for size in sizes])


def _take(manifest: Manifest, line: list[Any]) -> None:
    """Read one line. What it names may be removed, and the folder may come from elsewhere: names stay inside."""
    kind, name, *rest = line
    if kind == "f" and _is_inside(name):
        (manifest.files[name],) = rest
    elif kind == "c" and _DIGEST.fullmatch(name):
        (manifest.contents[name],) = rest
    elif kind == "p" and _LETTERS.fullmatch(name):
        key, digest, record_type, tag, title, place, named = rest
        manifest.pages[name] = Page(key, PageFacts(digest, record_type, tag, title, place, tuple(named)))
    else:
        raise ValueError(name)


def _is_inside(path: str) -> bool:
    parts = path.split("/")
    return parts[0] in OURS and not {"", ".", ".."} & set(parts) and "\0" not in path
