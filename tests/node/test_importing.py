"""Import of spreadsheets: what people's files really look like, and what must never get through."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_node.importing import (
    COLUMNS,
    Conversion,
    Table,
    TableUnreadable,
    plan_import,
    read_table,
    to_profiles,
)
from entrepot_node.importing import columns as columns_module
from entrepot_node.importing import table as table_module
from entrepot_node.importing.columns import looks_personal, match_heading, nearest_heading
from entrepot_node.importing.values import clean, coordinate, day
from entrepot_node.storage.interface import ImportKey
from entrepot_schema import catalog
from entrepot_schema.errors import Misuse
from entrepot_schema.identifier import usual_spelling
from entrepot_schema.profile_check import has_error, profile_findings

NOW = datetime(2026, 11, 24, tzinfo=UTC)
PLACEHOLDER = f"https://biomed.example/id/{'a' * 26}"
DOCS = Path(__file__).resolve().parents[2] / "docs" / "import.md"


def convert(text: str, key: str = "no", **more: Any) -> Conversion:
    table = read_table(text.encode(), "members.csv")
    options = {"default_type": "company", "now": NOW, "placeholder_id": PLACEHOLDER, **more}
    return to_profiles(table, key=key, **options)


def profile(headings: str, cells: str, **more: Any) -> dict[str, Any]:
    """The profile of one row, besides number, name and country, that must have no error."""
    conversion = convert(f"no;name;country;{headings}\n1;Bio;DE;{cells}\n", **more)
    assert [note for note in conversion.notes if note.severity == "error"] == []
    return conversion.profiles[0].profile


def faults(text: str, **more: Any) -> list[tuple[int, str]]:
    return [(note.line, note.code) for note in convert(text, **more).notes if note.severity == "error"]


def codes(conversion: Conversion) -> list[str]:
    return [note.code for note in conversion.notes]


# --- reading


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_known_encodings_are_read(encoding: str) -> None:
    raw = "编号;名称;国家\n1;苏州示例生物科技有限公司;CN\n".encode(encoding)

    table = read_table(raw, "members.csv")

    assert table.headers == ("编号", "名称", "国家")
    assert table.rows[0].cells == ("1", "苏州示例生物科技有限公司", "CN")


def test_utf_16_of_the_other_byte_order_is_read() -> None:
    raw = b"\xfe\xff" + "no,name\n1,Größe\n".encode("utf-16-be")

    assert read_table(raw, "x").rows[0].cells == ("1", "Größe")


@pytest.mark.parametrize(
    ("name", "encoding"),
    [
        ("Universität Würzburg, Straße", "latin-1"),
        ("Technopôle Été, Société générale", "cp1252"),
        ("SOLUÇÕES BIOTECNOLÓGICAS", "latin-1"),
        ("Łódzki Klaster Żywności", "cp1250"),
        ("Институт биологии", "cp1251"),
        ("愛爾眼科集團臺灣醫療", "big5"),
    ],
)
def test_other_encodings_are_refused_and_never_taken_for_chinese(name: str, encoding: str) -> None:
    raw = f"no;name;country\n1;{name};DE\n".encode(encoding)

    with pytest.raises(TableUnreadable, match="neither UTF-8 nor GB18030") as caught:
        read_table(raw, "members.csv")

    assert caught.value.code == "import.encoding"
    assert caught.value.line > 0
    assert "UTF-8" in caught.value.hint


def test_a_file_read_as_gb18030_says_so() -> None:
    table = read_table("编号,名称,国家\n1,示例生物,CN\n".encode("gb18030"), "x")

    conversion = to_profiles(table, key="编号", default_type="company", now=NOW, placeholder_id=PLACEHOLDER)

    assert ("information", "import.encoding") in [(note.severity, note.code) for note in conversion.notes]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators_are_found_in_the_heading_line(separator: str) -> None:
    raw = separator.join(['"name, a; b\tc"', "country"]) + "\n" + separator.join(["Bio", "DE"])

    assert read_table(raw.encode(), "x").headers == ("name, a; b\tc", "country")


def test_the_separator_line_of_a_spreadsheet_is_understood_and_counted() -> None:
    table = read_table(b"sep=;\r\nname;country\r\nA, B;DE\r\n", "x")

    assert table.header_line == 2
    assert (table.rows[0].line, table.rows[0].cells) == (3, ("A, B", "DE"))


def test_a_row_is_named_by_the_line_on_which_it_starts() -> None:
    raw = b'no,name\n1,"two\nlines, and a ""quote"""\n\n , \n2,B\n'

    rows = read_table(raw, "x").rows

    assert [(row.line, row.cells) for row in rows] == [
        (2, ("1", 'two\nlines, and a "quote"')),
        (6, ("2", "B")),
    ]


