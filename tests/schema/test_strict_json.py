"""Strict reading of JSON (SIG-01 to SIG-08), against what hostile and careless writers send (J01 to J13)."""

from __future__ import annotations

import json
from typing import Any

import orjson
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrepot_schema.errors import Refused
from entrepot_schema.strict_json import (
    MAX_DEPTH,
    MAX_INTEGER,
    MAX_RECORD_BYTES,
    decode_text,
    is_plainly_strict,
    read_json,
)

BIG = 64 * 1024 * 1024


def code_of(raw: bytes, max_bytes: int = MAX_RECORD_BYTES) -> str:
    with pytest.raises(Refused) as refusal:
        read_json(raw, max_bytes=max_bytes)
    assert refusal.value.layer == "J"
    assert refusal.value.message
    return refusal.value.code


def test_values_come_out_as_plain_python() -> None:
    raw = '{"a":[1,-1,true,false,null,"é","\\u00e9\\n","😀","\\ud83d\\ude00"],"b":{"":{}}}'.encode()

    assert read_json(raw) == {
        "a": [1, -1, True, False, None, "é", "é\n", "😀", "😀"],
        "b": {"": {}},
    }


@pytest.mark.parametrize(
    "raw",
    [b'{"a":"\xff"}', b'{"a":"\xe9"}', b'{"a":"\xc3"}', b'{"a":"\xed\xa0\x80"}', b'{"a":"\xc0\xaf"}', b'{"a":"\xf4\x90\x80\x80"}'],
    ids=["no UTF-8", "Latin-1", "cut short", "surrogate", "overlong", "above U+10FFFF"],
)  # fmt: skip
def test_j09_bytes_that_are_no_utf8_are_refused(raw: bytes) -> None:
    """SIG-01: invalid, overlong or surrogate UTF-8 is refused."""
    assert code_of(raw) == "json.encoding"


def test_j09_the_refusal_names_the_first_wrong_byte() -> None:
    with pytest.raises(Refused, match=r"byte 7"):
        decode_text(b'{"a": "\xff"}', max_bytes=100)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "utf-16-le", "utf-16-be", "utf-32-be"])
def test_j07_byte_order_marks_and_wide_encodings_are_refused(encoding: str) -> None:
    """SIG-01: a BOM is refused, and so is UTF-16 or UTF-32 with or without one."""
    assert code_of('{"a":"é"}'.encode(encoding)) in {"json.bom", "json.encoding", "json.syntax"}


def test_j07_a_byte_order_mark_has_its_own_code() -> None:
    """SIG-01: that of UTF-8; those of UTF-16 say that it is another encoding."""
    assert code_of(b"\xef\xbb\xbf{}") == "json.bom"
    assert code_of(b"\xff\xfe{\0}\0") == "json.encoding"
    assert code_of(b"\xfe\xff\0{\0}") == "json.encoding"


def test_a_document_is_not_longer_than_64_kib() -> None:
    """SIG-02: 65,536 bytes are read, one more is refused before anything is parsed."""
    filler = b"x" * (MAX_RECORD_BYTES - len(b'{"a":""}'))

    assert MAX_RECORD_BYTES == 65_536
    assert read_json(b'{"a":"' + filler + b'"}') == {"a": filler.decode()}
    assert code_of(b'{"a":"x' + filler + b'"}') == "json.too-large"
    assert code_of(b"\xff" * (MAX_RECORD_BYTES + 1)) == "json.too-large"


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '{"a":1,"\\u0061":2}',
        '{"x":[{"y":{"a":1,"b":2,"a":3}}]}',
        '{"a":null,"a":null}',
        '{"__proto__":1,"__proto__":2}',
    ],
)
def test_j01_a_member_that_stands_twice_is_refused_at_any_depth(text: str) -> None:
    """SIG-03: compared after unescaping."""
    assert code_of(text.encode()) == "json.duplicate-member"


def test_j01_the_same_name_in_two_objects_is_fine() -> None:
    """SIG-03."""
    assert read_json(b'{"a":{"a":[{"a":1},{"a":1}]}}') == {"a": {"a": [{"a": 1}, {"a": 1}]}}


