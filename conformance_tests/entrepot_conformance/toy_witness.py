"""A tiny witness behind the suite's channel: honest, or with one fault of a name, to see each case of the profile fail.

It follows what it is told to follow, keeps its state in one file, and judges requests with the reader of the suite.
"""

from __future__ import annotations

import base64
import json
import threading
import time
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from .lying.feed import Feed
from .lying.identity import Identity
from .making.cosignature_cases import cosignature_line, cosigner_vkey
from .making.seeds import TestKey
from .node_under_test import NodeUnderTest
from .reader import merkle
from .reader.notes import ED25519_TYPE, Verifier, parse_note, parse_vkey, verify_note
from .reader.rule_error import RuleError
from .reader.witness import MAX_BODY, Answer, State, answer
from .shim.driver import Launch, Message, ShimDriver
from .toy_node import Response, ToyNode
from .toy_server import ToyServer

_MAX_FEED_SIZE = 2**53 - 1
_BURST = 30
_SOON = threading.Event()  # never set: waiting for it gives other threads their turn
PROBLEM = {"Content-Type": "application/problem+json"}


class ToyLog:
    """What the toy knows of one log. `leaves` are those that it pulled."""

    def __init__(self, url: str, vkeys: list[str]) -> None:
        self.url, self.vkeys = url, vkeys
        self.leaves: list[bytes] = []
        self.forked = False
        self.turns = _BURST


