"""Pages of one record: its versions, what changed, what stands around it, what readers should know."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, get_args

import pytest

from entrepot_node.pages.change_view import change_view
from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import CHINESE, TEXTS, Messages
from entrepot_node.routes import record_pages
from entrepot_schema.level import Level, steps
from entrepot_schema.relation_state import State
from entrepot_sync.feed_store import Content, FeedRow, Status

from .page_reader import UNKNOWN, example, get, path_of, put, stored

ENGLISH = Preferences("en", ("en",))


def publish_three(node: Any, company: Callable[..., dict[str, Any]]) -> str:
    """Publish three versions of one company; return the path of its page."""
    one = company("One", number=1, sectors=["biopharma"])
    node.publish(one)
    node.publish(one | {"name": {"en": "Two", "de": "Zwei"}, "sectors": ["biopharma", "ai"]})
    node.publish(one | {"name": {"en": "Three", "de": "Drei"}, "website": "https://three.example/"})
    return path_of(one["id"])


# Versions


def test_every_version_has_an_address_that_stays(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    path = publish_three(node, company)

    second, live = get(node, f"{path}?revision=2"), get(node, path)

    assert "This is version 2. It has been replaced." in second.text
    assert "See the live version 3" in second.text
    assert "Zwei" in second.text
    assert {"name": "robots", "content": "noindex"} in second.all("meta")
    assert {"rel": "canonical", "href": path} in second.all("link")
    assert f"{path}?revision=2" in live.links
    assert "It has been replaced" not in get(node, f"{path}?revision=3").text
    assert node.get(f"{path}.json?revision=1").json()["profile"]["name"] == {"en": "One"}


@pytest.mark.parametrize(
    ("revision", "status"), [("4", 404), ("0", 404), ("-1", 400), ("1e3", 400), ("9" * 40, 400)]
)
def test_a_version_that_there_is_not_is_a_page(
    node: Any, company: Callable[..., dict[str, Any]], revision: str, status: int
) -> None:
    path = publish_three(node, company)

    get(node, f"{path}?revision={revision}", status)
    assert node.get(f"{path}.json?revision={revision}").status == status


def test_versions_of_a_withdrawn_record_are_gone_with_it(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    path = publish_three(node, company)
    node.withdraw(path.removeprefix("/record/"))

    for target in (path, f"{path}?revision=1", f"{path}/history"):
        page = get(node, target, 200 if "history" in target else 410)
        assert not re.search("One|Two|Zwei|Three", page.text)
    assert "Withdrawal" in get(node, f"{path}/history").text
    assert node.get(f"{path}.json").status == 410


# History


def test_the_history_says_in_words_what_each_version_changed(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    path = publish_three(node, company)

    english, chinese = get(node, f"{path}/history"), get(node, f"{path}/history?lang=zh")

    for words in (
        "Changed Name (English)",
        "Added Name (German)",
        "Added Sectors",
        "Artificial intelligence",
    ):
        assert words in english.text, words
    assert "Removed Sectors" in english.text
    assert "three.example" in english.text
    assert "The first version." in english.text
    assert "修改 名称（英语）" in chinese.text
    assert english.text.index("Version 3") < english.text.index("Version 2") < english.text.index("Version 1")


def test_a_long_history_is_read_in_parts(
    node: Any, company: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """F05."""
    monkeypatch.setattr(record_pages, "_STEPS", 2)
    path = publish_three(node, company)
    target, seen = f"{path}/history?lang=en", []

    while target:
        page = get(node, target)
        seen += re.findall(r"Version (\d)", page.text)
        target = next((link for link in page.links if "from=" in link and "content" not in link), "")
        target = target if "Older entries" in page.text else ""

    assert seen == ["3", "2", "1"]


@pytest.mark.parametrize("start", ["0", "99", "x", "-1"])
def test_a_history_starts_at_entries_of_its_record_only(
    node: Any, company: Callable[..., dict[str, Any]], start: str
) -> None:
    path = publish_three(node, company)

    assert node.get(f"{path}/history?from={start}", accept="text/html").status in (400, 404)


def test_the_history_is_there_as_data(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    path = publish_three(node, company)

    items = node.get(f"{path}/history.json?lang=en").json()["items"]

    assert [item["revision"] for item in items] == [3, 2, 1]
    assert {"pointer": "/name/en", "op": "replace", "field": "Name (English)"} in items[1]["changes"]
    assert items[2]["changes"] is None


def test_the_page_of_a_record_lists_its_newest_entries_and_links_the_rest(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    for number in range(8):
        node.publish(company(f"Name {number}", number=1))
    path = path_of(company(number=1)["id"])

    page = get(node, path)

    assert page.text.count("Replaced by a newer version") == 4
    assert f"{path}/history" in page.links
    assert "All entries, and what each version changed" in page.text


def test_a01_changes_of_hostile_profiles_are_text() -> None:
    attack = "</del><script>alert(1)</script>"
    before = {"type": "company", "ext": {"a": {attack: [attack]}}, "website": attack}
    after = {"type": "company", attack: {attack: attack}, "name": {attack: attack}}

    changes = change_view(before, after, ENGLISH, Messages("en"), {})

    assert changes.fields
    assert all("<script" not in field.label for field in changes.fields)


def test_thousands_of_changes_are_counted_and_not_all_listed() -> None:
    before = {"type": "company", "sectors": [f"x-{number}" for number in range(3000)]}
    after = {"type": "company", "sectors": []}

    changes = change_view(before, after, ENGLISH, Messages("en"), {})

    assert len(changes.fields) + changes.more == 3000
    assert len(changes.fields) < 100


# Languages


def test_the_language_of_the_contents_is_chosen_apart_from_that_of_the_page(node: Any) -> None:
    profile = example("cluster")
    node.publish(profile)

    page = get(node, path_of(profile["id"], "?lang=zh&content=it"))
    heading = page.text.partition("阅读")[0]

    assert page.all("html")[0]["lang"] == CHINESE
    assert "Polo Biomed Esempio" in heading
    assert "意大利语" in page.text  # each text says what it is written in
    assert any("content=it" in link and "/search" in link for link in page.links)
    assert any("content=zh-Hans" in link for link in page.links)


@pytest.mark.parametrize("content", ["<script>", "x" * 400, "%22%3E", "../.."])
def test_a15_a_wrong_content_language_is_ignored(node: Any, content: str) -> None:
    profile = example("cluster")
    node.publish(profile)

    page = get(node, path_of(profile["id"], f"?content={content}"))

    assert not [link for link in page.links if "script" in link or "xxx" in link]


def test_three_hundred_languages_are_one_closed_list(node: Any) -> None:
    tags = [f"q{one}{two}" for one in "abcdefghijkl" for two in "abcdefghijklmnopqrstuvwxy"]
    node.publish(example("institution-minimal") | {"id": UNKNOWN, "name": dict.fromkeys(tags, "N" * 20)})

    page = get(node, path_of(UNKNOWN))

    assert "300 languages" in page.text


# What stands around it


def test_a_cluster_links_its_members_and_shows_its_offers(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    cluster = example("cluster") | {"id": UNKNOWN}
    offer = example("opportunity") | {"id": f"{UNKNOWN[:-1]}b", "via": cluster["id"]}
    offer.pop("by", None)
    node.publish(cluster, offer, *(company(f"M{n}", memberOf=[{"cluster": cluster["id"]}]) for n in range(3)))

    page = get(node, path_of(cluster["id"]))

    assert "3 companies" in page.text
    members = next(link for link in page.links if link.startswith("/search?type=company&cluster="))
    assert "3 records" in get(node, members).text
    assert "Offers and requests" in page.text
    assert path_of(offer["id"]) in page.links


def test_a_relation_is_called_by_its_purpose_and_its_two_sides(node: Any) -> None:
    relation, cluster = example("relation"), example("cluster")
    node.publish(relation, cluster)

    page = get(node, path_of(relation["id"]))

    assert "Biomed" in page.text
    assert "</bdi>" not in page.text
    title = page.text.partition(" · ")[0]
    assert title.count(":") == 1


# What readers should know


def test_findings_are_told_to_readers_in_words(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    profile = company("Acme", number=1, founded="2026-02-30")
    put(node, profile, stored)

    page = get(node, path_of(profile["id"]))

    assert "What a reader should know" in page.text
    assert "code.date" in page.text
    assert "Founded: no day of the calendar" in page.text
    assert "日历上没有这一天" in get(node, path_of(profile["id"], "?lang=zh")).text
    data = node.get(path_of(profile["id"]) + ".json").json()
    assert [found["pointer"] for found in data["findings"]] == ["/founded"]


def test_a_record_without_findings_has_no_such_box(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    node.publish(company("Acme", number=1))

    assert "What a reader should know" not in get(node, path_of(company(number=1)["id"])).text


# Refused


def test_refused_records_are_listed_with_their_reason_in_words(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    put(
        node,
        company("Hidden", number=1),
        lambda raw: Content(
            Status.REFUSED, code="schema.required", pointer="/credentialSubject/profile/name"
        ),
    )

    english, chinese = get(node, "/refused"), get(node, "/refused?lang=zh")

    assert "1 record is refused." in english.text
    assert "Name: a field is missing" in english.text
    assert "名称: 缺少字段" in chinese.text
    assert "Hidden" not in english.text
    assert path_of(company(number=1)["id"]) in english.links
    assert node.get("/refused.json").json()["items"][0]["meaning"] == "a field is missing"
    assert "/refused" in get(node, "/peers").links
    assert "a field is missing" in get(node, path_of(company(number=1)["id"])).text


def test_where_nothing_is_refused_the_page_says_so(node: Any) -> None:
    assert "Nothing live is refused here." in get(node, "/refused").text


def test_a_pointer_of_a_hostile_record_is_text(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    pointer = "/credentialSubject/profile/ext/<script>/\u202e~1"
    put(node, company(number=1), lambda raw: Content(Status.REFUSED, code="schema.type", pointer=pointer))

    assert "<script>" in get(node, "/refused").text


# Relations, levels, the same organisation elsewhere


def relation(start: str, end: str, letter: str, **members: Any) -> dict[str, Any]:
    """A relation that one cluster states."""
    return {
        "id": f"{start.partition('/id/')[0]}/id/{letter * 26}", "type": "relation", "from": start, "to": end,
        "relationType": "knowledgeExchange", "commitment": "memorandum", "status": "active", "since": "2025",
        "updated": "2026-11-01", **members,
    }  # fmt: skip


def test_a_relation_that_both_sides_state_is_confirmed_and_shown_from_both(
    node: Any, add_peer: Callable[..., FeedRow]
) -> None:
    """PRO-86 to PRO-93: the state is computed from both records, by every reader."""
    ours, theirs = UNKNOWN, f"https://suzhou-bio.example/id/{'s' * 26}"
    mine = relation(ours, theirs, "r")
    node.publish(example("cluster") | {"id": ours}, mine)
    answer = relation(theirs, ours, "t", commitment="letterOfIntent", since="2024")
    add_peer("suzhou-bio.example", example("cluster-chinese") | {"id": theirs}, answer)

    cluster, page = get(node, path_of(ours)), get(node, path_of(mine["id"]))

    assert cluster.text.count("Confirmed by both sides") == 1  # one relation, not two
    assert "Letter of intent" in cluster.text  # the weaker of the two
    assert "Confirmed by both sides" in page.text
    for words in ("How binding differs", "Since differs"):
        assert words in page.text, words
    assert path_of(answer["id"]) in page.links
    data = node.get(f"{path_of(mine['id'])}.json").json()
    assert data["counterpart"]["state"] == "confirmed"
    assert data["counterpart"]["differences"] == ["commitment", "since"]
    assert node.get(f"{path_of(ours)}.json").json()["relations"][0]["state"] == "confirmed"


def test_a_relation_that_only_the_other_side_states_is_said_to_be_theirs(
    node: Any, add_peer: Callable[..., FeedRow]
) -> None:
    ours, theirs = UNKNOWN, f"https://suzhou-bio.example/id/{'s' * 26}"
    node.publish(example("cluster") | {"id": ours})
    add_peer("suzhou-bio.example", relation(theirs, ours, "t"))

    english, chinese = get(node, path_of(ours)), get(node, path_of(ours, "?lang=zh"))

    assert "Stated by suzhou-bio.example only" in english.text
    assert "has not answered" in english.text
    assert "仅由suzhou-bio.example声明" in chinese.text


def test_a_record_names_its_level_and_the_next_step_in_both_languages(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    node.publish(company("Acme", number=1))
    path = path_of(company(number=1)["id"])

    assert "No rule is broken." in get(node, path).text
    assert "Add a summary in two languages" in get(node, path).text
    assert "补充两种语言的简介" in get(node, f"{path}?lang=zh").text
    assert node.get(f"{path}.json").json()["next"]["key"] == "summary-languages"


def test_every_step_and_state_has_words_in_both_languages() -> None:
    assert all(f"step.{step.key}" in TEXTS for step in steps())
    assert all(f"level.{level.name.lower()}.text" in TEXTS for level in Level)
    assert all(f"relation.{state}" in TEXTS for state in get_args(State))


def test_the_same_number_in_a_register_links_what_others_say(
    node: Any, company: Callable[..., dict[str, Any]], add_peer: Callable[..., FeedRow]
) -> None:
    number = {"scheme": "ROR", "id": "https://ror.org/000asyx23"}
    theirs = company("Their name for it", identifiers=[number]) | {
        "id": f"https://other.example/id/{'o' * 26}"
    }
    node.publish(company("Our name for it", number=1, identifiers=[number]))
    add_peer("other.example", theirs)

    page = get(node, path_of(company(number=1)["id"]))

    assert "Also described by" in page.text
    assert "Their name for it" in page.text
    assert path_of(theirs["id"]) in page.links
    assert node.get(path_of(theirs["id"]) + ".json").json()["also"][0]["origin"] == "biomed.example"
