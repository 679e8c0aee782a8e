"""Watching the line: nothing may leave an honest node that it could not stand by for ever.

A head that leaves must be one of its one history, with a mark beside the key that is not below it. A cosignature that leaves
must be of one history with all that the same key has cosigned. A mirror's line must be true when it leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256

from entrepot_schema.errors import Refused
from entrepot_sync.checkpoint import Checkpoint, parse_checkpoint
from entrepot_sync.note import parse_signature_lines, split
from entrepot_sync.witness import parse_add_checkpoint

from .history import History, Violation
from .network import Exchange
from .node import Node
from .traces import erased_traces, found_in_files

ADD = "/witness/add-checkpoint"
CRASHED = 500


class Watch:
    """All that has left. `honest(origin)` gives an honest node that was not cloned, or None."""

    def __init__(self, history: History, honest: Callable[[str], Node | None]) -> None:
        self._history = history
        self._honest = honest
        self._cosigned: dict[tuple[str, str], list[tuple[int, bytes]]] = {}

    def __call__(self, exchange: Exchange) -> None:
        if exchange.answer.status == CRASHED:
            raise Violation(f"{exchange.host} crashed when it was asked {exchange.method} {exchange.target}")
        asked, asking = self._honest(exchange.host), self._honest(exchange.caller)
        if exchange.target == ADD:
            self._watch_push(asking, asked, exchange)
        if exchange.answer.status != 200 or asked is None:
            return
        if exchange.target == "/feed/checkpoint":
            self._watch_head(asked, exchange)
        if exchange.target.startswith("/mirror/") and exchange.target.endswith("/checkpoint"):
            self._watch_mirror(asked, exchange)

    def cosigned_heads(self, log: str) -> list[tuple[int, bytes]]:
        """The heads of a log that honest witnesses have cosigned."""
        return [head for (_, name), heads in self._cosigned.items() if name == log for head in heads]

    def _watch_push(self, asking: Node | None, asked: Node | None, exchange: Exchange) -> None:
        try:
            head = parse_add_checkpoint(exchange.sent).head
        except Refused:
            return
        if asking is not None:
            self._require_own(asking, Checkpoint(head.origin, head.size, head.root))
        if asked is not None and exchange.answer.status == 200:
            for line in parse_signature_lines(exchange.answer.body):
                self._require_one_history(
                    f"{line.name} {line.key_id.hex()}", head.origin, (head.size, head.root)
                )

    def _watch_head(self, asked: Node, exchange: Exchange) -> None:
        plain = [value for name, value in exchange.answer.headers if name.lower() == b"content-encoding"]
        if not plain:
            self._require_own(asked, parse_checkpoint(split(exchange.answer.body).text))

    def _require_own(self, node: Node, head: Checkpoint) -> None:
        if head.feed_name != node.feed.name:
            return
        if not self._history.holds(head.feed_name, head.size, head.root):
            raise Violation(f"a head of {head.feed_name} has left that was never committed: {head.size}")
        mark = node.home.mark_file(head.feed_name).read()
        if mark is None or mark.size < head.size:
            raise Violation(f"{node.origin} let a head of {head.size} entries leave, above its mark")

    def _require_one_history(self, cosigner: str, log: str, head: tuple[int, bytes]) -> None:
        seen = self._cosigned.setdefault((cosigner, log), [])
        for other in seen:
            if not self._history.agree(log, other, head):
                raise Violation(f"{cosigner} has cosigned two histories of {log}: {other[0]} and {head[0]}")
        if seen and head[0] < max(size for size, _ in seen):
            raise Violation(f"{cosigner} has cosigned {log} at {head[0]} after a larger head")
        if head not in seen:
            seen.append(head)

    def _watch_mirror(self, mirror: Node, exchange: Exchange) -> None:
        note = split(exchange.answer.body)
        if not any(line.name.startswith(f"{mirror.origin}/mirror/") for line in note.signatures):
            return
        head = parse_checkpoint(note.text)
        feed = mirror.disk.feed(head.feed_name)
        if feed is None or feed.size < head.size:
            raise Violation(f"{mirror.origin} vouches for {head.size} entries of {head.feed_name} it has not")
        for trace in found_in_files(mirror.home.path, _of_feed(mirror, self._history, head)):
            raise Violation(f"{mirror.origin} vouches for {head.feed_name} at {head.size}, and holds {trace}")


def _of_feed(mirror: Node, history: History, head: Checkpoint) -> Iterator[bytes]:
    return erased_traces(mirror.disk, history, only=(head.feed_name, head.size))


def digest_path(digest: bytes) -> str:
    name = digest.hex()
    return f"/addenda/{name[:2]}/{name[2:4]}/{name}"


def feed_path(feed_name: str) -> str:
    return f"/mirror/{sha256(feed_name.encode()).hexdigest()}"
