"""Check characters of identifiers (PRO-22)."""

from __future__ import annotations

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.identifier import CHECKS, is_lei, is_ror, is_uscc

LEIS = ["529900T8BM49AURSDO55", "5493001KJTIIGC8Y1R12", "213800WSGIIZCXF1P572", "0000CLUSTERTESTSME74"]
USCCS = ["91350100M000100Y43", "91110108551385082Q"]
RORS = ["https://ror.org/05dxps055", "https://ror.org/03yrm5c26", "https://ror.org/02mhbdp94"]
USCC_LETTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
ROR_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


@pytest.mark.parametrize("text", LEIS)
def test_real_leis(text: str) -> None:
    """PRO-22: ISO 17442."""
    assert is_lei(text)


@pytest.mark.parametrize("text", USCCS)
def test_real_social_credit_codes(text: str) -> None:
    """PRO-22: GB 32100."""
    assert is_uscc(text)


@pytest.mark.parametrize("text", RORS)
def test_real_ror_ids(text: str) -> None:
    """PRO-22."""
    assert is_ror(text)


ALL = [
    *((text, is_lei) for text in LEIS),
    *((text, is_uscc) for text in USCCS),
    *((text, is_ror) for text in RORS),
]


@pytest.mark.parametrize(("text", "check"), ALL)
def test_one_character_changed_is_noticed(text, check) -> None:
    """PRO-22: at every place; in an LEI a digit taken for a letter may pass, as ISO 7064 counts them differently."""
    start = text.rpartition("/")[2]
    for place in range(len(text) - len(start), len(text)):
        for letter in string.digits + string.ascii_letters:
            if check is is_lei and letter.isdigit() != text[place].isdigit():
                continue
            changed = text[:place] + letter + text[place + 1 :]
            assert check(changed) is (changed == text), changed


@pytest.mark.parametrize(("text", "check"), ALL)
def test_other_spellings_are_refused(text, check) -> None:
    """PRO-22: no spaces, no other case, no other digits, nothing before or after."""
    swapped = text.replace("https", "http") if text.startswith("https") else text[::-1]
    wide = text[:-1] + chr(ord(text[-1]) - ord("0") + ord("０"))
    for other in (text + "\n", " " + text, text[:-1], text + "0", text.swapcase(), swapped, "", wide):
        assert not check(other), other


@given(st.text(st.sampled_from(string.digits + string.ascii_uppercase), min_size=18, max_size=18))
def test_every_lei_has_one_pair_of_check_digits(stem: str) -> None:
    """PRO-22: the number mod 97 is 1, computed here digit by digit."""

    def remainder(text: str) -> int:
        rest = 0
        for digit in "".join(str(int(letter, 36)) for letter in text):
            rest = (rest * 10 + int(digit)) % 97
        return rest

    good = [f"{stem}{digits:02}" for digits in range(2, 99) if remainder(f"{stem}{digits:02}") == 1]

    assert len(good) == 1
    assert is_lei(good[0])


@given(st.text(st.sampled_from(USCC_LETTERS), min_size=17, max_size=17))
def test_every_social_credit_code_has_one_check_character(stem: str) -> None:
    """PRO-22: the weighted sum, computed here as the standard writes it, is divisible by 31."""
    weighted = sum(USCC_LETTERS.index(letter) * 3**place for place, letter in enumerate(stem))
    good = [letter for value, letter in enumerate(USCC_LETTERS) if (weighted + value) % 31 == 0]

    assert [letter for letter in USCC_LETTERS if is_uscc(stem + letter)] == good
    assert len(good) == 1


@given(st.text(st.sampled_from(ROR_LETTERS), min_size=6, max_size=6))
def test_every_ror_id_has_one_pair_of_check_digits(stem: str) -> None:
    """PRO-22."""
    good = [digits for digits in range(100) if is_ror(f"https://ror.org/0{stem}{digits:02}")]

    assert len(good) == 1
    number = sum(ROR_LETTERS.index(letter) * 32**place for place, letter in enumerate(reversed(stem)))
    assert (number * 100 + good[0]) % 97 == 1


@given(st.text())
def test_any_text_is_an_identifier_or_not(text: str) -> None:
    assert [check(text) for check in CHECKS.values()] == [False, False, False]


def test_three_schemes_are_checked() -> None:
    """PRO-22, PRO-25: the list is closed."""
    assert sorted(CHECKS) == ["CN-USCC", "LEI", "ROR"]
