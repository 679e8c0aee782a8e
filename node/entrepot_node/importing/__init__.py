"""From a spreadsheet to profiles: pure functions over bytes and a date; no store, no clock, no network.

    table = read_table(raw, "members.csv")
    conversion = to_profiles(
        table, key="No.", default_type="company", default_language="en", now=now, placeholder_id=some_id
    )
    plan = plan_import(conversion, known)       # what to publish, what is as it was, what left the file

People keep lists in spreadsheets, and spreadsheets lose things: digits of long numbers, encodings, languages.
What can be mended without a guess is mended and said; what cannot is refused with line and column. Columns that
look as if they held data of persons are dropped and said. The columns stand in `columns.py` and docs/import.md.
"""

from entrepot_node.importing.columns import COLUMNS, Column
from entrepot_node.importing.conversion import Conversion, ImportedRow, to_profiles
from entrepot_node.importing.plan import ImportPlan, plan_import
from entrepot_node.importing.table import Row, Table, TableUnreadable, read_table

__all__ = [
    "COLUMNS",
    "Column",
    "Conversion",
    "ImportPlan",
    "ImportedRow",
    "Row",
    "Table",
    "TableUnreadable",
    "plan_import",
    "read_table",
    "to_profiles",
]
