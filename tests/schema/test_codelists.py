"""The code lists: CSV files that agree with the schemas, labelled in two languages."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from entrepot_schema import catalog

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "schema" / "v1" / "codelists"
NAMES = catalog.codelist_names()
DEFINITIONS = catalog.schema("common")["$defs"]
COLUMNS = ["code", "label_en", "label_zh_hans", "definition_en", "definition_zh_hans", "since", "deprecated"]
HAN = re.compile("[\u4e00-\u9fff]")
# Names that Chinese readers know in Latin letters only.
LATIN_LABELS = {"ROR"}


def rows(name):
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_index_names_every_file_and_no_other():
    assert sorted(NAMES) == sorted(path.stem for path in FOLDER.glob("*.csv") if path.stem != "codelists")


@pytest.mark.parametrize("name", NAMES)
def test_each_list_has_the_same_columns_and_complete_rows(name):
    for row in rows(name):
        assert list(row)[: len(COLUMNS)] == COLUMNS
        assert all(row[column] == row[column].strip() for column in row)
        assert all(row[column] for column in COLUMNS if column != "deprecated"), row
        assert row["since"] == "1.0"


@pytest.mark.parametrize("name", NAMES)
def test_codes_and_labels_are_unique_in_their_list(name):
    for column in ("code", "label_en", "label_zh_hans"):
        values = [row[column] for row in rows(name)]
        if name == "personalPropertyName" and column != "code":
            continue  # spellings of the same thing
        assert len(values) == len(set(values)), column


@pytest.mark.parametrize("name", NAMES)
def test_chinese_texts_are_chinese_and_english_ones_are_not(name):
    for row in rows(name):
        assert HAN.search(row["label_zh_hans"]) or row["code"] in LATIN_LABELS
        assert HAN.search(row["definition_zh_hans"])
        assert not HAN.search(row["label_en"] + row["definition_en"])


@pytest.mark.parametrize("name", [name for name in NAMES if name != "personalPropertyName"])
def test_each_schema_enum_equals_its_closed_list(name):
    """PRO-09: a closed list is an enum, an open one a form that all its codes have."""
    codes = [code.code for code in catalog.codelist(name).codes]

    if catalog.codelist(name).closed:
        assert DEFINITIONS[name]["enum"] == codes
    else:
        assert "enum" not in DEFINITIONS[name]
        assert all(re.search(DEFINITIONS[name]["pattern"], code) for code in codes)


def test_every_enum_of_the_schemas_is_a_code_list():
    for schema_name in catalog.schema_names():
        for pointer, node in nodes(catalog.schema(schema_name), ""):
            if "enum" in node:
                assert schema_name == "common"
                assert pointer.removeprefix("/$defs/") in NAMES


def test_the_index_says_which_fields_use_a_list():
    used = {(name, path) for record in ROOTS for name, path in fields(catalog.schema(record), record, record)}
    index = {row["name"]: row["fields"].split(";") for row in rows("codelists")}

    for name, path in used:
        assert any(matches(entry, path) for entry in index[name]), f"{path} is missing at {name}"
    for name, entries in index.items():
        for entry in entries:
            if name not in ("personalPropertyName", "recordType"):
                assert any(matches(entry, path) for list_name, path in used if list_name == name), entry


def test_names_of_personal_fields_are_written_as_they_are_compared():
    """PRO-24: lower case, without hyphen and underscore."""
    assert all(re.fullmatch("[a-z]+", code.code) for code in catalog.codelist("personalPropertyName").codes)


def test_the_spec_lists_the_same_personal_names():
    """PRO-24, PRO-25."""
    text = (ROOT / "spec" / "profile.md").read_text(encoding="utf-8")
    block = re.search(r"PRO-24.*?```\n(.*?)```", text, re.DOTALL)

    assert block
    assert block[1].split() == [code.code for code in catalog.codelist("personalPropertyName").codes]


def test_sectors_are_mapped_to_three_classifications():
    forms = {"nace21": r"[0-9]{2}(\.[0-9]{1,2})?", "isic4": r"[0-9]{4}", "gbt4754": r"[0-9]{3,4}"}
    for row in rows("sector"):
        for column, form in forms.items():
            codes = row[column].split(";") if row[column] else []
            assert bool(codes) == (row["code"] != "other")
            assert len(codes) == len(set(codes))
            assert all(re.fullmatch(form, code) for code in codes), row


ROOTS = (*catalog.TYPES, "node", "entry")


def nodes(node, pointer):
    if isinstance(node, dict):
        yield pointer, node
        for key, value in node.items():
            yield from nodes(value, f"{pointer}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from nodes(value, f"{pointer}/{index}")


def fields(node, path, file):
    """Every (code list, dotted path of field names) that a schema uses."""
    if "$ref" in node:
        target, _, pointer = node["$ref"].partition("#/$defs/")
        file = target.removesuffix(".json") or file
        if pointer in NAMES:
            yield pointer, path
        yield from fields(catalog.schema(file)["$defs"][pointer], path, file)
    for name, value in node.get("properties", {}).items():
        yield from fields(value, f"{path}.{name}", file)
    if isinstance(node.get("items"), dict):
        yield from fields(node["items"], path, file)


def matches(entry, path):
    head, _, tail = entry.partition(".")
    return path.partition(".")[2] == tail if head == "*" else entry == path
