"""`/api/v1/relations`: what clusters say of one another (exchange §3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from entrepot_schema.origin import subject_of
from entrepot_sync.feed_store import FeedRow

API = "/api/v1"
OURS = subject_of("biomed.example", "a" * 26)
THEIRS = subject_of("agri.example", "b" * 26)
UNKNOWN = subject_of("nobody.example", "c" * 26)


def path(subject: str) -> str:
    return f"{API}/subjects/" + subject.removeprefix("https://").replace("/id/", "/")


def cluster(subject: str, name: str) -> dict[str, Any]:
    return {
        "id": subject, "type": "cluster", "name": {"en": name}, "kind": "network", "status": "active",
        "locations": [{"country": "IT"}], "updated": "2026-11-02",
    }  # fmt: skip


def relation(letter: str, start: str, end: str, **more: Any) -> dict[str, Any]:
    origin = start.removeprefix("https://").partition("/")[0]
    return {
        "id": subject_of(origin, letter * 26), "type": "relation", "from": start, "to": end, "since": "2025-03",
        "relationType": "knowledgeExchange", "commitment": "memorandum", "status": "active", "updated": "2026-11-02", **more,
    }  # fmt: skip


@pytest.fixture
def related(node: Any, add_peer: Callable[..., FeedRow]) -> Any:
    """Two clusters that exchange knowledge, and a soft landing that only we state."""
    landing = relation("e", OURS, UNKNOWN, relationType="softLandingHost")
    node.publish(cluster(OURS, "BioMed"), relation("d", OURS, THEIRS), landing)
    add_peer(
        "agri.example", cluster(THEIRS, "Agri"), relation("f", THEIRS, OURS, commitment="letterOfIntent")
    )
    return node


def test_the_graph_has_edges_with_their_state_and_the_clusters_at_their_ends(related: Any) -> None:
    """EXC-60: computed from both sides, the same from either."""
    graph = related.get(f"{API}/relations").json()

    assert {(edge["from"], edge["to"], edge["state"]) for edge in graph["items"]} == {
        (OURS, THEIRS, "confirmed"), (THEIRS, OURS, "confirmed"), (OURS, UNKNOWN, "one-sided"),
    }  # fmt: skip
    confirmed = [edge for edge in graph["items"] if edge["state"] == "confirmed"]
    assert {edge["counterpart"] for edge in confirmed} == {edge["id"] for edge in confirmed}
    assert {node["id"]: node["name"] for node in graph["nodes"]} == {
        OURS: {"en": "BioMed"}, THEIRS: {"en": "Agri"}, UNKNOWN: None,
    }  # fmt: skip
    assert graph["next"] == ""


def test_the_graph_is_paged(related: Any) -> None:
    """EXC-50: each page names the ends of its own edges."""
    seen, cursor = [], ""
    while True:
        page = related.get(f"{API}/relations?limit=1&cursor={cursor}").json()
        seen += [edge["id"] for edge in page["items"]]
        ends = {end for edge in page["items"] for end in (edge["from"], edge["to"])}
        assert {node["id"] for node in page["nodes"]} == ends
        cursor = page["next"]
        if not cursor:
            break

    assert len(set(seen)) == 3


def test_a_cluster_has_the_relations_of_both_directions(related: Any) -> None:
    """EXC-60."""
    ours = related.get(f"{path(OURS)}/relations").json()["items"]
    theirs = related.get(f"{path(THEIRS)}/relations?limit=1").json()

    assert {edge["id"][-1] for edge in ours} == {"d", "e", "f"}
    assert (len(theirs["items"]), bool(theirs["next"])) == (1, True)
    assert related.get(f"{path(UNKNOWN)}/relations").json()["items"][0]["to"] == UNKNOWN
    assert related.get(f"{path(subject_of('biomed.example', 'z' * 26))}/relations").status == 404


def test_what_is_withdrawn_confirms_nothing(related: Any) -> None:
    """EXC-60."""
    related.withdraw(subject_of("biomed.example", "d" * 26))

    (edge,) = related.get(f"{path(THEIRS)}/relations").json()["items"]

    assert (edge["state"], edge["counterpart"]) == ("one-sided", None)
