"""What tests of static copies share: a follower that reads a folder as a plain web host would serve it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from entrepot_node.following import Introduction, meet
from entrepot_node.node_document import refresh_node_document
from entrepot_node.signing_gate import SigningGate
from entrepot_node.static_copy.folder import Folder
from entrepot_node.static_copy.place import CopyPlace
from entrepot_node.static_copy.writing import CopyReport, StaticCopy
from entrepot_node.storage.sql_store import SqlStore
from entrepot_sync.pull import Pull, PullReport
from entrepot_sync.transport import Fetched, PeerTransport

URL = "https://records.biomed.example/copy"
TYPES = {"json": "application/json", "html": "text/html"}


class FolderPeer:
    """A plain web host: a file that is there is 200, anything else 404; types go by file endings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.paths: list[str] = []

    async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
        self.paths.append(path)
        file = self.folder / path.partition("?")[0].lstrip("/")
        if not file.is_file():
            return Fetched(404, b"", None, 100)
        media_type = TYPES.get(file.suffix.lstrip("."), "application/octet-stream")
        return Fetched(200, file.read_bytes(), None, 100, media_type=media_type)

    async def aclose(self) -> None:
        """Nothing is open."""


def no_network(base_url: str, _allow_private: bool) -> PeerTransport:
    raise AssertionError(f"{base_url} is asked")


class Crash(Exception):
    """The process dies here."""


class Dying:
    """What does its `left` next steps, and dies at the one after them."""

    left: int

    def _live(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Crash


class DyingFolder(Dying, Folder):
    """A folder whose process dies at its k-th write, removal or sync, before or halfway through it."""

    def __init__(self, path: Path, survives: int) -> None:
        super().__init__(path)
        self.left = survives

    def put(self, name: str, raw: bytes) -> None:
        try:
            self._live()
        except Crash:
            (self.path / ".entrepot-draft").write_bytes(raw[: len(raw) // 2])
            raise
        super().put(name, raw)

    def remove(self, name: str) -> None:
        self._live()
        super().remove(name)

    def settle(self) -> None:
        self._live()
        super().settle()


def write_copy(node: Any, where: Path | CopyPlace, *, url: str = URL, dry: bool = False) -> CopyReport:
    """Bring the copy of a node up to date."""
    place = Folder(where) if isinstance(where, Path) else where
    if isinstance(place, Folder):
        place.path.mkdir(exist_ok=True)
    document = refresh_node_document(
        node.store,
        node.settings.model_copy(update={"base_url": url}),
        node.feed,
        node.home.keyring(1),
        now=node.clock,
        random_bytes=node.random_bytes,
        static=True,
    )
    gate = SigningGate(node.store, node.home.mark_file, no_network)
    with place.alone():
        return StaticCopy(node.store, node.settings, place, document, url, gate.keep).run(dry=dry)


def introduce(folder: Path) -> Introduction:
    """Meet the node behind a copy."""
    return asyncio.run(meet(URL, FolderPeer(folder)))


def pull(folder: Path, store: SqlStore) -> PullReport:
    """Follow and pull a copy with all checks, into a store of one's own."""
    peer = FolderPeer(folder)
    met = asyncio.run(meet(URL, peer))
    if store.feed(met.feed_name) is None:
        store.add_feed(met.feed_name, met.key_log, own=False)
    return asyncio.run(Pull(peer, store, met.feed_name, now=0.0).run())


def files_of(folder: Path) -> dict[str, bytes]:
    """All files by path, those of the copy's own bookkeeping left out."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in (".entrepot-static", ".entrepot-draft")
    }


def found_in(folder: Path, needles: Iterable[bytes]) -> list[str]:
    """The files that hold any of some bytes, whatever they are for."""
    wanted = list(needles)
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [str(path) for path in files if any(needle in path.read_bytes() for needle in wanted)]
