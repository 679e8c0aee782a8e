"""`entrepot search`: what a node holds, found by words and filters, for people and for programs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """A node with three records, and a way to call the command on it."""
    folder = tmp_path_factory.mktemp("node")

    def call(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "entrepot_node.cli", *arguments, "--home", "n"]
        return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)

    profiles = [company("Acme Bio", "DE"), company("Acme Optics", "IT"), company("苏州机器人", "CN")]
    (folder / "profiles.jsonl").write_text("\n".join(map(json.dumps, profiles)), "utf-8")
    for done in (
        call("init", "biomed.example", "--takedown-email", "info@biomed.example"),
        call("publish", "profiles.jsonl"),
    ):
        assert done.returncode == 0, done.stdout + done.stderr
    return call


def company(name: str, country: str) -> dict[str, Any]:
    tag = "en" if name.isascii() else "zh-Hans"
    return {
        "type": "company", "name": {tag: name}, "status": "active", "updated": "2026-11-23",
        "locations": [{"country": country}],
    }  # fmt: skip


def names(output: str) -> list[str]:
    found = [item["record"]["credentialSubject"]["profile"]["name"] for item in json.loads(output)["items"]]
    return [next(iter(name.values())) for name in found]


def test_words_and_filters_find_records(run: Run) -> None:
    """The document is the one of the web, with counts where they are asked for."""
    plain = run("search", "acme", "--json")
    counted = run("search", "--country", "IT", "--country", "CN", "--sort", "name", "--facets", "--json")

    assert sorted(names(plain.stdout)) == ["Acme Bio", "Acme Optics"]
    assert json.loads(plain.stdout)["facets"] == {}
    assert names(counted.stdout) == ["Acme Optics", "苏州机器人"]
    assert {"value": "DE", "count": 1} in json.loads(counted.stdout)["facets"]["country"]


def test_results_are_printed_for_people(run: Run) -> None:
    done = run("search", "机", "--facets")

    assert done.returncode == 0
    assert "苏州机器人  (company, CN, updated 2026-11-23, from biomed.example)" in done.stdout
    assert "https://biomed.example/id/" in done.stdout
    assert "1 record found." in done.stdout
    assert "country: CN 1" in done.stdout


def test_pages_follow_on_and_nothing_found_is_no_fault(run: Run) -> None:
    first = json.loads(run("search", "acme", "--limit", "1", "--json").stdout)
    second = json.loads(run("search", "acme", "--limit", "1", "--after", first["next"], "--json").stdout)
    nothing = run("search", "no such thing")

    assert first["items"] != second["items"]
    assert (first["total"], second["next"]) == (2, "")
    assert (nothing.returncode, nothing.stdout) == (0, "Nothing found.\n")


def test_what_cannot_be_asked_is_said(run: Run) -> None:
    assert run("search", "acme", "--after", "x").returncode == 2
    assert run("search", "--sort", "best").returncode == 2
    assert run("search", "--limit", "0").returncode == 2
