"""Files of profiles: packages as JSON and JSON Lines, read strictly and one profile at a time."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrepot_schema import package
from entrepot_schema.errors import Refused
from entrepot_schema.package import PackageFile, Part
from entrepot_schema.strict_json import read_json

HEAD = {"specVersion": "1.0", "license": "CC0-1.0"}
PROFILE = {"type": "company", "name": {"en": "Acme"}}
SIGNED = {"type": ["VerifiableCredential"], "proof": {}}


def parts(raw: bytes) -> list[Part]:
    return list(PackageFile(raw).parts())


def kinds(raw: bytes) -> list[str]:
    return [part.kind for part in parts(raw)]


def lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


@pytest.mark.parametrize(
    ("document", "kind"),
    [
        (PROFILE, "profile"),
        ({}, "profile"),
        (SIGNED, "record"),
        (HEAD, "head"),
        ({**HEAD, "type": "node"}, "profile"),
        ({"records": []}, "head"),
        ({"records": {}}, "profile"),
    ],
)
def test_what_a_document_is(document: Any, kind: str) -> None:
    (part,) = parts(json.dumps(document, indent=1).encode())

    assert (part.kind, part.value, part.pointer) == (kind, document, "")


@pytest.mark.parametrize("place", [0, 1, 3])
def test_a_package_in_json_is_read_wherever_its_records_stand(place: int) -> None:
    """PRO-71: members in any order; the head comes without its records."""
    members = [*HEAD.items(), ("id", "https://biomed.example/p.json")]
    members.insert(place, ("records", [PROFILE, SIGNED, 7]))
    found = parts(json.dumps(dict(members)).encode())

    assert [(part.kind, part.pointer) for part in found] == [
        ("profile", "/records/0"),
        ("record", "/records/1"),
        ("profile", "/records/2"),
        ("head", ""),
    ]
    assert [part.value for part in found[:3]] == [PROFILE, SIGNED, 7]
    assert found[3].value == {**dict(members), "records": []}


def test_the_head_of_json_lines_may_stand_anywhere() -> None:
    """PRO-71."""
    assert kinds(lines(PROFILE, PROFILE, HEAD)) == ["profile", "profile", "head"]
    assert kinds(lines(HEAD, SIGNED)) == ["head", "record"]


def test_a_broken_line_hides_no_other() -> None:
    """PRO-72: and is said to be broken where it is."""
    file = PackageFile(lines(PROFILE) + b'\n{"a":}\n\r\n[1]\n\xff\n' + lines(PROFILE))
    found = list(file.parts())

    assert [part.kind for part in found] == ["profile", "broken", "broken", "broken", "profile"]
    broken = [part for part in found if part.kind == "broken"]
    assert [part.value.code for part in broken] == ["json.syntax", "json.not-an-object", "json.encoding"]
    assert [file.place_of(part).line for part in broken] == [3, 5, 6]
    assert "line 3 column 6" in broken[0].value.message
    assert [
        place.line for place in file.places([(part.chunk, "/name") for part in (found[0], found[-1])])
    ] == [1, 7]


def test_a_json_file_that_breaks_off_says_where() -> None:
    file = PackageFile(b'{"specVersion": "1.0", "records": [\n{},\n{},\n{"a": 1 "b"}]}')
    broken = list(file.parts())[-1]

    assert (broken.kind, broken.value.code, file.place_of(broken).line) == ("broken", "json.syntax", 4)


@pytest.mark.parametrize(
    ("raw", "are_lines"),
    [
        (b'{"a":1}\n{"b":2}', True),
        (b'\n \r\n{"a":"}{"}\r\n{"b":2}\n', True),
        (b'{"a":1,}\n{"b":2}', True),
        (b'{"a":{}\n,"b":{}}', False),
        (b'{"a":1}\n\n', False),
        (b'{\n"a":1}\n', False),
        (b"[1]\n[2]\n", False),
        (b"", False),
        (b"\n\n", False),
    ],
)
def test_json_lines_are_told_by_their_first_line(raw: bytes, are_lines: bool) -> None:
    assert PackageFile(raw).is_lines is are_lines


def test_a_byte_order_mark_is_skipped() -> None:
    """PRO-70: that of UTF-8 only."""
    for raw in (b"\xef\xbb\xbf" + json.dumps(PROFILE).encode(), b"\xef\xbb\xbf" + lines(PROFILE, PROFILE)):
        assert set(kinds(raw)) == {"profile"}
        assert PackageFile(raw).has_bom
    assert [part.value.code for part in parts(json.dumps(PROFILE).encode("utf-16"))] == ["json.encoding"]


def test_a_file_above_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """PRO-70."""
    monkeypatch.setattr(package, "MAX_FILE_BYTES", 4)

    (part,) = parts(b"{}\n{}")
    assert part.value.code == "json.too-large"


def test_a_package_is_read_without_holding_its_records() -> None:
    raw = json.dumps({**HEAD, "records": [PROFILE | {"n": number} for number in range(50_000)]}).encode()
    tracemalloc.start()
    try:
        count = sum(part.kind == "profile" for part in PackageFile(raw).parts())
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert count == 50_000
    assert peak < 2 * len(raw)


FRAGMENTS = [
    "{", "}", "[", "]", ",", ":", " ", "\n", '"records"', '"a"', '"b"', '"é"', '"\\u0000"', '"\\ud800"', '"', "\\", "1", "-0", "1.5",
    "1e9", "null", "true", "NaN", '{"a":1}', '"records":[', "[[[[" * 10, "]]]]" * 10, '{"a":' * 40, "}" * 40, "9" * 20,
]  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5) | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["records", "a", "b", "é"]), inner)
    ),
)


def whole(raw: bytes) -> Any:
    """The document put together again from its parts."""
    records: list[Any] = []
    for part in parts(raw):
        if part.kind == "broken":
            raise part.value
        if part.pointer:
            assert part.pointer == f"/records/{len(records)}"
            records.append(part.value)
        else:
            return (
                {**part.value, "records": records}
                if part.kind == "head" and "records" in part.value
                else part.value
            )
    raise AssertionError(raw)


@given(
    st.lists(st.sampled_from(FRAGMENTS)).map("".join)
    | st.dictionaries(st.sampled_from(["records", "a"]), VALUES).map(json.dumps)
    | VALUES.map(json.dumps)
    | st.text()
)
@example('{"records":[{"a":' + "[" * 62 + "]" * 62 + "}]}")
@example('{"a":' + "[" * 64 + "]" * 64 + "}")
@example('{"records":[' + "[" * 100_000)
@example('{"records":[],"records":[1]}')
@example('{"records":[{"a":1,"a":2}]}')
@example('{"records":["\\ud800"],"a":"\\u0000"}')
def test_j12_a_package_is_read_as_strictly_as_the_wire(text: str) -> None:
    """PRO-70, SIG-03 to SIG-08: the same verdict and the same values as when read whole."""
    raw = text.encode()
    if PackageFile(raw).is_lines or PackageFile(raw).has_bom:
        return
    try:
        expected = read_json(raw)
    except Refused:
        with pytest.raises(Refused):
            whole(raw)
    else:
        assert whole(raw) == expected


@given(st.binary() | st.lists(st.sampled_from(FRAGMENTS)).map("".join).map(str.encode))
def test_any_bytes_are_read_without_another_error(raw: bytes) -> None:
    file = PackageFile(raw)

    for part in list(file.parts()):
        if part.kind == "broken":
            assert file.place_of(part).line <= raw.count(b"\n") + 1
        else:
            assert file.places([(part.chunk, part.pointer)])
