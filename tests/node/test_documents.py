"""The commands around documents that need no node: schema, example, canonical, diff."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.commands.example import NAMES, commented
from entrepot_schema import catalog

Run = Callable[..., subprocess.CompletedProcess[str]]
V1 = Path(__file__).resolve().parents[2] / "schema" / "v1"


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "entrepot_node.cli", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=tmp_path, check=False)

    return run


def test_a_schema_is_printed_as_it_is_published_and_all_are_listed(run: Run) -> None:
    listed = json.loads(run("schema", "--list", "--json").stdout)

    assert sorted(listed) == sorted(path.name.partition(".")[0] for path in (V1 / "bundled").iterdir())
    assert run("schema", "company").stdout == (V1 / "bundled" / "company.schema.json").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("schema", "../company"), "schema.unknown-name"),
        (("schema", "common"), "schema.unknown-name"),
        (("example", "node"), "example.unknown"),
        (("example", "package", "--minimal"), "example.unknown"),
    ],
)
def test_a_name_that_is_not_there_is_answered_with_those_that_are(
    run: Run, arguments: tuple[str, ...], code: str
) -> None:
    done = run(*arguments)

    assert (done.returncode, done.stdout) == (2, "")
    assert code in done.stderr
    assert "→" in done.stderr


@pytest.mark.parametrize("name", NAMES)
def test_an_example_passes_the_check_whenever_it_is_printed(run: Run, name: str) -> None:
    example = run("example", name, "--plain").stdout
    done = run("check", "-", stdin=example)

    assert done.returncode == 0, done.stdout
    today = f"{datetime.now(UTC):%Y-%m}"
    assert today in example


@pytest.mark.parametrize("name", NAMES)
def test_a_commented_example_explains_every_field_once_and_holds_the_plain_one(name: str) -> None:
    document = catalog.example(name)
    lines = commented(document, name)
    data = [line for line in lines if not line.lstrip().startswith("//")]
    comments = [line for line in lines if line.lstrip().startswith("//")]

    assert json.loads("\n".join(data)) == document
    assert all(len(line) <= 100 for line in comments)
    said = " ".join(line.strip().removeprefix("// ") for line in comments)
    for field in document:
        assert _description(catalog.bundled(name), field) in said, field


def _description(schema: dict[str, Any], field: str) -> str:
    """What the schema says of a field, in its own words or in those of the definition it refers to."""
    node = schema["properties"][field]
    return str(
        node.get("description") or schema["$defs"][node["$ref"].removeprefix("#/$defs/")]["description"]
    )


def test_canonical_bytes_are_those_that_are_hashed(run: Run) -> None:
    """SIG-09: RFC 8785, without a line end."""
    text = '{ "b": [1, 2],\n "a": "\\u00e9" }'
    canonical = '{"a":"é","b":[1,2]}'

    assert run("canonical", "-", stdin=text).stdout == canonical
    digest = run("canonical", "-", "--digest", stdin=text).stdout
    assert digest == hashlib.sha256(canonical.encode()).hexdigest() + "\n"


def test_canonical_refuses_what_strict_reading_refuses(run: Run) -> None:
    """SIG-03: a member that stands twice has no canonical form."""
    done = run("canonical", "-", stdin='{"a": 1, "a": 2}')

    assert (done.returncode, done.stdout) == (1, "")
    assert "json.duplicate-member" in done.stderr
    assert run("canonical", "nowhere.json").returncode == 2


ID = "https://biomed.example/id/" + "a" * 26
PROFILE = {"id": ID, "type": "company", "name": {"en": "Acme"}, "sectors": ["ai"], "status": "active"}
OTHER = {**PROFILE, "id": ID[:-1] + "b", "name": {"en": "Beta"}}


def write(path: Path, *documents: Any) -> str:
    path.write_text("\n".join(json.dumps(document) for document in documents), "utf-8")
    return path.name


def test_two_profiles_are_compared_field_by_field(run: Run, tmp_path: Path) -> None:
    first = write(tmp_path / "a.json", PROFILE)
    after = {**PROFILE, "id": ID[:-1] + "b", "name": {"en": "Acme \u0007Bio"}, "sectors": ["ai", "energy"]}
    del after["status"]
    done = run("diff", first, write(tmp_path / "b.json", after))

    assert done.returncode == 1
    assert done.stdout.splitlines() == [
        f'/id "{ID}" → "{ID[:-1]}b"',
        '/name/en "Acme" → "Acme \\u0007Bio"',
        '/sectors/1 added "energy"',
        '/status removed "active"',
        "4 changes.",
    ]
    same = run("diff", first, first)
    assert (same.returncode, same.stdout) == (0, "No difference.\n")


def test_packages_are_compared_subject_by_subject_in_whatever_form_and_order(
    run: Run, tmp_path: Path
) -> None:
    head = {"specVersion": "1.0", "license": "CC0-1.0"}
    third = {**OTHER, "id": ID[:-1] + "c"}
    first = write(tmp_path / "a.json", {**head, "records": [PROFILE, OTHER]})
    changed = {**PROFILE, "name": {"en": "Acme Bio"}}
    second = write(tmp_path / "b.jsonl", third, changed, {**head, "license": "MIT", "records": []})
    answer = json.loads(run("diff", first, second, "--json").stdout)

    assert (answer["equal"], answer["same"]) == (False, 0)
    assert [one["subject"] for one in answer["added"]] == [third["id"]]
    assert [one["subject"] for one in answer["removed"]] == [OTHER["id"]]
    assert answer["head"] == [{"pointer": "/license", "op": "replace", "before": "CC0-1.0", "after": "MIT"}]
    (one,) = answer["changed"]
    assert (one["name"], one["changes"][0]["pointer"]) == ("Acme Bio", "/name/en")
    text = run("diff", first, second).stdout
    assert text.splitlines()[-1] == "1 added, 1 removed, 1 changed, 0 the same."
    assert run("diff", first, first).returncode == 0


def test_of_two_signed_records_all_but_the_signature_is_compared(run: Run, tmp_path: Path) -> None:
    """A record signed again says the same; one under another licence does not."""

    def signed(license: str, nonce: str) -> dict[str, Any]:
        about = {"id": ID, "profile": PROFILE}
        return {
            "id": f"{ID}/{nonce}",
            "license": license,
            "nonce": nonce,
            "credentialSubject": about,
            "proof": {"x": nonce},
        }

    first = write(tmp_path / "a.json", signed("CC0-1.0", "1"))

    assert run("diff", first, write(tmp_path / "b.json", signed("CC0-1.0", "2"))).returncode == 0
    assert run("diff", first, write(tmp_path / "c.json", PROFILE)).returncode == 0
    licence = run("diff", first, write(tmp_path / "d.json", signed("MIT", "2")))
    assert licence.stdout.splitlines()[0] == '/license "CC0-1.0" → "MIT"'


@pytest.mark.parametrize(
    ("documents", "status", "code"),
    [
        ([{"a": 1.5}], 1, "json.number"),
        ([{**PROFILE, "id": 1}], 2, "diff.id"),
        ([PROFILE, PROFILE], 2, "diff.id"),
        ([{"proof": {}, "credentialSubject": 1}], 2, "diff.not-a-profile"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_a_code(
    run: Run, tmp_path: Path, documents: list[Any], status: int, code: str
) -> None:
    done = run("diff", write(tmp_path / "a.json", *documents), write(tmp_path / "b.json", PROFILE))

    assert (done.returncode, code in done.stderr) == (status, True)
