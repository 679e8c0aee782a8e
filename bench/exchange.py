"""One round of the exchange: two nodes on this machine, each command a process of its own, over real HTTP.

    init, init → publish → serve → follow → sync (first) → sync (nothing new) → publish one, sync, again and again

Times run from the start of a process to its end. Requests and bytes are what the follower's own report says: both
directions, with HTTP's heads, without TCP and TLS.
"""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.generator import ORIGIN, Profile
from bench.ports import free_address, until_it_answers
from bench.process import Server, entrepot, run

FOLLOWER = "bench-follower.example"
_CHANGES = 4


@dataclass(frozen=True, slots=True)
class Cost:
    """What one pull cost: requests, and bytes in both directions."""

    requests: int
    wire_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Round:
    """The figures of one round; memory in bytes, times in seconds."""

    records: int
    publish_seconds: float
    publish_peak: int
    write_path_seconds: float
    first: Cost
    sync_peak: int
    serve_peak: int
    idle: Cost
    changes: list[Cost]
    change_publish_seconds: list[float]


def run_round(folder: Path, profiles: Sequence[Profile], number: int) -> Round:
    """Found two nodes in an empty folder, let them exchange the profiles, and measure."""
    file = write_lines(folder / "profiles.jsonl", profiles)
    publisher, follower = folder / "publisher", folder / "follower"
    url, fingerprint = found(publisher, ORIGIN)
    found(follower, FOLLOWER)
    found(folder / "alone", ORIGIN)
    published = entrepot("publish", str(file), "--home", str(publisher))
    _require(published.output["published"] == len(profiles), "not every profile was published")
    alone = run("bench.write_path", [str(folder / "alone"), str(file)])
    with Server(publisher) as server:
        await_answer(server, f"{url}/feed/checkpoint")
        pin = ("--fingerprint", fingerprint, "--allow-private", "--no-sync")
        entrepot("follow", url, *pin, "--home", str(follower))
        first, sync_peak = _sync(follower, stored=len(profiles))
        serve_peak = server.peak_bytes
        idle, _ = _sync(follower, stored=0)
        changes, change_seconds = [], []
        for profile in changed(profiles, _CHANGES, number):
            change = entrepot(
                "publish", str(write_lines(folder / "one.json", [profile])), "--home", str(publisher)
            )
            _require(change.output["published"] == 1, "the changed profile was not published")
            change_seconds.append(change.seconds)
            changes.append(_sync(follower, stored=1)[0])
    return Round(
        records=len(profiles),
        publish_seconds=published.seconds,
        publish_peak=published.peak_bytes,
        write_path_seconds=alone.output["seconds"],
        first=first,
        sync_peak=sync_peak,
        serve_peak=serve_peak,
        idle=idle,
        changes=changes,
        change_publish_seconds=change_seconds,
    )


def found(home: Path, origin: str, address: str = "") -> tuple[str, str]:
    """Found a node at an address, or on a free port of this machine; return its base URL and fingerprint."""
    address = address or free_address()
    url = f"http://{address}"
    options = ("--base-url", url, "--listen", address, "--takedown-email", f"takedown@{origin}")
    founded = entrepot("init", origin, *options, "--home", str(home))
    fingerprint: str = founded.output["fingerprint"]
    return url, fingerprint


def _sync(home: Path, *, stored: int) -> tuple[Cost, int]:
    done = entrepot("sync", "--home", str(home))
    (report,) = done.output
    _require(report["ok"], f"the pull failed: {report}")
    whole = (report["stored"], report["refused"], report["missing"]) == (stored, 0, 0)
    _require(whole, f"the pull stored something else than {stored} records: {report}")
    return Cost(report["requests"], report["wire_bytes"], done.seconds), done.peak_bytes


def changed(profiles: Sequence[Profile], count: int, number: int = 0) -> list[Profile]:
    """Some profiles, others in each round, as an operator would change them: one more sentence, a new date."""
    step = len(profiles) // count
    picked = profiles[(step // 7) * (number + 1) % step :: step][:count]
    return [
        {**profile, "summary": {**profile["summary"], "en": "Under new management. " + profile["summary"]["en"]},
         "updated": "2026-11-02"}
        for profile in picked
    ]  # fmt: skip


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


def _require(holds: Any, message: str) -> None:
    if not holds:
        raise SystemExit(message)
