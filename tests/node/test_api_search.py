"""`/api/v1/search` and what asks the same way: identifiers, filtered streams, statistics (exchange §3)."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from entrepot_node.findings_tally import JUDGED_DOCUMENT, FindingsCounter, read_tally
from entrepot_node.storage.contract_feed import PEER, PEER_FEED
from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes, sha256

Company = Callable[..., dict[str, Any]]
API = "/api/v1"


def found(node: Any, **query: Any) -> dict[str, Any]:
    answer = node.get(f"{API}/search?{urlencode(query, doseq=True)}")
    assert answer.status == 200, answer.body
    result: dict[str, Any] = answer.json()
    return result


def profiles(page: dict[str, Any]) -> list[dict[str, Any]]:
    return [item["record"]["credentialSubject"]["profile"] for item in page["items"]]


@pytest.fixture
def towns(node: Any, company: Company) -> Any:
    """Companies in three countries."""
    for number, country in enumerate(["DE", "DE", "IT", "CN", "CN", "CN"]):
        node.publish(company(f"Company {number}", number, locations=[{"country": country}]))
    return node


def test_words_are_found_in_any_language(furnished: Any) -> None:
    """EXC-59: Chinese from one character up; each hit is the signed record."""
    company = catalog.example("company")
    for words in ("sepsis", "sepsi", "脓毒症", "脓", "nova assay"):
        page = found(furnished, q=words)
        assert company["id"] in [profile["id"] for profile in profiles(page)], words
        assert page["total"] >= 1
    item = found(furnished, q="sepsis")["items"][0]
    assert sha256(canonical_bytes(item["record"])).hex() == item["digest"]


def test_filters_combine_and_their_values_add_up(towns: Any) -> None:
    """EXC-59: and between filters, or within one; counts tell what a further value would bring."""
    page = found(towns, country=["DE", "IT"], type="company")

    assert (page["total"], len(page["items"])) == (3, 3)
    counts = {one["value"]: one["count"] for one in page["facets"]["country"]}
    assert counts == {"CN": 3, "DE": 2, "IT": 1}
    assert found(towns, country="CN", origin="nobody.example")["total"] == 0
    assert found(towns, facets="false")["facets"] == {}


@pytest.mark.parametrize("sort", ["relevance", "newest", "name"])
@pytest.mark.parametrize("limit", [1, 2, 5, 100])
def test_results_are_paged_through_without_gap(towns: Any, sort: str, limit: int) -> None:
    """EXC-50, EXC-59."""
    names: list[str] = []
    cursor = ""
    while True:
        page = found(towns, sort=sort, limit=limit, cursor=cursor, facets="false")
        names += [profile["name"]["en"] for profile in profiles(page)]
        cursor = page["next"]
        if not cursor:
            break

    assert sorted(names) == [f"Company {number}" for number in range(6)]


def test_a_cursor_is_good_for_its_own_question_only(towns: Any) -> None:
    """EXC-50."""
    cursor = found(towns, limit=2, country="CN")["next"]

    for query in (f"country=DE&cursor={cursor}", f"cursor={cursor}", "cursor=AAAA", "cursor=" + "a" * 2_001):
        answer = towns.get(f"{API}/search?limit=2&{query}")
        assert (answer.status, answer.json()["code"] in ("http.cursor", "http.parameter")) == (400, True)


@pytest.mark.parametrize(
    "words",
    ['"', '"a', "a AND b", "NEAR(a b)", "*", "a*", "name:a", "-a", "(", ")", "a OR", "'; DROP TABLE versions; --", "%", "_",
     "\\", "🦄", "\u202e", " ", "NOT", "^a", "{a b}: c", "a" * 300, "a " * 150, "机" * 300, "\n", "\x01"],
)  # fmt: skip
def test_words_are_never_a_query_language(furnished: Any, words: str) -> None:
    """A07, EXC-59."""
    answer = furnished.get(f"{API}/search?q={quote(words)}")

    assert answer.status == 200
    assert answer.json()["total"] <= 10


@pytest.mark.parametrize(
    "query",
    ["country=Germany", "type=A", "sort=best", "freshness=1month", "cluster=x", "limit=0", "limit=1001", "facets=perhaps",
     "subdivision=DE", "q=" + "a" * 301, "&".join(["country=DE"] * 51), "origin=UPPER.example", "kind=%20"],
)  # fmt: skip
def test_a_filter_that_can_match_nothing_is_refused(furnished: Any, query: str) -> None:
    """EXC-72."""
    for path in ("search", "records.jsonl"):
        answer = furnished.get(f"{API}/{path}?{query}")
        assert (answer.status, answer.json()["code"]) == (400, "http.parameter")


def test_the_stream_takes_the_same_questions(towns: Any) -> None:
    """EXC-54, EXC-59: words, one value, several, none."""

    def digests(query: str) -> set[str]:
        return {sha256(line).hex() for line in towns.get(f"{API}/records.jsonl?{query}").body.splitlines()}

    for query in ("", "country=CN", "country=CN&country=DE", "type=company", "type=company&type=cluster", "q=company+1",
                  "origin=biomed.example&type=company", "q=nothing+like+it", "freshness=3months"):  # fmt: skip
        searched = towns.get(f"{API}/search?{query}&limit=1000").json()
        assert digests(query) == {item["digest"] for item in searched["items"]}, query


def test_a_long_filtered_stream_is_complete(node: Any, company: Company) -> None:
    """EXC-54: longer than a page of the search behind it."""
    node.publish(*(company(f"Company {number}", number) for number in range(230)))

    assert len(node.get(f"{API}/records.jsonl?country=DE").body.splitlines()) == 230


def test_records_are_found_by_identifier_across_origins(full: Any, company: Company) -> None:
    """EXC-58: whatever separators and case; none is an empty list."""
    full.publish(company("Carrier", 70, identifiers=[{"scheme": "LEI", "id": "529900D6BF99LW9R2E68"}]))

    for written in ("529900D6BF99LW9R2E68", "529900d6bf99lw9r2e68", "5299-00D6-BF99-LW9R-2E68"):
        page = full.get(f"{API}/identifiers/LEI/{written}").json()
        assert [profile["name"]["en"] for profile in profiles(page)] == ["Carrier"], written
    assert full.get(f"{API}/identifiers/ROR/https%3A%2F%2Fror.org%2F000bvba82").json() == {
        "items": [],
        "next": "",
    }
    assert full.get(f"{API}/identifiers/nothing").status == 404
    assert full.get(f"{API}/identifiers/LEI/" + "1" * 201).status == 404


def test_records_of_one_identifier_are_paged(node: Any, company: Company) -> None:
    """EXC-50, EXC-58."""
    same = [{"scheme": "LEI", "id": "529900D6BF99LW9R2E68"}]
    for number in range(5):
        node.publish(company(f"Company {number}", number, identifiers=same))
    path, cursor, seen = f"{API}/identifiers/LEI/529900D6BF99LW9R2E68", "", 0
    while True:
        page = node.get(f"{path}?limit=2&cursor={cursor}").json()
        seen, cursor = seen + len(page["items"]), page["next"]
        if not cursor:
            break

    assert seen == 5


def test_statistics_count_what_is_held(full: Any, company: Company) -> None:
    """EXC-61: values as filters take them; refused by reason; findings once they were counted."""
    before = full.get(f"{API}/statistics").json()
    counted(full)
    after = full.get(f"{API}/statistics").json()

    assert (before["total"], before["feeds"], before["findings"]) == (8, 2, None)
    assert before["held"]["stored"] == 8
    assert before["held"]["withdrawn"] == 2
    assert {one["value"]: one["count"] for one in before["values"]["origin"]} == {
        "biomed.example": 7,
        PEER: 1,
    }
    assert before["refused"] == [{"code": "schema.required", "meaning": "a field is missing", "count": 1}]
    assert (after["findings"]["records"], after["findings"]["counted_at"]) == (8, "2026-11-23T09:30:00Z")
    assert {one["severity"] for one in after["findings"]["codes"]} >= {"error"}


def counter(node: Any) -> FindingsCounter:
    """A counter that has always rested for long enough, and looks at the clock after each step."""
    ticks = (25**number for number in count())  # it rests for 20 times as long as it took
    return FindingsCounter(node.store, node.clock, ticks=ticks.__next__)


def counted(node: Any, findings: FindingsCounter | None = None) -> int:
    """How often it ran until everything was counted."""
    findings = findings or counter(node)
    runs = 1
    while not findings.run():
        runs += 1
        assert runs < 100
    return runs


def test_findings_are_counted_when_records_change_or_the_day_does(full: Any, company: Company) -> None:
    """EXC-61: judging everything costs; what still holds is not counted again."""
    findings = counter(full)
    counted(full, findings)
    first = full.store.document("findings")
    assert (findings.run(), full.store.document("findings")) == (True, first)
    full.clock.move(hours=20)
    counted(full, findings)
    assert read_tally(full.store).counted_at[:10] == "2026-11-24"
    full.publish(company("One more", 88))
    counted(full, findings)
    assert read_tally(full.store).records == 9
    full.store.remove_follow(full.store.feed(PEER_FEED).id)
    counted(full, findings)
    assert read_tally(full.store).records == 8


def test_findings_are_counted_in_slices_and_a_new_start_goes_on_where_the_last_one_was(
    node: Any, company: Company
) -> None:
    """Of many records it takes minutes: nobody waits for all of them, and nothing is judged twice."""
    node.publish(*(company(f"Company {number}", number) for number in range(2, 100)))
    findings = counter(node)
    assert [findings.run() for _ in range(3)] == [False] * 3
    assert read_tally(node.store) is None

    left = counted(node)

    assert 1 < left < counted_anew(node)
    assert read_tally(node.store).records == len(node.store.shown_documents(now=node.clock().timestamp()))


def counted_anew(node: Any) -> int:
    """How often it runs without what was kept."""
    node.store.remove_document(JUDGED_DOCUMENT)
    return counted(node)


def test_a_record_that_only_ages_is_judged_again(node: Any, company: Company) -> None:
    """EXC-61: nothing of it has changed when it is a year old."""
    node.publish(company("Old soon", 2) | {"updated": "2025-12-20"})
    findings = counter(node)
    counted(node, findings)
    before = read_tally(node.store).by_code
    for _ in range(30):
        node.clock.move(hours=24)
        counted(node, findings)

    assert (
        read_tally(node.store).by_code.get(("code.stale", "warning"), 0)
        == before.get(("code.stale", "warning"), 0) + 1
    )