@pytest.mark.parametrize("token", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1e400"])
def test_j03_what_is_no_finite_number_is_refused(token: str) -> None:
    """SIG-04."""
    assert code_of(f'{{"a":{token}}}'.encode()) == "json.number"


@pytest.mark.parametrize(
    "token",
    [str(2**53), str(-(2**53)), str(2**53 + 1), str(2**64), "9" * 400, "9" * 5_000, "-" + "9" * 5_000, "1" + "0" * 60_000],
    ids=lambda token: f"{token[:3]}… of {len(token)}",
)  # fmt: skip
def test_j04_integers_beyond_53_bits_are_refused(token: str) -> None:
    """SIG-04: also those of thousands of digits, where Python's own limit would show as another error."""
    assert code_of(f'{{"a":{token}}}'.encode()) == "json.number"


def test_j04_the_largest_integers_are_read() -> None:
    """SIG-04."""
    assert read_json(f'{{"a":[{MAX_INTEGER},-{MAX_INTEGER}]}}'.encode()) == {"a": [MAX_INTEGER, -MAX_INTEGER]}
    assert MAX_INTEGER == 2**53 - 1


@pytest.mark.parametrize("token", ["-0", "-0.0", "1.0", "1.5", "1e2", "1E2", "1e-2", "0e0", "0.0", "1e0"])
def test_j05_other_spellings_of_an_integer_are_refused(token: str) -> None:
    """SIG-04: no fraction, no exponent, no minus zero, although a schema of type integer takes 1.0."""
    assert code_of(f'{{"a":{token}}}'.encode()) == "json.number"


@pytest.mark.parametrize("token", ["01", "+1", "1_000", ".5", "1.", "0x10", "１", "--1", "- 1"])
def test_j05_what_json_does_not_call_a_number_is_refused(token: str) -> None:
    """SIG-04, SIG-08."""
    assert code_of(f'{{"a":{token}}}'.encode()) == "json.syntax"


@pytest.mark.parametrize(
    "text",
    [r'{"a":"\ud800"}', r'{"a":"\udc00"}', r'{"a":["x","\ude00\ud83d"]}', r'{"a":{"b":"\ud83dx\ude00"}}'],
)
def test_j06_half_of_a_surrogate_pair_is_refused_in_a_value(text: str) -> None:
    """SIG-05."""
    assert code_of(text.encode()) == "json.surrogate"


@pytest.mark.parametrize("text", [r'{"\ud800":1}', r'{"a":{"x\udfff":1}}', r'{"\u0000":1}'])
def test_j06_a_surrogate_or_nul_in_a_member_name_is_refused(text: str) -> None:
    """SIG-05, SIG-06: as a name that is not plain ASCII."""
    assert code_of(text.encode()) == "json.member-name"


@pytest.mark.parametrize("text", [r'{"a":"\u0000"}', r'{"a":["x",{"b":"x\u0000y"}]}', r'{"a":"\\\u0000"}'])
def test_j08_nul_is_refused(text: str) -> None:
    """SIG-05."""
    assert code_of(text.encode()) == "json.nul"


def test_j08_the_text_backslash_u0000_is_not_nul() -> None:
    """SIG-05: six letters, the first one an escaped backslash."""
    assert read_json(rb'{"a":"\\u0000"}') == {"a": r"\u0000"}


@pytest.mark.parametrize(
    "name", ["é", "\x7f", "\\u0001", "\\u007f", "\\t", "中", "\\ud83d\\ude00", "a\u200bb"]
)
def test_a_member_name_is_printable_ascii(name: str) -> None:
    """SIG-06: U+0020 to U+007E."""
    assert code_of(f'{{"x":{{"{name}":1}}}}'.encode()) == "json.member-name"


def test_every_printable_ascii_letter_may_stand_in_a_member_name() -> None:
    """SIG-06."""
    name = "".join(map(chr, range(0x20, 0x7F)))

    assert read_json(json.dumps({name: 1}).encode()) == {name: 1}


@pytest.mark.parametrize("name", ["__proto__", "constructor", "TYPE", "Type", "toString"])
def test_j10_names_that_mean_something_elsewhere_are_just_names(name: str) -> None:
    """SIG-06: exact case, no special meaning; the closed schemas refuse them."""
    assert read_json(json.dumps({name: {name: 1}}).encode()) == {name: {name: 1}}


def nested(depth: int) -> bytes:
    return b'{"a":' * (depth - 1) + b"{}" + b"}" * (depth - 1)


def test_nesting_of_64_is_read() -> None:
    """SIG-07: the outermost object is depth 1; brackets side by side or in texts do not count."""
    assert read_json(nested(MAX_DEPTH))
    assert read_json(b'{"a":' + b"[" * 63 + b"]" * 63 + b"}")
    assert read_json(b'{"a":[' + b"{}," * 500 + b"[]]}")
    assert read_json(b'{"a":"' + b"[" * 500 + b'","b":"\\"' + b"{" * 500 + b'\\\\"}')
    assert MAX_DEPTH == 64


@pytest.mark.parametrize("depth", [65, 900, 100_000])
def test_j02_deeper_nesting_is_refused(depth: int) -> None:
    """SIG-07."""
    assert code_of(nested(depth), BIG) == "json.too-deep"
    assert code_of(b'{"a":' + b"[" * (depth - 1) + b"]" * (depth - 1) + b"}", BIG) == "json.too-deep"
    assert code_of(b"[" * depth, BIG) == "json.too-deep"
    assert code_of(b'{"a":["' + b"]}" * depth + b'",' + b"[" * depth, BIG) == "json.too-deep"
    assert code_of(b'{"\\"":' * depth, BIG) == "json.too-deep"


@pytest.mark.parametrize(
    "text",
    ["", " ", "{", '{"a":1', "{}{}", "{} {}", "{}\n{}", "{}x", "x{}", "{},", '{"a":1,}', "{'a':1}", "{a:1}", '{"a" 1}',
     "/*c*/{}", "{}//c", "{}#c", '{"a":[1,]}', '{"a":tru}', '{"a":"\t"}', '{"a":"\n"}', '{"a":"\\x41"}', '{"a":"\\u12"}',
     '{"a":undefined}', "{}\x00", "\x0b{}", "\u00a0{}", "{}\u2028"],
)  # fmt: skip
def test_j13_there_is_exactly_one_value_and_nothing_beside_it(text: str) -> None:
    """SIG-08: no second document, no trailing bytes, no comments, no JavaScript."""
    assert code_of(text.encode()) == "json.syntax"


def test_j13_json_white_space_around_the_value_is_read() -> None:
    """SIG-08 (SIG-09 forbids it on the wire)."""
    assert read_json(b' \t\r\n{ "a" : [ ] } \r\n') == {"a": []}


@pytest.mark.parametrize("text", ["[]", "[{}]", '"a"', "1", "true", "null", '[{"a":1}]'])
def test_j12_a_document_is_an_object(text: str) -> None:
    """SIG-08."""
    assert code_of(text.encode()) == "json.not-an-object"


@pytest.mark.parametrize(
    "value",
    ["x" * 10_000_000, '"\\' * 3_000_000, [0] * 100_000, [[]] * 100_000, {str(n): n for n in range(100_000)}],
    ids=["10 MB string", "escapes", "10^5 elements", "10^5 arrays", "10^5 members"],
)
def test_j11_large_values_are_too_large_for_a_record_and_read_from_a_file(value: Any) -> None:
    """SIG-02: refused by size alone; the tools read larger files of our own."""
    raw = json.dumps({"a": value, "b": [{}] * 70}).encode()

    assert code_of(raw) == "json.too-large"
    assert read_json(raw, max_bytes=BIG)["a"] == value


PIECES = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    '"',
    "\\",
    "\\u",
    "d800",
    "0",
    "-",
    "1",
    ".",
    "e",
    "NaN",
    "null",
    "a",
    " ",
    "é",
]