@pytest.mark.parametrize("raw", [b"", b"\xef\xbb\xbf", b"\n\r\n", b" ; ;\n"])
def test_an_empty_file_is_refused(raw: bytes) -> None:
    with pytest.raises(TableUnreadable) as caught:
        read_table(raw, "x")

    assert caught.value.code == "import.empty"


@pytest.mark.parametrize("raw", [b"PK\x03\x04\x14\x00", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_workbook_is_refused_with_the_way_out(raw: bytes) -> None:
    with pytest.raises(TableUnreadable) as caught:
        read_table(raw, "members.xlsx")

    assert caught.value.code == "import.workbook"
    assert "CSV UTF-8" in caught.value.hint


@pytest.mark.parametrize("raw", [b'no,name\n1,"open\n2,B\n', b'no,name\n1,"a"b\n'])
def test_quotes_that_do_not_fit_are_refused_with_the_line_where_the_row_starts(raw: bytes) -> None:
    with pytest.raises(TableUnreadable, match="line 2") as caught:
        read_table(raw, "x")

    assert (caught.value.code, caught.value.line) == ("import.csv", 2)


def test_zero_bytes_are_refused() -> None:
    with pytest.raises(TableUnreadable) as caught:
        read_table(b"no,name\n1,A\0B\n", "x")

    assert (caught.value.code, caught.value.line) == ("import.encoding", 2)


def test_utf_16_without_a_mark_is_refused() -> None:
    with pytest.raises(TableUnreadable):
        read_table("no,name\n1,Bio\n".encode("utf-16-le"), "x")


@pytest.mark.parametrize(
    "raw", [b"\xef\xbb\xbfname\xff\n", b"\xff\xfe\x00\xd8\x00", b"\xff\xfe\x00\x00n\x00\x00\x00"]
)
def test_a_mark_that_lies_is_refused(raw: bytes) -> None:
    with pytest.raises(TableUnreadable) as caught:
        read_table(raw, "x")

    assert caught.value.code == "import.encoding"


def test_limits_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(table_module, "MAX_ROWS", 2)
    monkeypatch.setattr(table_module, "MAX_COLUMNS", 3)
    monkeypatch.setattr(table_module, "MAX_CELL_BYTES", 12)
    monkeypatch.setattr(table_module, "MAX_FILE_BYTES", 60)
    cases = {
        b"a\n1\n2\n3\n": ("import.too-many-rows", 4),
        b"a,b,c,d\n": ("import.too-many-columns", 1),
        "a\n1\n苏州示例生\n".encode(): ("import.cell-too-large", 3),
        b"a" * 61: ("import.too-large", 0),
    }

    for raw, expected in cases.items():
        with pytest.raises(TableUnreadable) as caught:
            read_table(raw, "x")
        assert (caught.value.code, caught.value.line) == expected
    assert len(read_table("a,b,c\n苏州示例\n2\n".encode(), "x").rows) == 2


@given(st.binary(max_size=400) | st.text(max_size=200).map(str.encode) | st.text("a\"',;\t\r\n|\x00é苏", max_size=80).map(
    lambda text: text.encode("gb18030")
))  # fmt: skip
def test_arbitrary_bytes_raise_only_declared_errors(raw: bytes) -> None:
    try:
        table = read_table(raw, "x")
    except TableUnreadable as error:
        assert error.code.startswith("import.")
    else:
        assert isinstance(table, Table)
        assert all(any(cell.strip() for cell in row.cells) for row in table.rows)


_CELLS = st.text(max_size=30).map(lambda text: text.replace('"', '""')).map('"{}"'.format)


@given(
    st.lists(st.sampled_from([*(column.heading for column in COLUMNS), "ceo", "x"]), unique=True), st.data()
)
def test_arbitrary_cells_become_findings_or_sound_profiles(headings: list[str], data: st.DataObject) -> None:
    headings = [
        "no",
        "name:en",
        *(heading for heading in headings if heading not in ("name", "country")),
        "country",
    ]
    cells = data.draw(st.lists(_CELLS, min_size=len(headings), max_size=len(headings)))
    text = ",".join(headings) + "\n" + ",".join(cells) + "\n"
    try:
        table = read_table(text.encode(), "x")
    except TableUnreadable:
        return

    conversion = to_profiles(table, key="no", default_type="company", now=NOW, placeholder_id=PLACEHOLDER)

    for row in conversion.profiles:
        assert not has_error(profile_findings({**row.profile, "id": PLACEHOLDER}, now=NOW))


# --- columns


def test_the_documented_columns_are_the_known_ones() -> None:
    documented = re.findall(
        r"^\| `([^`]+)`( `[^`]+:<lang>`)? \| `([^`]+)` \| (.*?) \| (.*?) ?\|$",
        DOCS.read_text("utf-8"),
        re.MULTILINE,
    )
    expected = [
        (
            column.heading,
            f" `{column.heading}:<lang>`" if column.has_languages else "",
            column.field,
            column.help,
            ", ".join(column.aliases),
        )
        for column in COLUMNS
    ]

    assert [row for row in documented if not row[0].startswith(("import.", "privacy."))] == expected


def test_every_code_of_a_finding_is_documented() -> None:
    folder = Path(columns_module.__file__).parent
    used = {
        code
        for path in folder.glob("*.py")
        for code in re.findall(r'"((?:import|privacy)\.[a-z-]+)"', path.read_text("utf-8"))
    }

    assert used
    assert [code for code in sorted(used) if f"`{code}`" not in DOCS.read_text("utf-8")] == []


def test_no_two_columns_share_a_heading_or_alias() -> None:
    names = [name for column in COLUMNS for name in (column.heading, *column.aliases)]

    assert len({columns_module._folded(name) for name in names}) == len(names)


def test_every_identifier_scheme_has_a_column() -> None:
    assert {column.heading for column in COLUMNS if column.kind == "identifier"} == {
        code.code for code in catalog.codelist("identifierScheme").codes
    }


def test_no_known_column_is_taken_for_personal() -> None:
    names = [name for column in COLUMNS for name in (column.heading, *column.aliases)]

    assert [name for name in names if looks_personal(name)] == []


@pytest.mark.parametrize(
    ("heading", "column", "language"),
    [
        ("Postal Code", "postalCode", ""),
        ("POSTAL_CODE", "postalCode", ""),
        ("name:zh_hans", "name", "zh-Hans"),
        ("Name：en", "name", "en"),
        ("legalname:zh-latn-PINYIN", "legalName", "zh-Latn-pinyin"),
        ("名称", "name", ""),
        ("中文名称", "name", "zh-Hans"),
        ("英文名称", "name", "en"),
        ("国家", "country", ""),
        ("城市", "locality", ""),
        ("网址", "website", ""),
        ("Firmenname", "name", ""),
        ("Land", "country", ""),
        ("Ort", "locality", ""),
        ("Webseite", "website", ""),
        ("STRASSE", "street", ""),
        ("cn-uscc", "CN-USCC", ""),
        ("Source URL", "source.url", ""),
    ],
)
def test_headings_are_understood(heading: str, column: str, language: str) -> None:
    match = match_heading(heading)

    assert match is not None
    assert (match.column.heading, match.language) == (column, language)


@pytest.mark.parametrize("heading", ["", "country:en", "remarks", "name of the dog"])
def test_other_headings_are_not(heading: str) -> None:
    assert match_heading(heading) is None


@pytest.mark.parametrize(
    "heading",
    [
        "CEO", "ceoName", "Contact person", "E-Mail", "email", "Phone (direct)", "mobile", "Ansprechpartner",
        "Geschäftsführung", "Telefon-Nr.", "Vorname", "Téléphone", "first_name", "Date of Birth", "WeChat",
        "联系人", "法定代表人", "手机号", "联系电话", "电子邮箱", "姓名", "董事长", "身份证号码",
    ],
)  # fmt: skip
def test_personal_columns_are_dropped_and_said(heading: str) -> None:
    conversion = convert(f"no;name;country;{heading}\n1;Bio;DE;Erika Muster\n")

    assert "Muster" not in str(conversion.profiles)
    assert [(note.code, note.severity, note.layer) for note in conversion.notes] == [
        ("privacy.column", "warning", "P")
    ]
    assert heading in conversion.notes[0].message


@pytest.mark.parametrize("heading", ["Hotel", "Personnel size", "Focus area", "备注", "Cell lines"])
def test_harmless_columns_are_only_unknown(heading: str) -> None:
    conversion = convert(f"no;name;country;{heading}\n1;Bio;DE;x\n")

    assert codes(conversion) == ["import.unknown-column"]


@pytest.mark.parametrize(
    ("heading", "meant"),
    [
        ("contry", "country"),
        ("name_zh", "name:zh"),
        ("sumary:en", "summary:en"),
        ("Name (de)", "name:de"),
        ("zzz", ""),
    ],
)
def test_unknown_headings_get_a_hint(heading: str, meant: str) -> None:
    assert nearest_heading(heading) == meant


def test_two_columns_that_mean_the_same_stop_the_import() -> None:
    conversion = convert("no;name:en;Firmenname;country\n1;A;B;DE\n", default_language="en")

    assert conversion.profiles == []
    assert codes(conversion) == ["import.duplicate-heading"]


def test_a_country_in_place_of_a_language_is_refused_with_the_language() -> None:
    conversion = convert("no;name:cn;country\n1;示例;CN\n")

    assert codes(conversion) == ["import.language"]
    assert "zh-Hans" in conversion.notes[0].hint


def test_a_missing_column_is_said_once() -> None:
    assert faults("no;name\n1;A\n2;B\n") == [(1, "import.column-missing")]


# --- rows


def test_a_full_row_becomes_a_profile() -> None:
    conversion = convert(
        "no;name:en;name:zh-Hans;legalName:zh-Hans;otherNames.acronym;summary:en;country;subdivision;locality:en;"
        "postalCode;lat;lon;website;sectors;languages;founded;sizeClass;capabilities;businessModels;listed;targets;"
        "memberOf;CN-USCC;source.kind;source.url;source.retrieved;license;updated\n"
        "7;Example Bio;示例生物;江苏示例生物科技有限公司;EB|EBT;Makes tests.;cn;CN-JS;Suzhou;215123;31,298900;120.5853;"
        "https://bio.example;生物医药|AI;zh-hans|en;2016年5月;small;manufacturing;contract research;否;de|FR;"
        f"{PLACEHOLDER};91310115ma1k000003;selfDeclared;https://bio.example/about;2026/11/02;CC0-1.0;2.11.2026\n"
    )

    assert conversion.notes == []
    (row,) = conversion.profiles
    assert (row.line, row.key, row.license) == (2, "7", "CC0-1.0")
    assert row.profile == {
        "type": "company",
        "name": {"en": "Example Bio", "zh-Hans": "示例生物"},
        "legalName": {"zh-Hans": "江苏示例生物科技有限公司"},
        "otherNames": [
            {"kind": "acronym", "name": {"und": "EB"}},
            {"kind": "acronym", "name": {"und": "EBT"}},
        ],
        "summary": {"en": "Makes tests."},
        "locations": [
            {
                "country": "CN",
                "subdivision": "CN-JS",
                "locality": {"en": "Suzhou"},
                "postalCode": "215123",
                "lat": "31.2989",
                "lon": "120.5853",
            }
        ],
        "website": "https://bio.example",
        "sectors": ["biopharma", "ai"],
        "languages": ["zh-Hans", "en"],
        "founded": "2016-05",
        "status": "active",
        "sizeClass": "small",
        "capabilities": ["manufacturing"],
        "businessModels": ["contractResearch"],
        "listed": False,
        "internationalisation": {"targets": ["DE", "FR"]},
        "memberOf": [{"cluster": PLACEHOLDER}],
        "identifiers": [{"scheme": "CN-USCC", "id": "91310115MA1K000003"}],
        "source": {"kind": "selfDeclared", "url": "https://bio.example/about", "retrieved": "2026-11-02"},
        "updated": "2026-11-02",
    }


def test_what_a_row_does_not_say_has_defaults_or_is_absent() -> None:
    assert profile("website;founded;sectors", ";—;") == {
        "type": "company",
        "name": {"und": "Bio"},
        "locations": [{"country": "DE"}],
        "status": "active",
        "updated": "2026-11-24",
    }


def test_columns_without_language_take_the_default() -> None:
    assert profile("locality", "Halle", default_language="de")["name"] == {"de": "Bio"}


def test_rows_may_be_of_different_types() -> None:
    conversion = convert(
        "no;type;kind;name;country\n1;;;A;DE\n2;Cluster;science park;B;DE\n3;institution;医院;C;CN\n"
    )

    assert [(row.profile["type"], row.profile.get("kind")) for row in conversion.profiles] == [
        ("company", None),
        ("cluster", "sciencePark"),
        ("institution", "hospital"),
    ]


def test_faults_carry_line_and_column() -> None:
    conversion = convert("no;Firmenname;Land;Gründungsjahr\n1;A;Germany;2010\n\n2;B;DE;01/03/2019\n")

    assert [(note.line, note.pointer, note.code) for note in conversion.notes] == [
        (2, "/locations/0/country", "schema.maxLength"),
        (2, "/locations/0/country", "schema.pattern"),
        (4, "/founded", "schema.pattern"),
    ]
    assert conversion.notes[0].message.startswith("Land: ")
    assert conversion.notes[2].message.startswith("Gründungsjahr: ")
    assert conversion.profiles == []


def test_a_row_without_name_is_refused_and_others_are_not() -> None:
    conversion = convert("no;name;country\n1;;DE\n2;B;DE\n")

    assert [row.key for row in conversion.profiles] == ["2"]
    assert [(note.line, note.code) for note in conversion.notes] == [(2, "schema.required")]


def test_keys_are_present_and_different() -> None:
    conversion = convert("no;name;country\n1;A;DE\n ;B;DE\n 1 ;C;DE\n9.1E+17;D;DE\n")

    assert [(note.line, note.code) for note in conversion.notes] == [
        (3, "import.key-missing"),
        (4, "import.key-twice"),
        (5, "import.lost-digits"),
    ]
    assert "line 2" in conversion.notes[1].message
    assert [row.key for row in conversion.profiles] == ["1"]


@pytest.mark.parametrize("key", ["number", "", " "])
def test_a_key_column_that_is_not_there_is_misuse_and_lists_the_columns(key: str) -> None:
    with pytest.raises(Misuse) as caught:
        convert("no;name;country\n1;A;DE\n", key=key)

    assert caught.value.code == "import.no-key"
    assert "no, name, country" in caught.value.hint


def test_the_key_may_be_a_known_column_too() -> None:
    conversion = convert("ROR;name;country\n05q8mqd91;A;HK\n", key="ror")

    assert codes(conversion) == ["code.identifier-kind"]
    assert conversion.profiles[0].key == "05q8mqd91"
    assert conversion.profiles[0].profile["identifiers"][0]["id"] == "https://ror.org/05q8mqd91"


def test_a_row_with_too_many_cells_is_refused() -> None:
    assert faults("no,name,country\n1,Bio, Inc.,DE\n2,B,DE,,\n") == [
        (2, "import.row-length"),
        (2, "schema.maxLength"),
        (2, "schema.pattern"),
    ]


@pytest.mark.parametrize("kind", ["relation", "opportunity", "person", ""])
def test_other_types_are_misuse(kind: str) -> None:
    with pytest.raises(Misuse):
        convert("no;name;country\n1;A;DE\n", default_type=kind)


def test_other_types_in_a_row_are_refused() -> None:
    assert faults("no;type;name;country\n1;relation;A;DE\n") == [(2, "import.type")]


def test_a_row_too_large_for_a_record_is_refused() -> None:
    names = "|".join(f"{number:03}" + "x" * 450 for number in range(30))
    text = "no;name;country;brand:en;brand:de;brand:fr;brand:it;brand:es\n1;A;DE" + f";{names}" * 5

    assert (2, "import.row-too-large") in faults(text)


def test_an_unknown_licence_form_is_refused() -> None:
    assert faults("no;name;country;license\n1;A;DE;CC BY 4.0\n") == [(2, "import.license")]


# --- values


@pytest.mark.parametrize("cell", ["9.1E+17", "9,1E+17", "9.1110000600037e17", "９.１E+１７", "1E+17"])
@pytest.mark.parametrize("scheme", ["CN-USCC", "LEI", "HK-BR"])
def test_numbers_that_lost_their_digits_are_refused(cell: str, scheme: str) -> None:
    conversion = convert(f"no;name;country;{scheme}\n1;A;CN;{cell}\n")

    assert codes(conversion) == ["import.lost-digits"]
    assert conversion.profiles == []
    assert scheme in conversion.notes[0].message
    assert "text" in conversion.notes[0].hint


def test_a_code_that_was_rounded_without_a_sign_is_caught_by_its_check_character() -> None:
    assert faults("no;name;country;CN-USCC\n1;A;CN;123100000000000000\n") == [(2, "code.identifier")]


def test_a_sole_trader_is_refused() -> None:
    """PRO-63."""
    assert faults("no;name;country;USCC\n1;A;CN;92310115MA1K000000\n") == [(2, "privacy.personal-identifier")]


@pytest.mark.parametrize(
    ("scheme", "cell", "written"),
    [
        ("CN-USCC", "9111 0000 6000 3734 1l", "91110000600037341L"),
        ("CN-USCC", "９１１１００００６０００３７３４１Ｌ", "91110000600037341L"),
        ("CN-USCC", "'123100000000000001", "123100000000000001"),
        ("LEI", "506700ge1g29325qx363", "506700GE1G29325QX363"),
        ("EU-VAT", "BE 0403.019.261", "BE0403019261"),
        ("EU-VAT", "GR094259216", "EL094259216"),
        ("ROR", "05Q8MQD91", "https://ror.org/05q8mqd91"),
        ("ROR", "http://ror.org/05q8mqd91", "https://ror.org/05q8mqd91"),
        ("WIKIDATA", "https://www.wikidata.org/wiki/Q42", "Q42"),
        ("WIKIDATA", "q42", "Q42"),
        ("ISNI", "0000 0004 0591 4434", "0000000405914434"),
        ("DE-HR", "Stendal HRB 1", "Stendal HRB 1"),
    ],
)
def test_identifiers_get_their_usual_spelling(scheme: str, cell: str, written: str) -> None:
    assert usual_spelling(scheme, cell) == written


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("45.0703000", "45.0703"),
        ("45,0703", "45.0703"),
        ("7.68690001", "7.6869"),
        ("-0.0000001", "0"),
        ("+120.0", "120"),
        ("10", "10"),
        ("1e2", "1e2"),
        ("45°04′", "45°04′"),
    ],
)
def test_coordinates_keep_six_decimals_and_no_zeros(cell: str, written: str) -> None:
    assert coordinate(cell) == written


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("2016", "2016"),
        ("2016.0", "2016"),
        ("2016年", "2016"),
        ("2016年5月", "2016-05"),
        ("2016年5月3日", "2016-05-03"),
        ("2016/5/3", "2016-05-03"),
        ("2016-05-03 00:00:00", "2016-05-03"),
        ("3.5.2016", "2016-05-03"),
        ("03/05/2016", "03/05/2016"),
        ("May 2016", "May 2016"),
        ("42491", "42491"),
    ],
)
def test_dates_are_rewritten_only_if_they_mean_one_day(cell: str, written: str) -> None:
    assert day(cell) == written


