"""A follower says hello, an operator approves it, heads are pushed: two nodes as two operators run them."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.qr_code import qr_text

from .served_nodes import Served, entrepot, until


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[tuple[Served, Served]]:
    """Us, and a node that follows us."""
    us, follower = Served(tmp_path, "a"), Served(tmp_path, "b")
    us.start()
    follower.start()
    try:
        yield us, follower
    finally:
        us.stop()
        follower.stop()


def command(us: Served, *arguments: str, typed: bytes = b"", **settings: str) -> tuple[int, str]:
    """Run a command, with a person at the terminal if something is typed; return exit code and text."""
    terminal, theirs = pty.openpty()
    os.write(terminal, typed)
    done = subprocess.run(
        [sys.executable, "-m", "entrepot_node.cli", *arguments], stdin=theirs if typed else subprocess.DEVNULL,
        stdout=subprocess.PIPE, text=True, cwd=us.folder, check=False, env={**os.environ, **settings},
    )  # fmt: skip
    os.close(terminal)
    os.close(theirs)
    return done.returncode, done.stdout


def refusal(us: Served, *arguments: str) -> tuple[int, str]:
    code, text = command(us, *arguments, "--home", "a", "--json")
    return code, json.loads(text)["error"]["code"]


def hellos(us: Served) -> dict[str, Any]:
    return {row["origin"]: row for row in entrepot(us.folder, "hellos", "--home", "a")}


def test_a_follower_is_heard_approved_pushed_to_and_sent_away(nodes: tuple[Served, Served]) -> None:
    """FED-62, FED-64, FED-66, FED-68: by the running server, once it finds a follow that was not greeted."""
    us, follower = nodes
    follow = ("follow", us.url, "--allow-private", "--yes", "--no-sync", "--home", "b")
    code, text = command(us, *follow, "--json", ENTREPOT_HELLO="false")
    assert (code, json.loads(text)["hello"]) == (0, "")
    assert until(lambda: "b.example" in hellos(us))
    heard = hellos(us)["b.example"]
    assert (heard["state"], heard["baseUrl"]) == ("waiting", follower.url)
    assert entrepot(us.folder, *follow)["hello"] == "waiting"

    fingerprint = entrepot(us.folder, "keys", "show", "--home", "b")["fingerprint"]
    assert heard["fingerprint"] == fingerprint
    assert refusal(us, "hellos", "approve", "c.example", "--yes") == (2, "hello.unknown")
    assert refusal(us, "hellos", "approve", "b.example") == (2, "follow.unconfirmed")
    other = ("--fingerprint", "Qm" + "1" * 44)
    assert refusal(us, "hellos", "approve", "b.example", *other) == (2, "follow.fingerprint")
    assert refusal(us, "hellos", "approve", "b.example", "--fingerprint", fingerprint) == (2, "peer.url")
    approve = ("hellos", "approve", "b.example", "--allow-private", "--home", "a")
    code, text = command(us, *approve, typed=b"n\n")
    assert (code, hellos(us)["b.example"]["state"]) == (1, "waiting")
    code, text = command(us, *approve, typed=b"y\n")
    asked, _, told = text.partition("Is it the same?")
    assert code == 0
    assert qr_text(fingerprint) in asked
    assert " ".join(heard["words"]) in asked
    assert f"pushed to at {follower.url}" in asked
    assert f"New heads are pushed to {follower.url}" in told

    us.publish("Novelty")
    assert until(lambda: us.cosigners() == ["b.example/witness/1"])
    assert until(lambda: follower.finds("Novelty"))
    approved = hellos(us)["b.example"]
    assert (approved["state"], approved["code"]) == ("approved", "")
    assert [row["origin"] for row in entrepot(us.folder, "peers", "--home", "a")] == ["a.example"]
    assert entrepot(us.folder, *follow)["hello"] == "waiting"

    entrepot(us.folder, "hellos", "refuse", "b.example", "--home", "a")
    assert hellos(us)["b.example"]["state"] == "refused"
    entrepot(us.folder, "hellos", "forget", "b.example", "--home", "a")
    assert hellos(us) == {}
    assert refusal(us, "hellos", "forget", "b.example") == (2, "hello.unknown")
    assert refusal(us, "hellos", "refuse", "b.example") == (2, "hello.unknown")
    assert entrepot(us.folder, "hellos", "forget", "--waiting", "--home", "a") == {"forgotten": []}
    assert command(us, "hellos", "forget", "--home", "a")[0] == 2
    assert command(us, "hellos", "--home", "a") == (0, "Nobody has said hello.\n")
    assert command(us, "peers", "--known", "--home", "a") == (
        0,
        "Your peers name no node that you do not follow.\n",
    )
