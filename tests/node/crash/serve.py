"""Serve the node in a folder: `serve.py HOME [door]`. Prints its port once connections are taken, ends with its input."""

from __future__ import annotations

import socket
import sys
import threading
import time
from pathlib import Path

import uvicorn

from entrepot_node.admission import Admission
from entrepot_node.app import create_app
from entrepot_node.commands.node import Node, open_transport
from entrepot_node.gate_keeper import GateKeeper
from entrepot_node.home import Home
from entrepot_node.routes.api.publishing import Door
from entrepot_node.signing_gate import SigningGate


def main(path: Path, *, with_door: bool) -> None:
    home = Home(path)
    store = home.open_store()
    listener = socket.create_server(("127.0.0.1", 0))
    keeper = GateKeeper(home, store, SigningGate(store, home.mark_file, open_transport))
    settings = home.settings()
    desk = Node(home, settings, store).publish_desk()
    door = Door(Admission(home.token_file(), settings.base_url, now=time.time), desk) if with_door else None
    app = create_app(store, settings, leaving=keeper.let_leave, door=door)
    server = uvicorn.Server(uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off"))

    def stop() -> None:
        sys.stdin.read()
        server.should_exit = True

    threading.Thread(target=stop, daemon=True).start()
    print(listener.getsockname()[1], flush=True)  # the system queues connections from here on
    server.run(sockets=[listener])
    desk.close()
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), with_door="door" in sys.argv[2:])
