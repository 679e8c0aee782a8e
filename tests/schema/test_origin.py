"""Names: origins, feed names and subjects (LOG-01, LOG-02, SIG-23)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import Refused
from entrepot_schema.origin import (
    FeedName,
    did_web,
    is_origin,
    parse_feed_name,
    parse_origin,
    subject_of,
    subject_origin,
)

LETTERS = "abcdefghijklmnopqrstuvwxyz"
ORIGINS = [
    "biomed.example",
    "a.b",
    "1.a",
    "xn--bcher-kva.example",
    "a-b.c-d.example",
    "x" * 63 + ".example",
    ".".join(["x" * 61] * 4) + ".abcde",
    "192.0.2.7.example",
    "a.1b",
    "a.b1",
]
NO_ORIGINS = [
    "",
    "localhost",
    "Biomed.example",
    "biomed.EXAMPLE",
    "biomed.example.",
    ".biomed.example",
    "biomed..example",
    "biomed.example:443",
    "biomed.example/",
    "https://biomed.example",
    "user@biomed.example",
    "biomed.example?x",
    "biomed.example#x",
    "-biomed.example",
    "biomed-.example",
    "biomed.-example",
    "biomed.example-",
    "bio_med.example",
    "bio med.example",
    "bücher.example",
    "ьiomed.example",
    "biomed。example",
    "biomed.example\n",
    "\nbiomed.example",
    "biomed.example\x00",
    "biomed.%65xample",
    "x" * 64 + ".example",
    ".".join(["x" * 61] * 4) + ".abcdef",
    "192.0.2.7",
    "biomed.123",
    "biomed.１２３",
    "[2001:db8::1]",
    "biomed.example ",
    "*.example",
]


@pytest.mark.parametrize("text", ORIGINS)
def test_origins(text: str) -> None:
    """LOG-01: lower-case A-label host names of at least two labels, 253 characters at most."""
    assert is_origin(text)
    assert parse_origin(text) == text


@pytest.mark.parametrize("text", NO_ORIGINS)
def test_what_is_no_origin(text: str) -> None:
    """LOG-01: no port, path, trailing dot, capital, IP address, or look-alike of another script (S16)."""
    assert not is_origin(text)
    with pytest.raises(Refused) as refusal:
        parse_origin(text)
    assert refusal.value.code == "log.origin"


def test_the_longest_origin_has_253_characters() -> None:
    """LOG-01."""
    longest = ".".join(["x" * 61] * 4) + ".abcde"

    assert len(longest) == 253
    assert is_origin(longest)
    assert not is_origin("x" + longest)


@pytest.mark.parametrize("number", [1, 9, 10, 999_999])
def test_a_feed_name_is_read_and_written_back(number: int) -> None:
    """LOG-02."""
    name = parse_feed_name(f"biomed.example/feed/{number}")

    assert name == FeedName("biomed.example", number)
    assert str(name) == f"biomed.example/feed/{number}"


@pytest.mark.parametrize(
    "text",
    ["", "biomed.example", "biomed.example/feed/", "biomed.example/feed/0", "biomed.example/feed/01",
     "biomed.example/feed/1000000", "biomed.example/feed/-1", "biomed.example/feed/+1", "biomed.example/feed/1_0",
     "biomed.example/feed/１", "biomed.example/feed/1/", "biomed.example/feed/1\n", "biomed.example/feed/ 1",
     "biomed.example/Feed/1", "/feed/1", "localhost/feed/1", "BIOMED.example/feed/1", "biomed.example:443/feed/1",
     "https://biomed.example/feed/1", "biomed.example//feed/1", "biomed.example/feed/1e1", "x/biomed.example/feed/1"],
)  # fmt: skip
def test_what_is_no_feed_name(text: str) -> None:
    """LOG-02: n from 1 to 999999, one spelling."""
    with pytest.raises(Refused) as refusal:
        parse_feed_name(text)
    assert refusal.value.code == "log.feed-name"


@pytest.mark.parametrize(
    "text",
    ["biomed.example+x/feed/1", "biomed.example /feed/1", "biomed.example/feed/1+", "biomed.example/feed/1 ",
     "biomed.example\n/feed/1", "bіomed.example/feed/1", "biomed.example/feed/\u0661"],
    ids=["plus", "space", "plus at the end", "space at the end", "newline", "Cyrillic i", "Arabic digit"],
)  # fmt: skip
def test_s16_a_name_that_could_be_taken_for_another_is_no_feed_name(text: str) -> None:
    """LOG-02: no plus, space, newline or letter of another script can name a log key."""
    with pytest.raises(Refused) as refusal:
        parse_feed_name(text)
    assert refusal.value.code == "log.feed-name"


def test_feeds_of_one_origin_sort_by_number() -> None:
    names = [parse_feed_name(f"a.example/feed/{number}") for number in (10, 9, 1)]

    assert [name.number for name in sorted(names)] == [1, 9, 10]


def test_did_web_of_an_origin() -> None:
    assert did_web("biomed.example") == "did:web:biomed.example"


@pytest.mark.parametrize("origin", ORIGINS)
def test_a_subject_tells_its_origin(origin: str) -> None:
    """SIG-23: `https://<origin>/id/` and 26 of a–z2–7."""
    assert subject_origin(subject_of(origin, LETTERS)) == origin
    assert subject_origin(subject_of(origin, "234567" + "a" * 20)) == origin


@pytest.mark.parametrize("origin", [name for name in NO_ORIGINS if name])
def test_a_subject_of_no_origin_is_none(origin: str) -> None:
    """SIG-23."""
    assert subject_origin(subject_of(origin, LETTERS)) is None


@pytest.mark.parametrize(
    "subject",
    ["", f"http://biomed.example/id/{LETTERS}", f"https://biomed.example/id/{LETTERS}/1", f"https://biomed.example/ID/{LETTERS}",
     f"https://biomed.example/id/{LETTERS[:25]}", f"https://biomed.example/id/{LETTERS}a", f"https://biomed.example/id/{LETTERS}\n",
     f"https://biomed.example/id/{LETTERS.upper()}", f"https://biomed.example/id/{'1' * 26}", f"https://biomed.example/id/{'8' * 26}",
     f"https://biomed.example/id/{LETTERS}?x", f"https://biomed.example/id/{LETTERS}#x", f"https://biomed.example//id/{LETTERS}",
     f"https://x@biomed.example/id/{LETTERS}", "did:web:biomed.example", f" https://biomed.example/id/{LETTERS}",
     f"HTTPS://biomed.example/id/{LETTERS}", f"https://biomed.example/id/{'а' * 26}"],
)  # fmt: skip
def test_what_is_no_subject(subject: str) -> None:
    """SIG-23."""
    assert subject_origin(subject) is None


@given(st.text())
def test_any_text_is_an_origin_or_not(text: str) -> None:
    """LOG-01, LOG-02: nothing but `Refused`, and never a name with anything but host-name letters."""
    if is_origin(text):
        assert set(text) <= set("abcdefghijklmnopqrstuvwxyz0123456789-.")
    try:
        name = parse_feed_name(text)
    except Refused as refused:
        assert refused.layer == "L"
    else:
        assert str(name) == text
