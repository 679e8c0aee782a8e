"""The JSON Schemas of the standard, read with plain jsonschema (SIG-28).

They are normative files, not Python, so reading them shares no code with the software under test. They are
found where the distribution installs them, or in `schema/v1` of the repository.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, ValidationError  # type: ignore[import-untyped]  # ships no types
from referencing import Registry, Resource

from .rule_error import RuleError, require

_PACKAGE = Path(__file__).resolve().parents[1]
PLACES = (_PACKAGE.parent / "entrepot_schema" / "v1", _PACKAGE.parents[1] / "schema" / "v1")


class Schemas:
    """All schemas of one folder. `names` is empty when there is none."""

    def __init__(self, folder: Path | None) -> None:
        files = sorted(folder.glob("*.schema.json")) if folder else []
        texts = {path.name.removesuffix(".schema.json"): path.read_text("utf-8") for path in files}
        loaded = {name: json.loads(text) for name, text in texts.items()}
        resources = [(schema["$id"], Resource.from_contents(schema)) for schema in loaded.values()]
        registry: Registry[Any] = Registry().with_resources(resources)
        self.names = frozenset(loaded)
        self._validators = {
            name: Draft202012Validator(schema, registry=registry) for name, schema in loaded.items()
        }

    def check(self, name: str, document: dict[str, Any]) -> None:
        """Refuse a document that does not satisfy the schema `name`; the code is `schema.<keyword>`."""
        require(name in self.names, "schema.unknown-type", f"there is no schema {name}")
        error = next(iter(self._validators[name].iter_errors(document)), None)
        if error is not None:
            raise RuleError(_fault(error)[0], f"{error.json_path}: {error.message}")

    def faults(self, name: str, document: Any) -> set[tuple[str, str]]:
        """Return every fault of a document as reason code and JSON Pointer.

        A wrong member name counts for its object, one missing beside another as missing (`schema.required`).
        """
        return {_fault(error) for error in self._validators[name].iter_errors(document)}


def find_schemas() -> Schemas:
    """Load the schemas from the first place that has them."""
    return Schemas(next((place for place in PLACES if place.is_dir()), None))


def find_bundles() -> Schemas:
    """Load the bundled schemas, each of which stands alone."""
    return Schemas(next((place / "bundled" for place in PLACES if place.is_dir()), None))


def _fault(error: ValidationError) -> tuple[str, str]:
    keyword = "propertyNames" if "propertyNames" in error.absolute_schema_path else str(error.validator)
    code = "required" if keyword == "dependentRequired" else keyword
    steps = (str(step).replace("~", "~0").replace("/", "~1") for step in error.absolute_path)
    return f"schema.{code}", "".join(f"/{step}" for step in steps)