@pytest.mark.parametrize(
    ("cell", "text"),
    [(" a \u00a0 b\n", "a b"), ("e\u0301", "é"), ("—", ""), ("-", ""), ("", ""), ("A-B", "A-B")],
)
def test_cells_are_tidied(cell: str, text: str) -> None:
    assert clean(cell) == text


def test_a_bare_web_address_gets_its_scheme_and_says_so() -> None:
    conversion = convert("no;name;country;website\n1;A;DE;www.acme.example/de\n")

    assert conversion.profiles[0].profile["website"] == "https://www.acme.example/de"
    assert [(note.code, note.severity) for note in conversion.notes] == [
        ("import.web-address", "information")
    ]


@pytest.mark.parametrize("cell", ["javascript:alert(1)", "mailto:a@b.example", "ftp://a.example", "none"])
def test_other_web_addresses_are_refused(cell: str) -> None:
    assert faults(f"no;name;country;website\n1;A;DE;{cell}\n") == [(2, "schema.pattern")]


def test_a_code_that_is_not_in_an_open_list_is_pointed_out() -> None:
    conversion = convert("no;name;country;sectors\n1;A;DE;biopharm|x-mine\n")

    assert [(note.code, note.severity, note.hint) for note in conversion.notes] == [
        ("code.unknown-code", "error", "Did you mean biopharma?")
    ]
    assert conversion.notes[0].message.startswith("sectors: ")


