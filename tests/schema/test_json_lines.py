"""Line numbers of JSON Pointers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.json_lines import lines_of
from entrepot_schema.schema_check import escape_pointer

TEXT = """{
  "a": 1,
  "b/c~d": {
    "text": "}\\"]\\n{[,",
    "list": [
      "x",
      {"deep": [
        true, null]},
      []
    ]
  },

  "e": -12
  ,"\\u0066": {}, "g"
    :
      "on its own line"
}
"""
LINES = {
    "": 1,
    "/a": 2,
    "/b~1c~0d": 3,
    "/b~1c~0d/text": 4,
    "/b~1c~0d/list": 5,
    "/b~1c~0d/list/0": 6,
    "/b~1c~0d/list/1": 7,
    "/b~1c~0d/list/1/deep": 7,
    "/b~1c~0d/list/1/deep/0": 8,
    "/b~1c~0d/list/1/deep/1": 8,
    "/b~1c~0d/list/2": 9,
    "/e": 13,
    "/f": 14,
    "/g": 14,
}


@pytest.mark.parametrize("pointer", LINES)
def test_a_value_is_on_the_line_of_its_name(pointer: str) -> None:
    assert lines_of(TEXT, [pointer]) == [LINES[pointer]]


def test_many_pointers_in_one_pass() -> None:
    assert lines_of(TEXT, list(LINES)) == list(LINES.values())
    assert lines_of("no JSON at all", []) == []


@pytest.mark.parametrize(
    ("pointer", "line"), [("/x", 1), ("/b~1c~0d/x/y/z", 3), ("/b~1c~0d/list/9", 5), ("/e/0", 13)]
)
def test_what_does_not_exist_is_on_the_line_of_its_parent(pointer: str, line: int) -> None:
    assert lines_of(TEXT, [pointer]) == [line]


def test_line_ends_of_windows_count_once() -> None:
    assert lines_of('{\r\n"a":\r\n1,\r\n"b":[\r\n2]}', ["/a", "/b", "/b/0"]) == [2, 4, 5]


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


def pointers(value: Any, pointer: str = "") -> list[str]:
    found = [pointer]
    if isinstance(value, dict):
        found += [
            p for name, member in value.items() for p in pointers(member, f"{pointer}/{escape_pointer(name)}")
        ]
    if isinstance(value, list):
        found += [p for index, item in enumerate(value) for p in pointers(item, f"{pointer}/{index}")]
    return found


@given(VALUES)
def test_one_value_a_line_in_pretty_json(value: Any) -> None:
    """Printed with an indent, each value starts a line of its own, in order."""
    text = json.dumps({"v": value}, indent=1, ensure_ascii=False)

    lines = lines_of(text, pointers({"v": value}))

    assert len(set(lines)) == len(lines)
    assert lines == sorted(lines)


@given(VALUES)
def test_all_is_on_line_one_in_compact_json(value: Any) -> None:
    assert set(lines_of(json.dumps({"v": value}), pointers({"v": value}))) == {1}


@pytest.mark.parametrize(
    "text", ['{"records":[""', '{"records":["a', '{"records":[', '{"records"', '{"rec', "["]
)
def test_a_text_that_was_cut_tells_the_line_of_what_is_left(text: str) -> None:
    assert lines_of("\n" + text, ["/records/0/name", "/records/9"]) == [2, 2]
