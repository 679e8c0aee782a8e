"""A static copy served by nginx, with the configuration of docs/static.md, and a follower in a process of its own."""

from __future__ import annotations

import json
import re
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.profiles import publisher
from entrepot_conformance.suite.outcome import Status
from entrepot_conformance.suite.runner import run_cases
from entrepot_conformance.suite.target import Target

from .nginx_server import running_nginx
from .nodes import PROFILE, entrepot, free_port

ROOT = Path(__file__).resolve().parents[2]


def configuration(folder: Path, port: int) -> str:
    """What the documentation tells operators."""
    text = (ROOT / "docs" / "static.md").read_text("utf-8")
    found = re.search(r"^nginx:\n\n((?:    .*\n)+)", text, re.MULTILINE)
    assert found is not None
    return found[1].replace("root /srv/www;", f"root {folder}/www; listen 127.0.0.1:{port};")


@pytest.fixture
def nginx(tmp_path: Path) -> Iterator[str]:
    """The base URL of `www` in the folder of the test."""
    port = free_port()
    (tmp_path / "www").mkdir()
    with running_nginx(tmp_path, configuration(tmp_path, port), port):
        yield f"http://127.0.0.1:{port}"


def headers(url: str) -> dict[str, str]:
    with urllib.request.urlopen(url, timeout=10) as answer:
        return {name.lower(): value for name, value in answer.headers.items()}


def test_a_copy_on_nginx_is_followed_verified_and_pulled_again(
    tmp_path: Path, nginx: str, figures: Any
) -> None:
    """EXC-95, EXC-96, EXC-99, EXC-03: and passes the profile of publishers, deltas skipped."""
    founded = entrepot(
        tmp_path, "init", "biomed.example", "--takedown-email", "info@biomed.example", "--home", "a"
    )
    lines = [json.dumps({**PROFILE, "name": {"en": f"Company {number}"}}) for number in range(300)]
    (tmp_path / "p.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    published = entrepot(tmp_path, "publish", "p.jsonl", "--home", "a")["items"]
    write = ("static", "www", "--base-url", nginx, "--home", "a")
    entrepot(tmp_path, *write)
    entrepot(tmp_path, "init", "lifepark.example", "--takedown-email", "info@lifepark.example", "--home", "b")
    pin = ("--allow-private", "--fingerprint", founded["fingerprint"], "--home", "b")
    followed = entrepot(tmp_path, "follow", nginx, *pin)
    figures.add("records pulled from nginx and verified", followed[0]["stored"])

    changed = {**PROFILE, "id": published[5]["subject"], "name": {"en": "Renamed"}}
    (tmp_path / "p.json").write_text(json.dumps(changed), "utf-8")
    entrepot(tmp_path, "publish", "p.json", "--home", "a")
    entrepot(tmp_path, "withdraw", published[6]["subject"], "--yes", "--home", "a")
    again = entrepot(tmp_path, *write)
    pulled = entrepot(tmp_path, "sync", "--home", "b")
    idle = entrepot(tmp_path, "sync", "--home", "b")

    assert (followed[0]["stored"], followed[0]["missing"], followed[0]["refused"]) == (300, 0, 0)
    assert again["written"] < 30
    assert (pulled[0]["stored"], pulled[0]["missing"], pulled[0]["size_after"]) == (1, 0, 303)
    assert (idle[0]["requests"], idle[0]["stored"]) == (1, 0)
    assert entrepot(tmp_path, "verify", nginx, "--allow-private")["kind"] == "node"
    outcomes = list(run_cases(publisher.cases(), Target(node_url=nginx)))
    assert {one.name: one.reason for one in outcomes if one.status is not Status.PASS} == {
        "publisher.delta": "a static copy, by its node document: it has no delta (EXC-99)"
    }
    figures.add("checks of the profile `publisher` passed behind nginx", len(outcomes) - 1)
    letters = published[5]["subject"][-26:]
    for path, kind, cache in (
        (".well-known/entrepot", "application/json", "max-age=60, must-revalidate"),
        ("feed/checkpoint", "text/plain; charset=utf-8", "max-age=1, must-revalidate"),
        ("feed/tile/entries/000", "application/octet-stream", "max-age=31536000, immutable"),
        ("feed/contents/0", None, "max-age=60, must-revalidate"),
        (f"record/{letters}/", "text/html; charset=utf-8", "max-age=60, must-revalidate"),
    ):
        found = headers(f"{nginx}/{path}")
        assert found["cache-control"] == cache, path
        assert kind is None or found["content-type"] == kind, path