class ToyWitness:
    """One witness. Its answers are those of the standard but for the fault that is named."""

    pid = None

    def __init__(self, home: Path, fault: str = "") -> None:
        self.fault, self._home = fault, home
        self._lock = threading.RLock()
        self._ahead = 0.0
        self._logs: dict[str, ToyLog] = {}
        self._heads: dict[str, dict[str, Any]] = {}
        self._server: ToyServer | None = None

    # --- the channel

    def ask(self, request: Message, patience: float) -> Message:
        do = getattr(self, "do_" + request["do"].replace("-", "_"), None)
        return {"verdict": "accepted", **do(request)} if do else {"verdict": "unsupported"}

    def kill(self) -> None:
        if self._server is not None:
            self._server.close()

    def close(self) -> None:
        self.kill()

    def do_init(self, request: Message) -> Message:
        self._origin = request["origin"]
        kept = self._home / "toy.json"
        told = json.loads(kept.read_text("utf-8")) if kept.exists() else {}
        self._heads = {} if self.fault == "forgets" else told.get("heads", {})
        for name, (url, vkeys) in told.get("logs", {}).items():
            self._logs[name] = ToyLog(url, vkeys)
        number = told.get("starts", 0) + 1 if self.fault == "new key" else 1
        self.key = TestKey(f"toy witness {number}")
        self.name = f"{self._origin}/witness/{number}"
        self._starts = told.get("starts", 0) + 1
        self._keep()
        self._server = ToyServer(self._respond)
        self._own = self._own_node(self._server.url)
        return {"url": self._server.url, "fingerprint": "Qm", "features": ["witness", "set-time"]}

    def do_add_peer(self, request: Message) -> Message:
        self._follow(request["url"])
        self._keep()
        return {}

    def do_set_time(self, request: Message) -> Message:
        self._ahead = datetime.fromisoformat(request["time"]).timestamp() - time.time()
        return {}

    def do_stop(self, request: Message) -> Message:
        self._keep(stopping=True)
        self.kill()
        return {}

    def do_sync_once(self, request: Message) -> Message:
        origin = request["origin"]
        url = next(log.url for name, log in self._logs.items() if name.partition("/")[0] == origin)
        name = self._follow(url, again=True)
        log, node = self._logs[name], NodeUnderTest(url)
        if log.forked:
            return {"verdict": "refused", "code": "log.fork"}
        leaves = [merkle.leaf_hash(entry) for entry in node.entries]
        seen = self._seen(name)
        if self.fault != "pulls apart":
            if seen.size <= len(leaves) and merkle.root(leaves[: seen.size]) != seen.root:
                return {"verdict": "refused", "code": "log.fork"}
            if seen.size <= len(leaves):
                self._store(name, State(len(leaves), node.head.root), node.checkpoint.decode())
        log.leaves = leaves
        return {"size": len(leaves)}

    def _follow(self, url: str, *, again: bool = False) -> str:
        node = NodeUnderTest(url)
        name = node.log_key.name
        log = self._logs.pop(name, None) or ToyLog(url, [])
        log.vkeys = [*(log.vkeys if self.fault == "old keys" else []), _vkey(node.log_key)]
        if again and self.fault != "old feeds":
            self._logs = {one: kept for one, kept in self._logs.items() if not one.startswith(node.origin)}
        self._logs[name] = log
        return name

    def _keep(self, *, stopping: bool = False) -> None:
        if self.fault == "keeps when stopped" and not stopping:
            return
        self._home.mkdir(parents=True, exist_ok=True)
        logs = {name: (log.url, log.vkeys) for name, log in self._logs.items()}
        told = {"heads": self._heads, "logs": logs, "starts": self._starts}
        file = self._home / "toy.new"
        file.write_text(json.dumps(told), "utf-8")
        file.replace(self._home / "toy.json")

    # --- the state

    def _seen(self, name: str) -> State:
        head = self._heads.get(name)
        return State(head["size"], bytes.fromhex(head["root"])) if head else State(0, merkle.EMPTY_ROOT)

    def _store(self, name: str, head: State, note: str) -> int:
        """Store a head; return the time to sign it with."""
        last = self._heads.get(name, {"time": 1, "size": -1})
        now = int(time.time() + self._ahead)
        if self.fault != "time goes back":
            now = max(now, last["time"])
        if self.fault == "old time" and head.size == last["size"]:
            now = last["time"]
        text, lines = note.partition("\n\n")[::2]
        own = lines if self.fault == "keeps lines" else lines.splitlines(keepends=True)[0]
        line = self._line(f"{text}\n", now)
        shown = f"{text}\n\n{own}{line}"
        self._heads[name] = {"size": head.size, "root": head.root.hex(), "time": now, "note": shown}
        self._keep()
        return now

    def _line(self, text: str, now: int) -> str:
        stamp = 0 if self.fault == "time 0" else now
        return cosignature_line(self.key, self.name, stamp, text)

    # --- the answers

    def _respond(self, method: str, path: str, body: bytes) -> Response:
        if method == "POST" and path == "/witness/add-checkpoint":
            return self._push(body)
        loose = path.rstrip("/").lower() if self.fault == "loose paths" else path
        for name, head in self._heads.items():
            if loose == f"/witness/{sha256(name.encode()).hexdigest()}/checkpoint":
                return Response(200, head["note"].encode())
        return self._own.respond(path)

    def _push(self, body: bytes) -> Response:
        note = body.partition(b"\n\n")[2].decode("utf-8", "replace")
        name = note.partition("\n")[0]
        if self.fault == "refuses all":
            return Response(422)
        lock = threading.RLock() if self.fault == "no lock" else self._lock
        with lock:
            verdict = self._judge(body, name, note)
            if self.fault == "no lock":
                _SOON.wait(0.05)
            if verdict.status != 200 and self.fault == "signs all":
                return Response(200, self._line(_text(note), 1).encode())
            if verdict.status == 429:
                return Response(429, headers={"Retry-After": "1"})
            if verdict.status == 200 or (self.fault == "moves anyway" and verdict.status >= 409):
                size, root = _size_and_root(note)
                now = self._store(name, State(size, root), note)
            if verdict.status == 200:
                line = self._line(_text(note), now)
                return Response(200, (line * (2 if self.fault == "two lines" else 1)).encode())
        return self._refusal(verdict)

    def _judge(self, body: bytes, name: str, note: str) -> Answer:
        log = self._logs.get(name)
        keys = [parse_vkey(vkey) for vkey in log.vkeys] if log else []
        signed = next((key for key in keys if _has_signed(note, key)), keys[-1] if keys else None)
        verdict = answer(body, {name: signed} if signed else {}, self._seen(name))
        if log is None or len(body) > MAX_BODY or verdict.status in (400, 404):
            return verdict
        if self.fault == "anybody stops" or verdict.status != 403:
            self._compare(log, name, note, verdict)
        if verdict.status == 403:
            return verdict
        if log.forked:
            return Answer(422, "witness.inconsistent")
        if _size_and_root(note)[0] > _MAX_FEED_SIZE:
            return Answer(400, "witness.request")
        return self._limited(log, name, note, verdict)

    def _compare(self, log: ToyLog, name: str, note: str, verdict: Answer) -> None:
        size, root = _size_and_root(note)
        held = size <= len(log.leaves) and merkle.root(log.leaves[:size]) != root
        same = size == self._seen(name).size > 0 and root != self._seen(name).root
        if (held or same) and self.fault != "forgives":
            log.forked = log.forked or verdict.status in (403, 422) or (held and verdict.status == 409)

    def _limited(self, log: ToyLog, name: str, note: str, verdict: Answer) -> Answer:
        if verdict.status != 200 or self.fault == "no limit":
            return verdict
        grows = _size_and_root(note)[0] > self._seen(name).size and self.fault != "one limit"
        if grows:
            return verdict
        log.turns -= 1
        return verdict if log.turns >= 0 else Answer(429)

    def _refusal(self, verdict: Answer) -> Response:
        if verdict.status == 409:
            named = 0 if self.fault == "wrong size" else verdict.size
            media = "text/x.tlog.size"
            return Response(
                409,
                f"{named}\n".encode(),
                {"Content-Type": media + ("; charset=utf-8" * (self.fault == "charset"))},
            )
        code = "witness.nonsense" if self.fault == "own codes" else verdict.code
        return Response(verdict.status, json.dumps({"code": code}).encode(), PROBLEM)

    def _own_node(self, url: str) -> ToyNode:
        """What it serves of itself: an empty house, and a node document that names the witness."""
        identity = Identity(self._origin)
        named = {"name": self.name, "vkey": cosigner_vkey(self.key, self.name)}
        document = identity.other_document(url, witness=named, capabilities=["witness"])
        return ToyNode(replace(Feed(identity).shown(url), node_document=document))


def _vkey(key: Verifier) -> str:
    encoded = base64.b64encode(ED25519_TYPE + key.public_key).decode()
    return f"{key.name}+{key.key_id.hex()}+{encoded}"


def _has_signed(note: str, key: Verifier) -> bool:
    try:
        verify_note(parse_note(note.encode()), key)
    except RuleError:
        return False
    return True


def _text(note: str) -> str:
    return note.partition("\n\n")[0] + "\n"


def _size_and_root(note: str) -> tuple[int, bytes]:
    _, size, root = note.split("\n")[:3]
    return int(size), base64.b64decode(root)


def toy_launch(fault: str, work: Path) -> Launch:
    """Start a new toy for each name; of one name a toy comes back to its folder."""
    return lambda name: ShimDriver(name, ToyWitness(work / name, fault), work / name)
