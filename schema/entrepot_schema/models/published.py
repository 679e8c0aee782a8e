"""Forms and lengths taken from the published schemas, so that no pattern and no limit stands in two places.

    Url = Annotated[str, Published("common.json#/$defs/url")]

The reference is the one a schema itself would write. Patterns are searched by Python's `re`: the engine that pydantic
uses by itself has no look-ahead, and `re` gives the verdict of ECMA-262 on every pattern that PRO-03 allows.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler
from pydantic_core import CoreSchema, core_schema

from entrepot_schema import catalog
from entrepot_schema.models.frozen import FrozenMap, freeze, thaw


@dataclass(frozen=True, slots=True)
class Published:
    """Annotation of a string, integer, list or map: judged as the schema does where `reference` points."""

    reference: str

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        place = _Place.at(self.reference)
        if place.schema["type"] == "array":
            return _list(place, handler(source))
        return _value(place)


@dataclass(frozen=True, slots=True)
class _Place:
    """A schema somewhere inside of a schema file."""

    file: str
    schema: dict[str, Any]

    @classmethod
    def at(cls, reference: str) -> _Place:
        file, _, pointer = reference.partition("#")
        schema = catalog.schema(file.removesuffix(".json"))
        for step in pointer.split("/")[1:]:
            schema = schema[step]
        return cls(file, schema)

    def inside(self, schema: dict[str, Any]) -> _Place:
        """Step to a schema written within this one, and on through its reference."""
        if "$ref" not in schema:
            return _Place(self.file, schema)
        file, _, pointer = schema["$ref"].partition("#")
        return _Place.at(f"{file or self.file}#{pointer}")


def _value(place: _Place) -> CoreSchema:
    match place.schema["type"]:
        case "string":
            return _string(place)
        case "integer":
            limits = place.schema
            return core_schema.int_schema(strict=True, ge=limits["minimum"], le=limits["maximum"])
        case "object" if "propertyNames" in place.schema:
            return _map(place)
        case "object":
            return _open_object(place)
        case other:
            raise NotImplementedError(f"no limits are read from a schema of type {other}")


def _string(place: _Place) -> CoreSchema:
    """Length in code points, then the pattern."""
    search = re.compile(place.schema["pattern"]).search

    def require_form(text: str) -> str:
        if search(text) is None:
            raise ValueError("the text does not have the form this field asks for")
        return text

    limits = place.schema
    length = core_schema.str_schema(
        strict=True, min_length=limits.get("minLength"), max_length=limits["maxLength"]
    )
    return core_schema.no_info_after_validator_function(require_form, length)


def _list(place: _Place, items: CoreSchema) -> CoreSchema:
    """A tuple, made from a JSON array. Its items are frozen and hashable, and equal when their JSON is."""
    limits = place.schema
    if items["type"] != "tuple" or limits.get("uniqueItems") is not True:
        raise NotImplementedError("lists are annotated as tuples, and their items are unique")
    # Of what JSON can bring only a list becomes a tuple; the items stay strict.
    items = {
        **items,
        "strict": False,
        "max_length": limits["maxItems"],
        "min_length": limits.get("minItems", 0),
    }
    return core_schema.no_info_after_validator_function(_require_unique, items)


def _require_unique(items: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(items)) < len(items):
        raise ValueError("an entry stands twice in the list")
    return items


def _map(place: _Place) -> CoreSchema:
    limits = place.schema
    members = core_schema.dict_schema(
        _value(place.inside(limits["propertyNames"])),
        _value(place.inside(limits["additionalProperties"])),
        strict=True,
        min_length=limits["minProperties"],
        max_length=limits["maxProperties"],
    )
    thawed = core_schema.plain_serializer_function_ser_schema(thaw)
    return core_schema.no_info_after_validator_function(FrozenMap, members, serialization=thawed)


def _open_object(place: _Place) -> CoreSchema:
    """An object that may hold more than the schema names; it becomes a `FrozenMap` at every depth."""
    limits = place.schema
    fields = {
        name: core_schema.typed_dict_field(_value(place.inside(field)), required=name in limits["required"])
        for name, field in limits["properties"].items()
    }

    def freeze_within_limit(members: dict[str, Any]) -> Any:
        if len(members) > limits["maxProperties"]:
            raise ValueError("the object has too many members")
        return freeze(members)

    members = core_schema.typed_dict_schema(fields, strict=True, extra_behavior="allow")
    return core_schema.no_info_after_validator_function(freeze_within_limit, members)
