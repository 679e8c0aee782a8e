"""Differences: what people are told of a change, and that the changes are all of it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.difference import Change, differences

scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.text("aé~/", max_size=3)
names = st.sampled_from(["a", "scheme", "id", "role", "x/y", "x~y", ""])
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(names, inner, max_size=4),
    max_leaves=25,
)
identifier = st.fixed_dictionaries({"scheme": st.sampled_from("ABCD"), "id": st.sampled_from("123")})
profiles = st.fixed_dictionaries(
    {
        "identifiers": st.lists(identifier, max_size=6),
        "sectors": st.lists(st.sampled_from("abcd"), max_size=6),
    }
)


def patched(document: Any, changes: list[Change]) -> Any:
    """An RFC 6902 reader of its own: each change is applied to what the ones before it left."""
    document = copy.deepcopy(document)
    for change in changes:
        if not change.pointer:
            document = copy.deepcopy(change.after)
            continue
        *steps, last = [part.replace("~1", "/").replace("~0", "~") for part in change.pointer.split("/")[1:]]
        place = document
        for step in steps:
            place = place[int(step)] if isinstance(place, list) else place[step]
        key: Any = int(last) if isinstance(place, list) else last
        if change.op != "add":
            assert canonical_bytes(place[key]) == canonical_bytes(change.before)
        if change.op == "add" and isinstance(place, list):
            place.insert(key, copy.deepcopy(change.after))
        elif change.op == "remove":
            del place[key]
        else:
            assert (last in place) == (change.op == "replace") or isinstance(place, list)
            place[key] = copy.deepcopy(change.after)
    return document


@given(values, values)
def test_the_changes_make_the_second_of_the_first(before: Any, after: Any) -> None:
    changes = differences(before, after)

    assert canonical_bytes(patched(before, changes)) == canonical_bytes(after)
    assert (changes == []) == (canonical_bytes(before) == canonical_bytes(after))


@given(profiles, profiles)
def test_lists_with_identities_are_made_whole_again_in_any_order(before: Any, after: Any) -> None:
    assert patched(before, differences(before, after)) == after


@given(values, values)
def test_neither_value_is_changed_and_the_answer_is_the_same_again(before: Any, after: Any) -> None:
    copies = copy.deepcopy((before, after))

    assert differences(before, after) == differences(before, after)
    assert (before, after) == copies


@pytest.mark.parametrize(
    ("before", "after", "changes"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": True}, [Change("/a", "replace", 1, True)]),
        ({"n": {"en": "A"}}, {"n": {"en": "B"}}, [Change("/n/en", "replace", "A", "B")]),
        ({"x/y": 1}, {"z~": 2}, [Change("/x~1y", "remove", before=1), Change("/z~0", "add", after=2)]),
        ({"s": ["a", "b"]}, {"s": ["a", "c"]}, [Change("/s/1", "remove", "b"), Change("/s/1", "add", None, "c")]),
        ({"s": ["a", "b"]}, {"s": ["z", "a", "b"]}, [Change("/s/0", "add", after="z")]),
        ({"s": ["a", "a"]}, {"s": ["a"]}, [Change("/s/1", "remove", "a")]),
        ([], {}, [Change("", "replace", [], {})]),
    ],
)  # fmt: skip
def test_a_change_is_named_where_it_is(before: Any, after: Any, changes: list[Change]) -> None:
    assert differences(before, after) == changes


def test_an_item_with_an_identity_is_changed_in_place_wherever_it_stands() -> None:
    lei, vat = {"scheme": "LEI", "id": "1"}, {"scheme": "EU-VAT", "id": "2"}

    assert differences([lei, vat], [{"scheme": "ISIN", "id": "3"}, lei, {**vat, "id": "9"}]) == [
        Change("/0", "add", after={"scheme": "ISIN", "id": "3"}),
        Change("/2/id", "replace", "2", "9"),
    ]


def test_two_numbers_of_one_scheme_are_told_apart_by_number() -> None:
    first, second = {"scheme": "EU-VAT", "id": "1"}, {"scheme": "EU-VAT", "id": "2"}

    assert differences([first, second], [second]) == [Change("/0", "remove", first)]


def test_an_item_that_moved_was_taken_out_and_put_in_again() -> None:
    changes = differences(["a", "b", "c"], ["c", "a", "b"])

    assert changes == [Change("/2", "remove", "c"), Change("/0", "add", after="c")]


def test_an_item_without_identity_is_changed_in_place_if_something_in_it_stayed() -> None:
    before = [{"country": "CN", "locality": {"en": "Wuxi"}}, {"country": "CN", "postalCode": "1"}]
    after = [{"country": "CN", "locality": {"en": "Wuxi"}}, {"country": "CN", "postalCode": "2"}]

    assert differences(before, after) == [Change("/1/postalCode", "replace", "1", "2")]
    assert differences([{"a": 1}], [{"b": 2}]) == [
        Change("/0", "remove", {"a": 1}),
        Change("/0", "add", None, {"b": 2}),
    ]


def test_the_cost_of_long_lists_turned_round_is_not_their_square() -> None:
    """Hostile lists: a comparison of all with all would be 10^10 steps and never come back."""
    before = [f"{number}" for number in range(100_000)]

    assert len(differences(before, before[::-1])) == 2 * 99_999
    assert len(differences(["a"] * 100_000, ["b", *["a"] * 99_999])) == 2
