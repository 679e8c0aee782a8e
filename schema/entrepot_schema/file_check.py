"""What is wrong with a file people hand us: a profile, a signed record, a package as JSON or JSON Lines.

`check_file` returns findings with line numbers. Layers build on each other: a file that is no JSON gets no schema
findings, a profile that breaks its schema gets no findings of later layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from json import JSONDecodeError
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.errors import Refused
from entrepot_schema.findings import Finding, finding
from entrepot_schema.json_lines import lines_of
from entrepot_schema.profile_check import profile_findings
from entrepot_schema.schema_check import schema_refusals
from entrepot_schema.strict_json import decode_text, read_json

MAX_FILE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The outcome of a check: how many documents were found, and every finding."""

    file: str
    documents: int
    findings: list[Finding]


def check_file(raw: bytes, file: str, *, now: datetime) -> CheckedFile:
    """Check the bytes of one file; never raises for what is in it."""
    try:
        text = decode_text(raw, max_bytes=MAX_FILE_BYTES)
    except Refused as refused:
        return CheckedFile(file, 0, [Finding.of(refused, file=file, line=_error_line(refused))])
    if _is_json_lines(text):
        return _check_lines(text, file, now)
    try:
        document = read_json(raw, max_bytes=MAX_FILE_BYTES)
    except Refused as refused:
        return CheckedFile(file, 0, [Finding.of(refused, file=file, line=_error_line(refused))])
    parts = list(_parts(document))
    found = [
        fault.within(file=file, prefix=prefix)
        for prefix, part in parts
        for fault in _document_findings(part, now)
    ]
    lines = lines_of(text, [fault.pointer for fault in found])
    findings = [replace(fault, line=line) for fault, line in zip(found, lines, strict=True)]
    return CheckedFile(file, len(parts), findings)


def _is_json_lines(text: str) -> bool:
    """Several lines, and the first is a whole object by itself: JSON Lines."""
    first, _, rest = text.partition("\n")
    return first.rstrip().endswith("}") and first.lstrip().startswith("{") and bool(rest.strip())


def _check_lines(text: str, file: str, now: datetime) -> CheckedFile:
    findings: list[Finding] = []
    documents = 0
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        documents += 1
        try:
            document = read_json(line.encode(), max_bytes=MAX_FILE_BYTES)
        except Refused as refused:
            findings.append(Finding.of(refused, file=file, line=number))
            continue
        findings += [fault.within(file=file, line=number) for fault in _document_findings(document, now)]
    return CheckedFile(file, documents, findings)


def _parts(document: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The documents in a file, each with its pointer."""
    records = document.get("records")
    if not isinstance(records, list):
        yield "", document
        return
    yield "", {**document, "records": []}  # each record is judged by itself, below
    for index, record in enumerate(records):
        yield f"/records/{index}", record


def _is_package(document: dict[str, Any]) -> bool:
    """A package, or its head: in JSON Lines it stands in the first line, with empty records."""
    return isinstance(document.get("records"), list) or ("specVersion" in document and "type" not in document)


def _document_findings(document: Any, now: datetime) -> list[Finding]:
    if isinstance(document, dict) and _is_package(document):
        faults = schema_refusals(document, catalog.validator("package"))
        return [Finding.of(refused) for refused in faults]
    if isinstance(document, dict) and "proof" in document:
        return _signed_findings(document, now)
    return profile_findings(document, now=now)


def _signed_findings(document: dict[str, Any], now: datetime) -> list[Finding]:
    """What can be told of a signed record without the keys of its issuer."""
    about = document.get("credentialSubject")
    profile = about.get("profile") if isinstance(about, dict) else None
    kind = profile.get("type") if isinstance(profile, dict) else None
    if not isinstance(profile, dict) or kind not in (*catalog.TYPES, "node"):
        message = "the signed record states no known profile"
        return [finding("schema.unknown-type", message, pointer="/credentialSubject")]
    faults = list(schema_refusals(document, catalog.record_validator(str(kind))))
    if faults or kind == "node":
        return [Finding.of(refused) for refused in faults]
    prefix = "/credentialSubject/profile"
    return [fault.within(file="", prefix=prefix) for fault in profile_findings(profile, now=now)]


def _error_line(refused: Refused) -> int:
    """Name the line at which reading stopped; 0 where the reader does not tell."""
    cause = refused.__cause__
    if isinstance(cause, UnicodeDecodeError):
        return cause.object.count(b"\n", 0, cause.start) + 1
    return cause.lineno if isinstance(cause, JSONDecodeError) else 0
