"""`/schemas` and `/context`: copies of the standard's files. Nobody fetches them to verify (SIG-29)."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field

from entrepot_node.problems import problem
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_schema import catalog

SCHEMA_JSON = "application/schema+json"
LD_JSON = "application/ld+json"
_NOT_BUNDLED = "common"  # what the others share; each of them has it inside
_NAMES = tuple(name for name in catalog.schema_names() if name != _NOT_BUNDLED)
_EXAMPLE = {"$id": "https://w3id.org/entrepot/schema/1.0/company.json", "type": "object"}


class SchemaItem(BaseModel):
    """One schema of the standard."""

    name: str = Field(description="Its name.", examples=["company"])
    id: str = Field(
        description="Its permanent id, by which records name it.",
        examples=["https://w3id.org/entrepot/schema/1.0/company.json"],
    )
    title: str = Field(description="What it describes.", examples=["Company"])
    path: str = Field(description="Where its copy is.", examples=["/api/v1/schemas/company.json"])


class Schemas(BaseModel):
    """All schemas; always one page."""

    items: list[SchemaItem]
    next: Annotated[str, Field(description="Always empty.", examples=[""])] = ""


def add_schemas(router: APIRouter) -> None:
    """Add the copies of schemas and context."""

    @router.get(
        "/schemas", response_model=Schemas, **operation("listSchemas", "Standard", "List the schemas")
    )
    def schemas(request: Request) -> Response:
        """The JSON Schemas of the standard, for profiles and for signed records."""
        items = [
            SchemaItem(
                name=name,
                id=catalog.schema_id(name),
                title=catalog.schema(name).get("title", name),
                path=f"/api/v1/schemas/{name}.json",
            )
            for name in _NAMES
        ]
        body = Schemas(items=items).model_dump_json().encode()
        return cached(request, body, "application/json", MINUTE, compress=True)

    @router.get(
        "/schemas/{name}.json",
        **operation(
            "readSchema", "Standard", "Read one schema", 404,
            media_type=SCHEMA_JSON, schema={"type": "object"}, example=_EXAMPLE,
        ),
    )  # fmt: skip
    def schema(
        request: Request,
        name: Annotated[
            str, Path(pattern="^[a-z-]{1,40}$", description="Name of the schema.", examples=["company"])
        ],
    ) -> Response:
        """One schema with all it refers to inside, byte for byte as published."""
        if name not in _NAMES:
            return problem(404, "schema.unknown-name", "there is no schema of this name")
        return cached(request, catalog.bundled_bytes(name), SCHEMA_JSON, MINUTE, compress=True)

    @router.get(
        "/context",
        **operation(
            "readContext", "Standard", "Read the JSON-LD context",
            media_type=LD_JSON, schema={"type": "object"}, example={"@context": {"@version": 1.1}},
        ),
    )  # fmt: skip
    def context(request: Request) -> Response:
        """The context `https://w3id.org/entrepot/ns/v1` that signed records name."""
        return cached(request, orjson.dumps(catalog.context_document()), LD_JSON, MINUTE, compress=True)
