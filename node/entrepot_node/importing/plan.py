"""What an import has to publish, compared with what earlier imports of the same list published.

Keys that left the file are reported and never withdrawn by themselves: a file cut short must not erase a cluster.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from entrepot_node.importing.conversion import Conversion, ImportedRow
from entrepot_node.storage.interface import ImportKey


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """Rows by what is to be done, in the order of the file; `gone` in the order of their keys."""

    new: list[ImportedRow]
    changed: list[ImportedRow]
    unchanged: list[ImportedRow]
    gone: list[ImportKey]


def plan_import(conversion: Conversion, known: Mapping[str, ImportKey]) -> ImportPlan:
    """Sort the rows of a file by what is new in them. Rows with errors are in the file: they are not gone."""
    plan = ImportPlan([], [], [], [known[key] for key in sorted(known.keys() - conversion.keys)])
    for row in conversion.profiles:
        before = known.get(row.key)
        if before is None:
            plan.new.append(row)
        elif before.content_hash == row.content_hash:
            plan.unchanged.append(row)
        else:
            plan.changed.append(row)
    return plan
