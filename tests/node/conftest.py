"""A founded node with its real store, and the ways into it."""

from __future__ import annotations

import asyncio
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest
import structlog
from fastapi import FastAPI

from entrepot_node.app import create_app
from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.live_feed import live_feed
from entrepot_node.node_document import refresh_node_document
from entrepot_node.orders import Publication, Receipt
from entrepot_node.publish import Publisher
from entrepot_node.settings import Settings
from entrepot_node.storage.contract_feed import PEER, FeedWriter, start
from entrepot_node.storage.follows import PullOutcome
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes
from entrepot_sync.body_reader import BodyReader
from entrepot_sync.chunk import ChunkBuilder
from entrepot_sync.content_check import by_digest
from entrepot_sync.feed_store import Content, FeedRow, Status

if TYPE_CHECKING:
    from .federation import Federation

ORIGIN = "biomed.example"
FEED = f"{ORIGIN}/feed/1"
CRASH = Path(__file__).parent / "crash"


@dataclass
class Clock:
    """A clock that stands still until a test moves it."""

    time: datetime = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, **by: float) -> None:
        self.time += timedelta(**by)


@dataclass(frozen=True)
class Answer:
    """An answer as it is on the wire: `body` is as it was packed, `plain` what is inside."""

    status: int
    headers: httpx.Headers
    body: bytes

    @property
    def plain(self) -> bytes:
        coding = self.headers.get("content-encoding", "identity")
        reader = BodyReader("the answer", coding, 1 << 26, ("zstd", "dcz"))
        reader.feed(self.body)
        return reader.finish()

    def json(self) -> Any:
        return httpx.Response(200, content=self.body).json()


@dataclass
class OwnNode:
    """A node of our own: publishes through the write path, answers through the application."""

    home: Home
    store: SqlStore
    clock: Clock
    settings: Settings
    random_bytes: Callable[[int], bytes] = field(default_factory=lambda: random.Random(7).randbytes)
    served: tuple[SqlStore, Settings] | None = None
    app: FastAPI = field(default_factory=FastAPI)
    followed: str = ""  # the feed that is looked at, where it is not our own

    @property
    def feed(self) -> FeedRow:
        return self.store.feed(self.followed) or live_feed(self.store)

    def publisher(self, store: SqlStore | None = None) -> Publisher:
        return Publisher(
            store or self.store,
            FEED,
            self.home.keyring(1),
            now=self.clock,
            random_bytes=self.random_bytes,
        )

    def publish(self, *profiles: dict[str, Any], license: str = "CC-BY-4.0") -> list[Receipt]:
        return self.publisher().publish([Publication(profile, license) for profile in profiles])

    def withdraw(self, *subjects: str) -> list[Receipt]:
        return self.publisher().withdraw(subjects)

    def refresh_node_document(self) -> bytes:
        return refresh_node_document(
            self.store,
            self.settings,
            self.feed,
            self.home.keyring(1),
            now=self.clock,
            random_bytes=self.random_bytes,
        )

    def ask(self, method: str, target: str, **headers: str) -> Answer:
        """Send one request to the application; `accept_encoding="gzip"` and the like are header lines."""

        async def send() -> Answer:
            lines = {name.replace("_", "-"): value for name, value in headers.items()}
            request = httpx.Request(method, f"http://127.0.0.1:8101{target}", headers=lines)
            response = await httpx.ASGITransport(self._application()).handle_async_request(request)
            body = b"".join([part async for part in response.aiter_raw()])
            return Answer(response.status_code, response.headers, body)

        return asyncio.run(send())

    def _application(self) -> FastAPI:
        if self.served != (self.store, self.settings):
            self.served, self.app = (
                (self.store, self.settings),
                create_app(self.store, self.settings, now=self.clock),
            )
        return self.app

    def get(self, target: str, **headers: str) -> Answer:
        return self.ask("GET", target, **headers)


@pytest.fixture(autouse=True)
def log_as_it_is_at_the_start() -> Iterator[None]:
    """Commands say where the log goes, once a process; the next test's may go elsewhere."""
    yield
    structlog.reset_defaults()


