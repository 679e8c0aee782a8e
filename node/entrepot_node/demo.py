"""The demo federation: three nodes in one folder, real processes, real HTTP, real signatures.

`found` makes and fills the nodes; `servers` runs `entrepot serve` for each; `exchange` lets each follow the two
others and waits until their own scheduled pulls have brought everything; then every copy is checked from its bytes
and compared with the publisher's.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from entrepot_node.commands.node import Node, open_node, open_transport, utc_now
from entrepot_node.demo_data import NODES, DemoNode, demo_profiles, load_organisations
from entrepot_node.following import meet, pin
from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.node_document import refresh_node_document
from entrepot_node.orders import Publication
from entrepot_node.self_check import check_store, copy_digest
from entrepot_node.settings import Settings
from entrepot_schema.errors import EntrepotError, Unavailable
from entrepot_schema.origin import parse_feed_name

_START_SECONDS = 30.0
_EXCHANGE_SECONDS = 120.0
_TICK_SECONDS = 0.1
_IDS = "demo-ids.json"


MEMBERS = tuple(NODES.values())


@dataclass(frozen=True)
class HeldFeed:
    """What a node holds of one feed; `identical` to the publisher's own, entry by entry and content by content."""

    origin: str
    records: int
    size: int
    root: str
    identical: bool


@dataclass(frozen=True, slots=True)
class HeldBy:
    """What one node holds."""

    origin: str
    url: str
    feeds: list[HeldFeed]


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The outcome of an exchange. `copies` counts records that travelled."""

    nodes: list[HeldBy]
    records: int
    copies: int
    publish_seconds: float
    exchange_seconds: float

    @property
    def identical(self) -> bool:
        """Whether all nodes hold identical verified copies of all feeds."""
        return all(
            len(node.feeds) == len(MEMBERS) and all(feed.identical for feed in node.feeds)
            for node in self.nodes
        )


class Demo:
    """A demo federation below one folder. `port` is the first of three, 0 for free ones."""

    def __init__(self, folder: Path, port: int) -> None:
        self._folder = folder
        self._ports = _choose_ports(port)
        self._publish_seconds = 0.0

    def found(self, say: Callable[[str], None]) -> None:
        """Make the nodes that are not there yet, and publish what is not published yet."""
        ids = self._load_ids()
        for member, port in zip(MEMBERS, self._ports, strict=True):
            self._found_member(member, port)
        started = time.monotonic()
        for member in MEMBERS:
            with open_node(self._home(member)) as node:
                published = self._publish(node, member, ids)
            say(f"{member.origin}: {published} records signed and published")
        self._publish_seconds = time.monotonic() - started

    @contextmanager
    def servers(self) -> Iterator[None]:
        """Run the three nodes; stop them in the end."""
        with ExitStack() as stack:
            for member in MEMBERS:
                stack.enter_context(_server(self._home(member)))
            for member, port in zip(MEMBERS, self._ports, strict=True):
                _wait_until_up(member.origin, port)
            yield

    def exchange(self) -> DemoResult:
        """Follow all around, wait for the servers' own pulls, check and compare."""
        started = time.monotonic()
        for member in MEMBERS:
            with open_node(self._home(member)) as node:
                for other, port in zip(MEMBERS, self._ports, strict=True):
                    if other is not member:
                        _follow(node, _url(port))
        self._wait_until_exchanged()
        seconds = time.monotonic() - started
        originals = {member.origin: self._own_digest(member) for member in MEMBERS}
        nodes = [
            self._held_by(member, port, originals) for member, port in zip(MEMBERS, self._ports, strict=True)
        ]
        held = [(node.origin, feed) for node in nodes for feed in node.feeds]
        own = sum(feed.records for origin, feed in held if feed.origin == origin)
        copies = sum(feed.records for origin, feed in held if feed.origin != origin)
        return DemoResult(nodes, own, copies, self._publish_seconds, seconds)

    def _home(self, member: DemoNode) -> Path:
        return self._folder / member.symbol

    def _found_member(self, member: DemoNode, port: int) -> None:
        home = Home(self._home(member))
        settings = Settings(
            origin=member.origin,
            name=member.name,
            language=member.language,
            base_url=_url(port),
            listen=f"127.0.0.1:{port}",
            license="CC0-1.0",
            territory=list(member.territory),
            takedown_email=f"takedown@{member.origin}",
            poll_seconds=5,
            demo=True,
        )
        if not home.settings_file.exists():
            found_node(home, settings, now=utc_now)
        with open_node(home.path) as node:
            keyring = home.keyring(parse_feed_name(node.feed.name).number)
            refresh_node_document(
                node.store, settings, node.feed, keyring, now=utc_now, random_bytes=secrets.token_bytes
            )

    def _publish(self, node: Node, member: DemoNode, ids: dict[str, str]) -> int:
        """Publish the demo data of a node; what a symbol or row was published as is kept in a file."""
        with node.publisher() as publisher:

            def subject(symbol: str) -> str:
                if symbol not in ids:
                    origin = next(m.origin for m in MEMBERS if m.symbol == symbol.partition("/")[0])
                    ids[symbol] = publisher.mint(origin)
                return ids[symbol]

            profiles = demo_profiles(member.symbol, subject, utc_now().date())
            for profile in load_organisations(member.symbol):
                # The id in the source register is what stays when the data is made anew.
                source = profile["identifiers"][0]["id"]
                profiles.append({**profile, "id": subject(f"{member.symbol}/{source}")})
            self._save_ids(ids)
            receipts = publisher.publish([Publication(profile, "CC0-1.0") for profile in profiles])
        return len(receipts)

    def _load_ids(self) -> dict[str, str]:
        path = self._folder / _IDS
        return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}

    def _save_ids(self, ids: dict[str, str]) -> None:
        (self._folder / _IDS).write_text(json.dumps(ids), "utf-8")

    def _wait_until_exchanged(self) -> None:
        deadline = time.monotonic() + _EXCHANGE_SECONDS
        waiting = list(MEMBERS)
        while waiting:
            waiting = [member for member in waiting if not self._has_all(member)]
            if waiting and time.monotonic() > deadline:
                raise Unavailable(
                    "demo.slow", f"{waiting[0].origin} did not pull everything in {_EXCHANGE_SECONDS:g} s"
                )
            if waiting:
                time.sleep(_TICK_SECONDS)  # the servers pull by themselves; we look

    def _has_all(self, member: DemoNode) -> bool:
        with open_node(self._home(member)) as node:
            follows = node.store.follows()
            sizes = {feed.origin: (feed.size, feed.head.size) for feed in node.store.feeds()}
        return len(follows) == len(MEMBERS) - 1 and all(
            follow.success_at is not None and sizes[follow.origin][0] == sizes[follow.origin][1] > 0
            for follow in follows
        )

    def _own_digest(self, member: DemoNode) -> str:
        with open_node(self._home(member)) as node:
            return copy_digest(node.store, node.feed)

    def _held_by(self, member: DemoNode, port: int, originals: dict[str, str]) -> HeldBy:
        feeds = []
        with open_node(self._home(member)) as node:
            for feed in node.store.feeds():
                check_store(node.store, feed)
                same = copy_digest(node.store, feed) == originals[feed.origin]
                records = node.store.counts(feed.id).stored
                feeds.append(HeldFeed(feed.origin, records, feed.head.size, feed.head.root.hex(), same))
        return HeldBy(member.origin, _url(port), feeds)


