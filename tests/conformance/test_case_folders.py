"""A folder that is dropped beside the others is a case; one with a mistake is told with its path and what is wrong."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.__main__ import main
from entrepot_conformance.case_folders import (
    CaseFolderError,
    cases_folder,
    documents_of,
    questions_of,
    read_case_folders,
)
from entrepot_conformance.document_cases import DocumentCase
from entrepot_conformance.suite.case import Level, Side
from entrepot_conformance.suite.registry import all_cases
from entrepot_schema.file_check import check_file

FOLDERS = read_case_folders(cases_folder())
BYTES = {"profile": "bytes", "what": "vkey", "ids": ["LOG-36"], "about": {"vkey": "x"}}
DOCUMENT = {"profile": "document", "ids": ["PRO-05"], "file": "a.json", "now": "2026-11-24T12:00:00Z"}
ERROR = {"layer": "S", "code": "schema.type", "pointer": "", "line": 1, "severity": "error"}


def drop(root: Path, name: str, told: Any, expected: Any, **files: str | bytes) -> Path:
    """Write a folder as somebody without Python would."""
    folder = root / name
    folder.mkdir()
    texts = {
        "case.json": json.dumps(told),
        "expected.json": json.dumps(expected),
        "README.md": "# What it shows.\n",
    }
    for file, text in (texts | {key.replace("_", "."): value for key, value in files.items()}).items():
        if text:
            (folder / file).write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder


def mistake(root: Path) -> str:
    def read() -> None:
        folders = read_case_folders(root)
        questions_of(folders)
        documents_of(folders)

    with pytest.raises(CaseFolderError) as error:
        read()
    assert str(root) in str(error.value)
    return str(error.value).partition(": ")[2]


def test_a_folder_of_bytes_becomes_a_question(tmp_path: Path) -> None:
    about = {
        "vkey": {"file": "key.txt", "as": "text"},
        "raw": {"file": "raw.bin"},
        "hex": {"file": "raw.bin", "as": "hex"},
    }
    about |= {
        "lines": {"file": "lines.txt", "as": "hex-lines"},
        "state": {"file": "state.json", "as": "json"},
        "n": 3,
    }
    told = {**BYTES, "about": about, "level": "SHOULD"}
    files = {"key_txt": "k", "raw_bin": b"\x00\x01", "lines_txt": "00\nff\n", "state_json": '{"a": 1}'}
    drop(tmp_path, "what-it-is_reject", told, {"code": "log.vkey", "size": 7}, **files)

    (question,) = questions_of(read_case_folders(tmp_path))

    assert (question.name, question.what, question.ids) == ("what-it-is-reject", "vkey", ("LOG-36",))
    assert question.about == {
        "vkey": "k", "raw": "AAE=", "hex": "0001", "lines": ["00", "ff"], "state": {"a": 1}, "n": 3,
    }  # fmt: skip
    assert (question.sides, question.level) == ({Side.REFUSE}, Level.SHOULD)
    assert (question.code, question.due) == ("log.vkey", {"size": 7})
    assert question.title == "refuses the vkey: What it shows."


def test_a_folder_of_a_document_becomes_a_document_case(tmp_path: Path) -> None:
    drop(tmp_path, "no-object_reject", DOCUMENT, {"findings": [ERROR]}, a_json="[]")

    (one,) = documents_of(read_case_folders(tmp_path))

    assert (one.name, one.file, one.read(), one.is_valid) == (
        "no-object-reject",
        "no-object-reject.json",
        b"[]",
        False,
    )
    assert one.findings[0].code == "schema.type"


def test_every_folder_beside_the_suite_is_a_case() -> None:
    names = {case.name for case in all_cases()}

    assert {f"{one.told['profile']}.{one.name}" for one in FOLDERS} <= names
    assert len(FOLDERS) > 30
    assert all(one.title.endswith(".") for one in FOLDERS)


@pytest.mark.parametrize("one", documents_of(FOLDERS), ids=lambda one: one.name)
def test_our_validator_gives_the_documents_their_findings(one: DocumentCase) -> None:
    found = check_file(one.read(), one.file, now=datetime.fromisoformat(one.now)).findings

    given = [(f.layer, f.code, f.pointer, f.line, str(f.severity)) for f in found]
    assert given == [(f.layer, f.code, f.pointer, f.line, f.severity) for f in one.findings]


MISTAKES: dict[str, tuple[str, Any, Any, dict[str, str]]] = {
    "a name is words": ("What_it_is", BYTES, {}, {}),
    "case.json is missing": ("x", BYTES, {}, {"case_json": ""}),
    "expected.json is missing": ("x", BYTES, {}, {"expected_json": ""}),
    "case.json is no JSON: Expecting": ("x", BYTES, {}, {"case_json": "{,}"}),
    "case.json is no JSON object": ("x", [], {}, {}),
    "README.md is missing": ("x", BYTES, {}, {"README_md": ""}),
    "README.md begins with no sentence": ("x", BYTES, {}, {"README_md": "#\n\nx"}),
    "case.json: profile is bytes or document, not None": ("x", {}, {}, {}),
    "case.json: no such member: whta": ("x", {**BYTES, "whta": 1}, {}, {}),
    "case.json: level is": ("x", {**BYTES, "level": "must"}, {}, {}),
    "case.json: ids is a list": ("x", {**BYTES, "ids": "LOG-36"}, {}, {}),
    "case.json: the specification has no LOG-999": ("x", {**BYTES, "ids": ["LOG-999"]}, {}, {}),
    "case.json: what names": ("x", {**BYTES, "what": None}, {}, {}),
    "case.json: about is an object": ("x", {**BYTES, "about": []}, {}, {}),
    "case.json: about.raw names the file 'gone', which": ("x", {**BYTES, "about": {"raw": {"file": "gone"}}}, {}, {}),
    "case.json: about.raw names the file '../x', which": ("x", {**BYTES, "about": {"raw": {"file": "../x"}}}, {}, {}),
    "case.json: about.raw: as is": ("x", {**BYTES, "about": {"raw": {"file": "case.json", "as": "b64"}}}, {}, {}),
    "expected.json has a code: call": ("x", BYTES, {"code": "log.vkey"}, {}),
    "expected.json: code is one of spec/codes.md or a family, not ''": ("x_reject", BYTES, {}, {}),
    "expected.json: code is one of spec/codes.md or a family, not 'log.vkye'": ("x_reject", BYTES, {"code": "log.vkye"}, {}),
    "case.json: file names the file 'a.json', which": ("x", DOCUMENT, {"findings": []}, {}),
    "case.json: now is": ("x", {**DOCUMENT, "now": None}, {"findings": []}, {"a_json": "{}"}),
    "expected.json: findings is a list": ("x", DOCUMENT, {}, {"a_json": "{}"}),
    "expected.json: a finding is not whole": ("x_reject", DOCUMENT, {"findings": [{"code": "x"}]}, {"a_json": "{}"}),
    "a folder is …_reject just when": ("x", DOCUMENT, {"findings": [ERROR]}, {"a_json": "{}"}),
}  # fmt: skip


@pytest.mark.parametrize("told", MISTAKES)
def test_a_mistake_is_told(told: str, tmp_path: Path) -> None:
    name, case, expected, files = MISTAKES[told]
    drop(tmp_path, name, case, expected, **files)

    assert mistake(tmp_path).startswith(told)


def test_the_suite_tells_a_mistake_and_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    drop(tmp_path, "x", {}, {})
    monkeypatch.setattr("entrepot_conformance.profiles.document.cases_folder", lambda: tmp_path)

    with pytest.raises(SystemExit) as end:
        main(["--dry-run"])

    assert end.value.code == 2
    assert f"{tmp_path / 'x'}: case.json: profile is bytes or document" in capsys.readouterr().err
