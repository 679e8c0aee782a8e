"""Checking files that people hand us: findings with file, pointer, line, code and hint."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema import file_check
from entrepot_schema.file_check import CheckedFile, check_file
from entrepot_schema.findings import Finding
from entrepot_schema.keys import SigningKey
from entrepot_schema.profile_check import profile_findings, same_profile
from entrepot_schema.record import Statement, sign_record

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "schema" / "examples"
KEY = SigningKey.from_seed(hashlib.sha256(b"a key of these tests").digest())
PROFILES = [
    "cluster", "cluster-chinese", "cluster-minimal", "company", "company-chinese", "company-merged", "company-minimal",
    "institution", "institution-minimal", "opportunity", "opportunity-minimal", "relation", "relation-minimal",
]  # fmt: skip

Document = dict[str, Any]


def example(name: str) -> Document:
    document: Document = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    return document


def pretty(document: Any) -> bytes:
    return json.dumps(document, indent=2, ensure_ascii=False).encode()


def check(raw: bytes) -> CheckedFile:
    checked = check_file(raw, "x.json", now=NOW)
    assert checked.file == "x.json"
    assert all(finding.file == "x.json" and finding.message for finding in checked.findings)
    return checked


def only(raw: bytes) -> Finding:
    (finding,) = check(raw).findings
    return finding


def line_with(raw: bytes, part: str) -> int:
    """The line of the one place where a text stands."""
    lines = [number for number, line in enumerate(raw.decode().split("\n"), start=1) if part in line]
    assert len(lines) == 1, lines
    return lines[0]


# --- one profile


@pytest.mark.parametrize("name", PROFILES)
def test_a_good_profile_has_no_findings(name: str) -> None:
    assert check((EXAMPLES / f"{name}.json").read_bytes()) == CheckedFile("x.json", 1, [])
    assert profile_findings(example(name), now=NOW) == []


@pytest.mark.parametrize(
    ("change", "code", "pointer", "part"),
    [
        ({"status": "sleeping"}, "schema.enum", "/status", '"sleeping"'),
        ({"updated": "2026-02-30"}, "code.date", "/updated", '"2026-02-30"'),
        ({"summary": {"en": "fine", "de": "x\u202ey"}}, "code.text", "/summary/de", '"de"'),
        ({"identifiers": [{"scheme": "LEI", "id": "529900T8BM49AURSDO56"}]}, "code.identifier", "/identifiers/0/id", "DO56"),
        ({"ext": {"lab": {"schema": "https://x.example/s", "firstName": "A"}}}, "privacy.property-name", "/ext/lab/firstName", "firstName"),
        ({"locations": [{"country": "CN"}, {"country": "cn"}]}, "schema.pattern", "/locations/1/country", '"cn"'),
    ],
)  # fmt: skip
def test_a_fault_is_shown_where_it_stands(change: Document, code: str, pointer: str, part: str) -> None:
    """PRO-20 to PRO-24 and layer S: file, line, pointer and code."""
    raw = pretty({**example("company-minimal"), **change})
    (finding,) = [found for found in check(raw).findings if found.severity == "error"]

    assert (finding.code, finding.pointer) == (code, pointer)
    assert finding.line == line_with(raw, part)
    assert finding.severity == "error"
    assert finding.layer == {"schema": "S", "code": "C", "privacy": "P"}[code.partition(".")[0]]


def test_a_missing_field_is_shown_at_its_parent() -> None:
    raw = pretty({name: value for name, value in example("company-minimal").items() if name != "status"})
    finding = only(raw)

    assert (finding.code, finding.pointer, finding.line) == ("schema.required", "", 1)
    assert "status" in finding.message


def test_a_misspelt_field_is_shown_with_the_one_that_may_be_meant() -> None:
    """PRO-05."""
    finding = only(pretty({**example("company-minimal"), "sumary": {"en": "x"}}))

    assert finding.code == "schema.additionalProperties"
    assert "sumary" in finding.message
    assert "summary" in finding.hint


def test_all_faults_of_a_layer_are_listed() -> None:
    raw = pretty(
        {**example("company-minimal"), "status": "sleeping", "name": {}, "x": 1, "updated": "2026-02-30"}
    )

    assert {finding.code for finding in check(raw).findings} == {
        "schema.enum",
        "schema.minProperties",
        "schema.additionalProperties",
    }


def test_later_layers_are_silent_while_the_schema_is_broken() -> None:
    raw = pretty({**example("company-minimal"), "status": "sleeping", "updated": "2026-02-30"})

    assert only(raw).code == "schema.enum"


@pytest.mark.parametrize("kind", ["spaceship", "", None, 1, [], {}, "node", "Company"])
def test_an_unknown_type_is_named_with_those_there_are(kind: Any) -> None:
    """PRO-02."""
    finding = only(pretty({**example("company-minimal"), "type": kind}))

    assert (finding.code, finding.pointer) == ("schema.unknown-type", "/type")
    assert "company" in finding.hint


@pytest.mark.parametrize("profile", [None, [], "x", 1, True])
def test_j12_what_is_no_object_is_no_profile(profile: Any) -> None:
    assert [refused.code for refused in profile_findings(profile, now=NOW)] == ["schema.type"]


# --- files that are no JSON


@pytest.mark.parametrize(
    ("raw", "code", "line"),
    [
        (b'{\n "a": 1,\n}', "json.syntax", 3),
        (b'{\n "a": 1\n "b": 2\n}', "json.syntax", 3),
        (b"", "json.syntax", 1),
        (b'{\n "a": "\xe9"\n}', "json.encoding", 2),
        ('{\n "a": "中"\n}'.encode("gb18030"), "json.encoding", 2),
        ("\ufeff{}".encode("utf-16-le"), "json.encoding", 1),
        (b'{\n "a": 1,\n "a": 2\n}', "json.duplicate-member", 3),
        (b'{\n "a": 1.5\n}', "json.number", 2),
        (b"[\n1\n]", "json.not-an-object", 1),
        (b'{"a":' * 70, "json.too-deep", 1),
    ],
)
def test_a_file_that_is_no_json(raw: bytes, code: str, line: int) -> None:
    """SIG-01 to SIG-08: with the line where reading stopped."""
    checked = check(raw)
    (finding,) = checked.findings

    assert (finding.code, finding.line, finding.layer) == (code, line, "J")
    assert checked.documents == 0


def test_a_file_in_the_encoding_of_a_spreadsheet_gets_a_hint() -> None:
    assert "UTF-8" in only('{"name":"é"}'.encode("cp1252")).hint


# --- packages


def test_a_good_package_has_no_errors() -> None:
    """PRO-75: what belongs to other origins is pointed out."""
    raw = (EXAMPLES / "package.json").read_bytes()
    checked = check(raw)

    assert checked.documents == 1 + len(example("package")["records"])
    assert [(one.code, one.pointer, one.severity) for one in checked.findings] == [
        ("cross.part-of", "/records/0/partOf", "warning"),
        ("cross.member-of", "/records/2/memberOf/1/cluster", "warning"),
    ]
    assert [one.line for one in checked.findings if one.layer == "X"] == [
        line_with(raw, '"partOf"'),
        line_with(raw, '{"cluster": "https://suzhou-bio.example'),
    ]


def test_faults_in_a_package_are_shown_where_they_stand() -> None:
    """Each record is judged by the schema of its own type; the pointer leads through the package."""
    package = example("package")
    package["records"] = [
        example("company-minimal"),
        {**example("cluster-minimal"), "id": package["publisher"], "updated": "2026-02-30"},
        {"type": "x"},
        7,
    ]
    raw = pretty(package)
    findings = {finding.pointer: finding for finding in check(raw).findings}

    assert {pointer: finding.code for pointer, finding in findings.items()} == {
        "/records/1/updated": "code.date",
        "/records/2/type": "schema.unknown-type",
        "/records/3": "schema.type",
    }
    assert findings["/records/1/updated"].line == line_with(raw, "2026-02-30")
    assert findings["/records/2/type"].line == line_with(raw, '"type": "x"')
    assert findings["/records/3"].line == line_with(raw, "    7")


def test_faults_in_the_head_of_a_package() -> None:
    package = {**example("package"), "license": "", "records": [example("company-minimal")]}
    # a head that does not fit its schema is not relied on: nothing is said of the publisher
    raw = pretty(package)

    assert only(raw).pointer == "/license"
    assert only(raw).line == line_with(raw, '"license"')


def test_the_number_of_documents_of_a_package_without_records() -> None:
    """PRO-76."""
    checked = check(pretty({**example("package"), "records": []}))

    assert [(one.code, one.pointer, one.line) for one in checked.findings] == [
        ("cross.publisher", "/publisher", 4)
    ]
    assert checked.documents == 1


def test_a_thousand_findings_in_one_file() -> None:
    """PRO-85: in the order of the file."""
    bad = {**example("company-minimal"), "updated": "2026-02-30"}
    raw = pretty({**example("package"), "records": [bad] * 1_000})
    parts = ('"publisher"', '"id": "https://biomed.example/id', '"updated"')
    lines = [(number, line) for number, line in enumerate(raw.decode().split("\n"), start=1)]
    expected = [number for number, line in lines if any(part in line for part in parts)]

    found = [finding.line for finding in check(raw).findings]
    assert found == sorted(found)
    assert len(found) == 1 + 999 + 1_000
    assert set(found) <= set(expected)


# --- JSON Lines


def json_lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(document, ensure_ascii=False).encode() + b"\n" for document in documents)


def test_good_json_lines() -> None:
    """PRO-72: empty lines and Windows line ends allowed."""
    profiles = [example(name) for name in PROFILES]

    assert check(json_lines(*profiles)) == CheckedFile("x.json", len(profiles), [])
    assert check(json_lines(*profiles).replace(b"\n", b"\r\n\r\n")).findings == []


@pytest.mark.parametrize("place", [0, 3, 7])
def test_json_lines_with_a_head_are_the_package_in_json(place: int) -> None:
    """PRO-71: wherever the head stands; the same findings, but for where they stand."""
    package = example("package")
    lines = [dict(record) for record in package["records"]]
    lines.insert(place, {**package, "records": []})

    def said(checked: CheckedFile) -> set[tuple[str, str]]:
        return {(one.code, one.message) for one in checked.findings}

    assert said(check(json_lines(*lines))) == said(check(pretty(package))) != set()


def test_a_file_with_two_heads() -> None:
    """PRO-71."""
    package = example("package")
    head = {**package, "records": []}
    found = check(json_lines(head, *package["records"], head)).findings[-1]

    assert (found.code, found.line) == ("cross.head", len(package["records"]) + 2)


@pytest.mark.parametrize("as_lines", [True, False])
def test_a_package_holds_no_signed_records(as_lines: bool) -> None:
    """PRO-71: lines of signed records without a head are fine."""
    record = signed(example("company"))
    head = {**example("package"), "records": []}
    raw = json_lines(head, record) if as_lines else pretty({**head, "records": [record]})

    pointer = "/type" if as_lines else "/records/0/type"
    assert ("schema.unknown-type", pointer) in [(one.code, one.pointer) for one in check(raw).findings]
    assert check(json_lines(record, record)).findings == []


def test_a_byte_order_mark_is_skipped_with_a_warning() -> None:
    """PRO-70: in JSON and in JSON Lines, at the start only."""
    profile = example("company-minimal")
    other = {**profile, "id": example("company")["id"]}

    for raw in (pretty(profile), json_lines(profile, other)):
        found = only(b"\xef\xbb\xbf" + raw)
        assert (found.code, found.severity, found.line) == ("json.bom", "warning", 1)
    later = json_lines(profile) + b"\xef\xbb\xbf" + json_lines(other)
    assert (only(later).code, only(later).severity, only(later).line) == ("json.bom", "error", 2)


def test_only_so_many_errors_are_listed_and_warnings_hide_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file_check, "MOST_LISTED", 3)
    stale = {**example("company-minimal"), "updated": "2025-01-01"}
    lines = [{**stale, "id": stale["id"][:-2] + f"{a}{b}"} for a in "abcd" for b in "abcd"]
    checked = check(json_lines(*lines, {**lines[0], "status": "x", "id": stale["id"]}))

    assert [one.code for one in checked.findings] == ["code.stale"] * 3 + ["schema.enum"]
    assert not checked.complete
    assert len(check(json_lines(*[{"type": "x"}] * 100)).findings) == 3


def test_the_level_of_each_profile() -> None:
    """PRO-94: an error across records counts as any other."""
    good = example("company-minimal")
    checked = check(json_lines(good, {**good, "status": "x"}, {**good, "id": example("company")["id"]}, good))

    assert [int(standing.level) for standing in checked.levels] == [2, 0, 2, 1]


PLACED = {"status": '"sleeping"', "updated": '"2026-02-30"', "founded": '"2026-02-31"', "name": '{"e": "x"}'}


@given(
    st.lists(st.sampled_from(sorted(PLACED)), unique=True, min_size=1),
    st.integers(0, 6),
    st.sampled_from([None, 0, 1, 4]),
    st.booleans(),
)
def test_the_line_is_the_one_where_the_value_starts(
    names: list[str], place: int, indent: int | None, as_lines: bool
) -> None:
    """PRO-85: in packages and JSON Lines, spread over lines or not."""
    package = example("package")
    profile = {**example("company-minimal"), **{name: json.loads(PLACED[name]) for name in names}}
    package["records"].insert(place, profile)
    if as_lines:
        raw = json_lines({**package, "records": []}, *package["records"])
    else:
        raw = json.dumps(package, indent=indent, ensure_ascii=False).encode()
    text = raw.decode()
    found = check(raw).findings

    assert [one.line for one in found] == sorted(one.line for one in found)
    for one in found:
        name = one.pointer.rpartition("/")[2]
        line = text.split("\n")[one.line - 1]
        assert not one.pointer or not name.islower() or f'"{name}"' in line
        if name in names and one.layer != "X":
            starts = f'"{name}": ' + (PLACED[name] if name != "name" else "{")
            assert starts in line


def test_each_line_is_judged_by_itself() -> None:
    """PRO-72."""
    good = example("company-minimal")
    one, two, three, four = ({**good, "id": f"{good['id'][:-1]}{letter}"} for letter in "abcd")
    lines = json_lines(one, {**two, "updated": "2026-02-30"}, three, {**four, "status": "x"})
    raw = lines + b"{no JSON\n[]\n"
    findings = [(finding.line, finding.code, finding.pointer) for finding in check(raw).findings]

    assert findings == [
        (2, "code.date", "/updated"),
        (4, "schema.enum", "/status"),
        (5, "json.syntax", ""),
        (6, "json.not-an-object", ""),
    ]
    assert check(raw).documents == 6


def test_the_head_of_json_lines_is_checked_as_a_package() -> None:
    head = {**example("package"), "records": []}
    del head["publisher"]
    finding = only(json_lines(head, example("company-minimal")))

    assert (finding.line, finding.code) == (1, "schema.required")
    assert "publisher" in finding.message


# --- signed records


def signed(body: Document) -> Document:
    statement = Statement(body["id"], body["type"], "2026-11-23T09:30:00Z", 1)
    raw = sign_record(body, statement, key=KEY, origin="biomed.example", license="CC0-1.0", nonce="A" * 22)
    document: Document = json.loads(raw)
    return document


def test_a_signed_record_is_checked_by_its_own_schema() -> None:
    """SIG-28: on a laptop it need not be in canonical form."""
    assert check(pretty(signed(example("company")))) == CheckedFile("x.json", 1, [])


def test_faults_in_a_signed_record() -> None:
    raw = pretty(signed({**example("company-minimal"), "updated": "2026-02-30"}))
    finding = only(raw)

    assert (finding.code, finding.pointer) == ("code.date", "/credentialSubject/profile/updated")
    assert finding.line == line_with(raw, "2026-02-30")

    raw = pretty({**signed(example("company-minimal")), "nonce": "x"})
    assert only(raw).pointer == "/nonce"
    assert only(raw).line == line_with(raw, '"nonce"')


@pytest.mark.parametrize(
    "subject", [None, [], {}, {"profile": None}, {"profile": {"type": "x"}}, {"profile": {"type": []}}]
)
def test_a_signed_record_of_unknown_type(subject: Any) -> None:
    finding = only(pretty({**signed(example("company-minimal")), "credentialSubject": subject}))

    assert (finding.code, finding.pointer) == ("schema.unknown-type", "/credentialSubject")


# --- anything


def test_a_finding_as_json() -> None:
    finding = only(pretty({**example("company-minimal"), "status": "sleeping"}))

    assert set(finding.to_json()) == {
        "file",
        "pointer",
        "line",
        "layer",
        "code",
        "message",
        "hint",
        "severity",
    }
    assert json.loads(json.dumps(finding.to_json()))["code"] == "schema.enum"


NAMES = st.sampled_from(
    ["type", "records", "proof", "specVersion", "credentialSubject", "profile", "ext", "id", "name"]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["company", "node", "relation"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
)


@given(
    st.one_of(
        st.binary(),
        st.dictionaries(NAMES, VALUES).map(pretty),
        st.lists(VALUES).map(lambda v: json_lines(*v)),
    )
)
def test_s14_any_file_is_checked_without_an_error(raw: bytes) -> None:
    """J12: never raises for what is in it."""
    checked = check(raw)

    assert checked.findings or checked.documents


def test_same_profile_ignores_the_order_of_members() -> None:
    profile = example("company")

    assert same_profile(profile, dict(reversed(profile.items())))
    assert not same_profile(profile, {**profile, "updated": "2026-01-01"})
