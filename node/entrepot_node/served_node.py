"""A node that lives in this process: founded or opened in a folder, and served by a thread on a free port."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import uvicorn

from entrepot_node.app import create_app
from entrepot_node.commands.node import Node
from entrepot_node.commands.serve import make_ready
from entrepot_node.gate_keeper import GateKeeper
from entrepot_node.genesis import found_node
from entrepot_node.hello_desk import HelloDesk
from entrepot_node.home import Home
from entrepot_node.http_server import server_config
from entrepot_node.routes.api.change_streams import ChangeStreams
from entrepot_node.settings import Settings
from entrepot_node.witnessing import Witness


class ServedNode:
    """It answers as `entrepot serve` does, with its witness and mirrors, but does nothing by itself."""

    def __init__(self, home: Home, clock: Callable[[], float], **founded_with: Any) -> None:
        """Open the node in a folder, or found it with these settings. Raises what its opening raises."""
        # The port is taken first: the node document names it.
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            if not home.settings_file.exists():
                settings = Settings(base_url=self.url, **founded_with)
                found_node(home, settings, now=lambda: datetime.fromtimestamp(clock(), UTC))
            settings = home.settings().model_copy(update={"base_url": self.url})
            self.node = Node(home, settings, home.open_store(now=clock), clock=clock)
            make_ready(self.node)
        except BaseException:
            listener.close()
            raise
        self._streams = ChangeStreams(self.node.store)
        self._server = uvicorn.Server(self._config())
        # Connections wait in the backlog until the loop runs, so nobody has to wait here.
        # A daemon: it must not outlive whoever drives the node.
        self._thread = threading.Thread(target=self._server.run, args=([listener],), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End in order."""
        self._streams.close()
        self._server.should_exit = True
        self._thread.join()
        self.node.store.close()

    def _config(self) -> uvicorn.Config:
        node, cosigner = self.node, self.node.witness()
        app = create_app(
            node.store,
            node.settings,
            streams=self._streams,
            mirrors=node.mirrors(),
            witness=Witness(node.store, cosigner, now=node.clock) if cosigner else None,
            hellos=HelloDesk(node.store, node.settings.origin, now=node.clock),
            leaving=GateKeeper(node.home, node.store, node.signing_gate()).let_leave,
            now=node.now,
        )
        return server_config(app, grace_seconds=1)
