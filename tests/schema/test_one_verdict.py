"""One verdict: `jsonschema`, jsonschema-rs and pydantic agree on every document that passes layer J.

`jsonschema` reads the schemas with their references, jsonschema-rs the bundles, pydantic the models. The documents are
made from the schemas, valid ones and mutants with one change each, at every place of every type.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.errors import Refused
from entrepot_schema.models import parse_package_head, parse_profile
from entrepot_schema.strict_json import read_json

from .mutants import Mutant, mutants, sample
from .valid_documents import Writer, document

PROFILES = (*catalog.TYPES, "node")
CREDENTIALS = tuple(f"{name}-credential" for name in PROFILES)
MUTANTS = 2_000
OF_CREDENTIALS = 600
LONG_SEEDS = range(100, 103)
MANY = 1_000_000  # bytes: a mutant with a full list may be larger than a record
Verdict = Callable[[dict[str, Any]], bool]


@cache
def reference(name: str) -> Verdict:
    """The schema as published, judged by the reference implementation."""
    registry: Registry[Any] = Registry().with_resources(
        (catalog.schema_id(each), Resource.from_contents(catalog.schema(each)))
        for each in catalog.schema_names()
    )
    return Draft202012Validator(catalog.schema(name), registry=registry).is_valid


def by_model(document: dict[str, Any]) -> bool:
    """The models; a valid document also has to come back as it was. Any other error than a refusal fails the test."""
    try:
        profile = parse_profile(document)
    except Refused:
        return False
    assert canonical_bytes(profile.to_document()) == canonical_bytes(document)
    return True


def by_head(document: dict[str, Any]) -> bool:
    """The same for packages, whose records are no part of the model."""
    try:
        head = parse_package_head(document)
    except Refused:
        return False
    assert canonical_bytes(head.to_document() | {"records": document["records"]}) == canonical_bytes(document)
    return True


def judges(name: str) -> list[Verdict]:
    found = [reference(name), catalog.validator(name).is_valid]
    if name in PROFILES:
        return [*found, by_model]
    return [*found, by_head] if name == "package" else found


def judge_all(name: str, documents: list[Mutant]) -> Counter[bool]:
    """Require one verdict on each; count the valid and the invalid."""
    verdicts: Counter[bool] = Counter()
    split = []
    for mutant in documents:
        assert read_json(json.dumps(mutant.document).encode(), max_bytes=MANY) == mutant.document, "layer J"
        given = [judge(mutant.document) for judge in judges(name)]
        verdicts[given[0]] += 1
        if len(set(given)) > 1:
            split.append((mutant.where, mutant.change, given))
    assert split == []
    print(f"{name}: {verdicts.total()} mutants, {verdicts[True]} valid")
    return verdicts


def without_records(found: list[Mutant]) -> list[Mutant]:
    """Leave out what changes the records of a package; in the others they are empty."""
    kept = [
        mutant for mutant in found if not mutant.spot.startswith("/records") and "records" in mutant.document
    ]
    return [
        Mutant(mutant.where, mutant.spot, mutant.change, mutant.document | {"records": []}) for mutant in kept
    ]


def spots(writer: Writer, schema: dict[str, Any], spot: str = "") -> Iterator[str]:
    """Every place that a schema names."""
    schema = writer.resolve(schema)
    yield spot
    for name, field in schema.get("properties", {}).items():
        yield from spots(writer, field, f"{spot}/{name}")
    if isinstance(schema.get("additionalProperties"), dict):
        yield from spots(writer, schema["additionalProperties"], f"{spot}/*")
    if "items" in schema:
        yield from spots(writer, schema["items"], f"{spot}/-")


def all_spots(name: str) -> set[str]:
    schema = catalog.bundled(name)
    return set(spots(Writer(schema["$defs"], Random(0), 1.0), schema))


# The documents.


@pytest.mark.parametrize("name", [*PROFILES, "package", *CREDENTIALS])
def test_all_find_written_documents_valid(name: str) -> None:
    """PRO-02, PRO-04, PRO-05."""
    for seed in range(40):
        written = document(name, seed)
        if name == "package":
            written["records"] = []
        assert [judge(written) for judge in judges(name)] == [True] * len(judges(name)), seed


# The verdicts.


@pytest.mark.parametrize("name", PROFILES)
def test_one_verdict_on_mutants_of_profiles(name: str) -> None:
    """PRO-02 to PRO-13: three readers of one standard."""
    found = sample(name, MUTANTS)

    verdicts = judge_all(name, found)

    assert all_spots(name) <= {mutant.spot for mutant in found}
    assert verdicts.total() == MUTANTS
    assert verdicts[True] > MUTANTS / 20
    assert verdicts[False] > MUTANTS / 2


def test_one_verdict_on_mutants_of_the_head_of_a_package() -> None:
    """PRO-02, PRO-05, PRO-08."""
    verdicts = judge_all("package", without_records(sample("package", 2 * MUTANTS)))

    assert verdicts[True] > 100
    assert verdicts[False] > 1_000


@pytest.mark.parametrize("name", CREDENTIALS)
def test_one_verdict_on_mutants_of_credentials(name: str) -> None:
    """PRO-02, PRO-04, SIG-28: two validators, and a bundle means what its source means."""
    found = sample(name, OF_CREDENTIALS)

    verdicts = judge_all(name, found)

    assert all_spots(name) <= {mutant.spot for mutant in found}
    assert verdicts.total() == OF_CREDENTIALS
    assert verdicts[True] > OF_CREDENTIALS / 50
    assert verdicts[False] > OF_CREDENTIALS / 2


@pytest.mark.long
@pytest.mark.parametrize("name", [*PROFILES, "package", *CREDENTIALS])
def test_one_verdict_on_every_mutant_of_many_documents(name: str) -> None:
    """PRO-02 to PRO-13."""
    total: Counter[bool] = Counter()
    for seed in LONG_SEEDS:
        original = document(name, seed, may_fill=False)
        found = list(mutants(name, original, seed=seed))
        total += judge_all(name, without_records(found) if name == "package" else found)

    assert min(total.values()) > 100


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text("abkz-", max_size=4), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.sampled_from(PROFILES), st.integers(0, 30), st.data())
@settings(deadline=None)  # the reference reads its references anew each time
def test_anything_in_any_field_gets_one_verdict(name: str, seed: int, data: st.DataObject) -> None:
    """PRO-05."""
    written = document(name, seed, may_fill=False)
    fields = sorted(set(catalog.schema(name)["properties"]) - {"type"})
    written |= data.draw(st.dictionaries(st.sampled_from(fields), JSON, max_size=2))

    assert by_model(written) == catalog.validator(name).is_valid(written) == reference(name)(written)
