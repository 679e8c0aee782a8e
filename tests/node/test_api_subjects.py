"""`/api/v1/subjects/…`: one subject, its versions, and what they changed (exchange §3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from entrepot_node.storage.contract_feed import PEER, FeedWriter, start, subject_id
from entrepot_schema.canonical import canonical_bytes, sha256

Company = Callable[..., dict[str, Any]]
API = "/api/v1"


def at(number: int, origin: str = "biomed.example") -> str:
    """The path of a subject."""
    return f"{API}/subjects/" + subject_id(number, origin).removeprefix("https://").replace("/id/", "/")


def test_a_subject_is_its_live_version_with_links(held: Any) -> None:
    """EXC-51, EXC-52."""
    found = held.get(at(3)).json()

    assert (found["id"], found["type"], found["revision"], found["index"]) == (subject_id(3), "company", 2, 9)
    assert sha256(canonical_bytes(found["record"])).hex() == found["digest"]
    assert found["record"]["credentialSubject"]["profile"]["name"] == {"en": "Company 3, renamed"}
    assert (found["live"], found["status"], found["findings"]["errors"]) == (True, "stored", 0)
    assert (found["level"]["name"], bool(found["level"]["next"]["sentence"])) == ("sound", True)
    for name in ("self", "history", "version", "relations", "page"):
        assert held.get(found["links"][name]).status == 200, name
    assert held.get(found["links"]["version"]).json()["record"] == found["record"]


def test_a_finding_about_a_subject_is_told(held: Any) -> None:
    """EXC-52: rules that gate publishing are findings shown to the reader; here a profile that lacks nearly all."""
    found = held.get(at(1, PEER)).json()["findings"]

    assert found["errors"] > 0
    assert {"severity", "layer", "code", "pointer", "message", "hint"} == set(found["items"][0])


def test_a_withdrawn_subject_is_gone_and_an_unknown_one_was_never_here(held: Any) -> None:
    """EXC-52."""
    gone, unknown = held.get(at(5)), held.get(at(99))

    assert (gone.status, gone.json()["code"]) == (410, "record.withdrawn")
    assert (unknown.status, unknown.json()["code"]) == (404, "record.unknown")


@pytest.mark.parametrize(("number", "status"), [(2, "refused"), (3, "missing"), (4, "kept")])
def test_a_live_subject_without_content_says_why(held: Any, number: int, status: str) -> None:
    """EXC-52: no older version stands in."""
    found = held.get(at(number, PEER)).json()

    assert (found["status"], found["live"]) == (status, True)
    assert (found["record"], found["findings"], found["level"]) == (None, None, None)


def test_the_history_lists_versions_newest_first(held: Any) -> None:
    """EXC-53: contents only where they are asked for."""
    bare = held.get(f"{at(3)}/history").json()
    whole = held.get(f"{at(3)}/history?content=true").json()["items"]

    assert [(v["revision"], v["index"], v["live"], v["record"]) for v in bare["items"]] == [
        (2, 9, True, None),
        (1, 4, False, None),
    ]
    assert bare["next"] == ""
    names = [v["record"]["credentialSubject"]["profile"]["name"]["en"] for v in whole]
    assert names == ["Company 3, renamed", "Company 3"]


def test_a_long_history_is_paged(node: Any, company: Company) -> None:
    """F05, EXC-50, EXC-53."""
    for number in range(7):
        node.publish(company(f"Name {number}", 1))
    seen: list[int] = []
    cursor = ""
    while True:
        page = node.get(f"{at(1)}/history?limit=3&cursor={cursor}").json()
        seen += [version["revision"] for version in page["items"]]
        cursor = page["next"]
        if not cursor:
            break

    assert seen == [7, 6, 5, 4, 3, 2, 1]


def test_f05_thousands_of_versions_of_one_record_come_in_bounded_pages(node: Any) -> None:
    """EXC-50, EXC-53: a publisher that never rests costs a reader one page at a time, and the newest comes first."""
    writer = FeedWriter(PEER)
    feed = start(node.store, writer, own=False)
    for number in range(2_500):
        writer.publish(1, b'{"n":%d}' % number)
    node.store.append(feed.id, writer.chunk())
    path = f"{at(1, PEER)}/history"
    pages, cursor = [], ""
    while True:
        answer = node.get(f"{path}?limit=1000&cursor={cursor}").json()
        pages.append([version["revision"] for version in answer["items"]])
        cursor = answer["next"]
        if not cursor:
            break

    assert [len(page) for page in pages] == [1000, 1000, 500]
    assert [revision for page in pages for revision in page] == list(range(2_500, 0, -1))
    assert len(node.get(path).json()["items"]) == 100
    assert node.get(f"{path}?limit=1001").status == 400


def test_versions_are_read_and_compared(held: Any) -> None:
    """EXC-53."""
    first = held.get(f"{at(3)}/versions/1").json()
    found = held.get(f"{at(3)}/difference?from=1&to=2").json()

    assert (first["revision"], first["live"], first["record"]["revision"]) == (1, False, 1)
    assert found == {
        "from": 1,
        "to": 2,
        "changes": [
            {"pointer": "/name/en", "op": "replace", "before": "Company 3", "after": "Company 3, renamed"}
        ],
    }
    assert held.get(f"{at(3)}/difference?from=2&to=2").json()["changes"] == []


def test_what_was_withdrawn_can_be_neither_read_nor_compared(node: Any, company: Company) -> None:
    """EXC-42, EXC-53: also when the subject was published again."""
    node.publish(company("Old name", 1))
    node.withdraw(company(number=1)["id"])
    node.publish(company("New name", 1))

    assert node.get(f"{at(1)}/versions/1").status == 410
    assert node.get(f"{at(1)}/difference?from=1&to=2").status == 410
    assert node.get(f"{at(1)}/versions/2").json()["live"] is True


@pytest.mark.parametrize(
    "path",
    ["versions/3", "versions/0", "versions/x", "versions/-1", "versions/" + "9" * 400, "nothing", "versions"],
)
def test_a_version_that_is_not_there_is_404(held: Any, path: str) -> None:
    """EXC-02."""
    assert held.get(f"{at(3)}/{path}").status == 404


@pytest.mark.parametrize(
    "query", ["", "?from=1", "?to=1", "?from=0&to=1", "?from=x&to=1", "?from=1&to=2&to=3"]
)
def test_a_comparison_needs_two_revisions(held: Any, query: str) -> None:
    """EXC-02, EXC-72."""
    answer = held.get(f"{at(3)}/difference{query}")

    assert (answer.status, answer.json()["code"]) == (400, "http.parameter")


@pytest.mark.parametrize(
    "path",
    [
        "biomed.example/" + "z" * 27,
        "biomed.example/" + "A" * 26,
        "biomed.example/" + "a" * 26 + "%0a",
        "https%3A%2F%2Fbiomed.example/" + "a" * 26,
        "%00/" + "a" * 26,
        "%ff%fe/" + "a" * 26,
        "..%2f..%2fetc%2fpasswd",
        "'%20OR%201=1--/" + "a" * 26,
        "x" * 3_000 + "/" + "a" * 26,
        "xn--/" + "a" * 26,
    ],
)
def test_what_is_no_subject_is_404(held: Any, path: str) -> None:
    """EXC-02, EXC-09."""
    for more in ("", "/history", "/versions/1", "/difference?from=1&to=2"):
        answer = held.get(f"{API}/subjects/{path}{more}")

        assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")
        assert len(answer.body) < 1_000