def test_a_word_that_is_no_code_and_no_label_is_told_with_the_nearest_one() -> None:
    conversion = convert("no;name;country;sectors\n1;A;DE;Biopharmaceutical\n")

    assert [(note.code, note.hint) for note in conversion.notes if note.code.startswith("import")] == [
        ("import.unknown-code", "Did you mean biopharma?")
    ]


def test_a_code_that_is_not_in_a_closed_list_is_refused() -> None:
    assert faults("no;name;country;status\n1;A;DE;closed\n") == [(2, "schema.enum")]


def test_half_a_coordinate_is_refused() -> None:
    assert faults("no;name;country;lat;lon\n1;A;DE;45;\n") != []


# --- planning


def known(conversion: Conversion) -> dict[str, ImportKey]:
    return {row.key: ImportKey(row.key, PLACEHOLDER, row.content_hash) for row in conversion.profiles}


LIST = "no;name;country\n1;A;DE\n2;B;DE\n"


def test_a_first_import_is_all_new() -> None:
    plan = plan_import(convert(LIST), {})

    assert [row.key for row in plan.new] == ["1", "2"]
    assert plan.changed == plan.unchanged == plan.gone == []


def test_a_second_import_on_another_day_finds_nothing_to_publish() -> None:
    plan = plan_import(convert(LIST, now=datetime(2027, 1, 1, tzinfo=UTC)), known(convert(LIST)))

    assert [row.key for row in plan.unchanged] == ["1", "2"]
    assert plan.new == plan.changed == plan.gone == []


