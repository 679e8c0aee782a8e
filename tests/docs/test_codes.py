"""The table of reason codes in `spec/codes.md` names every code of the source, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from entrepot_schema import catalog
from entrepot_schema.errors import LAYERS
from entrepot_schema.reason_codes import reason_rows

ROOT = Path(__file__).resolve().parents[2]
SPEC = ROOT / "spec"
PACKAGES = (
    "schema/entrepot_schema",
    "sync/entrepot_sync",
    "node/entrepot_node",
    "clients/python/entrepot_client",
)
CODE = re.compile(r"[a-z]+\.[a-z][a-zA-Z0-9]*(?:-[a-z]+)*")
ACTORS = {"publisher", "peer", "operator", "caller", "nobody"}

# Besides the error classes, what takes a code: problems of the web, remarks on a table, outcomes of a pull.
REPORTERS = {"__init__", "problem", "fault", "finding", "note", "Remark", "PullOutcome", "set_state"}
# Literals that look like codes and are names of files.
FILE_ENDINGS = ("css", "csv", "db", "example", "html", "json", "jsonl", "jsonld", "log", "toml")

# Keywords of JSON Schema that are a fault by themselves; jsonschema-rs reports `dependentRequired` as `required`.
KEYWORDS = {
    "additionalProperties", "anyOf", "const", "contains", "enum", "maxItems", "maxLength", "maxProperties", "maximum",
    "minItems", "minLength", "minProperties", "minimum", "not", "oneOf", "pattern", "propertyNames", "required", "type",
    "uniqueItems", "exclusiveMaximum", "exclusiveMinimum", "multipleOf", "unevaluatedItems", "unevaluatedProperties",
}  # fmt: skip


def table() -> dict[str, tuple[str, str, str]]:
    """The rows of the table: code → layer, meaning, who acts."""
    return {code: (layer, meaning, actor) for code, layer, meaning, actor in reason_rows()}


@cache
def trees() -> dict[Path, ast.Module]:
    paths = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
    return {path: ast.parse(path.read_text("utf-8")) for path in paths if "testing" not in path.parts}


def codes_in(node: ast.AST) -> Iterator[str]:
    for inner in ast.walk(node):
        if isinstance(inner, ast.Constant) and isinstance(inner.value, str) and CODE.fullmatch(inner.value):
            yield inner.value


def is_texts(path: Path) -> bool:
    """Texts of the web pages have keys of the same form."""
    return "texts" in path.parts


def error_classes() -> set[str]:
    names = {"EntrepotError"}
    before = 0
    while len(names) != before:
        before = len(names)
        for tree in trees().values():
            for node in ast.walk(tree):
                if isinstance(node, ast.ClassDef) and any(
                    isinstance(b, ast.Name) and b.id in names for b in node.bases
                ):
                    names.add(node.name)
    return names


def called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def codes_raised() -> set[str]:
    """Codes given to an error or to a reporter."""
    takers = error_classes() | REPORTERS
    return {
        code
        for path, tree in trees().items()
        if not is_texts(path)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and called(node) in takers
        for argument in node.args
        for code in codes_in(argument)
    }


def codes_named() -> set[str]:
    """Literals of a family of codes anywhere else: tables of constants, comparisons, arguments passed on."""
    families = {code.partition(".")[0] for code in table()}
    page_keys = {code for path, tree in trees().items() if is_texts(path) for code in codes_in(tree)}
    named = {
        code for path, tree in trees().items() if not is_texts(path) for code in codes_in(tree)
    } - page_keys
    return {
        code
        for code in named
        if code.partition(".")[0] in families and code.partition(".")[2] not in FILE_ENDINGS
    }


def keywords_of_the_schemas() -> set[str]:
    found: set[str] = set()
    waiting: list[Any] = [catalog.schema(name) for name in catalog.schema_names()]
    while waiting:
        node = waiting.pop()
        if isinstance(node, list):
            waiting += node
        elif isinstance(node, dict):
            found |= KEYWORDS & set(node)
            for name, value in node.items():
                if name in ("properties", "patternProperties", "$defs"):
                    waiting += value.values()
                elif name not in ("const", "enum", "examples", "default"):
                    waiting.append(value)
    return {f"schema.{keyword}" for keyword in found}


def source_codes() -> set[str]:
    return codes_raised() | codes_named() | keywords_of_the_schemas()


def test_every_code_of_the_source_is_in_the_table() -> None:
    assert sorted(source_codes() - set(table())) == []


def test_every_code_of_the_table_is_in_the_source() -> None:
    assert sorted(set(table()) - source_codes()) == []


def test_every_code_that_the_spec_names_is_in_the_table() -> None:
    families = "|".join({code.partition(".")[0] for code in table()})
    named = re.compile(rf"`((?:{families})\.[a-z][a-zA-Z0-9-]*)`")
    for path in SPEC.glob("*.md"):
        names = set(named.findall(path.read_text("utf-8")))
        assert sorted(names - set(table())) == [], path.name


def test_no_code_stands_twice() -> None:
    codes = [row[0] for row in reason_rows()]

    assert len(codes) > 100
    assert len(codes) == len(set(codes))


def test_the_codes_of_a_table_are_sorted() -> None:
    for section in (SPEC / "codes.md").read_text("utf-8").split("\n## "):
        families: dict[str, list[str]] = {}
        for code in re.findall(r"^\| `([^`]+)`", section, re.MULTILINE):
            families.setdefault(code.partition(".")[0], []).append(code)
        for codes in families.values():
            assert codes == sorted(codes)


@pytest.mark.parametrize("code", sorted(table()))
def test_a_row_names_layer_meaning_and_who_acts(code: str) -> None:
    """A layer is that of the family, or none where the code is no rule of the standard."""
    layer, meaning, actor = table()[code]

    assert layer in {LAYERS.get(code.partition(".")[0], "–"), "–"}
    assert meaning.strip()
    assert actor.replace(",", " ").replace(";", " ").split()[0] in ACTORS
