"""`/api/v1/openapi.json`: the API described in OpenAPI 3.1, from the same declarations that serve it.

What the framework would say and is not so is put right here: it answers a bad parameter with 400, and every type has
an example made of the examples of its members.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from entrepot_node.problems import MEDIA_TYPE
from entrepot_node.routes.api.publishing_shapes import PublishProblem
from entrepot_node.routes.api.shapes import Problem
from entrepot_node.settings import Settings
from entrepot_node.version import version

_REF = "#/components/schemas/"
_TEXT = """\
Signed profiles of innovation clusters, their companies and what they look for, as this node holds them.

Nothing here needs a key, and pages of any site may read it. Every record is the document as its cluster signed it.
Lists answer with `items` and `next`: give `next` back as `cursor`, and stop when it is empty. Errors are problem
details (RFC 9457) with a stable `code`. HEAD answers wherever GET does. Answers carry an `ETag`: send it back as
`If-None-Match`.
"""
_PUBLISHING = "For the operator's own systems: needs a token, and is closed to pages of other sites."
_TAGS = {
    "Records": "All live records: page by page, as one stream, or those that match.",
    "Subjects": "One subject: its live version, history, differences and relations.",
    "Changes": "What changed, to keep a copy up to date.",
    "Node": "Who this node is, what it holds, whom it follows.",
    "Standard": "Schemas of the standard, and a check of your own files.",
}


def describe(routes: Sequence[BaseRoute], settings: Settings) -> dict[str, Any]:
    """Write the description of routes."""
    document = get_openapi(
        title=f"Entrepot node {settings.origin}",
        version=version(),
        summary="Read records, search and changes of one node.",
        description=_TEXT,
        routes=routes,
        tags=[{"name": name, "description": text} for name, text in _TAGS.items()],
        servers=[{"url": settings.base_url, "description": settings.name or settings.origin}],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    components = document.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)
    components["Problem"] = Problem.model_json_schema(ref_template=_REF + "{model}")
    for operation in _operations(document):
        operation.setdefault("security", [])
        if MEDIA_TYPE not in operation["responses"].get("422", {}).get("content", {}):
            operation["responses"].pop("422", None)
    if any(operation["security"] for operation in _operations(document)):
        _add_publishing(document, components)
    for operation in _operations(document):
        _add_examples(operation, components)
    return document


def _add_publishing(document: dict[str, Any], components: dict[str, Any]) -> None:
    shape = PublishProblem.model_json_schema(ref_template=_REF + "{model}")
    components |= shape.pop("$defs")
    components["PublishProblem"] = shape
    token = {"type": "http", "scheme": "bearer", "description": "Made with `entrepot token add`."}
    document["components"]["securitySchemes"] = {"publishToken": token}
    document["tags"].append({"name": "Publishing", "description": _PUBLISHING})


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for path in document["paths"].values():
        yield from path.values()


def _add_examples(operation: dict[str, Any], components: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if "example" not in parameter and "examples" not in parameter:
            parameter["example"] = example_of(parameter["schema"], components)
    for answer in operation["responses"].values():
        for body in answer.get("content", {}).values():
            if "example" not in body:
                body["example"] = example_of(body["schema"], components)


def example_of(schema: dict[str, Any], components: dict[str, Any]) -> Any:
    """Make an example of a schema: its own, or one of the examples of its parts."""
    if "examples" in schema:
        return schema["examples"][0]
    if "$ref" in schema:
        return example_of(components[schema["$ref"].removeprefix(_REF)], components)
    if schema.get("type") == "object" and "properties" in schema:
        return {name: example_of(part, components) for name, part in schema["properties"].items()}
    if schema.get("type") == "array":
        return [example_of(schema["items"], components)]
    if "anyOf" in schema:
        return example_of(schema["anyOf"][0], components)
    return schema.get("default")
