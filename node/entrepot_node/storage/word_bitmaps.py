"""Which documents have a word, kept in memory as bitmaps: common words are asked for again and again.

To go through the documents of a word takes a tenth of a microsecond each, so a common word of a million documents would
take a tenth of a second in each search. A bitmap takes an eighth of a byte for each document, at most two bytes for each
one found, and is only added to when documents come: those that went are cut off by whoever asks.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable

from pyroaring import BitMap

from entrepot_node.storage.word_parts import Match

MOST_BYTES = 48 * 1024 * 1024
_LEAST_BYTES = 512  # what a short one takes all the same, with its key

Find = Callable[[Match, int], BitMap]
"""Asks the store for the documents that match, of those behind a document."""


class WordBitmaps:
    """A bounded memory; what was asked for last stays longest. Any thread may ask."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        # Documents, the last one that was looked at, bytes.
        self._kept: OrderedDict[Match, tuple[BitMap, int, int]] = OrderedDict()
        self._bytes = 0

    @property
    def has_room(self) -> bool:
        """Answer whether less than half is taken: more is not filled beforehand, so that what is asked for finds room."""
        return self._bytes < self._most_bytes // 2

    def documents(self, match: Match, last_doc: int, find: Find) -> BitMap:
        """All documents up to the last one that match; some behind it, and some that are gone by now."""
        with self._lock:
            docs, known_to, _ = self._kept.get(match, (BitMap(), 0, 0))
            if match in self._kept:
                self._kept.move_to_end(match)
        if known_to < last_doc:
            docs = docs | find(match, known_to)
            docs.run_optimize()
            self._keep(match, docs, last_doc)
        return docs

    def _keep(self, match: Match, docs: BitMap, last_doc: int) -> None:
        size = len(docs.serialize()) + _LEAST_BYTES
        with self._lock:
            self._bytes += size - self._kept.pop(match, (docs, 0, 0))[2]
            self._kept[match] = (docs, last_doc, size)
            while self._bytes > self._most_bytes:
                self._bytes -= self._kept.popitem(last=False)[1][2]
