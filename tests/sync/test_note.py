"""Signed notes and vkeys (LOG-33 to LOG-36), against public vectors and hostile bytes."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from entrepot_schema.errors import Refused
from entrepot_schema.keys import SigningKey
from entrepot_sync.note import (
    MAX_NOTE_BYTES,
    Note,
    SignatureLine,
    VerifierKey,
    decode_base64,
    is_key_name,
    key_id,
    parse_signature_lines,
    parse_vkey,
    sign_note,
    split,
    verify,
)

VECTORS = Path(__file__).parent / "vectors"
NAME = "biomed.example/feed/1"
TEXT = b"biomed.example says hello.\n"


def load(name: str) -> Any:
    return json.loads((VECTORS / name).read_text("utf-8"))


def signer(number: int) -> SigningKey:
    return SigningKey.from_seed(number.to_bytes(32, "big"))


def key_of(number: int, name: str = NAME) -> VerifierKey:
    return VerifierKey(name, signer(number).public)


XMOD = load("signed-note-xmod.json")
GOOD = sign_note(TEXT, NAME, signer(1))
GOOD_LINE = split(GOOD).signatures[0]


def refusal_of(raw: bytes, *keys: VerifierKey) -> str:
    with pytest.raises(Refused) as refusal:
        verify(split(raw), keys)
    return refusal.value.code


# --- public vectors


def test_the_note_of_golang_is_signed_to_the_byte() -> None:
    """LOG-33, LOG-34, LOG-36."""
    case = XMOD["sign"]
    golang = SigningKey.from_seed(bytes.fromhex(case["test_only_ed25519_seed_hex"]))

    assert VerifierKey(case["name"], golang.public).key_id.hex() == case["key_id_hex"]
    assert sign_note(case["text"].encode(), case["name"], golang) == case["signed_note"].encode()


@pytest.mark.parametrize("case", XMOD["open"], ids=lambda case: str(case["name"]))
def test_open_cases_of_golang(case: dict[str, Any]) -> None:
    """LOG-33 to LOG-35."""
    raw = case["note"].encode() if "note" in case else base64.b64decode(case["note_base64"])
    keys = [parse_vkey(vkey) for vkey in case["trusted_vkeys"]]

    if case["expect"] == "accept":
        assert [key.name for key in verify(split(raw), keys)] == case["verified"]
    else:
        expected = {"no known key": "log.unsigned", "known key, corrupted signature": "log.signature"}
        assert refusal_of(raw, *keys) == expected.get(case["name"], "log.note")


@pytest.mark.parametrize("case", XMOD["bad_vkeys"], ids=lambda case: str(case["why"]))
def test_bad_vkeys_of_golang_are_refused(case: dict[str, Any]) -> None:
    """LOG-36."""
    with pytest.raises(Refused) as refusal:
        parse_vkey(case["vkey"])
    assert refusal.value.code == "log.vkey"


def test_the_example_of_the_signed_note_specification_verifies() -> None:
    """LOG-33 to LOG-36."""
    example_note = load("c2sp-spec-examples.json")["signed_note"]
    key = parse_vkey(example_note["vkey"])

    assert str(key) == example_note["vkey"]
    assert verify(split(example_note["note"].encode()), [key]) == (key,)


def test_examples_of_other_specifications_split_into_their_lines() -> None:
    """LOG-33, LOG-34: framing only, their keys are not published."""
    examples = load("c2sp-spec-examples.json")
    cosigned = split(examples["cosigned_checkpoint"]["note"].encode())
    answer = parse_signature_lines(examples["add_checkpoint_response"]["body"].encode())

    assert [len(line.payload) for line in cosigned.signatures] == [64, 8 + 64]
    assert cosigned.to_bytes() == examples["cosigned_checkpoint"]["note"].encode()
    assert [line.name for line in answer] == ["witness.example/w1"] * 2 + ["witness.example/w2"]


def test_a_real_head_of_the_go_checksum_database_verifies() -> None:
    """LOG-35: in a note, unlike in our checkpoints, text and key name may differ."""
    case = load("sumdb-checkpoint.json")
    raw = case["request_body"].partition("\n\n")[2].encode()
    key = parse_vkey(case["log_vkey"])

    assert verify(split(raw), [key]) == (key,)
    assert refusal_of(raw.replace(b"35225469", b"35225468"), key) == "log.signature"


# --- reading


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\n\n",
        b"text\n",
        b"text\n\n",
        b"text\n\n\n",
        GOOD[:-1],
        GOOD + b"\n",
        GOOD + b"not a signature\n",
        GOOD.replace("—".encode(), b"-"),
        GOOD.replace("— ".encode(), "—".encode()),
        GOOD.replace("— ".encode(), "—  ".encode()),
        GOOD.replace("— ".encode(), "—\u00a0".encode()),
        GOOD.replace(b"\n", b"\r\n"),
        GOOD.replace(b"hello", b"hel\tlo"),
        GOOD.replace(b"hello", b"hel\x00lo"),
        GOOD.replace(b"hello", b"hel\xc0\xaflo"),
        GOOD.replace(b"hello", b"hel\xed\xa0\x80lo"),
        b"\xff\xfe" + GOOD,
        TEXT + b"\n" + f"— {NAME} AAAAAA==\n".encode(),
        TEXT + b"\n" + f"— {NAME} \n".encode(),
        TEXT + b"\n" + f"— {NAME}\n".encode(),
    ],
)
def test_malformed_notes_are_refused(raw: bytes) -> None:
    """LOG-33, LOG-34."""
    assert refusal_of(raw, key_of(1)) == "log.note"


def test_text_ends_before_the_last_empty_line() -> None:
    """LOG-33: a text may itself contain empty lines, and what looks like a signature."""
    text = GOOD + b"\nmore\n"
    note = split(sign_note(text, NAME, signer(2)))

    assert note.text == text
    assert verify(note, [key_of(1), key_of(2)]) == (key_of(2),)


def test_base64_has_one_spelling() -> None:
    """LOG-34: padding is there and trailing bits are zero."""
    value = base64.b64encode(GOOD_LINE.key_id + GOOD_LINE.payload).decode()
    assert value.endswith("=")
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    twin = value[:-2] + alphabet[alphabet.index(value[-2]) + 1] + "="
    assert base64.b64decode(twin) == base64.b64decode(value)

    for other in (
        twin,
        value.rstrip("="),
        value + "=",
        value[:9] + " " + value[9:],
        value[:9] + "-" + value[10:],
    ):
        assert decode_base64(other) is None
        assert refusal_of(GOOD.replace(value.encode(), other.encode()), key_of(1)) == "log.note"


def test_a_line_separator_inside_a_name_does_not_split_the_line() -> None:
    """LOG-34: only LF ends a line. U+2028 is a Unicode space, so the name is refused as one name."""
    raw = GOOD + "— wit\u2028ness AAAAAAAAAAA=\n".encode()

    assert refusal_of(raw, key_of(1)) == "log.note"


@given(st.binary(max_size=200))
@example(GOOD)
@example(TEXT + b"\n")
def test_random_bytes_split_exactly_or_are_refused(raw: bytes) -> None:
    """LOG-33, LOG-34: only `Refused` leaves the parser, and what it takes it writes back to the byte."""
    try:
        outcome = split(raw).to_bytes()
    except Refused as refusal:
        outcome = refusal.code.encode()

    assert outcome in (raw, b"log.note")


@given(st.text(max_size=60), st.text(max_size=12), st.binary(max_size=80))
def test_random_parts_are_written_and_read_back_or_refused(text: str, name: str, payload: bytes) -> None:
    """LOG-33, LOG-34: the printable form of a note has an exact inverse."""
    raw = Note(text.encode(), (SignatureLine(name, b"\0\1\2\3", payload),)).to_bytes()
    try:
        outcome = split(raw).to_bytes()
    except Refused as refusal:
        outcome = refusal.code.encode()

    assert outcome in (raw, b"log.note")


@given(
    st.lists(st.text("ab \n—é", max_size=10), min_size=1, max_size=5), st.sets(st.integers(1, 9), min_size=1)
)
def test_what_is_signed_verifies(lines: list[str], seeds: set[int]) -> None:
    """LOG-33 to LOG-35."""
    text = "".join(f"{line}\n" for line in lines).encode()

    note = split(sign_note(text, NAME, *map(signer, seeds)))

    assert note.text == text
    assert set(verify(note, map(key_of, seeds))) == set(map(key_of, seeds))
    assert set(verify(note, map(key_of, range(1, 10)))) == set(map(key_of, seeds))


@pytest.mark.parametrize("text", [b"", b"no line feed", b"a\n\nb", b"a\tb\n", b"\xff\n"])
def test_a_text_that_would_be_read_back_otherwise_is_not_signed(text: bytes) -> None:
    """LOG-33."""
    with pytest.raises(Refused) as refusal:
        sign_note(text, NAME, signer(1))
    assert refusal.value.code == "log.note"


# --- verifying


def test_l10_a_bad_signature_of_a_known_key_refuses_the_note_beside_a_good_one() -> None:
    """LOG-35: whatever else is good in the note."""
    two = split(sign_note(TEXT, NAME, signer(1), signer(2)))
    forged = SignatureLine(NAME, two.signatures[1].key_id, bytes(64))
    raw = Note(TEXT, (two.signatures[0], forged)).to_bytes()

    assert refusal_of(raw, key_of(1), key_of(2)) == "log.signature"
    assert verify(split(raw), [key_of(1)]) == (key_of(1),)  # unknown to this reader, so ignored


@pytest.mark.parametrize("length", [1, 63, 65, 72, 2428])
def test_l10_a_known_key_with_a_signature_of_a_wrong_length_refuses_the_note(length: int) -> None:
    """LOG-35."""
    odd = SignatureLine(NAME, GOOD_LINE.key_id, bytes(length))

    assert refusal_of(Note(TEXT, (odd,)).to_bytes(), key_of(1)) == "log.signature"


def test_l09_an_unknown_key_verifies_nothing() -> None:
    """LOG-35: there is no trust on first use."""
    assert refusal_of(GOOD, key_of(2)) == "log.unsigned"
    assert refusal_of(GOOD) == "log.unsigned"


def test_l09_half_a_match_of_name_and_key_id_is_no_match() -> None:
    """LOG-35: lines of unknown pairs are ignored, even if one half fits."""
    other_name = SignatureLine("copper.example/feed/1", GOOD_LINE.key_id, bytes(64))
    other_id = SignatureLine(NAME, b"\0\0\0\0", bytes(64))

    assert verify(Note(TEXT, (other_name, other_id, GOOD_LINE)), [key_of(1)]) == (key_of(1),)
    assert refusal_of(Note(TEXT, (other_name, other_id)).to_bytes(), key_of(1)) == "log.unsigned"


def test_a_signature_over_another_text_is_refused() -> None:
    """LOG-35."""
    assert refusal_of(GOOD.replace(b"hello", b"hallo"), key_of(1)) == "log.signature"


def test_a_known_key_signs_once_and_unknown_ones_as_often_as_they_like() -> None:
    """LOG-35; C2SP tlog-checkpoint: no two lines of one name and id."""
    stranger = SignatureLine("copper.example/witness/1", b"\1\2\3\4", bytes(72))

    assert verify(Note(TEXT, (stranger, stranger, GOOD_LINE)), [key_of(1)]) == (key_of(1),)
    assert refusal_of(Note(TEXT, (GOOD_LINE, GOOD_LINE)).to_bytes(), key_of(1)) == "log.signature"


def test_l11_size_and_number_of_lines_are_bounded_before_parsing() -> None:
    """LOG-33: 65,536 bytes and 100 lines; what is larger is refused unread."""
    line = "— copper.example/witness/1 AAAAAAAAAAA=\n".encode()
    filler = b"a" * (MAX_NOTE_BYTES - len(GOOD))

    assert refusal_of(b"\xff" * 50_000_000, key_of(1)) == "log.note"
    assert refusal_of(GOOD + line * 100_000, key_of(1)) == "log.note"
    assert refusal_of(GOOD + line * 100, key_of(1)) == "log.note"
    assert verify(split(GOOD + line * 99), [key_of(1)]) == (key_of(1),)
    with pytest.raises(Refused):
        sign_note(filler + b"a" + TEXT, NAME, signer(1))
    assert len(sign_note(filler + TEXT, NAME, signer(1))) == MAX_NOTE_BYTES


def test_l11_an_answer_of_signature_lines_alone_is_bounded_too() -> None:
    """LOG-33, LOG-34."""
    line = "— copper.example/witness/1 AAAAAAAAAAA=\n".encode()
    long = str(SignatureLine("copper.example/witness/1", b"\1\2\3\4", bytes(50_000))).encode()

    assert len(parse_signature_lines(line * 100)) == 100
    for raw in (
        line * 101,
        line[:-1],
        b"",
        b"\n",
        line + b"\n",
        b"\xff\n",
        long,
    ):
        with pytest.raises(Refused) as refusal:
            parse_signature_lines(raw)
        assert refusal.value.code == "log.note"


# --- names and vkeys


@pytest.mark.parametrize(
    "name", ["", "a+b", "a b", "a\nb", "a\u00a0b", "a\u3000b", "a\u2028", "a\tb", "a\x01b", "\ud800"]
)
def test_s16_a_key_name_with_plus_space_or_line_feed_is_refused(name: str) -> None:
    """LOG-34, LOG-36."""
    assert not is_key_name(name)
    with pytest.raises(Refused) as refusal:
        VerifierKey(name, signer(1).public)
    assert refusal.value.code == "log.vkey"


@pytest.mark.parametrize("name", ["a+b", "", "a\u00a0b", "a\u3000b"])
def test_s16_a_line_with_such_a_name_refuses_the_note(name: str) -> None:
    """LOG-34."""
    raw = GOOD + f"— {name} AAAAAAAAAAA=\n".encode()

    assert refusal_of(raw, key_of(1)) == "log.note"


def test_s16_a_look_alike_in_another_script_is_another_name() -> None:
    """LOG-35: names are compared as bytes; Cyrillic о in biomed is nobody we know."""
    look_alike = NAME.replace("o", "о", 1)
    raw = sign_note(TEXT, look_alike, signer(1))

    assert look_alike != NAME
    assert refusal_of(raw, key_of(1)) == "log.unsigned"


def test_s16_keys_whose_ids_collide_are_all_tried() -> None:
    """LOG-35: four bytes of id are a hint; two keys of one name were searched that share them."""
    first, second = key_of(27_996), key_of(67_731)
    assert first.key_id == second.key_id
    assert first != second

    for number, key in ((27_996, first), (67_731, second)):
        note = split(sign_note(TEXT, NAME, signer(number)))
        assert verify(note, [first, second]) == (key,)
        assert verify(note, [second, first]) == (key,)
    assert refusal_of(sign_note(TEXT, NAME, signer(67_731)), first) == "log.signature"


def test_a_vkey_is_written_and_read_back() -> None:
    """LOG-36: `<name>+<8 hex>+<base64(01 ‖ key)>`; base64 may contain `+`."""
    vkeys = [str(key_of(number)) for number in range(200)]

    assert any("+" in vkey.split("+", 2)[2] for vkey in vkeys)
    assert [str(parse_vkey(vkey)) for vkey in vkeys] == vkeys
    assert parse_vkey(vkeys[7]) == key_of(7)


def test_vkeys_that_are_not_exactly_right_are_refused() -> None:
    """LOG-36, SIG-11: id, type, length, spelling and soundness of the key are checked."""
    name, ident, value = str(key_of(1)).split("+", 2)
    weak = b"\x01" + bytes(31)  # the identity
    cosigner = bytes([4]) + signer(1).public.raw
    wrong = [
        "",
        name,
        f"{name}+{ident}",
        f"{name}+{ident.upper()}+{value}",
        f"{name}+{ident}+{value} ",
        f"{name}+{ident}+{value}\n",
        f"{name}+{ident[:-1]}+{value}",
        f"{name}+00000000+{value}",
        f"other.example/feed/1+{ident}+{value}",
        f"+{ident}+{value}",
        f"{NAME}+{key_id(NAME, weak).hex()}+{base64.b64encode(bytes([1]) + weak).decode()}",
        f"{NAME}+{key_id(NAME, cosigner[1:], 4).hex()}+{base64.b64encode(cosigner).decode()}",
        f"{NAME}+{ident}+{base64.b64encode(cosigner).decode()}",
        str(key_of(1, NAME * 60)),
        f"\ud800+{ident}+{value}",
    ]
    for text in wrong:
        with pytest.raises(Refused) as refusal:
            parse_vkey(text)
        assert refusal.value.code == "log.vkey", text


@given(st.text(max_size=120))
def test_random_text_is_no_vkey(text: str) -> None:
    """LOG-36: only `Refused` leaves the parser."""
    with pytest.raises(Refused) as refusal:
        parse_vkey(text)
    assert refusal.value.code == "log.vkey"
