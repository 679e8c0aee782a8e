"""Changed copies of valid documents: one change each, at every place, by what the schema says there.

    for mutant in sample("company", 2000): ...

Most are invalid. Some stay valid, and must: what no schema looks into, another code of the list, a member left out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice, zip_longest
from random import Random
from typing import Any

from entrepot_schema import catalog

from .changes import changes
from .valid_documents import Writer, document

_FULLNESS = (1.0, 0.0, 0.2, 0.5)
_LIMITS = re.compile("loses [a-zA-Z]|has item 0|is (too )?full|is filled up|is empty")
Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mutant:
    """A document with one change. `spot` is the place in the schema: `/locations/-/street/*`."""

    where: Path
    spot: str
    change: str
    document: dict[str, Any]


def sample(name: str, count: int, *, seed: int = 1) -> list[Mutant]:
    """Choose mutants of a full document and of three sparser ones, as evenly as they come over all spots.

    What tries a limit or a condition comes first, once in the full document and once in a sparse one, where
    nothing else fulfils the condition; the rest is chance.
    """
    limits: defaultdict[str, dict[tuple[bool, str], Mutant]] = defaultdict(dict)
    others: defaultdict[str, list[Mutant]] = defaultdict(list)
    for number, fullness in enumerate(_FULLNESS):
        original = document(name, seed + number, fullness=fullness, may_fill=False)
        for mutant in mutants(name, original, seed=seed):
            if _LIMITS.match(mutant.change):
                limits[mutant.spot].setdefault((number > 0, mutant.change), mutant)
            else:
                others[mutant.spot].append(mutant)
    rng = Random(seed)
    for found in others.values():
        rng.shuffle(found)
    each_spot = [found.pop() for found in others.values()]
    in_turn = chain(_in_turn(list(found.values()) for found in limits.values()), _in_turn(others.values()))
    return list(islice(chain(each_spot, in_turn), count))


def _in_turn(lists: Iterable[list[Mutant]]) -> Iterator[Mutant]:
    return (mutant for row in zip_longest(*lists) for mutant in row if mutant)


def mutants(name: str, original: dict[str, Any], *, seed: int) -> Iterator[Mutant]:
    """Yield every mutant of a document of that schema."""
    schema = catalog.bundled(name)
    writer = Writer(schema["$defs"], Random(f"{name} {seed}"), 0.5, may_fill=False)
    for place in places(writer, original, schema, name):
        for change, other in changes(place.value, place.schema, place.form, writer):
            changed = _with(original, place.where, other)
            if isinstance(changed, dict):
                yield Mutant(place.where, place.spot, change, changed)


@dataclass(frozen=True, slots=True)
class Place:
    """A value in a document, its schema, and the form a writer would give it."""

    where: Path
    spot: str
    value: Any
    schema: dict[str, Any]
    form: str


def places(
    writer: Writer, value: Any, schema: dict[str, Any], form: str, where: Path = (), spot: str = ""
) -> Iterator[Place]:
    """Yield every value of a document, itself first."""
    if "$ref" in schema:
        form = schema["$ref"].removeprefix("#/$defs/")
    schema = writer.resolve(schema)
    yield Place(where, spot, value, schema, form)
    if isinstance(value, dict):
        fields, others = schema.get("properties", {}), schema.get("additionalProperties", {})
        for name, member in value.items():
            step = name if name in fields else "*"
            inner = fields.get(name, others)
            yield from places(writer, member, inner, f"{form}/{name}", (*where, name), f"{spot}/{step}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            inner = schema.get("items", {})
            yield from places(writer, item, inner, form, (*where, index), f"{spot}/-")


def _with(original: Any, where: Path, value: Any) -> Any:
    """Copy the way to a place, and set it there."""
    if not where:
        return value
    step, *rest = where
    copied = original.copy()
    copied[step] = _with(original[step], tuple(rest), value)
    return copied
