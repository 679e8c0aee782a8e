"""A table to profiles: every row judged as it will be when it is published, every fault with line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from entrepot_node.importing.layout import Layout, lay_out, note
from entrepot_node.importing.profile import TYPES, RowProfile, build_profile
from entrepot_node.importing.table import Row, Table
from entrepot_node.importing.values import clean
from entrepot_schema.canonical import canonical_bytes, sha256
from entrepot_schema.errors import Misuse
from entrepot_schema.findings import Finding
from entrepot_schema.identifier import lost_digits
from entrepot_schema.profile_check import profile_findings
from entrepot_schema.strict_json import MAX_RECORD_BYTES

_LICENSE = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+-]{0,63}", re.ASCII)
_MAX_PROFILE_BYTES = MAX_RECORD_BYTES - 2_048  # leaves room for signature, schema and ids around it


@dataclass(frozen=True, slots=True)
class ImportedRow:
    """A row that may be published. The profile has no id; `license` is None where the row names none.

    `content_hash`: 32 bytes, SHA-256 of what the row says. A day that the importer put in is no part of it.
    """

    line: int
    key: str
    profile: dict[str, Any]
    license: str | None
    content_hash: bytes


@dataclass(frozen=True, slots=True)
class Conversion:
    """The outcome: rows without errors, all findings in the order of the file, and all keys of the file.

    Errors in the headings stop the work: there are no rows and no keys then. Whoever publishes MUST NOT go on
    while `notes` hold an error, or the rows that are missing would look as if they had left the file.
    """

    profiles: list[ImportedRow]
    notes: list[Finding]
    keys: frozenset[str]


def to_profiles(
    table: Table,
    *,
    key: str,
    default_type: str,
    now: datetime,
    placeholder_id: str,
    default_language: str = "und",
) -> Conversion:
    """Convert the rows of a table.

    `key`: heading of the column that tells rows apart. `placeholder_id`: any subject id of the publishing
    origin, to judge profiles before ids are minted. Raises `Misuse` for a key or type that cannot be.
    """
    if default_type not in TYPES:
        raise Misuse("import.type", f"{default_type} cannot be imported", hint=f"One of: {', '.join(TYPES)}")
    layout = lay_out(table, key, default_language)
    notes = list(layout.notes)
    if any(finding.severity == "error" for finding in notes):
        return Conversion([], notes, frozenset())
    rows: list[ImportedRow] = []
    lines_by_key: dict[str, int] = {}
    for row in table.rows:
        key_text = clean(row.cells[layout.key_index]) if layout.key_index < len(row.cells) else ""
        built = build_profile(row.cells, layout.bound, default_type, now.date())
        found = [
            *_row_findings(table, layout, row),
            *_key_findings(table, layout, row, key_text, lines_by_key),
            *_profile_findings(table, row, built, placeholder_id, now),
        ]
        notes += found
        if not any(finding.severity == "error" for finding in found):
            rows.append(_imported(row, key_text, built))
    return Conversion(rows, notes, frozenset(lines_by_key))


def _imported(row: Row, key: str, built: RowProfile) -> ImportedRow:
    stated = {
        name: value
        for name, value in built.profile.items()
        if name != "updated" or not built.updated_is_default
    }
    content_hash = sha256(canonical_bytes({"profile": stated, "license": built.license}))
    return ImportedRow(row.line, key, built.profile, built.license, content_hash)


def _row_findings(table: Table, layout: Layout, row: Row) -> Iterator[Finding]:
    width = len(table.headers)
    if any(cell.strip() for cell in row.cells[width:]):
        message = f"the row has {len(row.cells)} cells, the headings are {width}"
        hint = "Put cells that contain the separator into quotes."
        yield note(table, row.line, "import.row-length", message, hint=hint)


def _key_findings(
    table: Table, layout: Layout, row: Row, key: str, lines_by_key: dict[str, int]
) -> Iterator[Finding]:
    heading = layout.key_heading
    if not key:
        hint = "Each row needs a key of its own, the same in every import."
        yield note(table, row.line, "import.key-missing", f"{heading}: the key is empty", hint=hint)
    elif lost_digits(key):
        hint = "Format the column as text, put the number in again, and save the file once more."
        message = f"{heading}: {key} has lost its digits in a spreadsheet"
        yield note(table, row.line, "import.lost-digits", message, hint=hint)
    elif key in lines_by_key:
        message = f"{heading}: {key[:60]!r} stands in line {lines_by_key[key]} too"
        yield note(
            table,
            row.line,
            "import.key-twice",
            message,
            hint="Two rows with one key would become one record.",
        )
    else:
        lines_by_key[key] = row.line


def _profile_findings(
    table: Table, row: Row, built: RowProfile, placeholder_id: str, now: datetime
) -> Iterator[Finding]:
    for remark in built.remarks:
        yield note(
            table,
            row.line,
            remark.code,
            remark.message,
            hint=remark.hint,
            severity=remark.severity,
            layer=remark.layer,
        )
    if built.license is not None and not _LICENSE.fullmatch(built.license):
        message = f"{built.license[:60]!r} is no SPDX id of a licence"
        yield note(table, row.line, "import.license", message, hint="CC0-1.0 or CC-BY-4.0 are advised.")
    record_type = built.profile["type"]
    if record_type not in TYPES:
        message = f"{str(record_type)[:60]!r} is no type that can be imported"
        yield note(table, row.line, "import.type", message, hint=f"One of: {', '.join(TYPES)}")
        return
    for fault in profile_findings({**built.profile, "id": placeholder_id}, now=now):
        yield _finding(table, row, built, fault)
    if len(canonical_bytes(built.profile)) > _MAX_PROFILE_BYTES:
        hint = "Shorten texts or drop languages."
        yield note(table, row.line, "import.row-too-large", "the row is too large for one record", hint=hint)


def _finding(table: Table, row: Row, built: RowProfile, fault: Finding) -> Finding:
    heading = built.heading_of(fault.pointer)
    message = f"{heading}: {fault.message}" if heading else fault.message
    return replace(fault, file=table.file_name, line=row.line, message=message)
