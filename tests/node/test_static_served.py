"""A copy on a plain web server, and a follower in a process of its own: as the two operators would run them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.profiles import publisher
from entrepot_conformance.suite.outcome import Status
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.target import Target

from .plain_host import plain_host

PROFILE = {
    "type": "company", "name": {"en": "Acme Bio"}, "locations": [{"country": "DE"}], "status": "active",
    "updated": "2026-11-23",
}  # fmt: skip


def entrepot(folder: Path, *arguments: str, code: int = 0) -> Any:
    command = [sys.executable, "-m", "entrepot_node.cli", *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


@pytest.fixture
def url(tmp_path: Path) -> Iterator[str]:
    with plain_host(tmp_path / "www") as base:
        yield f"{base}/records"


def test_a_copy_below_a_path_of_a_plain_host_is_followed_and_pulled_again(tmp_path: Path, url: str) -> None:
    """EXC-95, EXC-96: no delta, no media type for names without ending, no ETag."""
    founded = entrepot(
        tmp_path, "init", "biomed.example", "--takedown-email", "info@biomed.example", "--home", "a"
    )
    (tmp_path / "p.json").write_text(json.dumps(PROFILE), "utf-8")
    subject = entrepot(tmp_path, "publish", "p.json", "--home", "a")["items"][0]["subject"]
    (tmp_path / "www").mkdir()
    write = ("static", "www/records", "--base-url", url, "--home", "a")
    first = entrepot(tmp_path, *write)
    entrepot(tmp_path, "init", "lifepark.example", "--takedown-email", "info@lifepark.example", "--home", "b")
    pin = ("--allow-private", "--fingerprint", founded["fingerprint"], "--home", "b")
    followed = entrepot(tmp_path, "follow", url, *pin)

    (tmp_path / "p.json").write_text(
        json.dumps({**PROFILE, "id": subject, "name": {"en": "Acme Biotech"}}), "utf-8"
    )
    entrepot(tmp_path, "publish", "p.json", "--home", "a")
    second = entrepot(tmp_path, *write)
    pulled = entrepot(tmp_path, "sync", "--home", "b")

    assert (first["records"], first["removed"], first["base_url"]) == (1, 0, url)
    assert (followed[0]["stored"], followed[0]["missing"]) == (1, 0)
    assert 0 < second["written"] < first["written"]
    assert (pulled[0]["ok"], pulled[0]["stored"], pulled[0]["missing"]) == (True, 1, 0)
    assert entrepot(tmp_path, "verify", url, "--allow-private")["kind"] == "node"


def test_a_copy_on_a_plain_host_passes_the_profile_of_publishers(tmp_path: Path, url: str) -> None:
    """EXC-95, EXC-96, EXC-97, EXC-99: with versions, partial tiles of two heads, and something withdrawn."""
    entrepot(tmp_path, "init", "biomed.example", "--takedown-email", "info@biomed.example", "--home", "a")
    companies = [json.dumps({**PROFILE, "name": {"en": f"Company {number}"}}) for number in range(3)]
    (tmp_path / "p.jsonl").write_text("\n".join(companies), "utf-8")
    items = entrepot(tmp_path, "publish", "p.jsonl", "--home", "a")["items"]
    (tmp_path / "www").mkdir()
    write = ("static", "www/records", "--base-url", url, "--home", "a")
    entrepot(tmp_path, *write)
    (tmp_path / "p.json").write_text(json.dumps({**PROFILE, "id": items[0]["subject"]}), "utf-8")
    entrepot(tmp_path, "publish", "p.json", "--home", "a")
    entrepot(tmp_path, "withdraw", items[1]["subject"], "--yes", "--home", "a")
    entrepot(tmp_path, *write)

    outcomes = list(run_cases(publisher.cases(), Target(node_url=url)))

    skipped = [(one.name, one.reason) for one in outcomes if one.status is Status.SKIP]
    assert [(one.name, one.reason) for one in outcomes if one.status not in (Status.PASS, Status.SKIP)] == []
    assert skipped == [("publisher.delta", "a static copy, by its node document: it has no delta (EXC-99)")]


def test_a_copy_among_the_keys_is_refused(tmp_path: Path) -> None:
    entrepot(tmp_path, "init", "biomed.example", "--takedown-email", "info@biomed.example", "--home", "a")
    for folder in ("a", "a/www", "."):
        assert entrepot(tmp_path, "static", folder, "--home", "a", code=2)["error"]["code"] == "static.home"
