"""`/api/v1/openapi.json`: complete, true and stable (exchange §3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jsonschema_rs
import pytest

API = "/api/v1"

# What clients are written against. An id is for ever; add new ones.
OPERATIONS = {
    "checkFile", "compareVersions", "exportRecords", "findByIdentifier", "listChanges", "listKnownNodes", "listPeers",
    "listRecords", "listRefused", "listWithdrawals", "listRelations", "listSchemas", "listSubjectRelations", "listVersions", "proveSubject",
    "readCatalogue", "readContext", "readEntry", "readHealth", "readKeyLog", "readSchema", "readSchemaOrg",
    "readStatistics", "readSubject", "readVersion", "searchRecords", "streamChanges",
}  # fmt: skip


@pytest.fixture(scope="module")
def described(held: Any) -> dict[str, Any]:
    found: dict[str, Any] = held.get(f"{API}/openapi.json").json()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def test_it_is_openapi_3_1_with_server_licence_and_no_security(held: Any, described: dict[str, Any]) -> None:
    """EXC-68."""
    assert described["openapi"].startswith("3.1")
    assert described["servers"][0]["url"] == held.settings.base_url
    assert described["info"]["license"]["identifier"] == "Apache-2.0"
    assert all(operation["security"] == [] for _, operation in operations(described))


def test_operation_ids_are_stable(described: dict[str, Any]) -> None:
    """EXC-68."""
    assert {operation["operationId"] for _, operation in operations(described)} == OPERATIONS


def test_each_operation_parameter_and_answer_is_described(described: dict[str, Any]) -> None:
    """EXC-68: in words and with an example."""
    tags = {tag["name"] for tag in described["tags"]}
    for name, operation in operations(described):
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= tags, name
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (name, parameter["name"])
            assert "example" in parameter or "examples" in parameter["schema"], (name, parameter["name"])
        assert {"200", "400", "503"} <= set(operation["responses"]), name
        assert "422" not in operation["responses"], name
        for status, answer in operation["responses"].items():
            assert answer["description"], (name, status)
            assert all("example" in body for body in answer.get("content", {}).values()), (name, status)


def test_each_example_fits_its_schema(described: dict[str, Any]) -> None:
    """EXC-68."""
    checked = 0
    for name, operation in operations(described):
        for parameter in operation.get("parameters", ()):
            for example in (
                *parameter["schema"].get("examples", ()),
                *[parameter.get("example")][: "example" in parameter],
            ):
                assert jsonschema_rs.is_valid(parameter["schema"], example), (name, parameter["name"])
        for answer in operation["responses"].values():
            for body in answer.get("content", {}).values():
                schema = {"components": described["components"], **body["schema"]}
                jsonschema_rs.validate(schema, body["example"])
                checked += 1
    assert checked > 20


def test_errors_are_described_as_problems(described: dict[str, Any]) -> None:
    """EXC-73."""
    for name, operation in operations(described):
        for status, answer in operation["responses"].items():
            if int(status) >= 400:
                (media_type,) = answer["content"]
                assert media_type == "application/problem+json", name
