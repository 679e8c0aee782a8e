"""Live records of feeds as a package: what its head must say, and the records one by one, in constant memory.

A package has one licence, one publisher and one list of extensions for all its records, so they are looked through
once before the first is written. Nothing is changed on the way: what is published again from a package is unchanged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from entrepot_node.storage.interface import Store
from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import Conflict, Misuse
from entrepot_sync.feed_store import FeedRow

_PAGE = 32  # of 64 KiB at most
_MOST_EXTENSIONS = 20
_CLUSTER = "cluster"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which live records: of these feeds, of one type or of all, under one licence or under any."""

    store: Store
    feeds: Sequence[FeedRow]
    type: str = ""
    license: str = ""

    def signed(self) -> Iterator[bytes]:
        """The records byte for byte as they are signed."""
        for feed in self.feeds:
            yield from _live(self.store, feed, self.type)

    def records(self) -> Iterator[dict[str, Any]]:
        """The records for a package: clusters come along with any type, because the others speak of them."""
        for kind in dict.fromkeys((_CLUSTER, self.type) if self.type else ("",)):
            for feed in self.feeds:
                for raw in _live(self.store, feed, kind):
                    record = read_canonical(raw)
                    if not self.license or record["license"] == self.license:
                        yield record


@dataclass(slots=True)
class Survey:
    """What the head of a package must know of its records."""

    licenses: Counter[str] = field(default_factory=Counter)
    clusters: dict[str, bool] = field(default_factory=dict)  # id → whether it is part of another
    extensions: dict[str, str] = field(default_factory=dict)


def survey(selection: Selection) -> Survey:
    """Look through all records once."""
    found = Survey()
    for record in selection.records():
        profile = record["credentialSubject"]["profile"]
        found.licenses[record["license"]] += 1
        if profile["type"] == _CLUSTER:
            found.clusters[profile["id"]] = "partOf" in profile
        for prefix, data in profile.get("ext", {}).items():
            found.extensions.setdefault(prefix, data["schema"])
    return found


def head_of(found: Survey, *, origin: str, publisher: str, published: str) -> dict[str, Any]:
    """The head of a package, without records. Raises `Misuse` where no choice is right by itself."""
    if len(found.licenses) > 1:
        listed = ", ".join(f"{license} ({count})" for license, count in found.licenses.most_common())
        hint = "Choose one with --license and make a package of each, or export signed records: --signed."
        raise Misuse("export.licenses", f"a package has one licence; these records have {listed}", hint=hint)
    head: dict[str, Any] = {
        "specVersion": "1.0",
        "id": f"https://{origin}/package.json",
        "publisher": _publisher(found, origin, publisher),
        "published": published,
        "license": next(iter(found.licenses)),
    }
    declared = list(found.extensions.items())[:_MOST_EXTENSIONS]
    if declared:
        head["extensions"] = [{"prefix": prefix, "schema": schema} for prefix, schema in declared]
    return head


def profiles_of(selection: Selection, license: str) -> Iterator[dict[str, Any]]:
    """The profiles one by one; `Conflict` if one came under another licence since they were looked through."""
    for record in selection.records():
        if record["license"] != license:
            raise Conflict("export.moved", "a record of another licence was published meanwhile")
        yield dict(record["credentialSubject"]["profile"])


def _publisher(found: Survey, origin: str, wanted: str) -> str:
    if wanted:
        if wanted not in found.clusters:
            raise Misuse("export.publisher", f"{wanted} is no cluster among the records")
        return wanted
    own = {
        cluster: part
        for cluster, part in found.clusters.items()
        if cluster.startswith(f"https://{origin}/id/")
    }
    whole = [cluster for cluster, is_part in own.items() if not is_part] or list(own)
    if len(whole) == 1:
        return whole[0]
    if not whole:
        hint = "Publish the cluster's own profile first, or export signed records: --signed."
        raise Misuse("export.publisher", f"no cluster of {origin} is among the records", hint=hint)
    hint = "Choose with --publisher: " + ", ".join(sorted(whole)[:10])
    raise Misuse("export.publisher", f"{origin} has published {len(whole)} clusters", hint=hint)


def _live(store: Store, feed: FeedRow, kind: str) -> Iterator[bytes]:
    """The live contents of one feed, page by page: no long query that shows what is withdrawn meanwhile."""
    after = (feed.id, -1)
    while page := store.live_records(after=after, limit=_PAGE, type=kind):
        for (feed_id, _), version in page:
            if feed_id != feed.id:
                return
            if version.raw is not None:
                yield version.raw
        after = page[-1][0]
