"""Pages of lists: they end by number and by bytes, so that no answer costs more than a few megabytes (EXC-50)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from entrepot_node.routes.api.cursors import write_cursor

MAX_PAGE_BYTES = 4_000_000
_STEP = 32  # records of 64 KiB at most: what is read beyond the end of a page stays small

Place = TypeVar("Place")
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Page(Generic[Place]):
    """Items of a list, the place of the last of them, and whether there are more behind it."""

    items: list[bytes]
    last: Place
    more: bool


def fill_page(
    read: Callable[[Place, int], list[tuple[Place, Row]]],
    write: Callable[[Row], bytes],
    start: Place,
    limit: int,
) -> Page[Place]:
    """Read rows in steps and write them as items until the page is full or the list ends."""
    items: list[bytes] = []
    size, place = 0, start
    while len(items) < limit:
        wanted = min(_STEP, limit - len(items))
        rows = read(place, wanted)
        for reached, row in rows:
            item = write(row)
            if items and size + len(item) > MAX_PAGE_BYTES:
                return Page(items, place, more=True)
            items.append(item)
            size, place = size + len(item), reached
        if len(rows) < wanted:
            return Page(items, place, more=False)
    return Page(items, place, more=bool(read(place, 1)))


def list_body(page: Page[int] | Page[tuple[int, int]], list_name: str) -> bytes:
    """Write a page of a list that ends, with the cursor of the next."""
    numbers = page.last if isinstance(page.last, tuple) else (page.last,)
    following = write_cursor(list_name, *numbers) if page.more else ""
    return page_body(page.items, next=json.dumps(following).encode())


def page_body(items: Iterable[bytes], **members: bytes) -> bytes:
    """Write a page: items that are JSON already, and further members that are."""
    parts = [b'{"items":[', b",".join(items), b"]"]
    for name, value in members.items():
        parts += [b',"', name.encode(), b'":', value]
    return b"".join([*parts, b"}"])
