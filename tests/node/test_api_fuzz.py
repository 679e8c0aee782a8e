"""The whole API asked by a program that knows only its description: thousands of good, odd and wrong questions.

Schemathesis judges every answer: no server error, only statuses, media types, headers and shapes that are described,
what is wrong refused and what is right answered (EXC-68, EXC-72).
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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


@pytest.fixture
def served(
    furnished_home: Path,
    open_node: Callable[[Path], Any],
    serve: Callable[[Path], int],
    company: Company,
    tmp_path: Path,
) -> str:
    """A node with the examples of the standard and the subject that the examples of the description name."""
    home = shutil.copytree(furnished_home, tmp_path / "fuzzed")
    node = open_node(home)
    node.publish(company("Acme", 1))
    node.publish(company("Acme Bio", 1))
    node.store.close()
    return f"http://127.0.0.1:{serve(home)}"


def ask_everything(url: str, folder: Path, *options: str) -> None:
    """Run Schemathesis in a process of its own. A stream never ends, so it is left out; it has its own tests."""
    with urllib.request.urlopen(f"{url}{API}/openapi.json") as answer:
        described = json.load(answer)
    with_cursor = [
        operation["operationId"]
        for methods in described["paths"].values()
        for operation in methods.values()
        if any(parameter["name"] == "cursor" for parameter in operation.get("parameters", ()))
    ]
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG.format(with_cursor=json.dumps(with_cursor)))
    program = [
        "-c",
        "from schemathesis.cli import schemathesis; schemathesis()",
        "--config-file",
        str(config),
    ]
    command = [
        sys.executable, *program, "run", f"{url}{API}/openapi.json", "--url", url, "--no-color",
        "--exclude-operation-id", "streamChanges", *options,
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == 0, done.stdout[-20_000:] + done.stderr[-2_000:]
    assert "Failures" not in done.stdout


def test_answers_to_anything_are_as_described(served: str, tmp_path: Path) -> None:
    """EXC-68, EXC-72: the same questions each time."""
    ask_everything(
        served, tmp_path, "--phases", "examples,coverage,fuzzing", "--max-examples", "3", "--workers", "2", "--generation-deterministic"
    )  # fmt: skip


@pytest.mark.long
@pytest.mark.parametrize("seed", range(3))
def test_answers_to_many_more_questions_are_as_described(served: str, tmp_path: Path, seed: int) -> None:
    """EXC-68, EXC-72."""
    ask_everything(served, tmp_path, "--max-examples", "150", "--seed", str(seed))
