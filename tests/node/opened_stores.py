"""Stores that a test opens again and again, and a record whose every word can be recognized on a disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from entrepot_node.storage.contract_feed import MakeStore
from entrepot_node.storage.sql_store import SqlStore

SECRET = {
    "name": {"en": "Qzvanary Works", "zh-Hans": "龘靐集团"},
    "otherNames": [{"kind": "acronym", "name": {"und": "QZV"}}],
    "summary": {"de": "Wjxgeheim für Öffentliches", "zh-Hans": "麤齉研究"},
    "identifiers": [{"scheme": "LEI", "id": "ZZZZ00PRIVATE9"}],
    "locations": [{"country": "IT", "subdivision": "IT-99", "locality": {"it": "Kvxcity"}}],
    "sectors": ["x-yqsecret"],
}
TRACES = ("qzv", "wjx", "zzzz00", "kvx", "yqsecret", "龘", "靐", "麤", "齉", "IT-99", "oeffent")


@contextmanager
def opening(place: Path | str) -> Iterator[MakeStore]:
    """Open one file or database again and again, each time with connections of its own; all are closed in the end."""
    opened: list[SqlStore] = []

    def make() -> SqlStore:
        opened.append(SqlStore.open(place))
        return opened[-1]

    yield make
    for store in opened:
        store.close()


def traces_in(held: bytes) -> list[str]:
    """What is found of the secret, in either case."""
    return [trace for trace in TRACES if trace.encode() in held or trace.upper().encode() in held]
