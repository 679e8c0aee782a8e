"""Which entries a query of `delta` asks for, or why it is refused (EXC-06)."""

from __future__ import annotations

import re

from starlette.datastructures import QueryParams

from entrepot_sync.bundle import MAX_DELTA_ENTRIES
from entrepot_sync.tiles import TILE_WIDTH

_NUMBER = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)


class DeltaRefused(Exception):
    """A query that has no answer. `status` is that of the response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def read_delta_range(query: QueryParams, size: int) -> tuple[int, int]:
    """Return `from` and `to` for a feed of this size."""
    begin, end = query.get("from", ""), query.get("to", "")
    two = len(query.multi_items()) == 2  # a name given twice is no plain number
    if not two or not _NUMBER.fullmatch(begin) or not _NUMBER.fullmatch(end):
        raise DeltaRefused(400, "delta takes from and to, two plain numbers")
    first, last = int(begin), int(end)
    if not first < last or last - first > MAX_DELTA_ENTRIES:
        raise DeltaRefused(400, f"from must be below to, by at most {MAX_DELTA_ENTRIES}")
    if last > size:
        raise DeltaRefused(404, "the feed does not reach that far")
    if last != size and last % TILE_WIDTH:
        raise DeltaRefused(400, f"to must be the current size or a multiple of {TILE_WIDTH}")
    return first, last