def _follow(node: Node, url: str) -> None:
    async def introduce() -> None:
        async with aclosing(open_transport(url, True)) as transport:
            met = await meet(url, transport)
        pin(
            node.store, met, allow_private=True, growth_limit=node.settings.growth_limit,
            now=time.time(), own_origin=node.settings.origin,
        )  # fmt: skip

    asyncio.run(introduce())


@contextmanager
def _server(home: Path) -> Iterator[None]:
    log = (home / "serve.log").open("ab")
    process = subprocess.Popen(  # noqa: S603  our own program
        [sys.executable, "-m", "entrepot_node.cli", "serve", "--home", str(home)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
    )
    try:
        yield
    finally:
        process.terminate()
        process.wait()
        log.close()


def _wait_until_up(origin: str, port: int) -> None:
    deadline = time.monotonic() + _START_SECONDS

    async def is_up() -> bool:
        transport = open_transport(_url(port), True)
        try:
            return (await meet(_url(port), transport)).origin == origin
        except EntrepotError:
            return False
        finally:
            await transport.aclose()

    while not asyncio.run(is_up()):
        if time.monotonic() > deadline:
            raise Unavailable(
                "demo.slow", f"{origin} did not start on port {port}; see serve.log in its folder"
            )
        time.sleep(_TICK_SECONDS)  # until our own process listens


def _url(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def _choose_ports(first: int) -> list[int]:
    """Three ports in a row if they are free, else whichever are."""
    wanted = [first + number for number in range(len(MEMBERS))] if first else []
    if wanted and all(_is_free(port) for port in wanted):
        return wanted
    sockets = [socket.socket() for _ in MEMBERS]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _is_free(port: int) -> bool:
    with socket.socket() as one:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            one.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
