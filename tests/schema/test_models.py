"""Typed access: models that say what the schemas say, change nothing and convert nothing.

That models and schemas give one verdict on any document is held by `test_one_verdict.py`.
"""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
import types
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import TypeAdapter, ValidationError

from entrepot_schema import catalog, models
from entrepot_schema.errors import Refused
from entrepot_schema.models import codes, parse_package_head, parse_profile
from entrepot_schema.models.block import Block
from entrepot_schema.models.published import Published

EXAMPLES = Path(__file__).resolve().parents[2] / "schema" / "examples"
PROFILES = sorted(path.stem for path in EXAMPLES.glob("*.json") if path.stem != "package")
ROOTS = {
    "cluster": models.Cluster,
    "company": models.Company,
    "institution": models.Institution,
    "relation": models.Relation,
    "opportunity": models.Opportunity,
    "node": models.Node,
    "package": models.PackageHead,
}
# Closed lists that no profile uses: operations of the log, types in the frame of a package, names that are refused.
UNUSED = {"operation", "recordType", "personalPropertyName"}
PAIRS = (Union, types.UnionType)


def example(name: str) -> dict[str, Any]:
    document: dict[str, Any] = json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return document


# What the models say, compared with what the schemas say.


def resolve(file: str, schema: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """The schema that a reference means, and the file it stands in."""
    if "$ref" not in schema:
        return file, schema
    target, _, pointer = schema["$ref"].partition("#")
    file = target.removesuffix(".json") or file
    found = catalog.schema(file)
    for step in pointer.split("/")[1:]:
        found = found[step]
    return resolve(file, found)


def taken_apart(annotation: Any, metadata: tuple[Any, ...] = ()) -> tuple[Any, list[Published]]:
    """A type without `Annotated` and `| None`, and the places in the schemas that it names."""
    named = [note for note in metadata if isinstance(note, Published)]
    if get_origin(annotation) is Annotated:
        inner, *notes = get_args(annotation)
        kind, more = taken_apart(inner, tuple(notes))
        return kind, named + more
    if get_origin(annotation) in PAIRS and type(None) in get_args(annotation):
        kind, more = taken_apart(next(part for part in get_args(annotation) if part is not type(None)))
        return kind, named + more
    return annotation, named


def at(reference: str) -> dict[str, Any]:
    return resolve("", {"$ref": reference})[1]


def compare(model: type[Block], file: str, schema: dict[str, Any], compared: set[str]) -> None:
    fields = {field.alias: field for field in model.model_fields.values()}
    properties = {name: value for name, value in schema["properties"].items() if name != "records"}
    required = {name for name, field in fields.items() if field.is_required()}
    assert set(fields) == set(properties), model
    assert required == set(schema.get("required", ())) - {"records"}, model
    compared.add(model.__name__)
    for name, field in fields.items():
        assert name is not None
        compare_type(field.annotation, tuple(field.metadata), *resolve(file, properties[name]), compared)


def compare_type(
    annotation: Any, metadata: tuple[Any, ...], file: str, schema: dict[str, Any], compared: set[str]
) -> None:
    kind, places = taken_apart(annotation, metadata)
    if get_origin(kind) is Literal:
        assert list(get_args(kind)) == schema.get("enum", [schema.get("const")])
    elif isinstance(kind, type) and issubclass(kind, Block):
        compare(kind, file, schema, compared)
    elif kind is bool:
        assert schema["type"] == "boolean"
    else:
        told = ("title", "description", "examples")  # words may differ, what is judged may not
        (place,) = places
        assert {key: value for key, value in at(place.reference).items() if key not in told} == {
            key: value for key, value in schema.items() if key not in told
        }
        if get_origin(kind) is tuple:
            item, _ = get_args(kind)
            compare_type(item, (), *resolve(file, schema["items"]), compared)


@pytest.mark.parametrize("name", ROOTS)
def test_a_model_has_the_fields_of_its_schema_and_takes_their_limits_from_it(name: str) -> None:
    """PRO-02, PRO-05: the same names, the same required, the same codes, and forms taken from the same place."""
    compared: set[str] = set()

    compare(ROOTS[name], name, catalog.schema(name), compared)

    assert ROOTS[name].__name__ in compared


def test_every_model_is_compared() -> None:
    compared: set[str] = set()
    for name, model in ROOTS.items():
        compare(model, name, catalog.schema(name), compared)
    exported = {
        name
        for name in models.__all__
        if name[0].isupper() and hasattr(getattr(models, name), "model_fields")
    }

    assert exported - compared == {"Organisation", "Member"}  # bases of those compared
    assert compared <= exported


@pytest.mark.parametrize("name", [name for name in catalog.codelist_names() if name not in UNUSED])
def test_codes_of_a_closed_list_are_written_out_and_those_of_an_open_one_are_not(name: str) -> None:
    """PRO-09."""
    kind = getattr(codes, name[0].upper() + name[1:])

    if catalog.codelist(name).closed:
        assert list(get_args(kind)) == [code.code for code in catalog.codelist(name).codes]
    else:
        assert taken_apart(kind) == (str, [Published(f"common.json#/$defs/{name}")])


# What they take and give back.


@pytest.mark.parametrize("name", PROFILES)
def test_an_example_comes_back_as_it_was(name: str) -> None:
    document = example(name)
    before = copy.deepcopy(document)

    profile = parse_profile(document)

    assert profile.type == document["type"]
    assert profile.to_document() == before == document


def test_the_head_of_a_package_comes_back_without_its_records() -> None:
    package = example("package")

    head = parse_package_head(package)

    assert head.publisher == package["publisher"]
    assert head.to_document() == {name: value for name, value in package.items() if name != "records"}


def test_values_are_read_by_name() -> None:
    company = parse_profile(example("company"))

    assert isinstance(company, models.Company)
    assert company.name["en"] == "Nova Assay"
    assert company.name == {"en": "Nova Assay", "it": "Nova Assay"}
    assert company.locations[0].postal_code == "10129"
    assert company.member_of is not None
    assert company.member_of[1].since == "2025"
    assert company.listed is False
    assert company.succeeded_by is None
    assert company.ext is not None
    assert company.ext["lifesci"]["certifications"] == ("iso13485", "ivdr")


def test_members_that_are_no_python_names_have_one() -> None:
    relation = parse_profile(example("relation"))
    head = parse_package_head(example("package"))

    assert isinstance(relation, models.Relation)
    assert relation.from_ == example("relation")["from"]
    assert head.extensions is not None
    assert head.extensions[0].schema_uri == example("package")["extensions"][0]["schema"]


def test_nothing_in_a_profile_can_be_changed() -> None:
    document = example("company")
    company = parse_profile(document)
    assert isinstance(company, models.Company)
    assert company.ext is not None

    with pytest.raises(ValidationError, match="frozen"):
        company.status = "dissolved"
    for frozen in (company.name, company.ext, company.ext["lifesci"]):
        with pytest.raises(TypeError):
            frozen["x"] = "y"  # type: ignore[index]  that it is refused is what is tested
    document["ext"]["lifesci"]["certifications"].append("late")
    company.to_document()["ext"]["lifesci"]["certifications"].append("later")

    assert company == parse_profile(example("company"))


def test_equal_profiles_have_one_hash_and_survive_a_copy() -> None:
    company = parse_profile(example("company"))

    assert len({company, parse_profile(example("company")), parse_profile(example("company-minimal"))}) == 2
    assert copy.deepcopy(company) == company == pickle.loads(pickle.dumps(company))


def test_a_type_adapter_chooses_by_type() -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(models.Profile)

    for name in ROOTS.keys() - {"package"}:
        assert type(adapter.validate_python(example(name))) is ROOTS[name]


# What they refuse.


@pytest.mark.parametrize("kind", [None, "person", "package", 7, True, [], ["company"], {}])
def test_a_profile_of_no_known_type_is_refused(kind: Any) -> None:
    """PRO-02."""
    with pytest.raises(Refused) as refusal:
        parse_profile({**example("company"), "type": kind})

    assert (refusal.value.code, refusal.value.pointer) == ("schema.unknown-type", "/type")


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("website", None, "schema.type"),
        ("listed", 0, "schema.type"),
        ("listed", "false", "schema.type"),
        ("sectors", "ai", "schema.type"),
        ("sectors", {"ai": True}, "schema.type"),
        ("name", [["en", "Nova"]], "schema.type"),
        ("sizeYear", 2025, "schema.type"),
        ("legal_name", {"en": "Nova"}, "schema.additionalProperties"),
    ],
)
def test_nothing_is_converted_and_no_python_name_is_taken(field: str, value: Any, code: str) -> None:
    """PRO-05: the refusal is that of the schema, with its pointer."""
    with pytest.raises(Refused) as refusal:
        parse_profile({**example("company"), field: value})

    assert refusal.value.code == code


def test_a_head_that_does_not_fit_is_refused_with_a_pointer() -> None:
    with pytest.raises(Refused) as refusal:
        parse_package_head({**example("package"), "specVersion": "9.0"})

    assert (refusal.value.code, refusal.value.pointer) == ("schema.const", "/specVersion")


def test_checks_do_not_wait_for_the_models() -> None:
    """They are loaded by who wants typed access, never on the way of a check."""
    probe = (
        "import sys, entrepot_schema.file_check, entrepot_schema.profile_check, entrepot_schema.record\n"
        "print([name for name in sys.modules if name == 'pydantic' or name.startswith('entrepot_schema.models')])"
    )

    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
