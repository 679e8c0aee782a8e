"""`entrepot export`: what comes out can be checked, published again without a change, and is there whole or not at all."""

from __future__ import annotations

import json
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from entrepot_node.cli import app
from entrepot_node.commands.export import run_export
from entrepot_node.commands.publish import run_publish
from entrepot_schema.errors import EntrepotError, Misuse
from entrepot_schema.file_check import check_file

Company = Callable[..., dict[str, Any]]
OPTIONS: dict[str, Any] = {
    "origin": "", "everything": False, "type": "", "license": "", "form": "json", "publisher": "", "file": None,
}  # fmt: skip
TODAY = f"{datetime.now(UTC):%Y-%m-%d}"


@pytest.fixture
def export(node: Any, tmp_path: Path) -> Callable[..., Path]:
    def export(name: str = "package.json", **options: Any) -> Path:
        assert run_export(node.home.path, **OPTIONS | options | {"file": tmp_path / name}) == 0
        return tmp_path / name

    return export


def cluster(company: Company, number: int, **more: Any) -> dict[str, Any]:
    return company("BioMed", number, **more) | {"type": "cluster", "kind": "sciencePark"}


def errors(path: Path) -> list[str]:
    checked = check_file(path.read_bytes(), path.name, now=datetime.now(UTC))
    return [f"{found.code} {found.pointer}" for found in checked.findings if found.severity == "error"]


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_a_package_passes_the_check_and_publishing_it_again_changes_nothing(
    node: Any, company: Company, export: Callable[..., Path], form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    head = cluster(company, 1)
    member = company("Acme", 2, memberOf=[{"cluster": head["id"]}], summary={"en": "集群 \n“line”"})
    node.publish(member, head, license="CC0-1.0")
    size = node.feed.size
    path = export(form=form)

    assert errors(path) == []
    assert run_publish(node.home.path, [path], license="", as_json=True) == 0
    answer = json.loads(capsys.readouterr().out.partition("\n")[2])
    assert (answer["published"], answer["unchanged"]) == (0, 2)
    assert node.feed.size == size


def test_the_head_names_the_cluster_that_is_part_of_no_other_and_the_extensions(
    node: Any, company: Company, export: Callable[..., Path]
) -> None:
    whole = cluster(company, 1)
    part = cluster(company, 2, partOf=whole["id"])
    schema = "https://schemas.example/x.json"
    node.publish(part, whole, company("Acme", 3, ext={"lifesci": {"schema": schema, "a": 1}}))
    package = json.loads(export().read_text())

    assert package["publisher"] == whole["id"]
    assert package["extensions"] == [{"prefix": "lifesci", "schema": schema}]
    assert json.loads(export(publisher=part["id"]).read_text())["publisher"] == part["id"]
    assert [record["id"] for record in package["records"]] == [
        part["id"],
        whole["id"],
        package["records"][2]["id"],
    ]


def test_one_type_takes_the_clusters_along_in_a_package_and_only_there(
    node: Any, company: Company, export: Callable[..., Path]
) -> None:
    head = cluster(company, 1)
    institution = company("Clinic", 2) | {"type": "institution", "kind": "hospital"}
    node.publish(company("Acme", 3, memberOf=[{"cluster": head["id"]}]), institution, head)
    path = export(type="company")

    assert [record["type"] for record in json.loads(path.read_text())["records"]] == ["cluster", "company"]
    assert errors(path) == []
    (line,) = export("signed.jsonl", form="signed", type="company").read_bytes().splitlines()
    assert json.loads(line)["credentialSubject"]["profile"]["type"] == "company"


def test_signed_records_come_out_byte_for_byte_as_they_are_stored(
    node: Any, company: Company, export: Callable[..., Path]
) -> None:
    node.publish(company("Acme", 1), company("Beta", 2))
    lines = export(form="signed").read_bytes().splitlines()

    assert lines == node.store.contents(node.feed.id, 0, node.feed.size)
    assert errors(export(form="signed")) == []


def test_records_of_two_licences_are_never_put_under_one(
    node: Any, company: Company, export: Callable[..., Path]
) -> None:
    """The licence of a package is what its records get when they are published: another one would be a lie."""
    node.publish(cluster(company, 1), license="CC0-1.0")
    node.publish(company("Acme", 2), license="CC-BY-4.0")
    with pytest.raises(Misuse, match="one licence") as refused:
        export()

    assert refused.value.code == "export.licenses"
    package = json.loads(export(license="CC0-1.0").read_text())
    assert (package["license"], len(package["records"])) == ("CC0-1.0", 1)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "export.publisher"),
        ({"publisher": "https://biomed.example/id/" + "z" * 26}, "export.publisher"),
        ({"origin": "nobody.example"}, "export.origin"),
    ],
)
def test_a_package_without_a_publisher_is_not_made_and_no_file_is_left(
    node: Any,
    company: Company,
    export: Callable[..., Path],
    tmp_path: Path,
    options: dict[str, Any],
    code: str,
) -> None:
    node.publish(company("Acme", 1))
    (tmp_path / "package.json").write_text("what was there")
    with pytest.raises(EntrepotError) as refused:
        export(**options)

    assert refused.value.code == code
    assert (tmp_path / "package.json").read_text() == "what was there"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "package.json"]


def test_a_file_that_cannot_be_written_is_said(node: Any, export: Callable[..., Path]) -> None:
    with pytest.raises(Misuse) as refused:
        export("nowhere/package.json", form="signed")

    assert refused.value.code == "export.file"


def test_an_export_holds_a_page_of_records_in_memory_and_not_all(
    node: Any, company: Company, export: Callable[..., Path]
) -> None:
    """Two thousand records of 8 KB; what is held at once must not grow with them."""
    text = dict.fromkeys(("en", "de", "fr", "it", "es", "pt", "nl", "sv", "da", "fi", "pl", "cs"), "x" * 590)
    profiles = [company(f"Acme {number}", number, summary=text) for number in range(2, 1_202)]
    node.publish(cluster(company, 1), *profiles)
    export()  # what is loaded once
    tracemalloc.start()
    path = export()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert path.stat().st_size > 8_000_000
    assert peak < 3_000_000


def test_options_that_exclude_each_other_are_a_wrong_call(node: Any) -> None:
    for options in (["--all", "--origin", "a.example"], ["--jsonl", "--signed"], ["--type", "person"]):
        assert CliRunner().invoke(app, ["export", "--home", str(node.home.path), *options]).exit_code == 2
