"""What a static copy should hold, against what it holds: the work of one run. Reads; writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from entrepot_node.static_copy import layout
from entrepot_node.static_copy.list_pages import ListPage, list_pages
from entrepot_node.static_copy.manifest import Manifest, Page, PageFacts
from entrepot_node.static_copy.record_page import Place, facts_of
from entrepot_node.static_copy.site import StaticSite
from entrepot_node.static_copy.snapshot import Snapshot, moved
from entrepot_node.storage.interface import Store
from entrepot_schema.canonical import canonical_bytes, read_canonical, sha256
from entrepot_schema.key_state import did_web_document
from entrepot_sync.tiles import TILE_WIDTH, BundleRef, TileRef, tiles_for

_WHOLE = "whole"  # the key of what never changes under its name


@dataclass(slots=True)
class Plan:
    """All that should be there, and what of it is to be written or removed.

    `singles` are files whose bytes are at hand; those of tiles, contents, pages and lists are made when they are
    written. `bundles` are the numbers of the bundles that have contents or pages to write.
    """

    wanted: Manifest
    singles: dict[str, bytes]
    tiles: list[TileRef | BundleRef] = field(default_factory=list)
    bundles: dict[int, tuple[Place, ...]] = field(default_factory=dict)
    lists: list[int] = field(default_factory=list)
    pages: list[ListPage] = field(default_factory=list)
    head: bool = False
    remove: list[str] = field(default_factory=list)
    write: set[str] = field(default_factory=set)

    @property
    def nothing(self) -> bool:
        """Whether the copy is as it should be."""
        return not (self.write or self.remove or self.head)


def make_plan(
    store: Store, snapshot: Snapshot, site: StaticSite, old: Manifest, node_document: bytes
) -> Plan:
    """Compare all but the head."""
    feed = snapshot.feed
    wanted = Manifest(feed.origin, feed.name, site.look())
    same_feed = old.feed == feed.name
    known = old.files if same_feed else {}
    facts = _facts(store, snapshot, site, old)
    wanted.sizes = _sizes(old.sizes if same_feed else [], feed.head.size)
    wanted.files = {_path(ref): _WHOLE for ref in _tiles(feed.head.size)}
    wanted.contents = {place.digest: True for place in snapshot.places}
    wanted.pages = {
        letters: Page(_page_key(wanted.look, letters, facts), found) for letters, found in facts.items()
    }
    plan = Plan(wanted, _singles(snapshot, site, node_document))
    plan.pages = list_pages(facts)
    wanted.files |= {path: _key(raw) for path, raw in plan.singles.items()}
    wanted.files |= _list_keys(plan.pages, wanted.look)
    groups = {
        number: tuple(group)
        for number, group in groupby(snapshot.places, lambda place: place.index // TILE_WIDTH)
    }
    for number in range(-(-feed.head.size // TILE_WIDTH)):
        named = [place.digest.encode() for place in groups.get(number, ())]
        wanted.files[layout.contents(number)] = _key(b"".join(named))
    plan.write = {path for path, key in wanted.files.items() if known.get(path) != key}
    plan.tiles = [ref for ref in _tiles(feed.head.size) if _path(ref) in plan.write]
    plan.lists = [place for place, page in enumerate(plan.pages) if layout.list_page(page.name) in plan.write]
    for number in range(-(-feed.head.size // TILE_WIDTH)):
        fresh = set(_fresh(groups.get(number, ()), wanted, old))
        plan.write |= fresh
        if fresh or layout.contents(number) in plan.write:
            plan.bundles[number] = groups.get(number, ())
    _keep_partial_tiles(wanted, known)
    plan.remove = sorted(_paths(old) - _paths(wanted))
    return plan


def possible(plan: Plan, old: Manifest) -> Manifest:
    """All that may lie in the folder if the run is cut off somewhere, with an empty key where that is not sure."""
    wanted = plan.wanted
    sure = {path: key for path, key in old.files.items() if path not in plan.write}
    files = {**sure, **{path: "" for path in (*old.files, *wanted.files) if path not in sure}}
    written = {digest: layout.addendum(digest) not in plan.write for digest in wanted.contents}
    gone = PageFacts("", "", "", "", "", ())
    pages = {letters: Page("", gone) for letters in old.pages if letters not in wanted.pages}
    for letters, page in wanted.pages.items():
        pages[letters] = Page("", gone) if layout.record_page(letters) in plan.write else page
    return Manifest(
        wanted.origin, wanted.feed, wanted.look, wanted.sizes, files,
        {**dict.fromkeys(old.contents, False), **written}, pages,
    )  # fmt: skip


def _facts(store: Store, snapshot: Snapshot, site: StaticSite, old: Manifest) -> dict[str, PageFacts]:
    """What each live record is called; read from the store only where it is not known from the last run."""
    found: dict[str, PageFacts] = {}
    unknown: list[Place] = []
    same_look = old.look == site.look()
    for place in snapshot.places:
        page = old.pages.get(place.letters)
        if page is None or page.facts.digest != place.digest or not same_look:
            unknown.append(place)
        else:
            found[place.letters] = page.facts
    show, origin = site.showing, snapshot.feed.origin
    for place, raw in read_contents(store, snapshot.feed.id, unknown):
        found[place.letters] = facts_of(read_canonical(raw), place, origin, show)
    return {place.letters: found[place.letters] for place in snapshot.places}


def read_contents(store: Store, feed_id: int, places: Iterable[Place]) -> Iterator[tuple[Place, bytes]]:
    """Read the contents of places, a bundle at a time; raise `static.moved` for one that is not there any more."""
    for _, group in groupby(places, lambda place: place.index // TILE_WIDTH):
        wanted = list(group)
        raws = store.contents(feed_id, wanted[0].index, wanted[-1].index + 1)
        held = {sha256(raw).hex(): raw for raw in raws}
        for place in wanted:
            if place.digest not in held:
                raise moved()
            yield place, held[place.digest]


def _fresh(places: Sequence[Place], wanted: Manifest, old: Manifest) -> Iterator[str]:
    """The contents and pages among these records that are to be written."""
    for place in places:
        if not old.contents.get(place.digest):
            yield layout.addendum(place.digest)
        before = old.pages.get(place.letters)
        if before is None or before.key != wanted.pages[place.letters].key:
            yield layout.record_page(place.letters)


def _singles(snapshot: Snapshot, site: StaticSite, node_document: bytes) -> dict[str, bytes]:
    log, total = snapshot.feed.key_log, len(snapshot.places)
    return {
        layout.KEY_LOG: log.to_bytes(),
        layout.DID_LOG: log.to_bytes(),
        layout.DID_DOCUMENT: canonical_bytes(did_web_document(log.latest)),
        layout.NODE_DOCUMENT: node_document,
        layout.NODE_DOCUMENT_JSON: node_document,
        layout.ADDENDA_MARK: b"",
        layout.NO_JEKYLL: b"",
        layout.STYLE: site.style,
        layout.CATALOGUE: site.catalogue(),
        layout.START: site.start(total),
    }


def _tiles(size: int) -> Iterator[TileRef | BundleRef]:
    for ref in tiles_for(0, size):
        yield ref
        if ref.level == 0:
            yield BundleRef(ref.index, ref.width)


def _path(ref: TileRef | BundleRef) -> str:
    return f"feed/{ref.path}"


def _sizes(before: Sequence[int], size: int) -> list[int]:
    """The newest head, and the one before it: who has just read that one still fetches its partial tiles."""
    return [size, *[old for old in before if 0 < old < size][:1]]


def _keep_partial_tiles(wanted: Manifest, known: Mapping[str, str]) -> None:
    for size in wanted.sizes[1:]:
        for ref in _tiles(size):
            path = _path(ref)
            if path in known:
                wanted.files.setdefault(path, known[path])


def _list_keys(pages: Sequence[ListPage], look: str) -> dict[str, str]:
    names = ["", *[page.name for page in pages], ""]
    keys = {}
    for place, page in enumerate(pages):
        shown = (look, names[place], names[place + 2], page.hits)
        key = _key(repr(shown).encode())
        keys[layout.list_page(page.name)] = keys[layout.list_data(page.name)] = key
    spans = [(page.name, page.first, page.last, len(page.hits)) for page in pages]
    return {**keys, layout.DIRECTORY: _key(repr((look, spans)).encode())}


def _page_key(look: str, letters: str, facts: Mapping[str, PageFacts]) -> str:
    """A key of all that shows on the page of a record: its bytes, and the names of those it refers to."""
    own = facts[letters]
    named = [(one, facts[one].title, facts[one].tag) if one in facts else (one, "", "") for one in own.named]
    return _key(f"{look} {own.digest} {named}".encode())


def _key(shown: bytes) -> str:
    return hashlib.sha256(shown).hexdigest()[:32]


def _paths(manifest: Manifest) -> set[str]:
    return {
        *manifest.files,
        *map(layout.addendum, manifest.contents),
        *map(layout.record_page, manifest.pages),
    }
