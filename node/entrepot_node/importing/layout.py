"""Which column of a table fills which field: decided once by the headings, before any row is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from entrepot_node.importing.columns import (
    NO_LANGUAGES,
    Column,
    looks_personal,
    match_heading,
    nearest_heading,
)
from entrepot_node.importing.table import Table
from entrepot_node.importing.values import clean
from entrepot_schema.errors import Misuse
from entrepot_schema.findings import Finding, Severity

_HINT_HEADINGS = "The first line of the file holds the headings; take title lines out."


@dataclass(frozen=True, slots=True)
class Bound:
    """A column of the table that is carried over: `language` is '' where the field has none."""

    index: int
    heading: str
    column: Column
    language: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What each column of a table is for."""

    key_index: int
    key_heading: str
    bound: list[Bound]
    notes: list[Finding]


def note(
    table: Table,
    line: int,
    code: str,
    message: str,
    *,
    hint: str = "",
    severity: Severity = "error",
    layer: str = "",
) -> Finding:
    """Make a finding of the importer; `layer` is empty where no rule of the standard is concerned."""
    return Finding(table.file_name, "", line, layer, code, message, hint, severity)


def lay_out(table: Table, key: str, default_language: str) -> Layout:
    """Decide what each column is for; raise `Misuse` when the key column is not there."""
    headings = [clean(header) for header in table.headers]
    key_index = _find_key(headings, key)
    found = _bind(headings, default_language)
    layout = Layout(key_index, headings[key_index], [], [])
    if table.encoding == "GB18030":
        message = "the file was read as GB18030; look whether names are right"
        layout.notes.append(note(table, 1, "import.encoding", message, severity="information"))
    targets: dict[tuple[str, str], str] = {}
    for bound in found:
        target = (bound.column.heading, bound.language)
        if target in targets:
            message = f"columns {targets[target]!r} and {bound.heading!r} mean the same; keep one of them"
            layout.notes.append(note(table, table.header_line, "import.duplicate-heading", message))
        targets[target] = bound.heading
        layout.notes.extend(_language_notes(table, bound))
        layout.bound.append(bound)
    known = {bound.index for bound in found} | {key_index}
    layout.notes.extend(
        _left_out(table, heading) for index, heading in enumerate(headings) if heading and index not in known
    )
    layout.notes.extend(_missing(table, found))
    return layout


def _missing(table: Table, found: list[Bound]) -> Iterator[Finding]:
    """Say once, and not in every row, that a column is missing without which no row can be published."""
    fields = {bound.column.field for bound in found}
    for field, heading in (("name", "name"), ("locations.country", "country")):
        if field not in fields:
            message = f"there is no column {heading}, which every row needs"
            yield note(table, table.header_line, "import.column-missing", message, hint=_HINT_HEADINGS)


def _find_key(headings: list[str], key: str) -> int:
    wanted = clean(key).casefold()
    places = [index for index, heading in enumerate(headings) if heading.casefold() == wanted]
    if len(places) == 1 and wanted:
        return places[0]
    shown = ", ".join(heading for heading in headings if heading)[:300]
    message = f"{'several columns are' if places else 'no column is'} called {key!r}"
    raise Misuse("import.no-key", message, hint=f"The columns are: {shown}. {_HINT_HEADINGS}")


def _bind(headings: list[str], default_language: str) -> list[Bound]:
    bound = []
    for index, heading in enumerate(headings):
        match = match_heading(heading)
        if match:
            language = (match.language or default_language) if match.column.has_languages else ""
            bound.append(Bound(index, heading, match.column, language))
    return bound


def _language_notes(table: Table, bound: Bound) -> Iterator[Finding]:
    meant = NO_LANGUAGES.get(bound.language.partition("-")[0])
    if meant:
        message = f"column {bound.heading!r}: {bound.language} is no language"
        hint = f"Did you mean {meant}?"
        yield note(table, table.header_line, "import.language", message, hint=hint)


def _left_out(table: Table, heading: str) -> Finding:
    line = table.header_line
    if looks_personal(heading):
        message = f"column {heading!r} may hold data of persons and was dropped"
        hint = "Records name organisations, never people."
        return note(table, line, "privacy.column", message, hint=hint, severity="warning", layer="P")
    near = nearest_heading(heading)
    hint = f"Did you mean {near}?" if near else "docs/import.md lists the columns."
    message = f"column {heading!r} is not known and was left out"
    return note(table, line, "import.unknown-column", message, hint=hint, severity="warning")
