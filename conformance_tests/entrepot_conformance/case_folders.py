"""Cases as data: a folder each, with its files, what is due and a README. Nobody needs Python to add one.

A folder whose name ends in `_reject` must be refused. README.md beside the folders says what stands in them.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from .document_cases import DocumentCase, ExpectedFinding
from .judging.question import Question
from .reason_codes import known_codes
from .spec_folder import spec_folder
from .suite.case import Level, Side

REJECT = "_reject"
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*(_reject)?")
_MEMBERS = {"profile", "what", "ids", "level", "about", "now", "file", "both"}
_PACKAGE = Path(__file__).resolve().parent


class CaseFolderError(ValueError):
    """A folder that is no case, with what is wrong in it and what to write instead."""


@dataclass(frozen=True, slots=True)
class CaseFolder:
    """One folder, read and checked."""

    path: Path
    told: Mapping[str, Any]
    expected: Mapping[str, Any]
    title: str

    @property
    def accept(self) -> bool:
        """Whether what is in it must be accepted."""
        return not self.path.name.endswith(REJECT)

    @property
    def name(self) -> str:
        """The name of the case, without its profile."""
        return self.path.name.replace("_", "-")

    def bytes_of(self, file: object, member: str) -> bytes:
        """Return one of its files."""
        path = self.path / str(file)
        good = isinstance(file, str) and "/" not in file and path.is_file()
        _require(good, self.path, f"case.json: {member} names the file {file!r}, which is not in the folder")
        return path.read_bytes()


def cases_folder() -> Path:
    """Return the folder of the case folders: inside the package once installed, beside it in the repository."""
    inside = _PACKAGE / "cases"
    return inside if inside.is_dir() else _PACKAGE.parent / "cases"


def read_case_folders(root: Path) -> list[CaseFolder]:
    """Read every folder below a folder, by name; raise `CaseFolderError` for the first that is no case."""
    return [_read(path) for path in sorted(root.iterdir()) if path.is_dir()]


def questions_of(folders: list[CaseFolder]) -> list[Question]:
    """The folders of the profile `bytes` as questions."""
    return [_question(one) for one in folders if one.told["profile"] == "bytes"]


def documents_of(folders: list[CaseFolder]) -> list[DocumentCase]:
    """The folders of the profile `document` as document cases."""
    return [_document(one) for one in folders if one.told["profile"] == "document"]


def _read(path: Path) -> CaseFolder:
    _require(
        _NAME.fullmatch(path.name), path, "a name is words of a–z and 0–9 with hyphens, then maybe _reject"
    )
    told, expected = _json(path, "case.json"), _json(path, "expected.json")
    readme = path / "README.md"
    _require(readme.is_file(), path, "README.md is missing: one sentence on what the case shows")
    title = " ".join(readme.read_text("utf-8").partition("\n\n")[0].lstrip("# ").split())
    _require(title, path, "README.md begins with no sentence")
    profile = told.get("profile")
    _require(
        profile in ("bytes", "document"), path, f"case.json: profile is bytes or document, not {profile!r}"
    )
    unknown = sorted(set(told) - _MEMBERS)
    _require(not unknown, path, f"case.json: no such member: {', '.join(unknown)}")
    _require(told.get("level", "MUST") in set(Level), path, "case.json: level is MUST, SHOULD or MAY")
    _check_ids(path, told.get("ids"))
    return CaseFolder(path, told, expected, title)


def _check_ids(path: Path, ids: object) -> None:
    good = isinstance(ids, list) and ids and all(isinstance(one, str) for one in ids)
    _require(good, path, "case.json: ids is a list of clauses, such as LOG-40")
    assert isinstance(ids, list)
    unknown = [one for one in ids if f"**{one}**" not in _spec()]
    _require(not unknown, path, f"case.json: the specification has no {', '.join(unknown)}")


@cache
def _spec() -> str:
    return "".join(file.read_text("utf-8") for file in spec_folder().glob("*.md"))


def _question(one: CaseFolder) -> Question:
    what, about = one.told.get("what"), one.told.get("about", {})
    _require(isinstance(what, str) and what, one.path, "case.json: what names the kind of bytes")
    _require(isinstance(about, dict), one.path, "case.json: about is an object")
    code = one.expected.get("code", "")
    if one.accept:
        _require("code" not in one.expected, one.path, "expected.json has a code: call the folder …_reject")
    else:
        good = code == "*" or code.endswith(".*") or code in known_codes() or code.startswith("http.")
        _require(good, one.path, f"expected.json: code is one of spec/codes.md or a family, not {code!r}")
    members = {name: _value(one, value, f"about.{name}") for name, value in about.items()}
    due = {name: value for name, value in one.expected.items() if name != "code"}
    level = Level(one.told.get("level", "MUST"))
    also = frozenset(Side) if one.told.get("both") is True else frozenset[Side]()
    return Question(
        one.name, str(what), members, tuple(one.told["ids"]), one.accept, code, due, one.title, also, level
    )


def _value(one: CaseFolder, value: Any, member: str) -> Any:
    """Put a file where `{"file": name}` stands, as base64, or in the form that `as` names."""
    if not isinstance(value, dict) or "file" not in value:
        return value
    raw = one.bytes_of(value["file"], member)
    form = value.get("as", "base64")
    if form == "json":
        return json.loads(raw)
    if form == "hex":
        return raw.hex()
    if form == "text":
        return raw.decode()
    if form == "hex-lines":
        return raw.decode("ascii").split()
    _require(form == "base64", one.path, f"case.json: {member}: as is base64, hex, hex-lines, text or json")
    return base64.b64encode(raw).decode("ascii")


def _document(one: CaseFolder) -> DocumentCase:
    file, now, rows = one.told.get("file"), one.told.get("now"), one.expected.get("findings")
    raw = one.bytes_of(file, "file")
    _require(isinstance(now, str), one.path, "case.json: now is the time at which the file is judged")
    _require(isinstance(rows, list), one.path, "expected.json: findings is a list")
    try:
        findings = tuple(ExpectedFinding(**row) for row in rows or ())
    except TypeError as error:
        raise CaseFolderError(f"{one.path}: expected.json: a finding is not whole: {error}") from error
    errors = any(finding.severity == "error" for finding in findings)
    _require(errors != one.accept, one.path, "a folder is …_reject just when a finding of it is an error")
    name = f"{one.name}{Path(str(file)).suffix}"
    return DocumentCase(
        one.name, name, one.name, str(now), one.title, findings, lambda: raw, tuple(one.told["ids"])
    )


def _json(path: Path, name: str) -> dict[str, Any]:
    file = path / name
    _require(file.is_file(), path, f"{name} is missing")
    try:
        told = json.loads(file.read_bytes())
    except ValueError as error:
        raise CaseFolderError(f"{path}: {name} is no JSON: {error}") from error
    _require(isinstance(told, dict), path, f"{name} is no JSON object")
    assert isinstance(told, dict)
    return told


def _require(good: object, path: Path, message: str) -> None:
    if not good:
        raise CaseFolderError(f"{path}: {message}")
