"""The directory: one box, facets, chips, cards; all of it in the address, and all of it as data."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest

from entrepot_node.pages.selection import MAX_WORDS, read_selection
from entrepot_node.storage.search import FACETS
from entrepot_sync.feed_store import FeedRow

from .page_reader import PAGE, Html, example, get, path_of, put, stored


class Query(dict[str, list[str]]):
    """Parameters of an address, as the web framework hands them over."""

    def get(self, key: str, default: str = "") -> str:  # type: ignore[override]  # as of a mapping to texts
        return self[key][0] if key in self else default

    def getlist(self, key: str) -> list[str]:
        return dict.get(self, key, [])


def links_with(page: Html, text: str) -> list[str]:
    """The addresses of links of the directory whose parameters contain a text."""
    return [link for link in page.links if link.startswith("/search") and text in link]


def publish_some(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    node.publish(
        company("Alpha Bio", sectors=["biopharma"]),
        company("Beta Lab", sectors=["ai"], locations=[{"country": "FR", "subdivision": "FR-ARA"}]),
        company("Gamma Bio", sectors=["biopharma", "ai"], locations=[{"country": "FR"}]),
        example("institution"),
    )


def test_the_directory_lists_all_and_counts_by_facet(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    publish_some(node, company)

    page = get(node, "/search")

    assert "4 records" in page.text
    for words in ("Type", "Company 3", "Sector", "Biopharmaceuticals 2", "Country", "France 2"):
        assert words in page.text, words
    assert "Auvergne-Rhône-Alpes" in page.text
    assert re.search(r"confirmed \d+ \w+ ago|confirmed today", page.text)


def test_a_facet_narrows_the_list_and_its_chip_takes_it_away(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    publish_some(node, company)
    page = get(node, "/search")
    france = next(link for link in page.links if link.endswith("country=FR"))

    narrowed = get(node, france)

    assert "2 records" in narrowed.text
    assert "Alpha Bio" not in narrowed.text
    assert "Remove Country: France" in narrowed.text
    assert "/search" in narrowed.links  # what the chip leads to
    both = get(node, f"{france}&sector=ai&q=gamma&sort=name")
    assert "1 record" in both.text
    for kept in ("country=FR", "sector=ai", "q=gamma", "sort=name"):
        assert links_with(both, kept), kept


def test_values_of_one_facet_add_up_and_facets_narrow_each_other(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    publish_some(node, company)

    assert "3 records" in get(node, "/search?country=FR&country=DE&type=company").text
    assert "1 record" in get(node, "/search?country=FR&sector=biopharma").text


def test_one_box_finds_names_in_any_language_from_one_chinese_character_up(node: Any) -> None:
    node.publish(
        example("cluster-chinese") | {"id": f"https://biomed.example/id/{'c' * 26}"}, example("cluster")
    )

    found = get(node, "/search?q=%E8%8B%8F&lang=en")

    assert "1 record" in found.text
    assert found.all("input")[0]["value"] == "苏"
    assert "Words" in found.text


def test_the_form_carries_filters_and_language_along(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    publish_some(node, company)

    page = get(node, "/search?country=FR&sort=name&lang=zh&q=bio")
    fields = {field["name"]: field["value"] for field in page.all("input")}

    assert fields == {"q": "bio", "country": "FR", "sort": "name", "lang": "zh-Hans"}


def test_nothing_found_names_the_filter_to_drop(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    publish_some(node, company)

    page = get(node, "/search?q=bio&country=FR&sector=ai&type=institution")

    assert "Nothing here fits all of this." in page.text
    assert "Without “Type: Institution” 1 record" in page.text
    assert "Without “Sector" not in page.text  # that alone would find nothing either
    without = next(link for link in links_with(page, "sector=ai") if "type=" not in link)
    assert "Gamma Bio" in get(node, without).text


def test_words_that_nothing_has_get_advice_and_no_dead_links(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    publish_some(node, company)

    assert "No record here has these words." in get(node, "/search?q=qqqqqq").text


def test_an_empty_directory_says_so(node: Any) -> None:
    assert "Nothing has been published here yet." in get(node, "/search").text


def test_records_are_paged_by_cursor_without_loss(
    node: Any, company: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("entrepot_node.pages.directory.PAGE_RECORDS", 2)
    node.publish(*(company(f"Firm {number}") for number in range(5)))
    names: list[str] = []
    target = "/search?type=company&sort=name&lang=en"

    while target:
        page = get(node, target)
        names += re.findall(r"Firm \d", page.text)
        target = next((link["href"] for link in page.all("a") if link.get("rel") == "next"), "")
        assert ("type=company" in target) or not target
        assert len(names) <= 5

    assert names == [f"Firm {number}" for number in range(5)]


def test_a_long_facet_is_cut_and_opened_by_a_link(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    countries = ["AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI"]
    node.publish(*(company(code, locations=[{"country": code}]) for code in countries))

    page = get(node, "/search")
    more = next(link for link in page.links if "#facet-country" in link)
    opened = get(node, more.partition("#")[0])

    assert "Show all 10" in page.text
    assert len(links_with(page, "country=")) == 8
    assert len(links_with(opened, "country=")) == 10
    assert "noindex, follow" in [meta.get("content") for meta in opened.all("meta")]


def test_a_card_names_a_record_in_the_language_of_the_visitor_and_at_home(node: Any) -> None:
    node.publish(example("cluster"))

    page = get(node, "/search", accept_language="zh-CN,zh;q=0.9")

    assert "生物医药示例集群" in page.text
    assert {"lang": "zh-Hans", "dir": "ltr"} in page.all("bdi")
    assert {"lang": "it", "dir": "ltr"} in page.all("bdi")
    assert page.text.index("生物医药示例集群") < page.text.index("Polo Biomed Esempio")


def test_members_of_a_cluster_carry_its_name_and_are_a_facet(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    cluster = example("cluster")
    node.publish(cluster, company("Member", memberOf=[{"cluster": cluster["id"]}]), company("Other"))

    page = get(node, "/search?type=company")

    assert path_of(cluster["id"]) in page.links
    narrowed = get(node, links_with(page, "cluster=")[0])
    assert "Member" in narrowed.text
    assert "Other" not in narrowed.text


def test_the_same_view_is_there_as_data_and_named_on_the_page(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    publish_some(node, company)
    page = get(node, "/search?country=FR&q=lab&lang=en")
    wanted = {"country": ["FR"], "q": ["lab"]}

    alternate = next(link["href"] for link in page.all("link") if link["rel"] == "alternate")
    data = node.get(alternate)

    assert data.headers["access-control-allow-origin"] == "*"
    assert data.json()["total"] == 1
    assert data.json()["items"][0]["name"] == {"text": "Beta Lab", "language": "en"}
    assert data.json()["items"][0]["country"] == "France"
    assert {"value": "FR", "label": "France", "count": 1, "chosen": True} in data.json()["facets"]["country"]
    for path in ("/api/v1/search", "/api/v1/records.jsonl"):
        link = next(link for link in page.links if link.startswith(path))
        assert parse_qs(urlsplit(link).query) == wanted
    empty = node.get("/search.json?q=lab&type=institution&lang=en").json()
    assert empty["without"] == [
        {"title": "Type", "labels": ["Institution"], "total": 1},
        {"title": "Words", "labels": ["lab"], "total": 1},
    ]


def test_whole_directory_may_be_indexed_and_parts_may_not(node: Any) -> None:
    robots = [meta for meta in get(node, "/search").all("meta") if meta.get("name") == "robots"]

    assert robots == []
    for query in ("q=a", "type=company"):
        assert {"name": "robots", "content": "noindex, follow"} in get(node, f"/search?{query}").all("meta")


@pytest.mark.parametrize(
    "query",
    [
        "sort=x", "cursor=x", "all=x", "q=" + "a" * (MAX_WORDS + 1), "type=" + "a" * 400,
        "&".join(f"country={number}" for number in range(60)), "cursor=" + "a" * 5000,
    ],
)  # fmt: skip
def test_a_wrong_address_is_a_page_for_people_and_a_problem_for_programs(node: Any, query: str) -> None:
    assert "cannot be read" in get(node, f"/search?{query}", 400).text
    for path in ("/search", "/search.json"):
        answer = node.get(f"{path}?{query}", accept="application/json")
        assert (answer.status, answer.headers["content-type"]) == (400, "application/problem+json")


@pytest.mark.parametrize(
    "words",
    [
        '"', "a AND", "a OR OR b", "NEAR(", "name:x", "x*", "^a", "-a", "'; DROP TABLE versions; --", "\\", "%", "_",
        "{a b}", "a\x00b", "+", "()", "\U0001f9ec", "\u202e", "ﬁ", "生 OR 物",
    ],
)  # fmt: skip
def test_a07_query_syntax_is_only_words(
    node: Any, company: Callable[..., dict[str, Any]], words: str
) -> None:
    publish_some(node, company)

    answer = node.get("/search?q=" + "".join(f"%{byte:02x}" for byte in words.encode()), accept=PAGE)

    assert answer.status == 200
    assert "records" in Html(answer.body).text or "No record" in Html(answer.body).text


def test_a01_a_hostile_filter_is_shown_as_text(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    publish_some(node, company)
    attack = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"

    for name in ("q", *FACETS):
        page = get(node, f"/search?{name}={attack}")
        assert '"><script>alert(1)</script>' in page.text or name == "q"


def test_f18_look_alike_names_stand_beside_the_origin_that_says_so(
    node: Any, company: Callable[..., dict[str, Any]], add_peer: Callable[..., FeedRow]
) -> None:
    node.publish(company("Acme Bio"))
    other = company("Аcme Bio")  # its first letter is Cyrillic
    add_peer("look-alike.example", other)

    page = get(node, "/search?sort=name")

    cards = page.text.split("confirmed")
    assert any("Acme Bio" in card and "biomed.example" in card for card in cards)
    assert any("Аcme Bio" in card and "look-alike.example" in card for card in cards)


def test_a04_hostile_names_do_not_reorder_the_card(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    put(node, company("safe\u202egnp.exe" + "\u0301" * 40, number=1), stored)

    body = node.get("/search", accept=PAGE).body.decode()

    assert '<bdi lang="en" dir="ltr">safe\u202e' in body
    assert "gnp.exe</a>" not in body  # the bdi closes before anything else does


def test_a_name_of_four_thousand_characters_is_one_card(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    put(node, company("W" * 4000, number=1), stored)

    assert "W" * 4000 in get(node, "/search").text
    assert "1 record" in get(node, "/search").text


def test_a_selection_is_what_its_address_says() -> None:
    address = "q=a+b&type=company&country=FR&country=DE&sort=name&cursor=c&all=country"
    pairs = parse_qsl(address)
    given = Query()
    for name, value in pairs:
        given.setdefault(name, []).append(value)

    selection = read_selection(given)

    assert selection.pairs() == pairs
    assert selection.toggled("country", "FR").filters["country"] == ("DE",)
    assert selection.toggled("country", "FR").cursor == ""
    assert selection.without("country").narrowing() == [("q", "a b"), ("type", "company")]
