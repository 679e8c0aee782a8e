"""Real nodes in folders: their commands and their server, each a process as an operator would start it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..waiting import await_true  # noqa: TID252  pytest puts no folder of tests on the path

PROFILE = {
    "type": "company", "name": {"en": "Acme Bio", "zh-Hans": "顶点生物"}, "locations": [{"country": "DE"}],
    "status": "active", "updated": "2026-11-23",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class LiveNode:
    """A node in a folder and the base URL that is its own."""

    home: Path
    url: str

    def command(self, *arguments: str) -> Any:
        return entrepot(self.home.parent, *arguments, "--home", str(self.home))

    def publish(self, *names: str) -> None:
        """Publish one company a name, as one batch."""
        lines = [json.dumps({**PROFILE, "name": {"en": name}}, ensure_ascii=False) for name in names]
        file = self.home.parent / f"{self.home.name}.jsonl"
        file.write_text("\n".join(lines) + "\n", "utf-8")
        published = self.command("publish", str(file))
        assert published["published"] == len(names)

    def set(self, **settings: list[str]) -> None:
        """Write settings; the server reads them when it starts."""
        file = self.home / "entrepot.toml"
        lines = [f"{name} = {json.dumps(value)}\n" for name, value in settings.items()]
        file.write_text(file.read_text("utf-8") + "".join(lines), "utf-8")

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=30) as answer:
            body: bytes = answer.read()
        return body

    @property
    def log_vkey(self) -> str:
        """The key of its live feed, where an operator of other software finds it."""
        document = json.loads(self.get("/.well-known/did.json"))
        (service,) = [one for one in document["service"] if one["type"] == "EntrepotFeed"]
        vkey: str = service["serviceEndpoint"]["vkey"]
        return vkey

    @property
    def witness_vkey(self) -> str:
        """The key of its witness, from the node document."""
        document = json.loads(self.get("/.well-known/entrepot"))
        vkey: str = document["credentialSubject"]["profile"]["witness"]["vkey"]
        return vkey


def entrepot(folder: Path, *arguments: str) -> Any:
    """Run one command with `--json` in a folder; give what it says."""
    command = [sys.executable, "-m", "entrepot_node.cli", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


def found_node(folder: Path, origin: str) -> LiveNode:
    """Found a node in a folder, at a free port of this machine."""
    listen = f"127.0.0.1:{free_port()}"
    options = ("--base-url", f"http://{listen}", "--listen", listen, "--takedown-email", f"info@{origin}")
    entrepot(folder, "init", origin, *options, "--home", str(folder / origin))
    return LiveNode(folder / origin, f"http://{listen}")


@contextmanager
def serving(node: LiveNode) -> Iterator[LiveNode]:
    """Serve a node for as long as the block lasts."""
    command = [sys.executable, "-m", "entrepot_node.cli", "serve", "--home", str(node.home)]
    log = node.home.parent / f"{node.home.name}.log"
    with (
        log.open("ab") as errors,
        ended(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors)) as server,
    ):
        assert server.stdout is not None
        assert server.stdout.readline(), log.read_text("utf-8")  # it says when it is ready
        yield node


@contextmanager
def ended(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """End a process when the block ends."""
    try:
        yield process
    finally:
        process.terminate()
        process.wait(30)
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Wait until a process that was just started listens."""

    def listens() -> bool:
        assert process.poll() is None, "it ended at once"
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0

    await_true(listens, f"port {port}")
