"""The bundled schemas mean to `ajv` what they mean to us (PRO-02 to PRO-04), on thousands of documents.

ajv makes JavaScript of a schema and leaves patterns to the engine whose language they are written in, ECMA-262.
"""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from entrepot_schema import catalog

from ..schema.mutants import sample  # noqa: TID252 - pytest puts no folder of tests on the path
from ..schema.valid_documents import document  # noqa: TID252 - the same
from .conftest import Figures, RunScript

MUTANTS = 500
WRITTEN = 50
PROFILES = (*catalog.TYPES, "node")
NAMES = (*PROFILES, "package", *(f"{name}-credential" for name in PROFILES))


@pytest.fixture(scope="module")
def documents() -> dict[str, list[dict[str, Any]]]:
    """Valid documents and mutants of each schema."""
    return {
        name: [document(name, seed) for seed in range(WRITTEN)]
        + [mutant.document for mutant in sample(name, MUTANTS)]
        for name in NAMES
    }


@pytest.fixture(scope="module")
def verdicts(run_script: RunScript, documents: dict[str, list[dict[str, Any]]]) -> dict[str, list[bool]]:
    """What ajv says of them, in one process."""
    answer: dict[str, list[bool]] = run_script(
        "validate.mjs",
        {
            name: {"schema": catalog.bundled(name), "documents": [json.dumps(each) for each in found]}
            for name, found in documents.items()
        },
    )
    return answer


@pytest.mark.parametrize("name", NAMES)
def test_ajv_gives_the_same_verdicts(
    documents: dict[str, list[dict[str, Any]]],
    verdicts: dict[str, list[bool]],
    figures: Figures,
    name: str,
) -> None:
    ours = [catalog.validator(name).is_valid(each) for each in documents[name]]

    split = [
        each for each, our, their in zip(documents[name], ours, verdicts[name], strict=True) if our != their
    ]

    assert split == []
    counted = Counter(ours)
    assert counted[True] > WRITTEN
    assert counted[False] > MUTANTS / 3
    figures.add("document found valid by ajv and by us", counted[True])
    figures.add("document found invalid by ajv and by us", counted[False])
