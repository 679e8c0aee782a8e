"""Reading files to publish."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.drafts import Draft, read_draft
from entrepot_node.package import read_publications
from entrepot_schema.errors import Misuse, Refused

EXAMPLES = Path(__file__).parents[2] / "schema" / "examples"
PACKAGE: dict[str, Any] = json.loads((EXAMPLES / "package.json").read_text("utf-8")) | {
    "license": "CC-BY-SA-4.0"
}
RECORDS = PACKAGE["records"]
HEAD = {**PACKAGE, "records": []}


def read(raw: bytes) -> list[Draft]:
    return read_publications(raw, "x.json", default_license="CC0-1.0")


def lines(*documents: Any) -> bytes:
    return b"".join(json.dumps(document).encode() + b"\n" for document in documents)


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(PACKAGE, indent=1).encode(),
        json.dumps(PACKAGE).encode(),
        lines(HEAD, *RECORDS),
        lines(*RECORDS, HEAD),
        b"\xef\xbb\xbf" + lines(*RECORDS[:2], HEAD, *RECORDS[2:]),
    ],
)
def test_a_package_gives_its_licence_to_its_records(raw: bytes) -> None:
    """PRO-70, PRO-71."""
    assert read(raw) == [read_draft(record, "CC-BY-SA-4.0", by_default=False) for record in RECORDS]


def test_loose_profiles_have_the_licence_of_the_node() -> None:
    expected = [read_draft(record, "CC0-1.0", by_default=True) for record in RECORDS]
    assert read(lines(*RECORDS)) == expected
    assert read(json.dumps(RECORDS[0], indent=1).encode()) == expected[:1]
    assert [draft.profile for draft in expected] == RECORDS


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (json.dumps(HEAD).encode(), "publish.empty"),
        (lines(HEAD, HEAD), "publish.not-a-profile"),
        (lines(HEAD, *RECORDS, HEAD), "publish.not-a-profile"),
        (lines(RECORDS[0], {**RECORDS[0], "proof": {}}), "publish.not-a-profile"),
        (json.dumps({**PACKAGE, "records": [7]}).encode(), "publish.not-a-profile"),
    ],
)
def test_a_file_without_profiles_of_one_package(raw: bytes, code: str) -> None:
    """PRO-71."""
    with pytest.raises(Misuse) as misuse:
        read(raw)
    assert misuse.value.code == code


def test_a_signed_record_gets_a_hint() -> None:
    with pytest.raises(Misuse) as misuse:
        read(json.dumps({**RECORDS[0], "proof": {}}).encode())
    assert "inside" in misuse.value.hint


def test_a_broken_line_is_refused_with_its_number() -> None:
    """PRO-72."""
    with pytest.raises(Refused) as refused:
        read(lines(*RECORDS[:2]) + b"{x}\n")
    assert "line 3" in refused.value.message
