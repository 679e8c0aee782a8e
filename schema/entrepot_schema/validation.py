"""One validator for laptop, importer, form, API and puller: what is wrong with a profile or a file (design of layers J, S, C, P).

`profile_refusals` judges one profile. `check_file` takes the bytes of a file people hand us (a profile, a signed
record, a package as JSON or JSON Lines) and returns findings with line numbers. Layers build on each other: a file
that is no JSON gets no schema findings, a profile that breaks its schema gets no findings of later layers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from json import JSONDecodeError
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.errors import Refused
from entrepot_schema.findings import Finding
from entrepot_schema.json_lines import lines_of
from entrepot_schema.schema_check import schema_refusals
from entrepot_schema.strict_json import decode_text, read_json
from entrepot_schema.wire_rules import wire_refusals

MAX_FILE_BYTES = 512 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The outcome of a check: how many documents were found, and every finding."""

    file: str
    documents: int
    findings: list[Finding]


def profile_refusals(profile: Any) -> list[Refused]:
    """Every fault of a profile; an empty list means that it may be signed."""
    if not isinstance(profile, dict):
        return [Refused("schema.type", "a profile is a JSON object")]
    kind = profile.get("type")
    if kind not in catalog.TYPES:
        hint = "One of: " + ", ".join(catalog.TYPES)
        return [
            Refused(
                "schema.unknown-type", f"{str(kind)[:40]!r} is no record type", pointer="/type", hint=hint
            )
        ]
    faults = list(schema_refusals(profile, catalog.profile_validator(kind)))
    return faults or list(wire_refusals(profile))


def check_file(raw: bytes, file: str) -> CheckedFile:
    """Check the bytes of one file; never raises for what is in it."""
    try:
        text = decode_text(raw, max_bytes=MAX_FILE_BYTES)
    except Refused as refused:
        return CheckedFile(file, 0, [Finding.of(refused, file=file, line=_error_line(refused))])
    if _is_json_lines(text):
        return _check_lines(text, file)
    try:
        document = read_json(raw, max_bytes=MAX_FILE_BYTES)
    except Refused as refused:
        return CheckedFile(file, 0, [Finding.of(refused, file=file, line=_error_line(refused))])
    parts = list(_parts(document))
    faults = [(prefix, refused) for prefix, part in parts for refused in _document_refusals(part)]
    lines = lines_of(text, [prefix + refused.pointer for prefix, refused in faults])
    findings = [
        Finding.of(refused, file=file, line=line, prefix=prefix)
        for (prefix, refused), line in zip(faults, lines, strict=True)
    ]
    return CheckedFile(file, len(parts), findings)


def _is_json_lines(text: str) -> bool:
    """Several lines, and the first is a whole object by itself: JSON Lines."""
    first, _, rest = text.partition("\n")
    return first.rstrip().endswith("}") and first.lstrip().startswith("{") and bool(rest.strip())


def _check_lines(text: str, file: str) -> CheckedFile:
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
        findings += [Finding.of(refused, file=file, line=number) for refused in _document_refusals(document)]
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


def _document_refusals(document: Any) -> list[Refused]:
    if isinstance(document, dict) and _is_package(document):
        return list(schema_refusals(document, catalog.validator("package")))
    if isinstance(document, dict) and "proof" in document:
        return _signed_refusals(document)
    return profile_refusals(document)


def _signed_refusals(document: dict[str, Any]) -> list[Refused]:
    """Judge a signed record without its feed: schema and wire rules; names and keys need entry and key log."""
    about = document.get("credentialSubject")
    profile = about.get("profile") if isinstance(about, dict) else None
    kind = profile.get("type") if isinstance(profile, dict) else None
    if not isinstance(profile, dict) or kind not in (*catalog.TYPES, "node"):
        return [
            Refused(
                "schema.unknown-type",
                "the signed record states no known profile",
                pointer="/credentialSubject",
            )
        ]
    faults = list(schema_refusals(document, catalog.record_validator(str(kind))))
    if faults or kind == "node":
        return faults
    return [
        Refused(
            fault.code, fault.message, pointer=f"/credentialSubject/profile{fault.pointer}", hint=fault.hint
        )
        for fault in wire_refusals(profile)
    ]


def _error_line(refused: Refused) -> int:
    """Name the line at which reading stopped; 0 where the reader does not tell."""
    cause = refused.__cause__
    if isinstance(cause, UnicodeDecodeError):
        return cause.object.count(b"\n", 0, cause.start) + 1
    return cause.lineno if isinstance(cause, JSONDecodeError) else 0


def same_profile(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Answer whether two profiles state the same."""
    return canonical_bytes(first) == canonical_bytes(second)
