"""Publishing over real HTTP, by many at once, beside commands, and through deaths (docs/publishing.md)."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from entrepot_client import Client, Manners, PublishRejected
from entrepot_node.commands.publish import run_publish
from entrepot_schema.errors import EntrepotError, Misuse, Unavailable

from .children import CRASH
from .store_soundness import require_sound_contents, require_sound_log, require_sound_mark

Company = Callable[..., dict[str, Any]]
Start = Callable[..., str]
HASTY = Manners(retries=0)


@pytest.fixture
def start() -> Iterator[Start]:
    """Serve the node in a folder with its door, from a process of its own; return its address."""
    servers: list[subprocess.Popen[str]] = []

    def serve(path: Path, *options: str) -> str:
        command = [sys.executable, str(CRASH / "serve_door.py"), str(path), *options]
        servers.append(
            subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        )
        assert servers[-1].stdout is not None
        return f"http://127.0.0.1:{int(servers[-1].stdout.readline())}"

    yield serve
    for server in servers:
        server.terminate()
        server.communicate()


@pytest.fixture
def token(node: Any) -> str:
    secret: str = node.home.token_file().add(
        "register", made="2026-11-23T09:30:00Z", random_bytes=secrets.token_bytes
    )
    return secret


def test_fifty_clients_and_a_command_publish_at_once(
    node: Any, company: Company, start: Start, token: str, tmp_path: Path
) -> None:
    """Each is told what became of its own; nothing is lost, nothing is there twice; the command gets its turn."""
    url = start(node.home.path)
    file = tmp_path / "of-the-command.jsonl"
    file.write_text(json.dumps(company("By the command", 90_000)) + "\n", "utf-8")

    def publish(number: int) -> list[tuple[str, int, int | None] | str]:
        told: list[tuple[str, int, int | None] | str] = []
        with Client(url, token=token) as client:
            for turn in range(2):
                faulty = {"status": "asleep"} if (number + turn) % 7 == 0 else {}
                try:
                    done = client.publish(company(f"C{number}.{turn}", number * 10 + turn, **faulty))
                except PublishRejected as rejected:
                    told.append(rejected.findings[0][1].code)
                else:
                    told += [(one.subject, one.revision, one.index) for one in done.items]
        return told

    with ThreadPoolExecutor(51) as pool:
        clients = [pool.submit(publish, number) for number in range(50)]
        assert run_publish(node.home.path, [file], license="", as_json=True) == 0
        told = [one for client in clients for one in client.result()]

    receipts = [one for one in told if not isinstance(one, str)]
    assert told.count("schema.enum") == sum((n + t) % 7 == 0 for n in range(50) for t in range(2))
    assert len(receipts) + told.count("schema.enum") == 100
    assert node.feed.size == 1 + len(receipts) + 1
    assert len({index for _, _, index in receipts}) == len(receipts)
    state = require_sound_log(node)
    require_sound_contents(node, state)
    for subject, revision, index in receipts:
        found = state.subjects[subject]
        assert (found.publishes, found.live_index) == (revision, index)
    require_sound_mark(node, [])


def test_d01_an_answer_that_died_with_the_node_is_given_by_the_next(
    node: Any, company: Company, start: Start, token: str
) -> None:
    """Killed between commit and answer: the same request gets the receipt of what was done, and nothing is done twice."""
    dying = start(node.home.path, "die")
    with Client(dying, token=token, manners=HASTY) as client, pytest.raises(Unavailable):
        client.publish(company("Acme"), key="7")
    assert node.feed.size == 2

    with Client(start(node.home.path), token=token) as client:
        done = client.publish(company("Acme"), key="7")
        assert (done.size, [item.index for item in done.items]) == (2, [1])
        with pytest.raises(Misuse, match="another request"):
            client.publish(company("Other"), key="7")
        again = client.publish({**company("Acme, renamed"), "id": done.items[0].subject})
        assert again.items[0].revision == 2
        client.withdraw(done.items[0].subject)

    assert node.feed.size == 4
    require_sound_contents(node, require_sound_log(node))


def test_a_client_without_token_is_told_so(node: Any, company: Company, start: Start) -> None:
    with Client(start(node.home.path)) as client, pytest.raises(EntrepotError) as refusal:
        client.publish(company("Acme"))

    assert refusal.value.code == "token.missing"
