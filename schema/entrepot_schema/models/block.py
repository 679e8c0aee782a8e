"""What all models have in common: closed, frozen, strict, and named in camel case outside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Self, TypeVar

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import CoreSchema

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _NeverNull:
    """Annotation of `T | None`: an absent member reads as None, but a member that is there is never null (PRO-05)."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        schema = handler(source)
        if schema["type"] != "nullable":
            raise NotImplementedError("only T | None can be absent")
        inner: CoreSchema = schema["schema"]
        return inner


Maybe = Annotated[T | None, _NeverNull()]
"""An optional member: `website: Maybe[Url] = None`."""


class Block(BaseModel):
    """An object of the standard. A member that no field names is refused (PRO-05), no value is converted."""

    # Members go by the name of the standard only: accepting `legal_name` as well would take what the schema refuses.
    model_config = ConfigDict(
        alias_generator=to_camel, extra="forbid", frozen=True, serialize_by_alias=True, strict=True
    )

    def to_document(self) -> dict[str, Any]:
        """Give the JSON value this was parsed from, as fresh dicts and lists."""
        return self.model_dump(mode="json", exclude_unset=True)


class NotEmpty(Block):
    """An object whose members are all optional, but one is there."""

    @model_validator(mode="after")
    def _require_a_member(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("the object is empty")
        return self


def require_one_of(block: Block, *fields: str) -> None:
    """Raise ValueError unless one of these fields is there."""
    if not block.model_fields_set.intersection(fields):
        raise ValueError(f"one of {', '.join(fields)} is needed")
