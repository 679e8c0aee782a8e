"""The line of a fault of layer J (SIG-01 to SIG-08)."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import Refused
from entrepot_schema.json_faults import fault_line
from entrepot_schema.strict_json import MAX_DEPTH, read_json


def refusal(text: str) -> str:
    with pytest.raises(Refused) as refused:
        read_json(text.encode(), max_bytes=10_000_000)
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ('{\n"a": 1,\n"b": {"a": 2},\n"a": 3\n}', "json.duplicate-member", 4),
        ('{\n"a": [{"b": 1},\n{"b": 1,\n"\\u0062": 2}]\n}', "json.duplicate-member", 4),
        ('{\n"a": "NaN",\n"b": NaN\n}', "json.number", 3),
        ('{\n"a": [0, 1, -1, 9007199254740991],\n"b": "1.5",\n"c": 9007199254740992\n}', "json.number", 4),
        ('{\n"1.5": 1,\n"c": [\n-0]\n}', "json.number", 4),
        ('{\n"a": "ü",\n"b": {"\\"x": 1},\n"ü": 1\n}', "json.member-name", 4),
        ('{\n"a": "\\ud83d\\ude00",\n"b": "\\\\ud800",\n"c": "\\ud800"\n}', "json.surrogate", 4),
        ('{\n"a": "\\\\u0000",\n"b": "\\u0000"\n}', "json.nul", 3),
        ('{"a":\n' * MAX_DEPTH + '{"b": 1}' + "}" * MAX_DEPTH, "json.too-deep", MAX_DEPTH + 1),
        ("\n\n[1]\n", "json.not-an-object", 3),
        ('"x"', "json.not-an-object", 1),
    ],
)
def test_a_fault_is_shown_on_its_line(text: str, code: str, line: int) -> None:
    """Names, numbers and escapes inside of texts mislead nobody."""
    assert refusal(text) == code
    assert fault_line(text, code) == line


def test_a_fault_that_is_not_there_has_no_line() -> None:
    assert fault_line('{"a": [1, "x", null, true]}', "json.number") == 0
    assert fault_line("", "json.surrogate") == 0


def test_hostile_texts_have_a_bound() -> None:
    """A million brackets, and a list so long that nobody looks to its end."""
    assert fault_line("[" * 1_000_000, "json.too-deep") == 1
    assert fault_line("[" + "1,\n" * 1_000_001 + "1.5]", "json.number") == 0


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=12,
)


@given(st.dictionaries(st.text(max_size=6), VALUES, max_size=5), st.booleans())
def test_whatever_the_reader_refuses_has_a_line_within_the_text(document: object, ascii_only: bool) -> None:
    text = json.dumps(document, indent=1, ensure_ascii=ascii_only)
    try:
        read_json(text.encode(), max_bytes=10_000_000)
    except (Refused, UnicodeEncodeError) as error:
        if isinstance(error, Refused):
            assert 1 <= fault_line(text, error.code) <= text.count("\n") + 1


@given(
    st.text(),
    st.sampled_from(["json.number", "json.too-deep", "json.nul", "json.duplicate-member", "json.x"]),
)
def test_any_text_can_be_looked_through(text: str, code: str) -> None:
    assert fault_line(text, code) >= 0
