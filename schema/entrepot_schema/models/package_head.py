"""The head of a package: all it says beside its records, the first line of the JSON Lines form."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from entrepot_schema.models.block import Block, Maybe
from entrepot_schema.models.published import Published
from entrepot_schema.models.values import HttpsUrl, License, Note, RecordId, TimeWithOffset


class DeclaredExtension(Block):
    """An extension that records of the package use. `schema_uri` is the member `schema`."""

    prefix: Annotated[str, Published("common.json#/$defs/extensionPrefix")]
    schema_uri: HttpsUrl = Field(alias="schema")


class PackageHead(Block):
    """A package without its `records`, which are profiles to be judged one by one."""

    spec_version: Literal["1.0"]
    id: HttpsUrl
    publisher: RecordId
    published: TimeWithOffset
    license: License
    attribution: Maybe[Note] = None
    extensions: Maybe[
        Annotated[tuple[DeclaredExtension, ...], Published("package.json#/properties/extensions")]
    ] = None
