"""The schemas, code lists and context of version 1.0, as they lie in `schema/v1`.

    validator = record_validator("company")     # whole signed record
    validator.is_valid(record)
    codelist("sector").labels("zh-Hans")["ai"]  # 人工智能

Everything is read when it is first asked for and kept. These files of our own are the only disk this package
touches; nothing is fetched because a document names it (SIG-29). Validators are built from the bundled
schemas, so no reference is ever resolved outside of one file, and no `format` is asserted (PRO-03).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from jsonschema_rs import Draft202012Validator

TYPES: tuple[str, ...] = ("cluster", "company", "institution", "relation", "opportunity")
SCHEMA_BASE = "https://w3id.org/entrepot/schema/1.0/"
# The patterns are linear: one step back for each character at most, and a record has 64 KiB of them.
_BACKTRACK_LIMIT = 2_000_000


@dataclass(frozen=True, slots=True)
class Code:
    """One code of a list, with what it is called and what it means in English and Simplified Chinese."""

    code: str
    label_en: str
    label_zh_hans: str
    definition_en: str
    definition_zh_hans: str
    since: str
    deprecated: str


@dataclass(frozen=True, slots=True)
class CodeList:
    """A code list. In a closed one there are no other codes; an open one takes codes it does not name."""

    name: str
    closed: bool
    title: str
    codes: tuple[Code, ...]

    def __contains__(self, code: object) -> bool:
        return any(known.code == code for known in self.codes)

    def labels(self, language: str) -> dict[str, str]:
        """Map codes to their labels, in Chinese for every `zh` tag, else in English."""
        chinese = language.partition("-")[0] == "zh"
        return {known.code: known.label_zh_hans if chinese else known.label_en for known in self.codes}


@cache
def schema_names() -> tuple[str, ...]:
    """List the names of all schemas, sorted."""
    return tuple(
        sorted(path.name.removesuffix(".schema.json") for path in _folder("v1").glob("*.schema.json"))
    )


def schema_id(name: str) -> str:
    """Name a schema by its permanent id: `https://w3id.org/entrepot/schema/1.0/<name>.json`."""
    return f"{SCHEMA_BASE}{name}.json"


def credential_type(record_type: str) -> str:
    """Give the credential type of a record type, `CompanyCredential` for `company`."""
    return f"{record_type.capitalize()}Credential"


@cache
def schema(name: str) -> dict[str, Any]:
    """Load the schema as published. Callers MUST NOT change it. KeyError for a name we do not have."""
    return _read(f"{_known(name)}.schema.json")


@cache
def bundled(name: str) -> dict[str, Any]:
    """Load the schema with all it refers to in one file; `common` has none. Callers MUST NOT change it."""
    return _read(f"bundled/{_known(name)}.schema.json")


def bundled_bytes(name: str) -> bytes:
    """Read the bundled schema exactly as it is published. KeyError for a name we do not have."""
    bundled(name)  # it says whether there is one
    return _file(f"bundled/{name}.schema.json").read_bytes()


def delta_dictionary() -> bytes:
    """Read the dictionary that packs answers of `delta` (EXC-10), 19,993 bytes."""
    return _file("delta-dictionary.txt").read_bytes()


def example_names() -> tuple[str, ...]:
    """List the examples: a full one for each record type, `node` and `package`, and minimal ones; sorted."""
    return tuple(sorted(path.stem for path in _folder("examples").glob("*.json")))


def example(name: str) -> dict[str, Any]:
    """Read an example, such as `company` or `company-minimal`. KeyError for a name we do not have."""
    if name not in example_names():
        raise KeyError(name)
    return _load(_folder("examples") / f"{name}.json")


@cache
def context_document() -> dict[str, Any]:
    """Load the JSON-LD context `https://w3id.org/entrepot/ns/v1`. Callers MUST NOT change it."""
    return _read("context.jsonld")


@cache
def codelist(name: str) -> CodeList:
    """Load the code list of that name. KeyError for a name we do not have."""
    entry = _codelist_index()[name]
    codes = tuple(
        Code(**{column: row[column] for column in Code.__dataclass_fields__}) for row in _rows(f"{name}.csv")
    )
    return CodeList(name, entry["openness"] == "closed", entry["title_en"], codes)


def codelist_names() -> tuple[str, ...]:
    """List the names of all code lists, in the order of the index."""
    return tuple(_codelist_index())


def profile_validator(record_type: str) -> Draft202012Validator:
    """Build, once, the validator of a profile of that type, `node` included."""
    return validator(record_type)


def record_validator(record_type: str) -> Draft202012Validator:
    """Build, once, the validator of a whole signed record, `node` for the node document (SIG-28)."""
    return validator(f"{record_type}-credential")


@cache
def validator(name: str) -> Draft202012Validator:
    """Build, once, the validator of any schema but `common`."""
    return _build(bundled(name))


def extension_ids() -> tuple[str, ...]:
    """List the ids of the extensions whose schema we have, sorted."""
    return tuple(_extensions())


def extension_schema(uri: str) -> dict[str, Any]:
    """Load the schema of an extension. Callers MUST NOT change it. KeyError for an id we do not have."""
    return _extensions()[uri]


@cache
def extension_validator(uri: str) -> Draft202012Validator:
    """Build, once, the validator of an extension we have."""
    return _build(extension_schema(uri))


def _build(document: dict[str, Any]) -> Draft202012Validator:
    # Here and not above: the library takes longer to load than everything else in this package.
    from jsonschema_rs import Draft202012Validator, FancyRegexOptions

    limit = FancyRegexOptions(backtrack_limit=_BACKTRACK_LIMIT)
    return Draft202012Validator(document, validate_formats=False, offline=True, pattern_options=limit)


@cache
def field_names() -> tuple[str, ...]:
    """List the names of all fields of the five record types, for suggestions; sorted."""
    return tuple(sorted(_fields()))


def field_examples(name: str) -> tuple[Any, ...]:
    """List examples of a field, to show beside a refused value; empty if there are none."""
    return _fields().get(name, ())


def definition_examples(name: str, field: str = "") -> tuple[Any, ...]:
    """List examples of a building block, or of a field of one; empty if there are none."""
    definitions = schema("common")["$defs"]
    node: dict[str, Any] = definitions.get(name, {})
    if field:
        node = node.get("properties", {}).get(field, {})
        node = definitions.get(node.get("$ref", "").removeprefix("#/$defs/"), node)
    return tuple(node.get("examples", ()))


def is_personal_name(name: str) -> bool:
    """Answer whether a member of this name would hold data of a person (PRO-24), however it is spelt."""
    return name.lower().replace("-", "").replace("_", "") in _personal_names()


@cache
def _personal_names() -> frozenset[str]:
    return frozenset(code.code for code in codelist("personalPropertyName").codes)


@cache
def _fields() -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for record_type in TYPES:
        _collect_fields(bundled(record_type), bundled(record_type)["$defs"], found)
    return found


def _collect_fields(node: Any, definitions: dict[str, Any], found: dict[str, tuple[Any, ...]]) -> None:
    """Add the fields of every object in a schema; the first examples met win: one name, one meaning."""
    if isinstance(node, list):
        for item in node:
            _collect_fields(item, definitions, found)
    if not isinstance(node, dict):
        return
    if node.get("additionalProperties") is False:
        for name, field in node["properties"].items():
            meant = definitions.get(field.get("$ref", "").removeprefix("#/$defs/"), field)
            found[name] = found.get(name) or tuple(meant.get("examples", ()))
    for value in node.values():
        _collect_fields(value, definitions, found)


@cache
def _extensions() -> dict[str, dict[str, Any]]:
    names = sorted(path.name for path in (_folder("v1") / "extensions").glob("*.schema.json"))
    schemas = (_read(f"extensions/{name}") for name in names)
    return {document["$id"]: document for document in schemas}


@cache
def _folder(name: str) -> Path:
    """Where `v1` or `examples` lies: beside this module when installed, a folder up in a working copy."""
    here = Path(__file__).resolve().parent
    installed = here / name
    return installed if installed.is_dir() else here.parent / name


def _known(name: str) -> str:
    """Return the name of a schema we have. A name may come from a peer's record; it never becomes a path."""
    if name not in schema_names():
        raise KeyError(name)
    return name


def _read(path: str) -> dict[str, Any]:
    return _load(_file(path))


def _file(path: str) -> Path:
    return _folder("v1") / path


def _load(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(path.read_bytes())
    return document


@cache
def _codelist_index() -> dict[str, dict[str, str]]:
    return {row["name"]: row for row in _rows("codelists.csv")}


def _rows(name: str) -> list[dict[str, str]]:
    import csv

    with _file(f"codelists/{name}").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
