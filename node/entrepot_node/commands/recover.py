"""`entrepot recover`: get our own feed back from a copy, or answer for a silent federation."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import time
from collections.abc import Iterator
from contextlib import aclosing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from entrepot_node.append_right import append_right
from entrepot_node.commands.node import Node, open_node, open_transport, utc_now
from entrepot_node.commands.output import DONE, Output, printable
from entrepot_node.following import meet
from entrepot_node.head_gate import stored_hashes
from entrepot_node.home import Home
from entrepot_node.keyring import key_path, numbers_of, read_key
from entrepot_node.mark_file import MarkFile
from entrepot_node.node_document import refresh_node_document
from entrepot_node.parallel_check import ParallelCheck
from entrepot_node.recovering import Recovered, find_copy, go_on, recover_feed
from entrepot_node.signing_gate import needs_everybody
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import EntrepotError, Misuse
from entrepot_schema.keys import PublicKey
from entrepot_schema.origin import FeedName, parse_feed_name
from entrepot_schema.timestamp import format_timestamp
from entrepot_sync.carried import open_carried
from entrepot_sync.merkle import EMPTY_ROOT
from entrepot_sync.pull import Progress
from entrepot_sync.signing_gate import Mark, Voucher, judge_store
from entrepot_sync.transport import PeerTransport

OVERRIDES = "overrides.log"


def run_recover(path: Path, source: str, *, allow_private: bool, as_json: bool) -> int:
    """Get our feed back from a peer or a folder, and let the node go on from there."""
    output = Output(as_json=as_json)
    home = Home(path)
    settings = home.settings()
    home.require_local(settings)
    number = max(numbers_of(home.keys, "feed", ".pem"), default=0)
    if not number:
        hint = (
            "Put record.pem and feed-<n>.pem back into the folder keys/, from `backup --with-keys` or a copy."
        )
        raise Misuse("key.file", f"there is no log key in {home.keys}", hint=hint)
    name = str(FeedName(settings.origin, number))
    log_key = read_key(key_path(home.keys, f"feed-{number}"), settings.passphrase).public
    with _open_store(home) as store, append_right(home, store, name):
        marks = home.mark_file(name)
        held = _mark(marks)
        with output.progress("Getting the feed back") as progress:
            transport = _open_source(source, allow_private)
            got, voucher = asyncio.run(
                _fetch(transport, source, allow_private, store, name, log_key, marks, progress)
            )
        node = Node(home, settings, store)
        go_on(got, node.signing_gate(), marks, held, voucher)
        _renew_node_document(node)
        counts = store.counts(got.feed.id)
    document = {
        "feed": name, "size": got.feed.size, "taken": got.report.size_after - got.report.size_before,
        "live": counts.live, "missing": counts.missing, "withdrawn": counts.withdrawn,
    }  # fmt: skip
    lines = [
        f"{name} is back: {got.feed.size} entries yield the head that its log key signed.",
        f"{counts.stored} live records, {counts.missing} contents unavailable, {counts.withdrawn} withdrawn.",
        "The node may publish again. Follow your peers anew if the store was lost.",
    ]
    output.result(document, lambda console: console.print("\n".join(lines)))
    return DONE


def run_override(path: Path, reason: str, *, as_json: bool) -> int:
    """Let the node sign although nobody answers; the operator says why, and that is written down."""
    if not reason.strip():
        raise Misuse("recover.reason", "an override needs a reason, for those who read the log later")
    with open_node(path) as node, node.locked_feed() as feed:
        marks = node.home.mark_file(feed.name)
        mark = _mark(marks)
        judge_store(feed, mark, stored_hashes(node.store, feed.id))
        gate = node.signing_gate()
        asked = gate.vouchers(feed, mark)
        answered = gate.ask(feed, asked, everybody=needs_everybody(mark))
        now = utc_now()
        _write_down(
            node.home.path / OVERRIDES,
            {
                "time": format_timestamp(now), "feed": feed.name, "size": feed.size,
                "root": feed.head.root.hex(), "silent": [] if answered else [one.origin for one in asked],
                "reason": reason,
            },
        )  # fmt: skip
        kept = asked if answered else ()
        marks.replace(Mark(feed.name, feed.size, feed.head.root, kept, int(now.timestamp())))
    document = {"feed": feed.name, "size": feed.size, "answered": answered}
    line = f"{feed.name} goes on from {feed.size} entries. The reason stands in {OVERRIDES}."
    Output(as_json=as_json).result(document, lambda console: console.print(printable(line)))
    return DONE


def _mark(marks: MarkFile) -> Mark | None:
    """The mark; a damaged one counts as none, since a copy or the operator answers in its place."""
    try:
        return marks.read()
    except Misuse:
        return None


def _open_source(source: str, allow_private: bool) -> PeerTransport:
    if _is_url(source):
        return open_transport(source, allow_private)
    if not Path(source).exists():
        raise Misuse("recover.source", f"{source} is neither a URL nor a folder or zip file")
    return open_carried(Path(source))


def _is_url(source: str) -> bool:
    return source.startswith(("http://", "https://"))


async def _fetch(
    transport: PeerTransport,
    source: str,
    allow_private: bool,
    store: SqlStore,
    name: str,
    log_key: PublicKey,
    marks: MarkFile,
    progress: Progress,
) -> tuple[Recovered, list[Voucher]]:
    async with aclosing(transport):
        copy = await find_copy(transport, name, log_key)
        held = _mark(marks)
        # Cut off from here on, the node signs nothing until it is recovered, or a peer has answered.
        marks.replace(replace(held or Mark(name, 0, EMPTY_ROOT), awaiting=True))
        got = await recover_feed(
            copy, store, name, log_key, held, now=time.time(), progress=progress, open_early=ParallelCheck
        )
        vouchers = [await _voucher(source, allow_private, transport)] if _is_url(source) else []
    own = parse_feed_name(name).origin
    return got, [voucher for voucher in vouchers if voucher.origin not in ("", own)]


async def _voucher(source: str, allow_private: bool, transport: PeerTransport) -> Voucher:
    """Who the copy came from, to be asked again before the next signature; nobody if it does not say."""
    try:
        met = await meet(source, transport)
    except EntrepotError:
        return Voucher("")
    return Voucher(met.origin, source, allow_private)


@contextmanager
def _open_store(home: Home) -> Iterator[SqlStore]:
    """The store, made anew where it is lost; one that nothing came into is taken away again."""
    place = home.store_place(home.settings())
    lost = isinstance(place, Path) and not place.exists()
    store = SqlStore.open(place)
    try:
        yield store
    finally:
        empty = not store.feeds()
        store.close()
        if lost and empty:
            for path in home.path.glob(f"{home.store_file.name}*"):
                path.unlink()


def _renew_node_document(node: Node) -> None:
    """Sign the node document of a store that has lost it."""
    number = parse_feed_name(node.feed.name).number
    keyring = node.home.keyring(number, node.settings.passphrase)
    refresh_node_document(
        node.store,
        node.settings,
        node.feed,
        keyring,
        now=utc_now,
        random_bytes=secrets.token_bytes,
        lost=True,
    )


def _write_down(path: Path, entry: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")
        file.flush()
        os.fsync(file.fileno())
