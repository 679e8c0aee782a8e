"""The words for reason codes are those of the table in `spec/codes.md`."""

from __future__ import annotations

import csv
import re
from pathlib import Path

from entrepot_node.reasons import _FILE, meaning

CODES = Path(__file__).parents[2] / "spec" / "codes.md"
ROW = re.compile(r"^\| `([^`]+)` \| (\S+) \| ([^|]+) \| [^|]+ \|$", re.MULTILINE)
# The rules of the wire are closed: these families, and single codes of the others.
WIRE_FAMILIES = ("json", "schema")
WIRE_CODES = (
    "code.date",
    "code.identifier",
    "code.owner",
    "code.text",
    "privacy.property-name",
    "log.revision",
)


def test_every_meaning_is_word_for_word_that_of_the_table_of_codes() -> None:
    table = {row[1]: row[3].strip() for row in ROW.finditer(CODES.read_text("utf-8"))}
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))

    assert [row["code"] for row in rows] == sorted(row["code"] for row in rows)
    assert {row["code"]: row["en"] for row in rows} == {row["code"]: table[row["code"]] for row in rows}
    assert all(re.search("[\u4e00-\u9fff]", row["zh-Hans"]) for row in rows)


def test_every_reason_a_record_can_be_refused_for_has_words() -> None:
    table = [row[1] for row in ROW.finditer(CODES.read_text("utf-8"))]
    refusing = [code for code in table if code.startswith(WIRE_FAMILIES) or code in WIRE_CODES]
    refusing += [code for code in table if code.startswith("key.") and meaning(code)]

    assert len(refusing) > 50
    assert [code for code in refusing if not meaning(code, "zh-Hans")] == []


def test_a_code_without_words_says_nothing() -> None:
    assert meaning("x.unheard-of") == ""
