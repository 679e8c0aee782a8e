"""`entrepot import`: a spreadsheet to records, keeping which row is which subject."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from entrepot_node.commands.check_report import print_findings
from entrepot_node.commands.node import Node, open_node, utc_now
from entrepot_node.commands.output import DONE, FOUND_FAULTS, Output
from entrepot_node.importing import Conversion, ImportedRow, ImportPlan, plan_import, read_table, to_profiles
from entrepot_node.orders import Publication
from entrepot_node.publish import Publisher
from entrepot_node.storage.interface import ImportKey
from entrepot_schema.errors import Misuse
from entrepot_schema.findings import Finding
from entrepot_schema.origin import subject_of

_UNPUBLISHED = b""


def run_import(
    path: Path,
    file: Path,
    *,
    key: str,
    type: str,
    language: str,
    list_name: str,
    dry_run: bool,
    again: bool,
    as_json: bool,
) -> int:
    """Import a file; publishes nothing when any row has an error."""
    output = Output(as_json=as_json)
    try:
        raw = file.read_bytes()
    except OSError as error:
        raise Misuse("import.file", f"{file} cannot be read: {error.strerror}") from error
    with open_node(path) as node:
        conversion = to_profiles(
            read_table(raw, file.name),
            key=key,
            default_type=type,
            default_language=language,
            now=utc_now(),
            placeholder_id=subject_of(node.settings.origin, "a" * 26),
        )
        if any(note.severity == "error" for note in conversion.notes):
            print_findings(output, conversion.notes, len(conversion.profiles))
            return FOUND_FAULTS
        name = list_name or file.name
        known = node.store.import_keys(name)
        plan = plan_import(conversion, known)
        withdrawn = [] if again else _withdrawn(node, plan, known)
        plan = replace(plan, changed=[row for row in plan.changed if row.key not in withdrawn])
        if not dry_run:
            _publish(node, name, plan, output)
    _report(output, plan, conversion, withdrawn, dry_run=dry_run)
    return DONE


def _publish(node: Node, name: str, plan: ImportPlan, output: Output) -> None:
    """Publish new and changed rows.

    Ids are kept before anything is published: an import that is cut off and begun again finds the same subjects,
    and the write path leaves alone what is live already.
    """
    with node.publisher() as publisher, output.progress("Publishing") as progress:
        known = node.store.import_keys(name)
        keys = [_subject(row, known, publisher, node) for row in (*plan.new, *plan.changed)]
        node.store.put_import_keys(name, [replace(key, content_hash=_UNPUBLISHED) for key in keys])
        rows = (*plan.new, *plan.changed)
        publications = [
            Publication(
                {**row.profile, "id": key.subject},
                row.license or node.settings.license,
                by_default=not row.license,
            )
            for row, key in zip(rows, keys, strict=True)
        ]
        publisher.publish(publications, progress)
        node.store.put_import_keys(name, keys)


def _withdrawn(node: Node, plan: ImportPlan, known: dict[str, ImportKey]) -> list[str]:
    """Keys of changed rows whose subject was withdrawn: a routine import must not bring it back."""
    subjects = {known[row.key].subject: row.key for row in plan.changed}
    states = node.store.subject_states(node.feed.id, subjects)
    return [subjects[state.subject] for state in states if state.live_index is None]


def _subject(row: ImportedRow, known: dict[str, ImportKey], publisher: Publisher, node: Node) -> ImportKey:
    before = known.get(row.key)
    subject = before.subject if before else publisher.mint(node.settings.origin)
    return ImportKey(row.key, subject, row.content_hash)


def _report(
    output: Output, plan: ImportPlan, conversion: Conversion, withdrawn: list[str], *, dry_run: bool
) -> None:
    notes: list[Finding] = conversion.notes
    document = {
        "dryRun": dry_run,
        "new": len(plan.new),
        "changed": len(plan.changed),
        "unchanged": len(plan.unchanged),
        "gone": [key.key for key in plan.gone],
        "withdrawn": withdrawn,
        "notes": [note.to_json() for note in notes],
    }
    verb = "would be published" if dry_run else "published"
    lines = [f"{note.file}:{note.line}  {note.message}" for note in notes[:50]]
    lines.append(
        f"{len(plan.new)} new and {len(plan.changed)} changed rows {verb}, {len(plan.unchanged)} unchanged."
    )
    if withdrawn:
        lines.append(f"{len(withdrawn)} rows were withdrawn before and stay so; --again publishes them anew.")
    if plan.gone:
        lines.append(
            f"{len(plan.gone)} rows of an earlier import are not in the file; withdraw them if they left."
        )
    output.result(document, lambda console: console.print("\n".join(lines)))
