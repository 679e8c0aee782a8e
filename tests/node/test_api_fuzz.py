"""The whole API asked by a program that knows only its description: thousands of good, odd and wrong questions.

Schemathesis judges every answer: no server error, only statuses, media types, headers and shapes that are described,
what is wrong refused and what is right answered (EXC-68, EXC-72).
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.home import Home

Company = Callable[..., dict[str, Any]]
API = "/api/v1"
# A cursor is a text that only we can write: any other is right by its schema and refused all the same.
CONFIG = """\
[checks.negative_data_rejection]
expected-statuses = [400, 404, 405, 413, 414, 415]
[[operations]]
include-operation-id = {with_cursor}
[operations.checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 404, 410]
"""
# Any JSON is right by the schema of a body: what it says is judged by the standard, with findings (422). A wrong token counts
# as one who guesses, and is soon told to wait (429).
PUBLISHING_CONFIG = """\
[checks.negative_data_rejection]
expected-statuses = [400, 401, 404, 405, 413, 414, 415, 422, 429]
[checks.positive_data_acceptance]
expected-statuses = ["2xx", 400, 404, 413, 422]
[checks.ignored_auth]
enabled = true
"""
PUBLISHING = ("publishRecords", "withdrawSubject")


@pytest.fixture
def served(
    furnished_home: Path,
    open_node: Callable[[Path], Any],
    serve: Callable[..., int],
    company: Company,
    tmp_path: Path,
) -> str:
    """A node with the examples of the standard and the subject that the examples of the description name."""
    home = shutil.copytree(furnished_home, tmp_path / "fuzzed")
    node = open_node(home)
    node.publish(company("Acme", 1))
    node.publish(company("Acme Bio", 1))
    node.store.close()
    return f"http://127.0.0.1:{serve(home, 'door')}"


def ask_everything(url: str, folder: Path, *options: str) -> None:
    """Ask what anybody may ask. A stream never ends, so it is left out; it has its own tests."""
    with urllib.request.urlopen(f"{url}{API}/openapi.json") as answer:
        described = json.load(answer)
    with_cursor = [
        operation["operationId"]
        for methods in described["paths"].values()
        for operation in methods.values()
        if any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
    ]
    left_out = [f"--exclude-operation-id={name}" for name in ("streamChanges", *PUBLISHING)]
    run_schemathesis(url, folder, CONFIG.format(with_cursor=json.dumps(with_cursor)), *left_out, *options)


def publish_anything(url: str, folder: Path, secret: str, *options: str) -> None:
    """Publish and withdraw with a token, and without."""
    chosen = [f"--include-operation-id={name}" for name in PUBLISHING]
    header = f"--header=Authorization: Bearer {secret}"
    run_schemathesis(url, folder, PUBLISHING_CONFIG, *chosen, header, *options)


def run_schemathesis(url: str, folder: Path, configuration: str, *options: str) -> None:
    """Run it in a process of its own."""
    config = folder / "schemathesis.toml"
    config.write_text(configuration)
    program = [
        "-c",
        "from schemathesis.cli import schemathesis; schemathesis()",
        "--config-file",
        str(config),
    ]
    command = [
        sys.executable, *program, "run", f"{url}{API}/openapi.json", "--url", url, "--no-color", *options,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert "Failures" not in done.stdout


def test_answers_to_anything_are_as_described(served: str, tmp_path: Path) -> None:
    """EXC-68, EXC-72: the same questions each time."""
    ask_everything(
        served, tmp_path, "--phases", "examples,coverage,fuzzing", "--max-examples", "3", "--workers", "2", "--generation-deterministic"
    )  # fmt: skip


def test_answers_to_who_publishes_anything_are_as_described(
    served: str, tmp_path: Path, open_node: Callable[[Path], Any]
) -> None:
    """EXC-68, EXC-72: with a real token, against the real write path."""
    tokens = Home(tmp_path / "fuzzed").token_file()
    secret = tokens.add("fuzz", made="2026-11-23T09:30:00Z", random_bytes=random.Random(7).randbytes)
    before = open_node(tmp_path / "fuzzed").feed.size

    publish_anything(
        served, tmp_path, secret, "--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--workers", "1",
        "--generation-deterministic",
    )  # fmt: skip

    assert open_node(tmp_path / "fuzzed").feed.size > before


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_answers_to_many_more_questions_are_as_described(served: str, tmp_path: Path, seed: int) -> None:
    """EXC-68, EXC-72."""
    ask_everything(served, tmp_path, "--max-examples", "150", "--seed", str(seed))
