"""The witness that is judged: a driven node that follows simulated peers, and what it has to show for each of them."""

from __future__ import annotations

import json
import time
from collections import defaultdict

from entrepot_conformance.profiles.cosigner import CLOCK_SKEW_SECONDS, cosigner_of, own_line, text_of
from entrepot_conformance.profiles.tables import DrivenScene
from entrepot_conformance.reader.cosignatures import Counted
from entrepot_conformance.reader.notes import parse_note, verify_note
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.suite.target import Target

from .asking import Reply, post, push
from .watched import WatchedLog

ORIGIN = "witness.example"
SIZE_TYPE = "text/x.tlog.size"
PROBLEM_TYPE = "application/problem+json"


class WitnessScene(DrivenScene):
    """One node. Logs that a case leaves as it found them are used again."""

    def __init__(self, target: Target, name: str) -> None:
        self._idle: dict[int, list[WatchedLog]] = defaultdict(list)
        super().__init__(target, name)

    def open(self) -> None:
        """Found the node, or open its folder again; read the key of its witness."""
        self.node.init(ORIGIN)
        self.node.require("witness")
        self.key = cosigner_of(self.node.url, "witness")

    def log(self, *, records: int = 0, followed: bool = True) -> WatchedLog:
        """A log of its own, never cosigned so far."""
        peer = self.peer(f"log-{len(self._peers)}.example", records)
        if followed:
            self.node.must("add-peer", url=peer.url, fingerprint=peer.identity.scid)
        return WatchedLog(peer)

    def log_at(self, size: int) -> WatchedLog:
        """A log of which a size was cosigned last."""
        if self._idle[size]:
            return self._idle[size].pop()
        log = self.log()
        if size:
            self.accept(log, log.growth(size), size)
        return log

    def put_back(self, log: WatchedLog) -> None:
        """Let another case have a log."""
        self._idle[log.size].append(log)

    def accept(self, log: WatchedLog, body: bytes, size: int) -> Counted:
        """Ask; the witness must answer with its line for the head of this size, and nothing else, and show that head."""
        reply = push(self.node.url, body, self.target.traffic)
        return self.check_accepted(log, body, reply, size)

    def check_accepted(self, log: WatchedLog, body: bytes, reply: Reply, size: int) -> Counted:
        """Check the answer to a request that was good."""
        assert reply.status == 200, f"answered {reply.status} where 200 was due: {reply.text[:300]}"
        text = text_of(body.partition(b"\n\n")[2])
        lines = reply.text.splitlines(keepends=True)
        assert len(lines) == 1, (
            f"200 came with {len(lines)} lines, due is the one of the witness: {lines[:3]}"
        )
        assert reply.text.endswith("\n"), "the line of the witness has no end"
        found = own_line(f"{text}\n{reply.text}".encode(), self.key)
        assert found is not None, f"200 came without a cosignature by {self.key.name}: {reply.text[:200]}"
        log.size = size
        shown = self.shown(log)
        assert shown is not None, f"the head of size {size} was cosigned, but GET {log.path} has none"
        assert text_of(shown) == text, f"cosigned was {text!r}, GET {log.path} shows {text_of(shown)!r}"
        return found

    def refuse(self, log: WatchedLog, body: bytes, *statuses: int, code: str = "") -> Reply:
        """Ask; the witness must refuse with one of these, sign nothing, and go on showing what it showed."""
        before = self.shown(log)
        reply = push(self.node.url, body, self.target.traffic)
        self.check_refused(log, reply, statuses, code)
        self.check_unmoved(log, before)
        return reply

    def check_refused(self, log: WatchedLog, reply: Reply, statuses: tuple[int, ...], code: str = "") -> None:
        """Check the answer to a request that was bad."""
        due = " or ".join(map(str, statuses))
        assert reply.status in statuses, f"answered {reply.status} where {due} was due: {reply.text[:300]}"
        assert f"— {self.key.name} " not in reply.text, f"{reply.status} came with a line of the witness"
        media_type = reply.headers.get("content-type", "")
        if reply.status == 409:
            assert media_type == SIZE_TYPE, f"409 has the media type {media_type!r}, due is {SIZE_TYPE}"
            due_size = f"{log.size}\n"
            assert reply.text == due_size, f"409 names {reply.text[:60]!r}, due was {due_size!r}"
        elif code:
            bare = media_type.partition(";")[0].strip()
            assert bare == PROBLEM_TYPE, f"{reply.status} came as {media_type!r}, due is {PROBLEM_TYPE}"
            require_code(code_of(reply), (code,), "the request")

    def check_unmoved(self, log: WatchedLog, before: bytes | None) -> None:
        """Check that what a log shows is what it showed."""
        after = self.shown(log)
        same = (before and text_of(before)) == (after and text_of(after))
        assert same, f"a head was refused, and now GET {log.path} shows {after!r} in place of {before!r}"

    def shown(self, log: WatchedLog) -> bytes | None:
        """The head that the witness shows as the one cosigned last; it must be signed by the log and by the witness."""
        reply = post(self.node.url, b"", self.target.traffic, path=log.path, method="GET")
        if reply.status == 404:
            return None
        assert reply.status == 200, f"GET {log.path}: {reply.status}"
        note = parse_note(reply.body)
        verify_note(note, log.verifier)
        assert own_line(reply.body, self.key), f"GET {log.path} shows no line of the witness"
        return reply.body

    def require_memory(self, log: WatchedLog, size: int, root: bytes) -> None:
        """The witness must know the head cosigned last as it was."""
        log.size = size
        shown = self.shown(log)
        assert shown is not None, f"the head of size {size} was cosigned, and is not known any more"
        due = text_of(log.log.head(size, root))
        assert text_of(shown) == due, f"cosigned was {due!r}, known is {text_of(shown)!r}"

    def restart(self, *, kill: bool) -> None:
        """End the node and open its folder again; it must vouch with the same key."""
        before = self.key
        self.reopen(kill=kill)
        assert self.key == before, (
            f"after a restart the witness is {self.key.name}, before it was {before.name}"
        )

    def check_now(self, found: Counted) -> None:
        """Check that a cosignature states the present time."""
        off = abs(found.time - time.time())
        assert off <= CLOCK_SKEW_SECONDS, f"the cosignature states {found.time}, {off:.0f} s off the clock"


def code_of(reply: Reply) -> str:
    """The reason code of problem details."""
    try:
        told = json.loads(reply.body)
    except ValueError:
        told = {}
    return str(told.get("code")) if isinstance(told, dict) else ""