@pytest.fixture(scope="session")
def founded_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A node that was just founded; copied for each test."""
    path = tmp_path_factory.mktemp("founded") / "home"
    settings = Settings(origin=ORIGIN, name="BioMed", takedown_email="info@biomed.example")
    found_node(Home(path), settings, now=Clock(), random_bytes=random.Random(1).randbytes)
    return path


@pytest.fixture
def home(founded_home: Path, tmp_path: Path) -> Home:
    return Home(shutil.copytree(founded_home, tmp_path / "home"))


@pytest.fixture(scope="session")
def open_node() -> Callable[[Path], OwnNode]:
    """Open the node in a folder; whoever does closes its store."""
    return lambda path: OwnNode(Home(path), Home(path).open_store(), Clock(), Home(path).settings())


@pytest.fixture
def node(home: Home, open_node: Callable[[Path], OwnNode]) -> Iterator[OwnNode]:
    node = open_node(home.path)
    yield node
    node.store.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., int]]:
    """Serve the node in a folder from a process of its own, with "door" also to who publishes; return its port."""
    servers: list[subprocess.Popen[str]] = []

    def start(path: Path, *more: str) -> int:
        command = [sys.executable, str(CRASH / "serve.py"), str(path), *more]
        server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        servers.append(server)
        assert server.stdout is not None
        return int(server.stdout.readline())

    yield start
    for server in servers:
        server.communicate()
        assert server.returncode == 0


@pytest.fixture(scope="session")
def company() -> Callable[..., dict[str, Any]]:
    """Make the profile of a company; with a number it keeps its subject id."""

    def make(name: str = "Acme Bio", number: int | None = None, **more: Any) -> dict[str, Any]:
        profile = {
            "type": "company",
            "name": {"en": name},
            "locations": [{"country": "DE"}],
            "status": "active",
            "updated": "2026-11-23",
            **more,
        }
        if number is not None:
            letters = "".join("abcdefghij"[int(digit)] for digit in f"{number:026}")
            profile["id"] = f"https://{ORIGIN}/id/{letters}"
        return profile

    return make


def record(name: str) -> bytes:
    """Write a document that passed its checks when it was pulled."""
    return canonical_bytes({"credentialSubject": {"profile": {"name": {"en": name}, "type": "company"}}})


@pytest.fixture(scope="session")
def full_home(
    founded_home: Path,
    open_node: Callable[[Path], OwnNode],
    company: Callable[..., dict[str, Any]],
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """Our records, one of them replaced and one withdrawn, and a peer's with one of each status."""
    home: Path = shutil.copytree(founded_home, tmp_path_factory.mktemp("full") / "home")
    node = open_node(home)
    node.publish(*(company(f"Company {number}", number) for number in range(8)))
    node.publish(company("Company 3, renamed", 3))
    node.withdraw(company(number=5)["id"])
    writer = FeedWriter(PEER)
    feed = start(node.store, writer, own=False)
    writer.publish(1, record("Peer 1"))
    writer.publish(2, b"canary of the refused", Content(Status.REFUSED, None, "schema.required", "/name"))
    writer.publish(3, b"canary of the missing", Content(Status.MISSING))
    writer.publish(4, b"{}", Content(Status.KEPT, b'{"canary":"of a later version"}'))
    writer.publish(5, record("canary of the withdrawn"))
    writer.inert()
    writer.withdraw(5)
    node.store.append(feed.id, writer.chunk())
    node.store.add_follow(feed.id, "https://agri.example", allow_private=False, growth_limit=9, now=0.0)
    node.store.close()
    return home


@pytest.fixture
def full(full_home: Path, open_node: Callable[[Path], OwnNode], tmp_path: Path) -> Iterator[OwnNode]:
    node = open_node(shutil.copytree(full_home, tmp_path / "full"))
    yield node
    node.store.close()


@pytest.fixture(scope="session")
def held(
    full_home: Path, open_node: Callable[[Path], OwnNode], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OwnNode]:
    """The same node, for tests that only read."""
    node = open_node(shutil.copytree(full_home, tmp_path_factory.mktemp("held") / "home"))
    yield node
    node.store.close()


@pytest.fixture
def add_peer(node: Any, tmp_path: Path) -> Iterator[Callable[..., FeedRow]]:
    """Follow another node whose feed was pulled already."""

    def add(origin: str, *profiles: dict[str, Any], outcome: PullOutcome | None = None) -> FeedRow:
        home = Home(tmp_path / origin)
        draw = random.Random(origin).randbytes
        found = found_node(home, Settings(origin=origin), now=node.clock, random_bytes=draw)
        theirs = home.open_store()
        publisher = Publisher(theirs, found.feed_name, home.keyring(1), now=node.clock, random_bytes=draw)
        publisher.publish([Publication(profile, "CC0-1.0") for profile in profiles])
        source = theirs.feed(found.feed_name)
        assert source is not None
        feed = node.store.add_feed(source.name, source.key_log, own=False)
        builder = ChunkBuilder(node.store, feed)
        builder.decide(theirs.entries(source.id, 0, source.size))
        contents = by_digest(theirs.contents(source.id, 0, source.size))
        node.store.append(feed.id, builder.build(contents, source.head))
        node.store.add_follow(feed.id, f"https://{origin}", allow_private=False, growth_limit=9, now=0.0)
        if outcome:
            assert node.store.lease_follow(feed.id, "test", now=0.0, until=1.0)
            node.store.end_pull(feed.id, "test", outcome)
        theirs.close()
        feed_now = node.store.feed(source.name)
        assert feed_now is not None
        return feed_now

    return add


@pytest.fixture(scope="session")
def furnished_home(
    founded_home: Path, open_node: Callable[[Path], OwnNode], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """A node that has published the examples of the standard that are of its origin."""
    home: Path = shutil.copytree(founded_home, tmp_path_factory.mktemp("furnished") / "home")
    node = open_node(home)
    profiles = [catalog.example(name) for name in catalog.example_names() if name != "package"]
    own = {
        profile["id"]: profile
        for profile in profiles
        if profile["id"].startswith(f"https://{ORIGIN}/id/") and profile["type"] in catalog.TYPES
    }
    node.publish(*own.values())
    node.refresh_node_document()
    node.store.close()
    return home


@pytest.fixture(scope="session")
def furnished(
    furnished_home: Path, open_node: Callable[[Path], OwnNode], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OwnNode]:
    """The same node, for tests that only read."""
    node = open_node(shutil.copytree(furnished_home, tmp_path_factory.mktemp("read") / "home"))
    yield node
    node.store.close()


@pytest.fixture(scope="session")
def founded_federation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from .federation import found_all  # here: it takes the clock from this module

    folder = tmp_path_factory.mktemp("founded-federation")
    found_all(folder)
    return folder


@pytest.fixture
def federation(tmp_path: Path, founded_federation: Path) -> Iterator[Federation]:
    from .federation import Federation

    federation = Federation(tmp_path, founded_federation)
    yield federation
    federation.close()
