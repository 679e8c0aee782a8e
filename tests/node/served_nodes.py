"""Nodes as operators run them: servers in processes of their own, commands beside them, questions over HTTP."""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import chdir
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from entrepot_node.cli import app
from entrepot_sync import note

PATIENCE_SECONDS = 300.0  # after which a test gives up; nothing is asserted about time


def entrepot(folder: Path, *arguments: str) -> Any:
    """Run a command beside the servers. It starts no interpreter of its own: that alone would take most of the time."""
    with chdir(folder):
        done = CliRunner().invoke(app, [*arguments, "--json"])
    assert done.exit_code == 0, f"{done.output} {getattr(done.exception, 'code', '')} {done.exception!r}"
    return json.loads(done.stdout)


class Served:
    """A running node."""

    process: subprocess.Popen[str] | None = None

    def __init__(self, folder: Path, name: str, *, settings: str = "") -> None:
        self.folder, self.name = folder, name
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            listen = f"127.0.0.1:{one.getsockname()[1]}"
        self.url = f"http://{listen}"
        entrepot(
            folder, "init", f"{name}.example", "--base-url", self.url, "--listen", listen,
            "--takedown-email", f"info@{name}.example", "--home", name,
        )  # fmt: skip
        file = folder / name / "entrepot.toml"
        file.write_text(f"{file.read_text('utf-8')}\npoll_seconds = 3600\n{settings}\n", "utf-8")

    def start(self) -> None:
        self.launch()
        self.await_ready()

    def launch(self) -> None:
        self.process = self.part("all")

    def part(self, role: str, *options: str) -> subprocess.Popen[str]:
        """Start a process that does a part of the node's work."""
        return subprocess.Popen(
            [sys.executable, "-m", "entrepot_node.cli", "serve", "--home", self.name, "--role", role, *options],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip

    def await_ready(self) -> None:
        assert self.process is not None
        await_ready(self.process)

    def kill(self) -> None:
        """End it as a power cut does."""
        assert self.process is not None
        self.process.kill()
        self.process.communicate()

    def stop(self) -> None:
        """End it if it runs."""
        if self.process is not None:
            self.process.terminate()
            self.process.communicate()

    def follow(self, other: Served, *arguments: str) -> None:
        """Pin another node. A running server pulls at once; a pull of the command beside it would find the lease taken."""
        entrepot(
            self.folder, "follow", other.url, "--allow-private", "--yes", "--no-sync", *arguments, "--home", self.name
        )  # fmt: skip

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return bytes(response.read())

    def status(self, path: str) -> int:
        try:
            self.get(path)
        except urllib.error.HTTPError as answer:
            return answer.code
        return 200

    def cosigners(self) -> list[str]:
        return [line.name for line in note.split(self.get("/feed/checkpoint")).signatures][1:]

    def finds(self, word: str) -> bool:
        return bool(json.loads(self.get(f"/api/v1/search?q={word}&facets=false"))["items"])

    def publish(self, *words: str) -> None:
        for word in words:
            profile = {
                "type": "company", "name": {"en": f"Company {word}"}, "locations": [{"country": "DE"}],
                "status": "active", "updated": "2026-11-23",
            }  # fmt: skip
            (self.folder / f"{word}.json").write_text(json.dumps(profile), "utf-8")
        entrepot(self.folder, "publish", *(f"{word}.json" for word in words), "--home", self.name)


def await_ready(process: subprocess.Popen[str]) -> str:
    """Wait until a server says what it does."""
    assert process.stdout is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ)
        assert selector.select(60), "the node did not say that it serves"
    return process.stdout.readline()


def until(holds: Callable[[], bool]) -> bool:
    """Look again and again: each look is an answer of a server, which takes its time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return True
    return False
