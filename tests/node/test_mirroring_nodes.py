"""Three nodes as three operators run them: one publishes and goes away, one mirrors it, one follows it through the mirror."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from entrepot_sync import note
from entrepot_sync.feed_paths import feed_hash

from .served_nodes import Served, entrepot, until

MIRRORED = f"/mirror/{feed_hash('a.example/feed/1')}"


@dataclass(frozen=True)
class Three:
    """The follower is founded and follows both, but does not run yet."""

    origin: Served
    mirror: Served
    follower: Served

    def vouched_size(self) -> int:
        """The size of the head that the mirror serves with its own line, else 0."""
        if self.mirror.status(f"{MIRRORED}/checkpoint") != 200:
            return 0
        head = note.split(self.mirror.get(f"{MIRRORED}/checkpoint"))
        names = [line.name for line in head.signatures]
        return int(head.text.split(b"\n")[1]) if "m.example/mirror/1" in names else 0

    def told(self, node: Served, *arguments: str) -> Any:
        return entrepot(node.folder, *arguments, "--home", node.name)


def subject_of(contents: bytes, name: str) -> str:
    """The id of the record with a name, among contents as they are served."""
    about = [json.loads(line)["credentialSubject"] for line in contents.splitlines()]
    return next(str(one["id"]) for one in about if one["profile"]["name"]["en"] == name)


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    origin = Served(tmp_path, "a", settings='mirroring = "listed"\nmirror_for = ["m.example"]')
    mirror, follower = Served(tmp_path, "m"), Served(tmp_path, "f")
    started = [origin, mirror]
    origin.publish("Novelty", "Leaked")
    try:
        for node in started:
            node.launch()
        for node in started:
            node.await_ready()
        mirror.follow(origin, "--mirror")
        origin.follow(mirror)
        follower.follow(origin)
        follower.follow(mirror)
        yield Three(origin, mirror, follower)
    finally:
        for node in (origin, mirror, follower):
            node.stop()


def test_a_feed_outlives_its_origin_and_a_withdrawal_comes_back_with_a_receipt(three: Three) -> None:
    """FED-20, FED-23, FED-28, FED-29, FED-33 to FED-35: pulled from the mirror while the origin is dead, then erased there."""
    origin, mirror, follower = three.origin, three.mirror, three.follower
    assert until(lambda: three.vouched_size() == 3)
    assert until(lambda: origin.cosigners() == ["m.example/witness/1"])  # no push is cut off by what comes
    served = mirror.get(f"{MIRRORED}/contents/0")
    assert served == origin.get("/feed/contents/0")
    leaked = subject_of(served, "Company Leaked")

    origin.kill()
    follower.start()

    assert until(lambda: follower.finds("Novelty") and follower.finds("Leaked"))
    pulled = next(row for row in three.told(follower, "peers") if row["origin"] == "a.example")
    assert (pulled["source"], pulled["code"], pulled["size"]) == ("m.example", "peer.unreachable", 3)
    verified = " ".join(three.told(follower, "verify")["shown"])
    assert "a.example/feed/1: 3 entries yield the signed root; 2 live records fit their entries" in verified

    origin.start()
    three.told(origin, "withdraw", leaked, "--yes")

    assert until(lambda: three.vouched_size() == 4)
    assert not mirror.finds("Leaked")
    assert mirror.get(f"{MIRRORED}/contents/0") in served
    assert until(lambda: three.told(origin, "withdraw", "--status")["withdrawals"][0]["gone"] == 1)
    (row,) = three.told(origin, "withdraw", "--status")["withdrawals"]
    assert (row["subject"], row["mirrors"], row["others"]) == (leaked, 1, [])
