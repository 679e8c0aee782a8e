"""How two statements about one relation stand to one another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema import catalog
from entrepot_schema.relation_state import RelationState, relation_state

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
A, B, C = (f"https://{name}.example/id/{'a' * 26}" for name in ("biomed", "suzhou", "third"))
Relation = dict[str, Any]


def statement(start: str, end: str, number: str = "b", **more: Any) -> Relation:
    origin = start.split("/")[2]
    basis = {"id": f"https://{origin}/id/{number * 26}", "type": "relation", "from": start, "to": end}
    basis |= {"relationType": "twinning", "commitment": "contract", "status": "active", "since": "2024"}
    return {**basis, "updated": "2026-11-20", **more}


def ours(**more: Any) -> Relation:
    return statement(A, B, **more)


def theirs(number: str = "b", **more: Any) -> Relation:
    return statement(B, A, number, **more)


def state(relation: Relation, *candidates: Relation) -> RelationState:
    return relation_state(relation, candidates, now=NOW)


def test_the_examples_are_valid() -> None:
    assert all(catalog.profile_validator("relation").is_valid(one) for one in (ours(), theirs()))


def test_no_answer_is_one_sided() -> None:
    """PRO-89, PRO-90."""
    assert state(ours()) == RelationState("one-sided", "contract")


@pytest.mark.parametrize(
    "other",
    [
        ours(),
        statement(B, C),
        statement(C, A),
        theirs(relationType="jointRnd"),
        theirs() | {"id": f"https://third.example/id/{'b' * 26}"},
    ],
)
def test_what_is_no_answer(other: Relation) -> None:
    """PRO-86: another direction, cluster, type, or a record under another origin."""
    assert state(ours(), other).state == "one-sided"


def test_a_relation_of_a_cluster_to_itself_has_no_answer() -> None:
    """PRO-86."""
    assert state(statement(A, A), statement(A, A, "c")).state == "one-sided"


def test_both_active_is_confirmed_with_the_weaker_commitment() -> None:
    """PRO-89, PRO-90, PRO-91."""
    assert state(ours(), theirs()) == RelationState("confirmed", "contract", theirs()["id"])
    found = state(ours(), theirs(commitment="memorandum"))
    assert (found.state, found.commitment, found.differences) == ("confirmed", "memorandum", ("commitment",))
    assert state(ours(commitment="letterOfIntent"), theirs()).commitment == "letterOfIntent"


def test_host_and_guest_answer_one_another() -> None:
    """PRO-87."""
    host, guest = ({"relationType": f"softLanding{side}"} for side in ("Host", "Guest"))

    assert state(ours(**host), theirs(**guest)).state == "confirmed"
    assert state(ours(**guest), theirs(**host)).state == "confirmed"
    assert state(ours(**host), theirs(**host)).state == "one-sided"


@pytest.mark.parametrize(
    ("one", "other", "expected", "by"),
    [
        ("active", "ended", "ended", (B,)),
        ("ended", "active", "ended", (A,)),
        ("ended", "ended", "ended", (A, B)),
        ("ended", "suspended", "ended", (A,)),
        ("suspended", "active", "suspended", (A,)),
        ("proposed", "suspended", "suspended", (B,)),
        ("proposed", "active", "proposed", (A,)),
        ("proposed", "proposed", "proposed", (A, B)),
    ],
)
def test_the_weightier_status_decides_and_its_side_is_named(
    one: str, other: str, expected: str, by: tuple[str, ...]
) -> None:
    """PRO-89."""
    found = state(ours(status=one), theirs(status=other))

    assert (found.state, found.by) == (expected, by)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        ("2026-11-24", "confirmed"),
        ("2026-11-23", "ended"),
        ("2026-11", "confirmed"),
        ("2026-10", "ended"),
        ("2026", "confirmed"),
    ],
)
def test_a_side_whose_last_day_has_passed_has_ended(until: str, expected: str) -> None:
    """PRO-89, PRO-93: whatever its status says."""
    found = state(ours(until=until), theirs())

    assert (found.state, found.by) == (expected, (A,) if expected == "ended" else ())


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ({"since": "2020", "until": "2023"}, {"since": "2024"}, "contradictory"),
        ({"since": "2020", "until": "2024"}, {"since": "2024-05"}, "ended"),
        ({"since": "2024-05"}, {"since": "2019", "until": "2024-04", "status": "ended"}, "contradictory"),
        ({"since": "2027"}, {"since": "2020", "until": "2026-12"}, "contradictory"),
    ],
)
def test_periods_that_exclude_each_other(one: Relation, other: Relation, expected: str) -> None:
    """PRO-89, PRO-93."""
    found = state(ours(**one), theirs(**other))

    assert found.state == expected
    assert found.by == ((A,) if expected == "ended" else ())


@pytest.mark.parametrize(
    ("one", "other", "differences"),
    [
        ({"since": "2024"}, {"since": "2024-05-17"}, ()),
        ({"since": "2024-04"}, {"since": "2024-05"}, ("since",)),
        ({"until": "2030"}, {}, ("until",)),
        ({"until": "2030"}, {"until": "2030-01"}, ()),
        ({"sectors": ["ai"]}, {}, ()),
        ({"sectors": ["ai", "ict"]}, {"sectors": ["ict", "ai"]}, ()),
        (
            {"sectors": ["ai"]},
            {"sectors": ["ict"], "until": "2030", "commitment": "contact"},
            ("commitment", "sectors", "until"),
        ),
    ],
)
def test_differences_are_listed(one: Relation, other: Relation, differences: tuple[str, ...]) -> None:
    """PRO-91, PRO-93."""
    found = state(ours(**one), theirs(**other))

    assert (found.state, found.differences) == ("confirmed", differences)


@pytest.mark.parametrize(
    ("one", "other", "stale"),
    [
        ("2025-11-24", "2020-01-01", False),
        ("2025-11-22", "2020-01-01", True),
        ("2020-01-01", "2026-01-01", False),
    ],
)
def test_stale_is_what_nobody_has_confirmed_for_a_year(one: str, other: str, stale: bool) -> None:
    """PRO-92."""
    assert state(ours(updated=one), theirs(updated=other)).is_stale is stale
    assert state(ours(updated=one)).is_stale is (one < "2025-11-23")


def test_which_of_several_answers_counts() -> None:
    """PRO-88: the period first, then what is in force, then the newest, then the id."""
    past = theirs("c", since="2010", until="2012", status="active", updated="2026-11-24")
    ended = theirs("d", status="ended", until="2026", updated="2026-11-24")
    older = theirs("e", updated="2026-01-01")
    newest = theirs("g", updated="2026-11-23")
    same = theirs("f", updated="2026-11-23")

    for expected, answers in [
        (same, [past, ended, older, newest, same]),
        (newest, [past, ended, older, newest]),
        (older, [past, ended, older]),
        (ended, [past, ended]),
        (past, [past]),
    ]:
        assert state(ours(), *answers).counterpart == expected["id"]
        assert state(ours(), *reversed(answers)) == state(ours(), *answers)


DATES = st.sampled_from(["2023", "2024", "2024-05", "2024-05-17", "2024-06", "2026-11-24", "2027"])
TERMS = st.fixed_dictionaries(
    {
        "status": st.sampled_from(["proposed", "active", "suspended", "ended"]),
        "commitment": st.sampled_from([code.code for code in catalog.codelist("commitment").codes]),
        "updated": st.sampled_from(["2024-01-01", "2026-11-20"]),
    },
    optional={
        "since": DATES,
        "until": DATES,
        "sectors": st.lists(st.sampled_from(["ai", "ict"]), min_size=1, unique=True),
    },
)


@given(TERMS, TERMS, st.sampled_from(["twinning", "softLandingHost"]))
def test_both_sides_come_to_the_same(one: Relation, other: Relation, kind: str) -> None:
    """PRO-93."""
    answer = "softLandingGuest" if kind == "softLandingHost" else kind
    first, second = ours(relationType=kind, **one), theirs("c", relationType=answer, **other)
    here, there = state(first, second), state(second, first)

    assert here.counterpart == second["id"]
    assert (here.state, here.commitment, here.by, here.differences, here.is_stale) == (
        (there.state, there.commitment, there.by, there.differences, there.is_stale)
    )
    assert bool(here.by) == (here.state in ("ended", "suspended", "proposed"))


@given(TERMS, st.lists(TERMS, min_size=1, max_size=5), st.randoms())
def test_the_order_of_answers_does_not_matter(one: Relation, others: list[Relation], random: Any) -> None:
    """PRO-88."""
    answers = [theirs("cdefg"[place], **other) for place, other in enumerate(others)]
    shuffled = random.sample(answers, len(answers))

    assert state(ours(**one), *answers) == state(ours(**one), *shuffled)
