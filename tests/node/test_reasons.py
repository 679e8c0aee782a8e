"""The words of the pages for reason codes: a Chinese meaning for all that a record can be refused for."""

from __future__ import annotations

import re

from entrepot_node.reasons import chinese_meanings, meaning
from entrepot_schema.reason_codes import reason_codes

# The rules of the wire are closed: two families, and single codes of others. Codes of key logs refuse no record.
WIRE_FAMILIES = ("json.", "schema.", "key.")
WIRE_CODES = (
    "code.date",
    "code.identifier",
    "code.owner",
    "code.text",
    "privacy.property-name",
    "log.revision",
)
NO_RECORD = ("key.file", "key.log-", "key.published")


def test_every_reason_a_record_can_be_refused_for_has_words_in_both_languages() -> None:
    refusing = [
        code
        for code, known in reason_codes().items()
        if known.layer != "–"
        and (code.startswith(WIRE_FAMILIES) or code in WIRE_CODES)
        and not code.startswith(NO_RECORD)
    ]

    assert len(refusing) > 50
    assert [code for code in refusing if code not in chinese_meanings()] == []


def test_chinese_words_are_for_codes_that_there_are_and_stand_in_order() -> None:
    codes = list(chinese_meanings())

    assert codes == sorted(codes)
    assert set(codes) <= set(reason_codes())
    assert all(re.search("[\u4e00-\u9fff]", text) for text in chinese_meanings().values())


def test_a_code_is_told_in_the_language_asked_for() -> None:
    assert meaning("schema.required", "en") == "a field is missing"
    assert meaning("schema.required", "zh-Hans") == "缺少字段"
    assert meaning("peer.status", "zh-Hans") == meaning("peer.status", "en") != ""
    assert meaning("x.unheard-of", "en") == ""
