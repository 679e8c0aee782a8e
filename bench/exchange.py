"""Two nodes on this machine: founding them, waiting for them, and what the first publishes and changes."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.generator import Profile
from bench.ports import free_address, until_it_answers
from bench.process import NOTHING, Server, entrepot

FOLLOWER = "bench-follower.example"


def found(
    home: Path, origin: str, address: str = "", *, variables: Mapping[str, str] = NOTHING
) -> tuple[str, str]:
    """Found a node at an address, or on a free port of this machine; return its base URL and fingerprint."""
    address = address or free_address()
    url = f"http://{address}"
    options = ("--base-url", url, "--listen", address, "--takedown-email", f"takedown@{origin}")
    founded = entrepot("init", origin, *options, "--home", str(home), variables=variables)
    fingerprint: str = founded.output["fingerprint"]
    return url, fingerprint


def changed(profiles: Sequence[Profile], count: int, number: int = 0) -> list[Profile]:
    """Some profiles, others in each round, as an operator would change them: one more sentence, a new date."""
    step = len(profiles) // count
    picked = profiles[(step // 7) * (number + 1) % step :: step][:count]
    news = f"Under new management for {number + 1} of {count} years. "
    return [
        {
            **profile,
            "summary": {**profile["summary"], "en": news + profile["summary"]["en"]},
            "updated": "2026-11-02",
        }
        for profile in picked
    ]


def write_lines(path: Path, profiles: Sequence[Profile]) -> Path:
    path.write_text("".join(json.dumps(p, ensure_ascii=False) + "\n" for p in profiles), encoding="utf-8")
    return path


def await_answer(server: Server, url: str) -> None:
    """Wait until the server answers."""

    def ask() -> None:
        server.require_alive()
        with urllib.request.urlopen(url, timeout=1) as answer:
            answer.read()

    until_it_answers(ask)
