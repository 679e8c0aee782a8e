"""Publishers that forget, trust or fall over, behind the suite's channel: to see each case of the profile `durable` fail."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

from .http_reader import HttpReader
from .lying.feed import Feed
from .lying.identity import Identity
from .lying.server import PeerServer, Request
from .making.profiles import unsigned
from .node_under_test import NodeUnderTest
from .profiles.durable.kills import add_checkpoint
from .reader import merkle
from .reader.entries import digest_of
from .reader.notes import parse_checkpoint, parse_note
from .reader.strict_json import parse_object
from .shim.driver import Launch, Message, ShimDriver
from .toy_node import Response, ToyNode

_STATE, _KEYS = "state.json", "keys"


class _OwnFeed(Feed):
    """A feed whose subjects are named by their ids."""

    def subject(self, name: str) -> str:
        return name


class ToyKeeper:
    """Keeps its feed in one file, and asks nobody before it signs: old copies and clones fork it."""

    notes_its_keys = False
    """Whether it knows that it had a feed once."""

    def __init__(self) -> None:
        self.pid = os.getpid()  # so that the suite takes it for a process that it can kill
        self.dead = False
        self.home = Path()
        self.feed: _OwnFeed | None = None
        self.rows: dict[str, dict[str, Any]] = {}
        self._urls: dict[str, str] = {}
        self._lock = threading.Lock()
        self._server = PeerServer(self._answer)

    def ask(self, request: Message, patience: float) -> Message:
        do = getattr(self, "do_" + request["do"].replace("-", "_"), None)
        with self._lock:
            answer = {"verdict": "accepted", **do(request)} if do else {"verdict": "unsupported"}
        assert not self.dead, "the node has ended"
        return answer

    def kill(self) -> None:
        self.dead = True
        self._server.close()

    def close(self) -> None:
        if not self.dead:
            self.save()
        self.kill()

    def do_init(self, request: Message) -> Message:
        self.home = Path(request["home"])
        self.home.mkdir(parents=True, exist_ok=True)
        self.identity = identity = Identity(request["origin"])
        if self.notes_its_keys and (self.home / _KEYS).exists() and not (self.home / _STATE).exists():
            return {"verdict": "refused", "code": "store.lost"}
        (self.home / _KEYS).touch()
        self.feed = _OwnFeed(identity)
        self.load()
        self.save()
        features = ["publish", "withdraw", "push", "recover", "lose-store", "witness", "set-time", "hello"]
        return {"url": self._server.url, "fingerprint": identity.scid, "features": features}

    def do_publish(self, request: Message) -> Message:
        feed, profiles = self._feed, request["profiles"]
        for profile in profiles:
            self.publish(feed, profile)
        self.save()
        return {"ids": [profile["id"] for profile in profiles], "size": feed.size}

    def do_withdraw(self, request: Message) -> Message:
        for subject in request["ids"]:
            self._feed.withdraw(subject)
        self.save()
        return {"size": self._feed.size}

    def do_set_time(self, request: Message) -> Message:
        return {}

    def do_add_peer(self, request: Message) -> Message:
        origin = NodeUnderTest(request["url"]).origin
        self._urls[origin] = request["url"]
        self.rows[origin] = {"origin": origin, "size": 0, "root": "", "live": 0, "code": ""}
        return {"origin": origin}

    def do_sync_once(self, request: Message) -> Message:
        node = NodeUnderTest(self._urls[request["origin"]])
        size, root = node.size, node.head.root.hex()
        self.rows[request["origin"]] |= {"size": size, "root": root, "live": len(node.state.live())}
        self.save()
        return {"size": size, "stored": 0, "missing": 0, "refused": []}

    def do_push_once(self, request: Message) -> Message:
        feed, url = self._feed, self._urls[request["origin"]]
        leaves = [merkle.leaf_hash(entry) for entry in feed.entries]
        old = 0
        for _ in range(2):
            proof = merkle.consistency_proof(old, leaves) if 0 < old < feed.size else []
            body = add_checkpoint(old, proof, feed.head())
            answer = HttpReader(url).ask("POST", "/witness/add-checkpoint", body)
            if answer.status == 200:
                return {"size": feed.size}
            old = int(answer.body or 0)
            if old > feed.size or answer.status != 409:
                break
        return {"verdict": "refused", "code": "push.ahead"}

    def do_recover(self, request: Message) -> Message:
        """Take whatever a mirror has, unseen."""
        feed = self.feed = _OwnFeed(self.identity)
        mirror = HttpReader(f"{request['url']}/mirror/{sha256(feed.name.encode()).hexdigest()}")
        size = parse_checkpoint(parse_note(mirror.get("/checkpoint").body).text).size
        bundle = mirror.get(f"/delta?from=0&to={size}").body
        if mirror.get(f"/delta?from=0&to={size}").status != 200:
            return {"verdict": "refused", "code": "recover.no-copy"}
        entries, rest = [], bundle
        for _ in range(size):
            length = int.from_bytes(rest[:2])
            entries.append(rest[2 : 2 + length].hex())
            rest = rest[2 + length :]
        self.take(entries, rest.decode().splitlines())
        self.save()
        return {"size": size}

    def do_lose_store(self, request: Message) -> Message:
        (self.home / _STATE).unlink()
        self.feed = None
        return {}

    def do_status(self, request: Message) -> Message:
        feed = self._feed
        rows = list(self.rows.values())
        return {"feed": feed.name, "size": feed.size, "root": feed.root().hex(), "peers": rows}

    def do_stop(self, request: Message) -> Message:
        self.save()
        return {}

    def publish(self, feed: Feed, profile: dict[str, Any]) -> None:
        """Append one record."""
        subject = profile["id"]
        revision = feed.state.publishes[subject] + 1
        record = unsigned(profile, revision=revision, time=feed.time(), name=subject, origin=feed.origin)
        feed.publish(subject, feed.signed(record), type=profile["type"])

    def save(self) -> None:
        """Write all down."""
        feed = self.feed
        if feed is None:
            return
        entries = [entry.hex() for entry in feed.entries]
        contents = [content.decode() for content in feed.contents.values()]
        written = self.home / f"{_STATE}.{id(self)}"
        written.write_text(json.dumps([entries, contents, self.rows, self._urls]), "utf-8")
        written.replace(self.home / _STATE)

    def load(self) -> None:
        """Read what was written down."""
        if not (self.home / _STATE).exists():
            return
        told = json.loads((self.home / _STATE).read_text("utf-8"))
        entries, contents, self.rows, self._urls = told
        self.take(entries, contents)

    def take(self, entries: Sequence[str], contents: Sequence[str]) -> None:
        """Take in what was written down, behind the entry that is there from the beginning."""
        for entry in entries[1:]:
            self._feed.append(bytes.fromhex(entry))
        self._feed.contents |= {digest_of(content.encode()): content.encode() for content in contents}

    @property
    def _feed(self) -> _OwnFeed:
        assert self.feed is not None, "no node is open"
        return self.feed

    def greeted(self, body: bytes) -> Response:
        """Say of any hello that it waits."""
        return Response(200, b'{"state": "waiting"}', {"Content-Type": "application/json"})

    def _answer(self, request: Request) -> Response:
        if request.target == "/hello":
            return self.greeted(request.body)
        if request.method == "POST" or self.feed is None:
            return Response(200, b"cosigned")
        shown = ToyNode(self.feed.shown(self._server.url))
        return shown.respond(request.target, request.headers.get("if-none-match"))


class Misled(ToyKeeper):
    """Goes to where a document or a hello says that a peer is."""

    def greeted(self, body: bytes) -> Response:
        HttpReader(json.loads(body)["baseUrl"]).get("/.well-known/entrepot")
        return super().greeted(body)

    def do_add_peer(self, request: Message) -> Message:
        told = super().do_add_peer(request)
        document = parse_object(NodeUnderTest(request["url"]).node_document)
        self._urls[told["origin"]] = document["credentialSubject"]["profile"]["baseUrls"][0]
        return told


class Trusting(ToyKeeper):
    """Begins no new log, but goes on from whatever a mirror hands out."""

    notes_its_keys = True


class Forgetful(ToyKeeper):
    """Writes nothing down: after each end it begins anew."""

    def save(self) -> None: ...

    def do_lose_store(self, request: Message) -> Message:
        return {}


class Paranoid(ToyKeeper):
    """Signs nothing, ever."""

    def do_publish(self, request: Message) -> Message:
        return {"verdict": "refused", "code": "gate.no-answer"}


class OfItsOwn(ToyKeeper):
    """Refuses for a reason that no standard knows."""

    def do_publish(self, request: Message) -> Message:
        return {"verdict": "refused", "code": "gate.nonsense"}

    do_init = do_publish


class Crashing(ToyKeeper):
    """Falls over when it has to publish or pull."""

    def do_publish(self, request: Message) -> Message:
        raise AssertionError("the node has ended: Traceback")

    do_sync_once = do_publish


class Backdating(ToyKeeper):
    """Gives each entry the time of its clock."""

    clock = ""

    def do_set_time(self, request: Message) -> Message:
        self.clock = request["time"]
        return {}

    def publish(self, feed: Feed, profile: dict[str, Any]) -> None:
        feed.time = lambda: self.clock  # type: ignore[method-assign]
        super().publish(feed, profile)


class HalfHearted(ToyKeeper):
    """Takes the good half of a batch, then refuses it."""

    def publish(self, feed: Feed, profile: dict[str, Any]) -> None:
        if profile["type"] != "cluster":
            raise ValueError
        super().publish(feed, profile)

    def do_publish(self, request: Message) -> Message:
        try:
            return super().do_publish(request)
        except ValueError:
            return {"verdict": "refused", "code": "publish.refused"}


class Careless(ToyKeeper):
    """Says that all is well where the disk is full."""

    def save(self) -> None:
        try:
            super().save()
        except OSError:
            return


class Rewriting(ToyKeeper):
    """Begins another history in the place of the newest entry, each time it opens a home."""

    def take(self, entries: Sequence[str], contents: Sequence[str]) -> None:
        super().take(entries[: max(1, len(entries) - 3)], contents)
        for number in range(3):
            letters = "abcdefg"[number] * 26
            subject = f"https://{self._feed.origin}/id/{letters}"
            if subject not in self._feed.state.last:
                self.publish(self._feed, self._feed.profile(subject))


def launch_keeper(toy: type[ToyKeeper], work: Path) -> Launch:
    """Start a new toy for each name; its home is what it keeps."""
    return lambda name: ShimDriver(name, toy(), work / name)
