"""Bytes of a CSV file to a table of texts, within limits.

Encodings: UTF-8 with or without byte order mark, UTF-16 with one, and GB18030, which Chinese spreadsheets write.
Western eight-bit encodings are never guessed: in them every file of bytes is a text, mostly a wrong one. They can
even pass for GB18030, so that is believed only of a file that looks like Chinese. The separator is a comma, a
semicolon or a tab, whichever the heading line has most of.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from entrepot_schema.errors import Misuse

MAX_FILE_BYTES = 64 * 1024 * 1024
MAX_ROWS = 200_000
MAX_COLUMNS = 500
MAX_CELL_BYTES = 32 * 1024

_SEPARATORS = ",;\t"
_QUOTED = re.compile(r'"(?:[^"]|"")*"?')
_SEPARATOR_LINE = re.compile(r"sep=([,;\t])\r?\n?", re.IGNORECASE)
_WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
_FOREIGN_RUN = re.compile(r"([A-Za-z]?)([^\x00-\x7f]+)([A-Za-z]?)")
_SAMPLE = 200_000
_MOSTLY = 0.6
_HINT_UTF8 = "In the spreadsheet, save the sheet as “CSV UTF-8”."


class TableUnreadable(Misuse):
    """A file that cannot be read as a table. `line` counts from 1; 0 for the whole file."""

    def __init__(self, code: str, message: str, *, line: int = 0, hint: str = "") -> None:
        super().__init__(code, f"line {line}: {message}" if line else message, hint=hint)
        self.line = line


@dataclass(frozen=True, slots=True)
class Row:
    """One row, by the line on which it starts. Cells are as written; there may be fewer or more than headings."""

    line: int
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """A sheet: its headings and its rows that are not empty."""

    file_name: str
    encoding: str
    headers: tuple[str, ...]
    header_line: int
    rows: list[Row]


def read_table(raw: bytes, file_name: str) -> Table:
    """Read a CSV file; raise `TableUnreadable` with a code `import.*` for what is none."""
    if len(raw) > MAX_FILE_BYTES:
        raise TableUnreadable(
            "import.too-large", f"the file has {len(raw)} bytes; {MAX_FILE_BYTES} are allowed"
        )
    if raw.startswith(_WORKBOOKS):
        raise TableUnreadable("import.workbook", "this is a workbook, not CSV", hint=_HINT_UTF8)
    text, encoding = _decode(raw)
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise TableUnreadable("import.encoding", "the file contains zero bytes", line=line, hint=_HINT_UTF8)
    records = _records(text)
    header = next(records, None)
    if header is None:
        raise TableUnreadable("import.empty", "the file is empty")
    if len(header.cells) > MAX_COLUMNS:
        message = f"there are {len(header.cells)} columns; {MAX_COLUMNS} are allowed"
        raise TableUnreadable("import.too-many-columns", message, line=header.line)
    return Table(file_name, encoding, header.cells, header.line, _bounded(records))


def _bounded(records: Iterator[Row]) -> list[Row]:
    rows: list[Row] = []
    for row in records:
        if len(rows) == MAX_ROWS:
            raise TableUnreadable("import.too-many-rows", f"more than {MAX_ROWS} rows", line=row.line)
        rows.append(row)
    return rows


def _decode(raw: bytes) -> tuple[str, str]:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode_marked(raw, "utf-16"), "UTF-16"
    if raw.startswith(b"\xef\xbb\xbf"):
        return _decode_marked(raw, "utf-8-sig"), "UTF-8"
    try:
        return raw.decode("utf-8"), "UTF-8"
    except UnicodeDecodeError as error:
        text = _decode_chinese(raw)
        if text is not None:
            return text, "GB18030"
        message = "the file is neither UTF-8 nor GB18030, nor UTF-16 with a byte order mark"
        line = raw.count(b"\n", 0, error.start) + 1
        raise TableUnreadable("import.encoding", message, line=line, hint=_HINT_UTF8) from error


def _decode_marked(raw: bytes, encoding: str) -> str:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        message = f"the file says that it is {encoding.removesuffix('-sig').upper()}, but it is not"
        line = raw.count(b"\n", 0, error.start) + 1
        raise TableUnreadable("import.encoding", message, line=line, hint=_HINT_UTF8) from error


def _decode_chinese(raw: bytes) -> str | None:
    """Decode GB18030 if the outcome looks like Chinese; None if not.

    Two signs tell it from a western file, whose letters with accents pair up with what follows to rare
    characters inside of words: most characters are common ones, and few of them stand against Latin letters.
    Big5 passes both at times; it is told by having still more common characters when it is read as itself.
    """
    text = _decoded(raw, "gb18030")
    if text is None:
        return None
    sample = text[:_SAMPLE]
    runs = _FOREIGN_RUN.findall(sample)
    glued = sum(bool(before or after) for before, _, after in runs)
    common = _common_share(sample, "gb2312", b"\xb0", b"\xd7")
    big5 = _decoded(raw, "big5")
    if 2 * glued > len(runs) or common < _MOSTLY:
        return None
    return text if big5 is None or common >= _common_share(big5[:_SAMPLE], "big5", b"\xa4", b"\xc6") else None


def _decoded(raw: bytes, encoding: str) -> str | None:
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError:
        return None


def _common_share(text: str, charset: str, first: bytes, last: bytes) -> float:
    """Measure how many of the foreign characters are punctuation or in the rows of common ones, by lead byte."""
    leads = [character.encode(charset, "ignore")[:1] for character in text if not character.isascii()]
    return sum(b"\xa1" <= lead <= b"\xa3" or first <= lead <= last for lead in leads) / max(1, len(leads))


def _records(text: str) -> Iterator[Row]:
    """Split a text into rows; rows without any text are left out."""
    told = _SEPARATOR_LINE.match(text)  # a line that some spreadsheets put first
    skipped = 0
    if told:
        text, skipped = text[told.end() :], 1
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=told[1] if told else _separator(text), strict=True
    )
    while True:
        line = reader.line_num + 1 + skipped
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            hint = "Quotes inside of a quoted cell are written twice, and each quote that opens must close."
            raise TableUnreadable("import.csv", f"this is not CSV: {error}", line=line, hint=hint) from error
        if any(cell.strip() for cell in cells):
            _check_cells(cells, line)
            yield Row(line, tuple(cells))


def _separator(text: str) -> str:
    """Find the separator that the first line with text has most of, outside of quotes; a comma if it has none."""
    first = _QUOTED.sub('""', text[: MAX_CELL_BYTES * 4].lstrip("\r\n")).partition("\n")[0].partition("\r")[0]
    return max(_SEPARATORS, key=first.count)


def _check_cells(cells: list[str], line: int) -> None:
    for number, cell in enumerate(cells, start=1):
        if len(cell) > MAX_CELL_BYTES // 4 and len(cell.encode()) > MAX_CELL_BYTES:
            message = f"cell {number} has more than {MAX_CELL_BYTES} bytes; a quote may be missing"
            raise TableUnreadable("import.cell-too-large", message, line=line)
