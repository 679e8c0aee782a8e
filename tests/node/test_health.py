"""`GET /health`: how a node is, without names and paths."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from entrepot_node.gate_keeper import GateKeeper
from entrepot_node.storage import failed
from entrepot_node.storage.engine import writing
from entrepot_node.storage.follows import PullOutcome
from entrepot_schema.errors import Unavailable

from .test_signing_gate import Gated, gated

__all__ = ["gated"]
Company = Callable[..., dict[str, Any]]


@pytest.fixture
def keeper(gated: Gated) -> GateKeeper:
    return GateKeeper(gated.node.home, gated.node.store, gated.gate())


def told(node: Any) -> dict[str, Any]:
    answer = node.get("/health")
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    found: dict[str, Any] = answer.json()
    return found


def test_a_node_that_is_well_says_so(gated: Gated, keeper: GateKeeper) -> None:
    assert told(gated.node)["signing"] == {"state": "unknown", "code": ""}
    keeper.tend()

    found = told(gated.node)

    assert (found["status"], found["signing"]["state"], found["store"]["writable"]) == ("ok", "open", True)
    assert found["feeds"] == {"followed": 1, "failing": 0, "stopped": 0}
    assert found["checkpoint"]["size"] == gated.node.feed.size
    assert found["checkpoint"]["time"].endswith("Z")


def test_a_gate_that_waits_is_told_until_it_opens(gated: Gated, keeper: GateKeeper) -> None:
    """FED-43: it serves as before, so it is not out of order."""
    gated.cosigned_by("agri.example")
    answer = gated.peers.seen.pop("https://agri.example")
    keeper.tend()
    found = told(gated.node)
    assert (found["status"], found["signing"]) == (
        "attention",
        {"state": "waiting", "code": "gate.no-answer"},
    )

    gated.peers.seen["https://agri.example"] = answer
    keeper.tend()

    assert (told(gated.node)["status"], told(gated.node)["signing"]["state"]) == ("ok", "open")


def test_a_gate_that_is_closed_waits_for_the_operator(gated: Gated, keeper: GateKeeper) -> None:
    """FED-40."""
    gated.marks.replace(replace(gated.mark, size=9))
    keeper.tend()

    found = told(gated.node)

    assert (found["status"], found["signing"]) == ("attention", {"state": "closed", "code": "gate.behind"})


@pytest.mark.parametrize(("state", "stopped"), [("forked", 1), ("stopped", 1), ("waiting", 0)])
def test_feeds_that_fail_and_feeds_that_are_stopped_are_counted(
    gated: Gated, state: str, stopped: int
) -> None:
    store = gated.node.store
    (follow,) = store.follows()
    store.set_state(follow.feed_id, state, "log.fork", "of peer agri.example in /srv/secret")
    store.lease_follow(follow.feed_id, "one", now=1.0, until=2.0)
    store.end_pull(
        follow.feed_id, "one", PullOutcome(1.0, 2.0, 4, "peer.unreachable", "agri.example is down")
    )

    found = told(gated.node)

    assert found["feeds"] == {"followed": 1, "failing": 1, "stopped": stopped}
    assert found["status"] == "attention"
    assert "agri.example" not in json.dumps(found)
    assert str(gated.node.home.path) not in json.dumps(found)


def test_d05_a_disk_that_failed_is_told_with_503(gated: Gated) -> None:
    """FED-76: for good; only a new start writes again."""
    failed.remember_failed(gated.node.store._engine, OSError("it hums"))

    answer = gated.node.get("/health")

    assert (answer.status, answer.headers["content-type"]) == (503, "application/problem+json")
    assert (answer.json()["code"], answer.headers["retry-after"]) == ("store.io", "60")
    assert "hums" not in answer.body.decode()


def test_d04_a_full_disk_is_told_until_something_was_written(gated: Gated, company: Company) -> None:
    """D04: SQLite has no page more to write to."""
    store = gated.node.store
    with store._engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    with writing(store._engine) as connection:
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    with pytest.raises(Unavailable, match="full"):
        store.put_document("large", bytes(4_000_000))
    answer = gated.node.get("/health")
    assert (answer.status, answer.json()["code"]) == (503, "store.full")

    with writing(store._engine) as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    gated.publish(company("One", 1))

    assert told(gated.node)["store"] == {"writable": True, "code": ""}
