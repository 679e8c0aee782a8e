"""Serve a node in a folder with its door: `serve_door.py HOME [die]`. Prints its port once connections are taken.

With `die` it kills itself when the first order is durable and before anybody is told.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from entrepot_node.admission import Admission
from entrepot_node.app import create_app
from entrepot_node.commands.node import open_node
from entrepot_node.http_server import server_config
from entrepot_node.orders import Done, Order
from entrepot_node.publish import Publisher
from entrepot_node.publish_desk import PublishDesk
from entrepot_node.routes.api.publishing import Door
from entrepot_schema.errors import EntrepotError


class Dying:
    """A publisher whose process ends as a power cut ends it, at the worst moment."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher

    def carry_out(self, orders: Sequence[Order]) -> list[Done | EntrepotError]:
        self._publisher.carry_out(orders)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError


def main(path: Path, *options: str) -> None:
    with open_node(path) as node:

        @contextmanager
        def dying() -> Iterator[Publisher]:
            with node.publisher() as publisher:
                yield Dying(publisher)  # type: ignore[misc]  it is asked for nothing else

        desk = PublishDesk(dying) if "die" in options else node.publish_desk()
        admission = Admission(node.home.token_file(), node.settings.base_url, now=time.time)
        app = create_app(node.store, node.settings, door=Door(admission, desk))
        listener = socket.create_server(("127.0.0.1", 0))
        print(listener.getsockname()[1], flush=True)  # the system queues connections from here on
        uvicorn.Server(server_config(app, grace_seconds=1)).run(sockets=[listener])
        desk.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
