"""Layer X: what profiles say of one another."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.cross_record import package_findings
from entrepot_schema.cycles import cycles
from entrepot_schema.relation_set import INVERSE

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "schema" / "examples"
Profile = dict[str, Any]
LEI = {"scheme": "LEI", "id": "529900T8BM49AURSDO55"}


def an_id(name: str, origin: str = "biomed.example") -> str:
    return f"https://{origin}/id/{name.lower().ljust(26, 'a')}"


def foreign(name: str) -> str:
    return an_id(name, "suzhou.example")


def organisation(name: str, record_type: str, /, **more: Any) -> Profile:
    basis = {
        "id": an_id(name),
        "type": record_type,
        "name": {"en": f"The {name}"},
        "locations": [{"country": "IT"}],
    }
    return {**basis, "status": "active", "updated": "2026-11-20", **more}


def cluster(name: str, /, **more: Any) -> Profile:
    return organisation(name, "cluster", kind="sciencePark", **more)


def company(name: str, /, **more: Any) -> Profile:
    return organisation(name, "company", **more)


def relation(name: str, start: str, end: str, **more: Any) -> Profile:
    basis = {"id": an_id(name), "type": "relation", "from": start, "to": end, "relationType": "twinning"}
    basis |= {"commitment": "contract", "status": "active", "since": "2024", "updated": "2026-11-20"}
    return {**basis, **more}


def opportunity(name: str, via: str, text: str = "We look for a partner.", **more: Any) -> Profile:
    example: Profile = json.loads((EXAMPLES / "opportunity-minimal.json").read_text("utf-8"))
    example |= {"id": an_id(name), "via": via, "title": {"en": "Partner sought"}, "summary": {"en": text}}
    example.pop("by", None)
    return {**example, "originCountry": "IT", "updated": "2026-11-20", **more}


PUBLISHER = cluster("p")
HEAD: Profile = {
    "specVersion": "1.0",
    "id": "https://biomed.example/p.json",
    "publisher": PUBLISHER["id"],
    "published": "2026-11-23T09:30:00Z",
    "license": "CC0-1.0",
    "records": [],
}


def found(
    *profiles: Profile, head: Profile | None = HEAD, severity: str = "error"
) -> list[tuple[int | None, str, str]]:
    """Number, code and pointer of what is found about profiles beside the publisher, which is number 0."""
    placed = package_findings(head, [PUBLISHER, *profiles], now=NOW)
    assert [-1 if index is None else index for index, _ in placed] == sorted(
        -1 if index is None else index for index, _ in placed
    )
    return [(index, one.code, one.pointer) for index, one in placed if one.severity == severity]


def loose(*profiles: Profile) -> list[tuple[int | None, str, str]]:
    return [(index, one.code, one.pointer) for index, one in package_findings(None, profiles, now=NOW)]


def test_a_package_that_fits_together_is_silent() -> None:
    part = cluster("q", partOf=PUBLISHER["id"], memberCounts={"total": 3, "companies": 2, "smes": 2})
    acme = company(
        "acme", memberOf=[{"cluster": part["id"], "since": "2024-05", "until": "2024"}], identifiers=[LEI]
    )
    good = [
        part,
        acme,
        company("old", status="merged", statusSince="2020", succeededBy=[acme["id"], foreign("new")]),
        relation("r", part["id"], foreign("c")),
        opportunity("o", part["id"]),
        opportunity("named", PUBLISHER["id"], "The acme sells.", by=acme["id"]),
    ]

    assert package_findings(HEAD, [*good, PUBLISHER], now=NOW) == []
    assert package_findings(None, good, now=NOW) == []


# --- ids and identifiers


def test_an_id_that_stands_twice() -> None:
    """PRO-73: with and without a head, and even where a record does not fit its schema."""
    acme = company("acme")

    assert found(acme, {**acme, "status": "x"}, acme) == [
        (2, "cross.duplicate-id", "/id"),
        (3, "cross.duplicate-id", "/id"),
    ]
    assert loose({**acme, "status": "x"}, acme) == [(1, "cross.duplicate-id", "/id")]


def test_an_identifier_that_stands_twice() -> None:
    """PRO-74: however it is spelt."""
    vat, same = ({"scheme": "EU-VAT", "id": number} for number in ("IT 00743110157", "it00743110157"))
    first = company("a", identifiers=[vat])
    second = organisation("b", "institution", kind="university", identifiers=[LEI, same])

    assert loose(first, second) == [(1, "cross.duplicate-identifier", "/identifiers/1/id")]


def test_records_that_same_as_joins_may_share_an_identifier() -> None:
    """PRO-74: directly, or by way of others."""
    names = ["a", "b", "c"]
    first, second, third = (company(name, identifiers=[LEI]) for name in names)
    page = "https://www.wikidata.example/Q1"

    assert loose({**first, "sameAs": [second["id"]]}, second) == []
    assert loose(first, {**second, "sameAs": [first["id"]]}) == []
    assert loose({**first, "sameAs": [page]}, {**second, "sameAs": [page, third["id"]]}, third) == []
    assert len(loose({**first, "sameAs": [page]}, second)) == 1


def test_private_schemes_may_number_other_things() -> None:
    """PRO-74."""
    building = {"scheme": "x-building", "id": "7"}

    assert loose(company("a", identifiers=[building]), company("b", identifiers=[building])) == []


# --- references


REFERENCES = {
    "cross.member-of": (
        "/memberOf/0/cluster",
        lambda to: company("x", memberOf=[{"cluster": to}]),
        "warning",
    ),
    "cross.part-of": ("/partOf", lambda to: cluster("x", partOf=to), "warning"),
    "cross.by": ("/by", lambda to: opportunity("x", PUBLISHER["id"], by=to), "warning"),
    "cross.to": ("/to", lambda to: relation("x", PUBLISHER["id"], to), None),
    "cross.succeeded-by": (
        "/succeededBy/0",
        lambda to: company("x", status="merged", succeededBy=[to]),
        None,
    ),
}


@pytest.mark.parametrize("code", REFERENCES)
def test_a_reference_to_what_a_package_lacks(code: str) -> None:
    """PRO-75: an own id is an error, a foreign one a warning or nothing; without a head nothing is said."""
    pointer, record, severity = REFERENCES[code]

    assert found(record(an_id("none"))) == [(1, code, pointer)]
    assert found(record(foreign("none"))) == []
    assert found(record(foreign("none")), severity="warning") == ([(1, code, pointer)] if severity else [])
    assert loose(record(an_id("none"))) == []


@pytest.mark.parametrize("code", REFERENCES)
def test_a_reference_to_a_record_of_another_type(code: str) -> None:
    """PRO-75: with and without a head. What does not fit its schema counts as present, of whatever type."""
    pointer, record, _ = REFERENCES[code]
    other = opportunity("other", PUBLISHER["id"])
    broken = {**other, "status": "x"}

    assert loose(other, record(other["id"])) == [(1, code, pointer)]
    assert found(other, record(other["id"])) == [(2, code, pointer)]
    assert found(record(broken["id"]), broken) == []


def test_the_publisher_is_a_cluster_among_the_records() -> None:
    """PRO-76."""
    acme = company("acme")

    assert found(head={**HEAD, "publisher": an_id("none")}) == [(None, "cross.publisher", "/publisher")]
    assert found(acme, head={**HEAD, "publisher": acme["id"]}) == [(None, "cross.publisher", "/publisher")]


@pytest.mark.parametrize(
    ("code", "pointer", "speak"),
    [
        ("cross.from", "/from", lambda who: relation("x", who, foreign("d"))),
        ("cross.via", "/via", lambda who: opportunity("x", who)),
    ],
)
def test_only_the_publisher_and_its_parts_speak(code: str, pointer: str, speak: Any) -> None:
    """PRO-77: over however many steps, and never for another cluster."""
    part = cluster("q", partOf=PUBLISHER["id"])
    deep = cluster("s", partOf=part["id"])
    stranger = cluster("t")
    guest = cluster("u", partOf=foreign("c"))
    acme = company("acme")

    assert found(speak(deep["id"]), deep, part) == []
    assert found(speak(stranger["id"]), stranger) == [(1, code, pointer)]
    assert found(guest, speak(guest["id"])) == [(2, code, pointer)]
    assert found(acme, speak(acme["id"])) == [(2, code, pointer)]
    assert found(speak(an_id("none"))) == [(1, code, pointer)]
    assert found(speak(foreign("c"))) == [(1, code, pointer)]
    assert loose(speak(stranger["id"]), stranger) == []


def test_a_cluster_in_a_circle_speaks_for_nobody() -> None:
    """PRO-77, PRO-78."""
    one, two = cluster("q", partOf=an_id("s")), cluster("s", partOf=an_id("q"))

    assert found(one, two, relation("x", one["id"], foreign("c"))) == [
        (1, "cross.part-of", "/partOf"),
        (3, "cross.from", "/from"),
    ]


# --- circles


@pytest.mark.parametrize(
    ("code", "pointer", "record"),
    [
        ("cross.part-of", "/partOf", lambda name, to: cluster(name, partOf=an_id(to))),
        (
            "cross.succeeded-by",
            "/succeededBy",
            lambda name, to: company(name, status="merged", statusSince="2020", succeededBy=[an_id(to)]),
        ),
    ],
)
def test_what_leads_back_to_itself(code: str, pointer: str, record: Any) -> None:
    """PRO-78: one finding a circle, at the first record of it; the way into it is no part of it."""
    circle = [record("way", "b"), record("c", "a"), record("b", "c"), record("a", "b")]

    assert loose(*circle) == [(1, code, pointer)]
    itself = loose(record("a", "a"))
    assert [(index, one, where.removesuffix("/0")) for index, one, where in itself] == [(0, code, pointer)]


def test_an_active_organisation_has_no_successor() -> None:
    """PRO-78."""
    assert loose(company("a", succeededBy=[an_id("b")])) == [(0, "cross.succeeded-by", "/succeededBy")]


GRAPHS = st.dictionaries(st.integers(0, 9).map(str), st.lists(st.integers(0, 12).map(str), max_size=4))


@given(GRAPHS)
def test_cycles_are_the_sets_that_reach_one_another(references: dict[str, list[str]]) -> None:
    """PRO-78."""

    def reached(start: str) -> set[str]:
        seen: set[str] = set()
        waiting = list(references.get(start, ()))
        while waiting:
            name = waiting.pop()
            if name not in seen:
                seen.add(name)
                waiting += references.get(name, ())
        return seen

    reach = {name: reached(name) for name in references}
    expected = {
        frozenset({name, *(other for other in reach[name] if name in reach.get(other, ()))})
        for name in references
    }
    result = [frozenset(names) for names in cycles(references)]

    assert len(result) == len(set(result))
    assert set(result) == {names for names in expected if len(names) > 1}


def test_a_chain_of_a_hundred_thousand_is_no_problem() -> None:
    """PRO-84."""
    chain = {str(number): [str(number + 1)] for number in range(100_000)}

    assert list(cycles(chain)) == []
    assert len(next(cycles({**chain, "100000": ["0"]}))) == 100_001


# --- what one record says


@pytest.mark.parametrize(
    ("since", "until", "is_wrong"),
    [
        ("2024-05", "2024", False),
        ("2024", "2024-05-17", False),
        ("2024-05", "2024-04", True),
        ("2024", "2023-12", True),
    ],
)
def test_a_membership_does_not_end_before_it_begins(since: str, until: str, is_wrong: bool) -> None:
    """PRO-79."""
    member = company(
        "a", memberOf=[{"cluster": foreign("c")}, {"cluster": an_id("c"), "since": since, "until": until}]
    )

    assert loose(member) == ([(0, "cross.date-order", "/memberOf/1/until")] if is_wrong else [])


@pytest.mark.parametrize(
    ("counts", "wrong"),
    [
        ({"total": 5, "companies": 5, "smes": 5, "research": 5, "public": 5}, []),
        ({"smes": 5}, []),
        ({"companies": 2, "smes": 3}, ["smes"]),
        ({"total": 2, "smes": 3}, ["smes"]),
        ({"total": 2, "companies": 3, "smes": 3}, ["companies"]),
        ({"total": 0, "companies": 0, "smes": 1, "research": 1, "public": 1}, ["smes", "research", "public"]),
    ],
)
def test_a_part_is_not_more_than_the_whole(counts: dict[str, int], wrong: list[str]) -> None:
    """PRO-79."""
    assert loose(cluster("c", memberCounts=counts)) == [
        (0, "cross.counts", f"/memberCounts/{name}") for name in wrong
    ]


# --- relations


def test_a_relation_to_itself() -> None:
    """PRO-80."""
    assert found(relation("r", PUBLISHER["id"], PUBLISHER["id"])) == [(1, "cross.self", "/to")]


def test_two_active_relations_of_one_type() -> None:
    """PRO-80: ended ones, other types and the other direction are fine."""
    start, end = an_id("a"), foreign("b")
    first = relation("r", start, end)
    others = [
        relation("s", start, end, status="ended", until="2025"),
        relation("t", start, end, relationType="jointRnd"),
        relation("u", end, start),
    ]

    assert loose(first, *others) == []
    assert loose(first, *others, relation("v", start, end)) == [(4, "cross.duplicate-relation", "")]


@pytest.mark.parametrize("kind", INVERSE)
def test_both_sides_say_the_same_of_a_soft_landing(kind: str) -> None:
    """PRO-80: where each side is both, each finds its answer."""
    one, other = an_id("a"), an_id("b")
    both = [relation("r", one, other, relationType=kind), relation("s", other, one, relationType=kind)]
    answer = relation("t", other, one, relationType=INVERSE[kind])

    assert loose(*both) == [(1, "cross.inverse", "/relationType")]
    assert loose(both[0], answer) == []
    assert loose(*both, answer) == []
    assert loose(both[0], {**both[1], "status": "ended", "until": "2025"}) == []


# --- unnamed owners


ACME = company(
    "acme",
    name={"en": "Acme Biotech", "zh-Hans": "苏州新生 药业"},
    legalName={"it": "Acme Biotecnologie S.p.A."},
    otherNames=[{"kind": "brand", "name": {"und": "Vision"}}, {"kind": "short", "name": {"und": "AB"}}],
    website="https://www.acme-bio.example/en",
    contacts=[{"role": "general", "email": "info@mail.acme.example"}],
    identifiers=[LEI],
)


@pytest.mark.parametrize(
    "text",
    [
        "ACME biotech, our member, sells.",
        "By Acme\n Biotech.",
        "Acme Biotecnologie S.p.A. sells.",
        "It is known for Vision, its brand.",
        "本公司苏州新生药业有限公司寻求伙伴。",
        "苏州 新生药业",
        "See https://shop.acme-bio.example/x for more",
        "Ask at mail.acme.example",
        "LEI: 529900t8bm49aursdo55.",
    ],
)
def test_a_text_that_tells_who_wanted_to_stay_unnamed(text: str) -> None:
    """PRO-81."""
    unnamed = opportunity("o", an_id("p"), text)

    assert loose(unnamed, ACME) == [(0, "cross.anonymous", "/summary/en")]
    assert loose({**unnamed, "by": ACME["id"]}, ACME) == []
    role = opportunity("o", an_id("p"), partnerSought={"role": {"en": text}})
    assert loose(ACME, role) == [(1, "cross.anonymous", "/partnerSought/role/en")]


@pytest.mark.parametrize(
    "text",
    [
        "Our vision: AB testing for all.",
        "Not by acmebiotech, and not by Acme alone.",
        "苏州新生物",
        "acme-bio.example.org is another host, biomed.example the cluster's.",
        "The Polo Biotech of the cluster",
    ],
)
def test_a_text_that_gives_nobody_away(text: str) -> None:
    """PRO-81: short names, common words, and names that the cluster has as well."""
    polo = company("polo", name={"en": "Polo Biotech"}, website="https://biomed.example/members/polo")
    park = cluster("p", name={"en": "Polo Biotech"}, website="https://www.biomed.example/")

    assert loose(opportunity("o", park["id"], text), ACME, polo, park) == []


# --- the head


@pytest.mark.parametrize(
    ("published", "code"),
    [
        ("2026-11-25T00:00:00Z", None),
        ("2026-11-25T08:00:01+08:00", "code.future-date"),
        ("2026-02-30T00:00:00Z", "code.date"),
        ("9999-12-31T23:59:59-14:00", "code.future-date"),
    ],
)
def test_when_a_package_was_put_together(published: str, code: str | None) -> None:
    """PRO-82."""
    expected = [(None, code, "/published")] if code else []

    assert found(head={**HEAD, "published": published}) == expected


def test_a_record_is_not_newer_than_its_package() -> None:
    """PRO-82: as long as the day had not begun anywhere."""
    late = company("late", updated="2026-11-24")

    assert found(late) == [(1, "code.date-order", "/updated")]
    assert found(late, head={**HEAD, "published": "2026-11-23T10:00:00Z"}) == []
    year_one = found(late, head={**HEAD, "published": "0001-01-01T00:00:00+14:00"})
    assert year_one == [(0, "code.date-order", "/updated"), (1, "code.date-order", "/updated")]


def test_extensions_are_declared_once() -> None:
    """PRO-83."""
    one, other = ({"prefix": "lab", "schema": f"https://schemas.example/{name}"} for name in ("a", "b"))
    acme = company("acme", ext={"lab": {"schema": one["schema"]}})

    assert found(acme) == [(1, "code.extension", "/ext/lab")]
    assert found(acme, head={**HEAD, "extensions": [one]}) == []
    assert found(acme, head={**HEAD, "extensions": [other]}) == [(1, "code.extension", "/ext/lab")]
    assert found(acme, head={**HEAD, "extensions": [one, other]}) == [
        (None, "code.extension", "/extensions/1/prefix")
    ]
    assert loose(acme) == []


def test_words_of_the_standard_are_no_prefixes() -> None:
    """PRO-83: also without a head."""
    core = {"prefix": "entrepot", "schema": "https://schemas.example/a"}
    acme = company("acme", ext={"entrepot": {"schema": core["schema"]}})

    assert loose(acme) == [(0, "code.extension", "/ext/entrepot")]
    assert found(head={**HEAD, "extensions": [core]}) == [(None, "code.extension", "/extensions/0/prefix")]


@pytest.mark.parametrize(
    ("license", "severity"), [("CC-BY-NC-4.0", "error"), ("x-own", "warning"), ("CC-BY-4.0", None)]
)
def test_the_licence_of_a_package(license: str, severity: str | None) -> None:
    """PRO-56."""
    placed = package_findings({**HEAD, "license": license}, [PUBLISHER], now=NOW)

    assert [(index, one.code, one.severity) for index, one in placed] == (
        [(None, "code.license", severity)] if severity else []
    )


def test_a_head_that_does_not_fit_its_schema_is_not_relied_on() -> None:
    assert found(relation("r", an_id("none"), foreign("c")), head={**HEAD, "publisher": 7}) == []


# --- hostile files


@pytest.mark.parametrize("kind", ["names", "letters", "circle", "same identifier", "not profiles"])
def test_many_records_are_judged_in_one_go(kind: str) -> None:
    """PRO-84: what would cost their square never ends here."""
    count = 3_000
    names = [f"{number:05}".translate(str.maketrans("0123456789", "abcdefghij")) for number in range(count)]
    many: list[Any] = {
        "names": lambda: [
            *(company(name, name={"en": f"Acme Acme Acme {name}"}) for name in names),
            *(opportunity(f"o{name}", an_id("p"), "Acme " * 300) for name in names[:100]),
        ],
        "letters": lambda: [
            *(company(name, name={"zh": "生" * (number % 400 + 3)}) for number, name in enumerate(names)),
            *(opportunity(f"o{name}", an_id("p"), "生生人" * 600) for name in names[:10]),
        ],
        "circle": lambda: [cluster(name, partOf=an_id(names[place - 1])) for place, name in enumerate(names)],
        "same identifier": lambda: [company(name, identifiers=[LEI]) for name in names],
        "not profiles": lambda: [None, 7, [], {"id": 7}, {"id": an_id("a"), "type": []}] * count,
    }[kind]()

    placed = package_findings(None, many, now=NOW)

    assert {one.code for _, one in placed} == {
        "names": set(),
        "letters": set(),
        "circle": {"cross.part-of"},
        "same identifier": {"cross.duplicate-identifier"},
        "not profiles": {"cross.duplicate-id"},
    }[kind]
