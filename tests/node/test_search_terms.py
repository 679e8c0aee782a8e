"""Folding and cutting text, and reading what was typed: pure, total, and stable under what people do to text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_node.searching.document import read_document
from entrepot_node.searching.question import MOST_TERMS, read_question
from entrepot_node.searching.terms import identifier_key, index_terms, is_run, name_keys, name_terms, terms

TEXTS = st.text(max_size=60)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Acme Bio, S.p.A.", ["acme", "bio", "s", "p", "a"]),
        ("ＡＢＣ１２", ["abc12"]),
        ("Müller-Straße", ["muller", "strasse"]),
        ("Łódź Żółw", ["lodz", "zolw"]),
        ("ΟΔΥΣΣΕΎΣ οδυσσεύς", ["οδυσσευσ", "οδυσσευσ"]),
        ("İstanbul ırmak", ["istanbul", "irmak"]),
        ("Cœur Ærø", ["coeur", "aero"]),
        ("苏州Bio园区2026", ["苏州", "bio", "园区", "2026"]),
        ("ﾊﾞｲｵ", ["バイオ"]),
        ("한국 바이오", ["한국", "바이오"]),
        ("हिन्दी भाषा", ["हिन्दी", "भाषा"]),
        ("snake_case", ["snake", "case"]),
        ("🙂 – — ·", []),
    ],
)
def test_text_is_folded_and_cut(text: str, wanted: list[str]) -> None:
    assert terms(text) == wanted


def test_runs_are_indexed_as_pairs_with_the_last_character_alone() -> None:
    assert index_terms(["机器人", "医", "Labs 机器人"]) == ["机器 器人 人", "医", "labs"]


def test_names_are_indexed_without_their_inner_marks_too() -> None:
    assert {"eon", "e", "on", "loreal"} <= set(name_terms(["E.ON", "L’Oréal"]))


def test_umlauts_are_found_spelt_out() -> None:
    assert name_keys("Bürki AG") == ["burki ag", "buerki ag"]
    assert name_keys("Acme") == ["acme"]
    assert name_keys("?!") == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("FR 40 303 265 045", "fr40303265045"),
        ("0000-0004-0444-9382", "0000000404449382"),
        ("https://ror.org/000bvba82", "000BVBA82"),
        ("https://ror.org/000bvba82/", "000bvba82"),
        ("ITRI.TO-8888888", "itri to 8888888"),
    ],
)
def test_identifiers_are_compared_without_separators(one: str, other: str) -> None:
    assert identifier_key(one) == identifier_key(other)


@given(TEXTS)
def test_terms_are_never_empty_and_have_no_signs(text: str) -> None:
    """What reaches a query is letters, digits and their marks; nothing that a query language could read."""
    for term in terms(text):
        assert term
        kinds = {unicodedata.category(letter) for letter in term}
        assert not {kind for kind in kinds if kind[0] in "PSZ"} | (kinds & {"Cc", "Cf", "Cs"})


@given(TEXTS)
def test_composed_and_decomposed_text_is_the_same(text: str) -> None:
    assert terms(unicodedata.normalize("NFD", text)) == terms(unicodedata.normalize("NFC", text))


@given(st.lists(TEXTS, max_size=4))
def test_every_term_of_a_text_is_in_its_index(texts: list[str]) -> None:
    indexed = set(index_terms(texts))
    for text in texts:
        for term in terms(text):
            spread = " ".join(term[place : place + 2] for place in range(len(term))) if is_run(term) else term
            assert spread in indexed


@given(st.text(max_size=2_000))
def test_whatever_is_typed_is_read_within_bounds(typed: str) -> None:
    question = read_question(typed)

    assert question.asked == bool(typed.strip())
    assert len(question.words) + len(question.phrases) <= MOST_TERMS
    assert all(len(word) <= 64 and " " not in word for word in question.words)
    assert all(len(pair) == 2 for phrase in question.phrases for pair in phrase)


def test_the_beginning_of_another_word_asks_for_nothing_new() -> None:
    assert read_question("bio biotech b").words == ("biotech",)


def test_the_id_of_a_subject_is_looked_for_by_its_letters() -> None:
    letters = "zdi5xfyzxlvwtmck45xgv66cn5"
    assert read_question(f" https://biomed.example/id/{letters} ").words == (letters,)


@given(st.binary(max_size=200))
def test_any_bytes_are_a_document_or_none(raw: bytes) -> None:
    read_document(raw, today=739_000)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    "id", "name", "legalName", "otherNames", "title", "summary", "services", "locations", "territory", "sectors",
    "identifiers", "memberOf", "partOf", "via", "website", "updated", "from", "to", "kind", "capabilities",
)  # fmt: skip


@given(
    st.sampled_from(("cluster", "company", "relation", "opportunity")),
    st.dictionaries(st.sampled_from(MEMBERS), JSON),
)
def test_a_profile_of_any_shape_is_a_document(kind: str, members: dict[str, object]) -> None:
    """Records are checked before they are stored; reading them relies on nothing all the same."""
    import orjson

    try:
        raw = orjson.dumps({"credentialSubject": {"profile": {**members, "type": kind}}})
    except TypeError:  # integers beyond 64 bits, which no record has
        return
    document = read_document(raw, today=739_000)

    assert document is not None
    assert document.updated <= 739_000
    assert orjson.loads(document.facets)["type"] == [kind]
