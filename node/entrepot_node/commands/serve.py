"""`entrepot serve`: one process that serves, and pulls in the background; or several that share the work.

Of several on one store those of the role `web` answer, and those of the role `pull` pull, push and tend. Leases in the store
decide who pulls which feed.
"""

from __future__ import annotations

import gc
import logging
import secrets
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import structlog
import uvicorn

from entrepot_node.admission import Admission
from entrepot_node.app import create_app
from entrepot_node.commands.node import Node, open_node, utc_now
from entrepot_node.commands.output import DONE
from entrepot_node.cosigner import make_missing_cosigners
from entrepot_node.findings_tally import FindingsCounter
from entrepot_node.gate_keeper import RETRY_SECONDS, GateKeeper
from entrepot_node.hello_desk import HelloDesk
from entrepot_node.http_server import server_config
from entrepot_node.jobs import AskedPulls, quietly, start_jobs
from entrepot_node.lease_owner import has_ended, new_owner
from entrepot_node.node_document import refresh_node_document
from entrepot_node.recheck import recheck_kept
from entrepot_node.roles import ALL, PULL, WEB, Role
from entrepot_node.routes.api.change_streams import ChangeStreams
from entrepot_node.routes.api.publishing import Door
from entrepot_node.upkeep import Upkeep
from entrepot_node.witnessing import Witness
from entrepot_schema.errors import Misuse
from entrepot_schema.origin import parse_feed_name


def run_serve(path: Path, *, listen: str, role: Role = ALL) -> int:
    """Do the part of a node's work that its role names, until told to stop."""
    with open_node(path) as node:
        log_to_stderr()
        if role == WEB:
            make_ready_to_answer(node)
        else:
            make_ready(node)
        gate = node.signing_gate()
        keeper = GateKeeper(node.home, node.store, gate)
        asked = AskedPulls()
        if role == WEB:
            asked.start = partial(_wake, node)
            _answer(node, keeper, asked, listen)
            return DONE
        with _working(node, keeper, asked):
            if role == PULL:
                _wait_for_the_end(f"{node.settings.origin} pulls and pushes")
            else:
                _answer(node, keeper, asked, listen)
    return DONE


def _answer(node: Node, keeper: GateKeeper, asked: AskedPulls, listen: str) -> None:
    """Answer requests until told to stop."""
    host, port = _address(listen or node.settings.listen)
    cosigner = node.witness()
    logs = node.settings.witness_logs
    desk = node.publish_desk()
    admission = Admission(node.home.token_file(), node.settings.base_url, now=time.time)
    with node.read_store() as read:
        streams = ChangeStreams(read)
        app = create_app(
            read,
            node.settings,
            streams=streams,
            mirrors=node.mirrors(read),
            witness=Witness(node.store, cosigner, logs, now=time.time, news=asked) if cosigner else None,
            hellos=HelloDesk(node.store, node.settings.origin, now=time.time),
            leaving=keeper.let_leave,
            door=Door(admission, desk),
            written=node.store,
        )
        # It ends when the store is closed.
        threading.Thread(target=quietly(partial(read.warm_up, now=time.time()))).start()
        config = server_config(app, host=host, port=port, grace_seconds=5, proxies=node.settings.proxies)
        ready = f"{node.settings.origin} serves at {node.settings.base_url}"
        try:
            _Server(config, ready, streams).run()
        finally:
            desk.close()


@contextmanager
def _working(node: Node, keeper: GateKeeper, asked: AskedPulls) -> Iterator[None]:
    """Pull, push and tend in the background."""
    upkeep = Upkeep(node.store, new_owner(), now=time.time)
    scheduler = start_jobs(
        node.puller(), node.mirrors().tend, FindingsCounter(node.store, utc_now).run,
        pusher=node.pusher(keeper.let_leave), asked=asked, works=node.works(), is_our_turn=upkeep.is_ours,
    )  # fmt: skip
    scheduler.add_job(
        quietly(keeper.tend), "interval", seconds=RETRY_SECONDS, next_run_time=utc_now(), max_instances=1
    )
    try:
        yield
    finally:
        scheduler.shutdown(wait=False)


def _wake(node: Node, feed_name: str) -> None:
    """Let a process that pulls know that there is news of a feed."""
    feed = node.store.feed(feed_name)
    if feed is not None:
        node.store.wake_follow(feed.id, now=time.time())


def _wait_for_the_end(ready: str) -> None:
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: end.set())
    _say_ready(ready)
    end.wait()


def make_ready(node: Node) -> None:
    """Do what comes before serving: finish what was cut off, erase what is due, sign the node document anew if it changed.

    No lease of this process may be taken yet.
    """
    erased = node.store.sweep_withdrawn()
    if erased:
        structlog.get_logger().info("erased withdrawn contents", count=erased)
    node.store.erase_held(due=node.clock())
    settled = recheck_kept(node.store)
    if settled:
        structlog.get_logger().info("checked kept records again", settled=settled)
    make_ready_to_answer(node)
    # Whoever may publish next settles what a change of keys left that was cut off; and of several processes that start at
    # once one signs the node document.
    with node.publisher():
        _refresh_node_document(node)


def make_ready_to_answer(node: Node) -> None:
    """Do what comes before answering: give back what died with its owner, make the keys that witness and mirror need."""
    node.store.free_leases(has_ended)
    for made in make_missing_cosigners(
        node.home.keys, node.home.cosigner_states(node.settings), node.settings.passphrase
    ):
        structlog.get_logger().info("made a cosigner key", name=made.name(node.settings.origin))


class _Server(uvicorn.Server):
    """Says on standard output when it is ready, for people and for scripts that wait; ends streams when it ends."""

    def __init__(self, config: uvicorn.Config, ready: str, streams: ChangeStreams) -> None:
        super().__init__(config)
        self._ready = ready
        self._streams = streams

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            _say_ready(self._ready)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Streams last as long as their readers; the server would wait for them, and cut them off in the end.
        self._streams.close()
        await super().shutdown(sockets)


def _say_ready(ready: str) -> None:
    """Say that the start is over, and look for garbage from now on.

    What is loaded by now stays: a full look would go through it each time, and nothing else runs meanwhile.
    """
    gc.freeze()
    gc.enable()
    sys.stdout.write(ready + "\n")
    sys.stdout.flush()


def _refresh_node_document(node: Node) -> None:
    feed = node.feed
    keyring = node.home.keyring(parse_feed_name(feed.name).number, node.settings.passphrase)
    refresh_node_document(
        node.store, node.settings, feed, keyring, now=node.now, random_bytes=secrets.token_bytes, lost=True
    )


def _address(listen: str) -> tuple[str, int]:
    host, _, port = listen.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65535:
        raise Misuse("settings.wrong", f"setting listen: {listen!r} is not ADDRESS:PORT")
    return host.strip("[]"), int(port)


def log_to_stderr() -> None:
    """Write what happens to standard error: for people on a terminal, else as JSON."""
    pretty = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            structlog.dev.ConsoleRenderer() if pretty else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