def test_order_of_columns_and_rows_does_not_matter() -> None:
    plan = plan_import(convert("country;no;name\nDE;2;B\nDE;1;A\n"), known(convert(LIST)))

    assert len(plan.unchanged) == 2


def test_new_changed_and_gone_rows_are_told_apart() -> None:
    plan = plan_import(convert("no;name;country\n2;B2;DE\n3;C;DE\n"), known(convert(LIST)))

    assert [row.key for row in plan.new] == ["3"]
    assert [row.key for row in plan.changed] == ["2"]
    assert [key.key for key in plan.gone] == ["1"]


@pytest.mark.parametrize(
    ("heading", "cell"), [("updated", "2026-11-23"), ("license", "CC0-1.0"), ("website", "https://a.example")]
)
def test_what_people_write_is_a_change(heading: str, cell: str) -> None:
    plan = plan_import(convert(f"no;name;country;{heading}\n1;A;DE;{cell}\n2;B;DE;\n"), known(convert(LIST)))

    assert [row.key for row in plan.changed] == ["1"]


def test_a_row_with_a_fault_is_not_gone() -> None:
    plan = plan_import(convert("no;name;country\n1;A;DE\n2;B;Germany\n"), known(convert(LIST)))

    assert plan.gone == []
    assert [row.key for row in plan.unchanged] == ["1"]


def test_a_row_whose_publication_was_cut_off_is_done_again() -> None:
    before = {key: replace(entry, content_hash=b"") for key, entry in known(convert(LIST)).items()}

    assert len(plan_import(convert(LIST), before).changed) == 2
