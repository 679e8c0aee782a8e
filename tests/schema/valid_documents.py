"""Valid documents of any schema with an object at its top, made from a seed by reading the schema.

    document("company", seed=7)

Every field comes up, optional ones in changing company, lists and texts also at their limits, text in scripts of
several planes. A new field of a schema comes up by itself; only its form may want a line in `valid_strings.py`.
"""

from __future__ import annotations

import copy
import json
from dataclasses import dataclass
from random import Random
from typing import Any

from jsonschema import Draft202012Validator

from entrepot_schema import catalog

from .valid_strings import string

_FILLED = (
    0.03  # how often a list or map is filled up, once in a document: a full list of full maps says no more
)
_LARGEST = 1000  # a package may hold a million records; that many are never written
_NESTING = 3


def document(name: str, seed: int, *, fullness: float | None = None, may_fill: bool = True) -> dict[str, Any]:
    """Write one document. `fullness` is the share of optional members, by default another with each seed."""
    rng = Random(f"{name} {seed}")
    share = rng.choice((0.0, 0.2, 0.5, 0.8, 1.0)) if fullness is None else fullness
    schema = catalog.bundled(name)
    written = Writer(schema["$defs"], rng, share, may_fill).value(schema, name)
    assert isinstance(written, dict)
    return written


@dataclass(slots=True)
class Writer:
    """Writes values that fit a schema, `definitions` being what its references mean."""

    definitions: dict[str, Any]
    rng: Random
    fullness: float
    may_fill: bool = True

    def resolve(self, schema: dict[str, Any]) -> dict[str, Any]:
        """Follow references to what they mean."""
        while "$ref" in schema:
            schema = self.definitions[schema["$ref"].removeprefix("#/$defs/")]
        return schema

    def value(self, schema: dict[str, Any], name: str) -> Any:
        """Write a value; `name` says which form a string should have, when several share a pattern."""
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/$defs/")
            return self.value(self.definitions[name], name)
        if "const" in schema:
            return copy.deepcopy(schema["const"])
        if "enum" in schema:
            return self.rng.choice(schema["enum"])
        match schema["type"]:
            case "string":
                return string(schema, name, self.rng)
            case "integer":
                low, high = schema["minimum"], schema["maximum"]
                return self.rng.choice((low, low + 1, high, self.rng.randint(low, high)))
            case "boolean":
                return self.rng.random() < 0.5
            case "array":
                return self.items(schema, name)
            case _ if "propertyNames" in schema:
                return self.map(schema, name)
            case _:
                return self.members(schema, name)

    def members(self, schema: dict[str, Any], name: str) -> dict[str, Any]:
        """Write an object with fields."""
        fields = schema["properties"]
        chosen = [field for field in fields if self.rng.random() < self.fullness]
        if schema.get("minProperties") and not chosen:
            chosen.append(self.rng.choice(list(fields)))
        needed = [*schema.get("required", ()), *chosen]
        written = {field: self.value(fields[field], f"{name}/{field}") for field in dict.fromkeys(needed)}
        for field in self.demanded(schema, written):
            if field not in written:
                written[field] = self.value(fields[field], f"{name}/{field}")
        if schema.get("additionalProperties") is not False:
            written |= {f"k{place}": self.anything(_NESTING) for place in range(self.rng.randint(0, 3))}
        shuffled = list(written.items())
        self.rng.shuffle(shuffled)
        return dict(shuffled)

    def demanded(self, schema: dict[str, Any], written: dict[str, Any]) -> list[str]:
        """List the members that what is there makes necessary."""
        found = [
            other
            for field, others in schema.get("dependentRequired", {}).items()
            if field in written
            for other in others
        ]
        if "anyOf" in schema:
            found += self.rng.choice(schema["anyOf"])["required"]
        if "if" in schema:
            holds = Draft202012Validator(schema["if"]).is_valid(written)
            found += schema.get("then" if holds else "else", {}).get("required", [])
        return found

    def map(self, schema: dict[str, Any], name: str) -> dict[str, Any]:
        """Write an object whose names are free within a form."""
        size = self.size(schema["minProperties"], schema["maxProperties"])
        written: dict[str, Any] = {}
        while len(written) < size:
            key = self.value(schema["propertyNames"], f"{name}/name")
            written[key] = self.value(schema["additionalProperties"], f"{name}/value")
        return written

    def items(self, schema: dict[str, Any], name: str) -> list[Any]:
        """Write a list without an item that stands twice."""
        wanted = schema.get("contains", {}).get("const")
        found = {json.dumps(wanted): wanted} if wanted else {}
        size = self.size(schema.get("minItems", 0), schema["maxItems"])
        for _ in range(4 * size):
            if len(found) == size:
                break
            item = self.value(schema["items"], name)
            found.setdefault(json.dumps(item, sort_keys=True), item)
        return list(found.values())

    def size(self, least: int, most: int) -> int:
        """Choose a size, sometimes the largest."""
        if self.may_fill and most <= _LARGEST and self.rng.random() < _FILLED:
            self.may_fill = False
            return most
        return self.rng.randint(max(least, 1) if self.fullness else least, min(most, 3))

    def anything(self, depth: int) -> Any:
        """Write any JSON value of layer J, for what no schema looks into."""
        plain = (None, True, False, 0, 1, -1, 2**53 - 1, "", "1", "true", "園", [], {}, [1, True], [{}, []])
        if depth == 0 or self.rng.random() < 0.5:
            return copy.deepcopy(self.rng.choice(plain))
        if self.rng.random() < 0.5:
            return [self.anything(depth - 1) for _ in range(self.rng.randint(0, 3))]
        return {f"m{place}": self.anything(depth - 1) for place in range(self.rng.randint(0, 3))}
