"""The reference of the API as a page: the description for programs, put in the order and form people read.

Nothing is said here that the description does not say; the texts about the interface itself are in English only.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

_MOST_BODY = 4_000


@dataclass(frozen=True, slots=True)
class ParameterView:
    """One parameter: its name, where it stands, what it takes."""

    name: str
    place: str
    required: bool
    kind: str
    text: str
    example: str


@dataclass(frozen=True, slots=True)
class AnswerView:
    """One answer: its status, media type and an example."""

    status: str
    text: str
    media_type: str
    example: str


@dataclass(frozen=True, slots=True)
class OperationView:
    """One operation, with the command that tries it."""

    id: str
    method: str
    path: str
    summary: str
    paragraphs: tuple[str, ...]
    parameters: tuple[ParameterView, ...]
    body: str
    answers: tuple[AnswerView, ...]
    curl: str


@dataclass(frozen=True, slots=True)
class GroupView:
    """Operations that belong together."""

    name: str
    text: str
    operations: tuple[OperationView, ...]


def reference_view(description: dict[str, Any]) -> list[GroupView]:
    """Group the operations of a description by their tags, in the order of the tags."""
    server = description["servers"][0]["url"].rstrip("/")
    operations = [
        (operation["tags"][0], _operation(server, method, path, operation))
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    ]
    return [
        GroupView(
            tag["name"], tag["description"], tuple(one for name, one in operations if name == tag["name"])
        )
        for tag in description["tags"]
    ]


def paragraphs(text: str) -> tuple[str, ...]:
    """Cut a description into paragraphs of one line each."""
    return tuple(" ".join(part.split()) for part in text.split("\n\n") if part.strip())


def _operation(server: str, method: str, path: str, operation: dict[str, Any]) -> OperationView:
    parameters = operation.get("parameters", [])
    return OperationView(
        id=operation["operationId"],
        method=method.upper(),
        path=path,
        summary=operation["summary"],
        paragraphs=paragraphs(operation["description"]),
        parameters=tuple(_parameter(one) for one in parameters),
        body=operation.get("requestBody", {}).get("description", ""),
        answers=tuple(_answers(operation["responses"])),
        curl=_curl(server, method, path, parameters),
    )


def _parameter(parameter: dict[str, Any]) -> ParameterView:
    example = _example(parameter)
    shown = ", ".join(map(_word, example)) if isinstance(example, list) else _word(example)
    return ParameterView(
        parameter["name"],
        parameter["in"],
        parameter.get("required", False),
        _kind(parameter["schema"]),
        parameter["description"],
        shown,
    )


def _kind(schema: dict[str, Any]) -> str:
    """Say in a few signs what a value may be."""
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if schema.get("type") == "array":
        return f"{_kind(schema['items'])}, …"
    kind = str(schema.get("type", ""))
    if "minimum" in schema and "maximum" in schema:
        return f"{kind} {schema['minimum']}–{schema['maximum']}"
    if "maxLength" in schema:
        return f"{kind} ≤ {schema['maxLength']}"
    return kind


def _answers(responses: dict[str, Any]) -> Iterator[AnswerView]:
    for status, answer in sorted(responses.items()):
        content = answer.get("content", {})
        for media_type, body in content.items():
            example = body.get("example", "")
            text = example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
            yield AnswerView(status, answer["description"], media_type, text[:_MOST_BODY])
        if not content:
            yield AnswerView(status, answer["description"], "", "")


def _curl(server: str, method: str, path: str, parameters: list[dict[str, Any]]) -> str:
    query = []
    for parameter in parameters:
        example = _example(parameter)
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", quote(_word(example), safe=""))
        elif parameter.get("required"):
            query.append((parameter["name"], _word(example)))
    address = server + path + (f"?{urlencode(query)}" if query else "")
    if method == "post":
        return f"curl --data-binary @file.json -H 'Content-Type: application/json' '{address}'"
    return f"curl '{address}'"


def _example(parameter: dict[str, Any]) -> Any:
    if "example" in parameter:
        return parameter["example"]
    return parameter["schema"].get("examples", [""])[0]


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
