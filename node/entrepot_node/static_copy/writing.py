"""One run of a static copy: what is withdrawn goes, what is new comes, and the head that implies it comes last.

    list all that may lie there → remove → contents, records and their pages → tiles, bundles, the rest → all durable
    → checkpoint → list what lies there

Killed anywhere, the place shows the old head with all it implies, but for contents that are not live any more; the
next run goes on. A checkpoint never stands beside less than it implies (EXC-04).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from entrepot_node.served_checkpoint import Leaving, served_checkpoint
from entrepot_node.settings import Settings
from entrepot_node.static_copy import layout
from entrepot_node.static_copy.manifest import NAME, Manifest, read_manifest
from entrepot_node.static_copy.place import CopyPlace
from entrepot_node.static_copy.plan import Plan, make_plan, possible, read_contents
from entrepot_node.static_copy.record_page import Place
from entrepot_node.static_copy.rendering import Batches, Look, PageJob
from entrepot_node.static_copy.site import StaticSite
from entrepot_node.static_copy.snapshot import take_snapshot
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import EntrepotError, Misuse
from entrepot_sync.bundle import encode_bundle
from entrepot_sync.checkpoint import parse_checkpoint
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.note import split
from entrepot_sync.tiles import TILE_WIDTH, BundleRef

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class CopyReport:
    """What a run did, or would do: files written, removed and left as they were, live records, size of the head."""

    feed_name: str
    size: int
    records: int
    written: int
    removed: int
    unchanged: int


class StaticCopy:
    """The copy in one place."""

    def __init__(
        self,
        store: Store,
        settings: Settings,
        place: CopyPlace,
        node_document: bytes,
        base_url: str,
        leaving: Leaving,
        progress: Progress = lambda done, total: None,
    ) -> None:
        self._store = store
        self._place = place
        self._node_document = node_document
        self._progress = progress
        self._snapshot = take_snapshot(store)
        self._feed = self._snapshot.feed
        self._leaving = leaving
        self._checkpoint = served_checkpoint(store, self._feed)
        self._site = StaticSite(settings, self._feed, base_url)

    def run(self, *, dry: bool = False) -> CopyReport:
        """Bring the place up to date, or only say what that would take."""
        old = require_ours(self._place, self._feed)
        shown = self._place.read(layout.CHECKPOINT) or b""
        plan = make_plan(self._store, self._snapshot, self._site, old, self._node_document)
        plan.head = shown != self._checkpoint
        if not dry and not plan.nothing:
            self._write(plan, old)
        written = len(plan.write) + plan.head
        total = len(plan.wanted.files) + len(plan.wanted.contents) + len(plan.wanted.pages) + 1
        return CopyReport(
            self._feed.name, self._feed.head.size, len(plan.wanted.pages), written, len(plan.remove),
            total - written,
        )  # fmt: skip

    def _write(self, plan: Plan, old: Manifest) -> None:
        place = self._place
        self._leaving(self._feed)
        place.put(NAME, possible(plan, old).to_bytes())
        place.settle()
        if old.unsure:
            place.go_on()
        for path in plan.remove:
            place.remove(path)
        self._write_records(plan)
        self._write_tiles(plan)
        self._write_rest(plan)
        place.settle()
        if plan.head:
            place.put(layout.CHECKPOINT, self._checkpoint)
            place.settle()
        place.put(NAME, plan.wanted.to_bytes())
        place.settle()

    def _write_records(self, plan: Plan) -> None:
        """Write contents and pages; first of a bundle its list of contents, which may just have lost some."""
        site, done = self._site, 0
        look = Look(site.record_frame(), site.reader, self._feed.name, self._feed.key_log.scid)
        pages = sum(path.startswith("record/") for path in plan.write)
        batches: Batches[tuple[int, list[tuple[Place, bytes]]]] = Batches(look, pages)
        for (number, held), written in batches.render(self._batches(plan)):
            if layout.contents(number) in plan.write:
                self._place.put(layout.contents(number), _joined(held))
            for place, raw in held:
                if layout.addendum(place.digest) in plan.write:
                    self._place.put(layout.addendum(place.digest), raw)
            for (place, _), page in zip(self._paged(plan, held), written, strict=True):
                self._place.put(layout.record_page(place.letters), page)
            done += len(held)
            self._progress(done, len(plan.wanted.pages))

    def _batches(self, plan: Plan) -> Iterator[tuple[tuple[int, list[tuple[Place, bytes]]], list[PageJob]]]:
        """Each bundle with its live contents, and the pages of it that are to be written."""
        live = plan.wanted.pages
        for number, places in plan.bundles.items():
            held = list(read_contents(self._store, self._feed.id, places))
            jobs = []
            for place, raw in self._paged(plan, held):
                named = (one for one in live[place.letters].facts.named if one in live)
                jobs.append(PageJob(raw, place, {one: live[one].facts for one in named}))
            yield (number, held), jobs

    def _paged(self, plan: Plan, held: list[tuple[Place, bytes]]) -> list[tuple[Place, bytes]]:
        return [one for one in held if layout.record_page(one[0].letters) in plan.write]

    def _write_tiles(self, plan: Plan) -> None:
        for ref in plan.tiles:
            if isinstance(ref, BundleRef):
                begin = ref.index * TILE_WIDTH
                raw = encode_bundle(self._store.entries(self._feed.id, begin, begin + ref.width))
            else:
                raw = self._store.tile(self._feed.id, ref.level, ref.index)[: 32 * ref.width]
            self._place.put(f"feed/{ref.path}", raw)

    def _write_rest(self, plan: Plan) -> None:
        for path, raw in plan.singles.items():
            if path in plan.write:
                self._place.put(path, raw)
        names = ["", *[page.name for page in plan.pages], ""]
        for number in plan.lists:
            page = plan.pages[number]
            self._place.put(
                layout.list_page(page.name), self._site.list_page(page, names[number], names[number + 2])
            )
            self._place.put(layout.list_data(page.name), self._site.list_data(page))
        total = len(plan.wanted.pages)
        if layout.DIRECTORY in plan.write:
            self._place.put(layout.DIRECTORY, self._site.directory(plan.pages, total))


def require_ours(place: CopyPlace, feed: FeedRow) -> Manifest:
    """Read what a place holds of ours; refuse one that holds another feed, files of others, or a newer head."""
    place.require_within(layout.OURS)
    listed = place.read(NAME)
    if listed is None:
        taken = next((name for name in layout.OURS if place.holds(name)), None)
        if taken is not None:
            hint = "Choose an empty folder. Everything in it that is not of the copy is left alone later on."
            raise Misuse(
                "static.foreign", f"{place.name} holds {taken}, and no list says it is ours", hint=hint
            )
        return Manifest(feed.origin, feed.name)
    manifest = read_manifest(listed)
    if manifest.origin != feed.origin:
        raise Misuse("static.foreign", f"{place.name} holds the feed of {manifest.origin}")
    _require_not_newer(place, feed)
    return manifest


def _require_not_newer(place: CopyPlace, feed: FeedRow) -> None:
    raw = place.read(layout.CHECKPOINT)
    if raw is None:
        return
    try:
        shown = parse_checkpoint(split(raw).text)
    except EntrepotError:
        return  # damaged: it is replaced
    if shown.feed_name != feed.name:
        return
    newer = shown.size > feed.head.size or (shown.size == feed.head.size and shown.root != feed.head.root)
    if newer:
        hint = "Was this node restored from an old backup? Recover it first; a feed must never go back."
        message = f"the copy shows a head of size {shown.size} that this store does not know"
        raise Misuse("static.newer", message, hint=hint)


def _joined(held: list[tuple[Place, bytes]]) -> bytes:
    return b"".join(raw + b"\n" for _, raw in held)
