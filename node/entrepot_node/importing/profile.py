"""One row to one profile, with a note of which column each part came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from entrepot_node.importing import values
from entrepot_node.importing.columns import Column
from entrepot_node.importing.layout import Bound
from entrepot_schema.code_lists import nearest_code
from entrepot_schema.findings import Severity
from entrepot_schema.identifier import lost_digits, usual_spelling

TYPES = ("company", "cluster", "institution")


@dataclass(frozen=True, slots=True)
class Remark:
    """Something to say about one cell, as in a finding. An error keeps the row from being published."""

    code: str
    message: str
    hint: str = ""
    severity: Severity = "warning"
    layer: str = ""


@dataclass(slots=True)
class RowProfile:
    """The profile of a row as it grows. `sources` maps JSON Pointers to column headings."""

    profile: dict[str, Any]
    license: str | None = None
    updated_is_default: bool = True
    sources: dict[str, str] = field(default_factory=dict)
    remarks: list[Remark] = field(default_factory=list)

    def heading_of(self, pointer: str) -> str:
        """Name the column that a pointer into the profile came from; '' if none did."""
        while pointer and pointer not in self.sources:
            pointer = pointer.rpartition("/")[0]
        return self.sources.get(pointer, "")


def build_profile(cells: Sequence[str], bound: Sequence[Bound], default_type: str, today: date) -> RowProfile:
    """Fill a profile from the cells of a row; empty cells fill nothing."""
    texts = [(one, values.clean(cells[one.index]) if one.index < len(cells) else "") for one in bound]
    kind = next(
        (values.code("recordType", text) for one, text in texts if one.column.kind == "type" and text), ""
    )
    location: dict[str, Any] = {}
    row = RowProfile(
        {
            "type": kind or default_type,
            "locations": [location],
            "status": "active",
            "updated": today.isoformat(),
        }
    )
    for one, text in texts:
        if text and one.column.kind != "type":
            _fill(row, one, text)
    return row


def _fill(row: RowProfile, one: Bound, text: str) -> None:
    column = one.column
    match column.kind:
        case "text":
            _put(row, one, {one.language: text})
        case "names":
            kind = column.heading.partition(".")[2] or "short"
            for name in values.split_list(text):
                _append(row, one, "otherNames", {"kind": kind, "name": {one.language: name}})
        case "identifier":
            _fill_identifier(row, one, text)
        case "license":
            row.license = text
        case "code" | "codes":
            _fill_codes(row, one, text)
        case "url":
            address, mended = values.web_address(text)
            if mended:
                message = f"https:// was put in front of {text[:60]!r}"
                row.remarks.append(
                    Remark("import.web-address", f"{one.heading}: {message}", severity="information")
                )
            _put(row, one, address)
        case _:
            _put(row, one, _value(column, text))


def _value(column: Column, text: str) -> Any:
    match column.kind:
        case "coordinate":
            return values.coordinate(text)
        case "country":
            return text.upper()
        case "countries":
            return [one.upper() for one in values.split_list(text)]
        case "date":
            return values.day(text)
        case "flag":
            return values.flag(text)
        case "memberships":
            return [{"cluster": cluster} for cluster in values.split_list(text)]
        case "tags":
            return values.tags(text)
        case _:
            return text


def _fill_identifier(row: RowProfile, one: Bound, text: str) -> None:
    if lost_digits(text):
        message = f"{one.heading}: {text} has lost its digits in a spreadsheet"
        hint = "Format the column as text, put the number in again, and save the file once more."
        row.remarks.append(Remark("import.lost-digits", message, hint, severity="error"))
        return
    scheme = one.column.heading
    number = usual_spelling(scheme, text)
    _append(row, one, "identifiers", {"scheme": scheme, "id": number})


def _fill_codes(row: RowProfile, one: Bound, text: str) -> None:
    column = one.column
    list_name = column.codelist or _kind_list(row.profile["type"])
    parts = values.split_list(text) if column.kind == "codes" else [text]
    if not list_name:
        _put(row, one, text)
        return
    codes = list(dict.fromkeys(values.code(list_name, part) for part in parts))
    _put(row, one, codes if column.kind == "codes" else codes[0])
    for unknown in codes:
        if values.is_unknown_word(list_name, unknown):
            message = f"{one.heading}: {unknown[:60]!r} is not in the list {list_name}"
            row.remarks.append(Remark("import.unknown-code", message, nearest_code(list_name, unknown)))


def _kind_list(record_type: str) -> str:
    return {"cluster": "clusterKind", "institution": "institutionKind"}.get(record_type, "")


def _put(row: RowProfile, one: Bound, value: Any) -> None:
    """Set a value at the field of a column; a language map gains an entry."""
    holder, pointer = row.profile, ""
    *steps, last = one.column.field.split(".")
    for step in steps:
        pointer += f"/{step}"
        holder = holder.setdefault(step, {})
        if isinstance(holder, list):  # the one place of the row
            holder, pointer = holder[0], f"{pointer}/0"
    pointer += f"/{last}"
    if isinstance(value, dict):
        holder.setdefault(last, {}).update(value)
        pointer += f"/{one.language}"
    else:
        holder[last] = value
        row.updated_is_default &= last != "updated"
    row.sources[pointer] = one.heading


def _append(row: RowProfile, one: Bound, name: str, value: dict[str, Any]) -> None:
    entries = row.profile.setdefault(name, [])
    if value not in entries:
        row.sources[f"/{name}/{len(entries)}"] = one.heading
        entries.append(value)
