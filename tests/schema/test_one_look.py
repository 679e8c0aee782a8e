"""A look at all texts of a profile at once hides nothing that a look at each would find."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st

from entrepot_schema import catalog
from entrepot_schema.field_values import field_values
from entrepot_schema.privacy import privacy_findings
from entrepot_schema.texts import text_findings

# What rules look for, in pieces, so that chance puts them together, also over the end of a text.
PIECES = st.sampled_from(
    [
        "<b>", "&amp;", "<", "&", "â€™", "Ã", "©", "é", "é\u201c", "ãƒ¦ãƒ¼", "\ufffd", "锟斤拷", "锟", "e\u0301", "\u00ad",
        "\u200b", "\u200d", "С", "company", "中文", "Dr", ". ", " ", "Rossi", "Mr\n", "张三", "先生", "女", "士", "@", "＠",
        "a@b.example", "1", "39123", "45678", "\n", "１３８００", "１３８０００", "110101199003074477", "+39 ", "-",
    ]
)  # fmt: skip
TEXTS = st.lists(PIECES, min_size=1, max_size=4).map("".join)
UNDECIDED = "<@ Dr. Rossi"  # has to be looked into


@given(TEXTS, TEXTS, TEXTS, TEXTS)
@example("x", "x", "390 123", "45 678")
@example("Dr", "Rossi", "Dr.", "Rossi")
@example("x", "x", "\u00c3", "\u00a9")
@example("x", "x", "a\u200d", "x")
def test_texts_are_judged_as_each_by_itself(name: str, other: str, first: str, second: str) -> None:
    profile = catalog.example("company-minimal")
    profile["name"], profile["summary"] = {"en": name, "it": other}, {"en": first, "it": second}
    values = field_values(profile)
    one_by_one = replace(values, names=UNDECIDED, prose=UNDECIDED)

    assert list(text_findings(values)) == list(text_findings(one_by_one))
    assert list(privacy_findings(values)) == list(privacy_findings(one_by_one))
