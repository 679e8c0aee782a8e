"""Two nodes as two operators run them: heads are pushed, cosigned, pulled and found, without anybody polling."""

from __future__ import annotations

import json
import selectors
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_sync import note

PATIENCE_SECONDS = 300.0  # after which a test gives up; nothing is asserted about time


def entrepot(folder: Path, *arguments: str) -> Any:
    command = [sys.executable, "-m", "entrepot_node.cli", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout)


class Served:
    """A running node."""

    def __init__(self, folder: Path, name: str) -> None:
        self.folder, self.name = folder, name
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            listen = f"127.0.0.1:{one.getsockname()[1]}"
        self.url = f"http://{listen}"
        entrepot(
            folder, "init", f"{name}.example", "--base-url", self.url, "--listen", listen,
            "--takedown-email", f"info@{name}.example", "--home", name,
        )  # fmt: skip
        settings = folder / name / "entrepot.toml"
        settings.write_text(settings.read_text("utf-8") + "\npoll_seconds = 3600\n", "utf-8")
        self.start()

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "entrepot_node.cli", "serve", "--home", self.name],
            cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(60), "the node did not say that it serves"
        self.process.stdout.readline()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate()

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=30) as response:
            return bytes(response.read())

    def cosigners(self) -> list[str]:
        return [line.name for line in note.split(self.get("/feed/checkpoint")).signatures][1:]

    def finds(self, word: str) -> bool:
        return bool(json.loads(self.get(f"/api/v1/search?q={word}&facets=false"))["items"])

    def publish(self, word: str) -> None:
        profile = {
            "type": "company", "name": {"en": f"Company {word}"}, "locations": [{"country": "DE"}],
            "status": "active", "updated": "2026-11-23",
        }  # fmt: skip
        (self.folder / "one.json").write_text(json.dumps(profile), "utf-8")
        entrepot(self.folder, "publish", "one.json", "--home", self.name)


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    one, two = Served(tmp_path, "a"), Served(tmp_path, "b")
    try:
        for follower, followed in ((one, two), (two, one)):
            # The running server pulls at once; a pull of the command beside it would find the lease taken.
            entrepot(
                tmp_path, "follow", followed.url, "--allow-private", "--yes", "--no-sync", "--home", follower.name
            )  # fmt: skip
        yield one, two
    finally:
        for node in (one, two):
            node.process.terminate()
            node.process.communicate()


def until(holds: Callable[[], bool]) -> bool:
    """Look again and again: each look is an answer of a server, which takes its time."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if holds():
            return True
    return False


def test_what_one_publishes_is_found_at_the_other_and_both_vouch(nodes: tuple[Served, Served]) -> None:
    """FED-01, FED-06, FED-09: another process publishes, the server notices, the peer cosigns and pulls at once."""
    one, two = nodes
    assert until(lambda: one.cosigners() == ["b.example/witness/1"])

    one.publish("Novelty")

    assert until(lambda: two.finds("Novelty"))
    assert until(lambda: one.cosigners() == ["b.example/witness/1"])
    peers = entrepot(one.folder, "peers", "--home", "a")
    assert [voucher["origin"] for voucher in peers[0]["cosigned"]["by"]] == ["b.example"]


def test_a_peer_that_was_killed_vouches_again_when_it_is_back(nodes: tuple[Served, Served]) -> None:
    """FED-03, FED-05, FED-43: nothing is signed while the only peer that vouched is silent; its state has survived."""
    one, two = nodes
    assert until(lambda: one.cosigners() == ["b.example/witness/1"])
    two.kill()
    with pytest.raises(AssertionError, match=r"gate\.no-answer"):
        one.publish("Meanwhile")

    two.start()
    one.publish("Later")
    two.publish("Back")

    assert until(lambda: one.finds("Back"))
    assert until(lambda: one.cosigners() == ["b.example/witness/1"])
    assert until(lambda: two.finds("Later"))