@given(st.one_of(st.binary(), st.lists(st.sampled_from(PIECES)).map(lambda parts: "".join(parts).encode())))
@example(b'{"a":' * 70)
@example(b'{"a":"' + b"\\" * 999)
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    """S14: nothing but `Refused` ever comes out of the reader."""
    try:
        value = read_json(raw)
    except Refused as refused:
        assert refused.code.startswith("json.")
    else:
        assert json.loads(raw) == value


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()), st.lists)
)
def test_what_python_writes_is_read_back_or_refused(value: Any) -> None:
    """SIG-04, SIG-05: Python's writer knows NaN, fractions and lone surrogates."""
    raw = json.dumps({"a": value}).encode()
    try:
        read = read_json(raw)
    except Refused as refused:
        assert refused.code in {"json.number", "json.surrogate", "json.nul", "json.too-deep"}
    else:
        assert read == {"a": value}


NAMES = st.text(max_size=3) | st.sampled_from(["a", 'a"', "é", 'é"', "\n", "\x7f", "é:", ":", '\\"', "\\"])
ANY_JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.sampled_from(['é":1.5', ",e", "[.5", '\\":', "\0", "\x1f", "\\u0000", "\\"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(NAMES, ANY_JSON, max_size=4), st.integers(1, 6))
def test_what_counting_bytes_calls_strict_is_read_strictly(value: dict[str, Any], depth: int) -> None:
    """SIG-04 to SIG-07: canonical bytes of anything, judged without reading them."""
    try:
        raw = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except TypeError:
        return  # half of a surrogate pair, or an integer out of range
    if is_plainly_strict(raw, depth):
        assert read_json(raw) == value
        assert raw.count(b"{") + raw.count(b"[") <= depth


def test_documents_as_people_write_them_are_plainly_strict() -> None:
    raw = '{"a":-1,"b":["x, e",{"c":"Clients : é, 1,5"}],"d":true,"e":"\\"é\\":\\n\\\\"}'.encode()

    assert is_plainly_strict(raw, 3)
    assert read_json(raw)


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1.0}',
        '{"a":[1,2e3]}',
        '{"a":1E3}',
        '{"a":[-1.5]}',
        '{"é":1}',
        '{"é\\"x":1}',
        '{"a\\n":1}',
        '{"a":"\\u0000"}',
        '{"a":[[]]}',
        '{"\x7f":1}',
    ],
)
def test_what_the_strict_reader_would_refuse_is_not_plainly_strict(text: str) -> None:
    """SIG-04 to SIG-07."""
    assert not is_plainly_strict(text.encode(), 2)
