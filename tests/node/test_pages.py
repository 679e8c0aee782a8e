"""The pages: what visitors see of a node, its peers and its records, hostile ones too (A01, A04, A15)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from entrepot_node import pages
from entrepot_node.commands.node import Node
from entrepot_node.commands.peers import feed_rows
from entrepot_node.pages.foreign import one_line, pretty_json
from entrepot_node.pages.language import choose_variant, direction, preferences
from entrepot_node.pages.links import mail_link, web_link
from entrepot_node.pages.messages import CHINESE, TEXTS, Messages
from entrepot_node.pages.node_facts import PeerFacts
from entrepot_node.pages.peer_view import peer_view
from entrepot_node.pages.shapes import HEAD, SECTIONS, Shape, shapes_of
from entrepot_node.pages.showing import original_language
from entrepot_node.pages.times import date_text, day_age, duration
from entrepot_node.storage.follows import PullOutcome
from entrepot_node.storage.interface import FeedCounts
from entrepot_schema import catalog
from entrepot_schema.canonical import sha256
from entrepot_sync.feed_store import Content, FeedRow, Held, Status

from .page_reader import PAGE, UNKNOWN, example, get, path_of, put, stored

NO_COUNTS = FeedCounts(live=0, stored=0, missing=0, refused=0, kept=0, withdrawn=0, inert=0)


# The start page


def test_the_start_page_says_who_this_node_is(node: Any) -> None:
    page = get(node, "/")

    assert "BioMed" in page.text
    assert "biomed.example" in page.text
    assert node.feed.key_log.scid in page.text  # set apart in groups, yet one word to copy
    assert "compare every character" in page.text
    assert "mailto:info@biomed.example" in page.links
    assert "/api/v1/records.jsonl" in page.links
    assert "CC-BY-4.0" in page.text


def test_the_start_page_of_an_empty_node_says_so(node: Any) -> None:
    page = get(node, "/")

    assert "Nothing has been published yet." in page.text
    assert "This node follows no other yet." in page.text


def test_only_a_demo_says_that_it_is_one(node: Any) -> None:
    plain = get(node, "/").text
    demo = replace(node, settings=node.settings.model_copy(update={"demo": True}), served=None)

    assert "invented" not in plain
    assert "invented" in get(demo, "/").text
    assert "invented" in get(demo, "/search").text


def test_the_newest_record_stands_first(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    node.publish(company("First"))
    node.publish(company("Second"), company("Third"))

    text = get(node, "/").text

    assert text.index("Third") < text.index("Second") < text.index("First")
    assert "3 records of this node" in text


def test_newest_leaves_out_what_was_replaced_or_withdrawn(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    node.publish(company("Old", number=1), company("Gone", number=2))
    node.publish(company("New", number=1))
    node.withdraw(company(number=2)["id"])

    text = get(node, "/").text

    assert "New" in text
    assert "Old" not in text
    assert "Gone" not in text


def test_peers_are_shown_with_their_state_in_words(node: Any, add_peer: Callable[..., FeedRow]) -> None:
    late = PullOutcome(1.0, 2.0, 3, "peer.unreachable", "no route")
    add_peer("suzhou-bio.example", example("cluster-chinese"), outcome=PullOutcome(1.0, 2.0, 0))
    add_peer("silent.example", outcome=late)
    add_peer("grown.example", outcome=PullOutcome(1.0, 2.0, 1, "log.growth", "grew"))
    forked = add_peer("forked.example")
    node.store.set_state(forked.id, "forked", "log.fork", "two heads")
    node.store.add_evidence(forked.id, b'{"kind":"fork"}', now=0.0)
    newer = add_peer("newer.example")
    node.store.set_state(newer.id, "stopped", "log.needs-newer-software", "unknown operation")

    page = get(node, "/peers")

    for words in (
        "Up to date",
        "Silent",
        "Waiting for the operator",
        "two histories",
        "needs newer software",
    ):
        assert words in page.text
    assert page.text.index("forked.example") < page.text.index("suzhou-bio.example")
    evidence = next(link for link in page.links if link.startswith("/evidence/"))
    assert node.get(evidence).body == b'{"kind":"fork"}'
    assert "1 record from 5 peers" in get(node, "/").text


def test_l23_a_feed_that_stands_still_is_shown_with_the_age_of_its_head(
    node: Any, add_peer: Callable[..., FeedRow]
) -> None:
    """FED-80: on the page, by the API and by the command line, though every pull succeeds."""
    now = node.clock().timestamp()
    node.store._now = lambda: now - 30 * 86_400
    peer = add_peer("still.example", outcome=PullOutcome(now - 60, now, 0))

    page = get(node, "/peers")
    (row,) = [item for item in node.get("/api/v1/peers").json()["items"] if not item["own"]]
    told = next(
        row for row in feed_rows(Node(node.home, node.settings, node.store)) if row["feed"] == peer.name
    )

    assert "Up to date" in page.text
    assert "newest head 30 days ago" in page.text
    assert (row["state"], row["head_time"]) == ("live", now - 30 * 86_400)
    assert (told["lastSuccess"], told["headTime"]) == ("2026-11-23T09:29:00Z", "2026-10-24T09:30:00Z")


def test_evidence_is_served_by_its_hash_only(node: Any) -> None:
    assert node.get("/evidence/" + "0" * 64).status == 404
    assert node.get("/evidence/..%2f..%2fetc").status == 404


def test_a_peer_asked_a_while_ago_says_when(node: Any, add_peer: Callable[..., FeedRow]) -> None:
    feed = add_peer("suzhou-bio.example", outcome=PullOutcome(1_000.0, 2_000.0, 0))
    follow = node.store.follows()[0]

    facts = PeerFacts(feed, follow, replace(NO_COUNTS, missing=2), 0, Held(0, None))
    view = peer_view(facts, (), 1_000.0 + 7_300, Messages("en"))

    assert (view.state, view.text) == ("current", "asked 2 hours ago")
    assert view.gaps == ("2 contents unavailable",)


# Records


@pytest.mark.parametrize("name", ["cluster", "company", "institution", "relation", "company-merged"])
def test_every_field_of_an_example_is_on_its_page(node: Any, name: str) -> None:
    profile = example(name)
    node.publish(profile)

    page = get(node, path_of(profile["id"]))

    for text in _texts_of({**profile, "id": ""}):
        assert " ".join(text.split()) in page.text, text


def _texts_of(value: Any, name: str = "") -> Iterator[str]:
    """The foreign texts of a profile that a page must show word for word."""
    if isinstance(value, dict):
        for member, inner in value.items():
            yield from _texts_of(inner, member)
    elif isinstance(value, list):
        for inner in value:
            yield from _texts_of(inner, name)
    elif isinstance(value, str) and (name in ("email", "phone", "postalCode", "nuts", "lat") or " " in value):
        yield value


def test_codes_have_the_labels_of_the_page_language(node: Any) -> None:
    profile = example("company")
    node.publish(profile)

    english, chinese = get(node, path_of(profile["id"])), get(node, path_of(profile["id"], "?lang=zh-SG"))

    assert "In vitro diagnostics" in english.text
    assert catalog.codelist("sector").labels("zh")["invitroDiagnostics"] in chinese.text
    assert "x-point-of-care" in chinese.text  # a private code stands for itself
    assert "自定义代码" in chinese.text


def test_a_chinese_page_is_chinese_and_keeps_the_language_in_its_links(node: Any) -> None:
    node.publish(example("cluster"))

    page = get(node, "/?lang=zh")

    assert page.all("html") == [{"lang": "zh-Hans", "dir": "ltr"}]
    assert "本节点" in page.text
    assert "/search?lang=zh-Hans" in page.links
    assert not re.search(r"\bNewest|\bPeers\b|\bRecords\b|\bSearch\b", page.text)


def test_variants_carry_language_and_direction(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    names = {"en": "Acme", "ar": "أكمي", "zh-Hant": "頂點", "und": "ACME", "az-Arab": "آکمی"}
    node.publish(company(name="x", number=1) | {"name": names, "machineTranslated": ["ar"]})

    page = get(node, path_of(company(number=1)["id"]))

    for lang, direction_of in (("ar", "rtl"), ("zh-Hant", "ltr"), ("", "auto"), ("az-Arab", "rtl")):
        assert {"lang": lang, "dir": direction_of} in page.all("bdi")
    assert "machine translation" in page.text


def test_what_was_checked_stands_as_separate_statements(node: Any) -> None:
    profile = example("company")
    node.publish(profile)

    page = get(node, path_of(profile["id"]))
    named = [attributes["id"] for attributes in page.all("li") if "id" in attributes]

    assert named == [f"statement-{name}" for name in ("signature", "key", "entry", "schema", "updated")]
    assert "by line 1 of 1 of this node's own key log" in page.text
    assert node.feed.head.root.hex() in page.text
    assert "Not shown by any of this: that the content is true." in page.text
    assert "verified" not in page.text.lower()
    assert "entrepot verify record.json --key-log keys.jsonl" in page.text


def test_the_page_of_a_peers_record_names_the_pinned_key_log(
    node: Any, add_peer: Callable[..., FeedRow]
) -> None:
    profile = example("cluster-chinese")
    add_peer("suzhou-bio.example", profile)

    page = get(node, path_of(profile["id"]))

    assert "of the key log pinned for suzhou-bio.example" in page.text
    assert f"/api/v1/subjects/suzhou-bio.example/{profile['id'][-26:]}" in page.links
    assert not [link for link in page.links if link.startswith("/feed/addenda/")]
    assert "xn--" in page.text  # a host in Chinese letters is shown in ASCII too


def test_the_history_lists_versions_and_links_the_exact_bytes(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    node.publish(company("One", number=1))
    node.publish(company("Two", number=1))

    page = get(node, path_of(company(number=1)["id"]))
    digests = {link for link in page.links if link.startswith("/feed/addenda/")}

    assert "Replaced by a newer version" in page.text
    assert len(digests) == 2
    for link in digests:
        assert sha256(node.get(link).body).hex() == link.rpartition("/")[2]


def test_relations_link_what_is_known_and_say_what_is_not(node: Any) -> None:
    relation = example("relation")
    node.publish(relation, example("cluster"))

    page = get(node, path_of(relation["id"]))

    assert path_of(relation["from"]) in page.links
    assert path_of(relation["to"]) not in page.links
    assert "not known here" in page.text


def test_the_short_address_of_an_own_record_is_the_same_page(node: Any) -> None:
    profile = example("company")
    node.publish(profile)
    short = f"/id/{profile['id'].rpartition('/')[2]}"

    assert "Nova Assay" in get(node, short).text
    assert "Nova Assay" in get(node, path_of(profile["id"]).replace("https://", "https:/")).text


def test_a_withdrawn_record_is_gone_with_its_contents(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    profile = company("Secret Name", number=1)
    node.publish(profile)
    node.clock.move(days=1)
    node.withdraw(profile["id"])

    page = get(node, path_of(profile["id"]), 410)

    assert "has taken this record back on 24 November 2026" in page.text
    assert "Erased" in page.text
    assert "Secret Name" not in page.text
    assert node.get(path_of(profile["id"]), accept="application/json").status == 410


def test_a_record_published_again_shows_the_withdrawal_in_its_history(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    profile = company("Acme", number=1)
    node.publish(profile)
    node.withdraw(profile["id"])
    node.publish(profile)

    page = get(node, path_of(profile["id"]))

    assert "Withdrawal" in page.text
    assert page.text.count("Erased") == 1


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (Content(Status.REFUSED, code="schema.missing", pointer="/<b>x"), "Reason schema.missing at /<b>x"),
        (Content(Status.MISSING), "This node goes on asking."),
        (Content(Status.KEPT, b"{}"), "newer version of the standard"),
    ],
)
def test_content_that_is_not_shown_is_explained(
    node: Any, company: Callable[..., dict[str, Any]], content: Content, words: str
) -> None:
    subject = put(node, company("Hidden", number=1), lambda raw: content)

    page = get(node, path_of(subject))

    assert words in page.text
    assert "Hidden" not in page.text


@pytest.mark.parametrize(
    "subject", [UNKNOWN, "did:web:biomed.example", "<script>", "https://biomed.example/id/x", ""]
)
def test_an_unknown_record_is_a_404_that_repeats_nothing(node: Any, subject: str) -> None:
    page = get(node, path_of(subject), 404)

    assert "Not known here" in page.text
    assert (
        node.get(path_of(subject), accept="application/json").headers["content-type"]
        == "application/problem+json"
    )


# Hostile contents


def test_a01_markup_in_a_profile_is_text(node: Any, company: Callable[..., dict[str, Any]]) -> None:
    attack = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}</title></bdi>"
    profile = company(
        attack, number=1, summary={"en": attack}, otherNames=[{"kind": "brand", "name": {"und": attack}}]
    )
    profile["locations"] = [{"country": "DE", "locality": {"de": attack}, "street": {"de": attack}}]
    put(node, profile, stored)

    for target in (path_of(profile["id"]), "/", "/search", "/search?q=script"):
        page = get(node, target)
        assert "<script>alert(1)</script>" in page.text
        assert "{{7*7}}" in page.text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "//evil.example",
        "https://u:p@evil.example",
        "https://e vil",
    ],
)
def test_a01_an_address_that_is_not_plain_is_not_linked(
    node: Any, company: Callable[..., dict[str, Any]], url: str
) -> None:
    profile = company("Acme", number=1, website=url, sameAs=[url])
    put(node, profile, stored)

    page = get(node, path_of(profile["id"]))

    assert url not in page.links
    assert "not linked" in page.text


def test_a04_foreign_text_is_isolated_and_what_cannot_be_seen_is_written_out(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    profile = company("safe\u202egnp.exe\u200b", number=1)
    put(node, profile, stored)

    answer = node.get(path_of(profile["id"]), accept=PAGE)
    page = get(node, path_of(profile["id"]))

    title = re.search(r"<title>(.*?)</title>", answer.body.decode())
    assert title is not None
    assert "\u202e" not in title[1]
    assert '<bdi lang="en" dir="ltr">safe\u202e' in answer.body.decode()
    assert r"safe\u202egnp.exe\u200b" in page.text


def test_a15_control_characters_do_not_reach_the_page(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    profile = company("a\x1b[31mred\x07\x85", number=1)
    put(node, profile, stored)

    body = node.get(path_of(profile["id"]), accept=PAGE).body

    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", body.decode())


def test_a_long_text_in_three_hundred_languages_is_one_page(
    node: Any, company: Callable[..., dict[str, Any]]
) -> None:
    tags = [f"q{one}{two}" for one in "abcdefghijkl" for two in "abcdefghijklmnopqrstuvwxy"]
    profile = example("institution-minimal") | {"id": UNKNOWN, "name": dict.fromkeys(tags, "N" * 20)}
    profile["expertise"] = {"en": "W" * 4000}
    node.publish(profile)

    page = get(node, path_of(UNKNOWN))

    assert "W" * 4000 in page.text
    assert "In 299 other languages" in page.text


@pytest.mark.parametrize("name", ["cluster", "company", "institution", "relation", "opportunity"])
def test_a_profile_with_no_optional_field_has_a_page_in_both_languages(node: Any, name: str) -> None:
    profile = example(f"{name}-minimal")
    profile["id"] = UNKNOWN
    put(node, profile, stored)

    for language in ("en", "zh"):
        get(node, path_of(UNKNOWN, f"?lang={language}"))
        get(node, path_of(UNKNOWN, f"/history?lang={language}"))
        get(node, f"/search?lang={language}")
    get(node, "/")


@pytest.mark.parametrize("lang", ["<script>", "../../x", "zh" * 40, "en%00", "%E4%B8%AD"])
def test_a15_a_wrong_language_is_ignored(node: Any, lang: str) -> None:
    page = get(node, f"/?lang={lang}", accept_language="xx;q=9, " + "a" * 5000)

    assert page.all("html")[0]["lang"] in ("en", "zh-Hans")


# How pages are sent


def test_a_page_is_revalidated_and_a_304_keeps_its_policy(node: Any) -> None:
    first = node.get("/search", accept=PAGE)
    again = node.get("/search", accept=PAGE, if_none_match=first.headers["etag"])

    assert again.status == 304
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert "Accept-Language" in first.headers["vary"]


def test_the_style_sheet_is_ours_alone_and_named_by_its_hash(node: Any) -> None:
    page = get(node, "/")
    address = next(link["href"] for link in page.all("link") if link["rel"] == "stylesheet")

    sheet = node.get(address)

    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in sheet.headers["cache-control"]
    assert "immutable" not in node.get("/static/entrepot.css?v=old").headers["cache-control"]
    assert node.get(address, if_none_match=sheet.headers["etag"]).status == 304
    assert not re.search(rb"url\(|@import|https?:|//", sheet.body)


def test_head_requests_are_answered(node: Any) -> None:
    assert node.ask("HEAD", "/", accept=PAGE).status == 200
    assert node.ask("POST", "/", accept=PAGE).status == 405


# Pure parts


@pytest.mark.parametrize(
    ("chosen", "header", "page"),
    [
        ("", "zh-CN,zh;q=0.9,en;q=0.8", CHINESE),
        ("", "zh-SG", CHINESE),
        ("", "zh", CHINESE),
        ("", "zh-TW", CHINESE),
        ("", "en-GB,zh;q=0.9", "en"),
        ("", "de,zh;q=0.5,en;q=0.1", CHINESE),
        ("", "de", "en"),
        ("", "zh;q=0,en", "en"),
        ("", "", "en"),
        ("en", "zh-CN", "en"),
        ("zh-CN", "en", CHINESE),
    ],
)
def test_the_language_of_the_page(chosen: str, header: str, page: str) -> None:
    assert preferences(chosen, header).page == page


@pytest.mark.parametrize(
    ("wanted", "variant"),
    [("it,en;q=0.5", "it"), ("zh-CN", "zh-Hans"), ("zh-TW", "zh-Hant"), ("pt", "en"), ("en-GB", "en")],
)
def test_the_variant_of_a_text(wanted: str, variant: str) -> None:
    text = {"en": "a", "it": "b", "zh-Hans": "c", "zh-Hant": "d", "zh-Latn-pinyin": "e"}

    assert choose_variant(text, preferences("", wanted).contents) == variant


def test_the_original_name_is_the_one_at_home() -> None:
    assert original_language(example("cluster")) == "it"
    assert original_language(example("cluster-chinese")) == "zh-Hans"
    assert original_language({"name": {"en": "A", "fr": "B"}}) == ""


def test_directions() -> None:
    tags = ("ar", "he", "zh-Hans", "ug", "uz-Arab", "ar-Latn", "und")

    assert [direction(tag) for tag in tags] == ["rtl", "rtl", "ltr", "rtl", "rtl", "ltr", "auto"]


def test_links_are_made_of_plain_addresses_only() -> None:
    good = web_link("https://生物园区.example:8443/a?b#c")
    assert good is not None
    assert (good.host, good.rest) == ("生物园区.example:8443", "/a?b#c")
    assert good.ascii_host.startswith("xn--")
    for bad in (
        "javascript:alert(1)",
        "https://",
        "ftp://a.example",
        "https://a.example/\u202e",
        "https:a",
        None,
        3,
    ):
        assert web_link(bad) is None
    assert mail_link("a?cc=b@c.example") == "mailto:a%3Fcc%3Db@c.example"
    assert mail_link("a@b@c?x") is None


def test_times_in_words() -> None:
    english, chinese = Messages("en"), Messages(CHINESE)

    assert [date_text(text, "en") for text in ("1998", "2021-06", "2024-02-29", "x")] == [
        "1998", "June 2021", "29 February 2024", "x",
    ]  # fmt: skip
    assert date_text("2021-06-05", CHINESE) == "2021年6月5日"
    assert [duration(seconds, english) for seconds in (3, 60, 7_300, 90_000)] == [
        "less than a minute", "1 minute", "2 hours", "1 day",
    ]  # fmt: skip
    assert duration(120, chinese) == "2 分钟"
    assert day_age("2026-11-23", 1_795_426_200.0, english) == "today"
    assert day_age("2026-02-30", 0.0, english) is None


def test_titles_and_documents_are_in_one_reading_order() -> None:
    assert one_line("a\u202eb\nc" + "d" * 200) == "ab c" + "d" * 86 + "…"
    assert pretty_json({"a": "\u202e<"}) == '{\n  "a": "\\u202e<"\n}'


# Completeness


def test_every_field_of_every_type_has_a_shape_a_place_and_a_name() -> None:
    placed = {name for _, names in SECTIONS for name in names} | set(HEAD)
    for record_type in catalog.TYPES:
        schema = catalog.bundled(record_type)
        shapes = shapes_of(record_type)
        for name, field in schema["properties"].items():
            assert name in placed, name
            _require_shape(field, shapes[name], schema["$defs"], name)


def _require_shape(field: dict[str, Any], shape: Shape, definitions: dict[str, Any], name: str) -> None:
    if "$ref" in field:
        field = definitions[field["$ref"].rpartition("/")[2]]
    if field.get("type") == "array":
        return _require_shape(field["items"], shape, definitions, name)
    assert name in HEAD or f"field.{name}" in TEXTS
    assert (shape.kind == "group") == ("properties" in field), name
    assert (shape.kind == "text") == ("propertyNames" in field and name != "ext"), name
    if "enum" in field:
        assert [code.code for code in catalog.codelist(shape.codelist).codes] == field["enum"]
    assert set(shape.members) == set(field.get("properties", {})), name
    for member, inner in field.get("properties", {}).items():
        _require_shape(inner, shape.members[member], definitions, member)
    return None


def test_every_text_is_in_both_languages_with_the_same_blanks() -> None:
    for message_id, (english, chinese) in TEXTS.items():
        assert english.strip()
        assert chinese.strip()
        blanks = [set(re.findall(r"{(\w+)}", text)) for text in (english, chinese)]
        assert blanks[0] == blanks[1] or message_id.endswith(".one"), message_id


def test_every_text_a_template_names_is_there() -> None:
    folder = Path(pages.__file__).parent / "templates"
    named = {
        name
        for path in folder.glob("*.html")
        for name in re.findall(r't(?:\.counted)?\("([a-z0-9.-]+)"', path.read_text())
    }

    assert len(named) > 80
    assert {name for name in named if not name.endswith(".")} <= set(TEXTS)
