"""Checkpoints: three lines, one spelling, the right feed, the right key (LOG-31, LOG-32, LOG-35)."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import Refused
from entrepot_schema.keys import SigningKey
from entrepot_sync.checkpoint import MAX_SIZE, Checkpoint, open_checkpoint, parse_checkpoint, sign_checkpoint
from entrepot_sync.merkle import EMPTY_ROOT
from entrepot_sync.note import Note, SignatureLine, VerifierKey, sign_note, split

VECTORS = Path(__file__).parent / "vectors"
FEED = "biomed.example/feed/1"
ROOT = bytes(range(32))
ROOT_TEXT = base64.b64encode(ROOT).decode()
HEAD = Checkpoint(FEED, 42, ROOT)


def signer(number: int) -> SigningKey:
    return SigningKey.from_seed(number.to_bytes(32, "big"))


def key_of(number: int, name: str = FEED) -> VerifierKey:
    return VerifierKey(name, signer(number).public)


def refusal_of(raw: bytes, *keys: VerifierKey, feed_name: str = FEED) -> str:
    with pytest.raises(Refused) as refusal:
        open_checkpoint(raw, feed_name, keys)
    return refusal.value.code


def refused_text(text: str) -> None:
    with pytest.raises(Refused) as refusal:
        parse_checkpoint(text.encode())
    assert refusal.value.code == "log.checkpoint", text


# --- form


def test_a_checkpoint_is_three_lines() -> None:
    """LOG-31."""
    assert HEAD.text() == f"{FEED}\n42\n{ROOT_TEXT}\n".encode()
    assert parse_checkpoint(HEAD.text()) == HEAD


@given(st.integers(1, MAX_SIZE), st.binary(min_size=32, max_size=32), st.integers(1, 999_999))
def test_every_checkpoint_is_written_and_read_back(size: int, root: bytes, number: int) -> None:
    """LOG-31."""
    checkpoint = Checkpoint(f"biomed.example/feed/{number}", size, root)

    assert parse_checkpoint(checkpoint.text()) == checkpoint


@given(st.binary(max_size=120) | st.text("abc./feed01239\n=+", max_size=90).map(str.encode))
def test_random_bytes_are_no_checkpoint(raw: bytes) -> None:
    """LOG-31: only `Refused` leaves the parser."""
    with pytest.raises(Refused) as refusal:
        parse_checkpoint(raw)
    assert refusal.value.code == "log.checkpoint"


@given(st.integers(0, len(HEAD.text()) - 1), st.binary(max_size=2))
def test_a_damaged_checkpoint_is_refused_or_read_to_the_byte(position: int, damage: bytes) -> None:
    """LOG-31: what the parser takes it writes back to the byte."""
    raw = HEAD.text()[:position] + damage + HEAD.text()[position + 1 :]
    try:
        outcome = parse_checkpoint(raw).text()
    except Refused as refusal:
        outcome = refusal.code.encode()

    assert outcome in (raw, b"log.checkpoint")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n\n\n",
        f"{FEED}\n42\n{ROOT_TEXT}",
        f"{FEED}\n42\n",
        f"{FEED}\n42\n{ROOT_TEXT}\nextension\n",
        f"{FEED}\n42\n{ROOT_TEXT}\nextension",
        f"{FEED}\n42\n{ROOT_TEXT}\n\n",
        f"\n{FEED}\n42\n{ROOT_TEXT}\n",
        f"{FEED}\r\n42\r\n{ROOT_TEXT}\r\n",
        f"{FEED}\u2028{42}\n{ROOT_TEXT}\n",
    ],
)
def test_other_than_three_lines_are_refused(text: str) -> None:
    """LOG-31: extension lines among them."""
    refused_text(text)


@pytest.mark.parametrize(
    "feed_name",
    [
        "",
        "biomed.example",
        "biomed.example/feed/0",
        "biomed.example/feed/01",
        "biomed.example/feed/1000000",
        "biomed.example/feed/1 ",
        "https://biomed.example/feed/1",
        "Biomed.example/feed/1",
        "biömed.example/feed/1",
    ],
)
def test_a_first_line_that_is_no_feed_name_is_refused(feed_name: str) -> None:
    """LOG-02, LOG-31."""
    refused_text(f"{feed_name}\n42\n{ROOT_TEXT}\n")


@pytest.mark.parametrize(
    "size",
    [
        "007",
        "042",
        "00",
        "+7",
        "-7",
        "-0",
        "1_000",
        "٤٢",
        "４２",
        "42 ",
        " 42",
        "4 2",
        "42.0",
        "4e1",
        "0x2a",
        "",
        str(2**53),
        str(2**53 + 1),
        str(2**63),
        str(2**64),
        "9" * 5000,
    ],
)
def test_l07_sizes_in_odd_decimal_are_refused(size: str) -> None:
    """LOG-31, LOG-32: ASCII decimal without leading zero, at most 2^53−1."""
    refused_text(f"{FEED}\n{size}\n{ROOT_TEXT}\n")


def test_l07_the_largest_size_is_read() -> None:
    """LOG-32."""
    assert parse_checkpoint(f"{FEED}\n{2**53 - 1}\n{ROOT_TEXT}\n".encode()).size == 2**53 - 1


def test_l05_size_0_comes_with_the_root_of_the_empty_tree_only() -> None:
    """LOG-32."""
    empty = base64.b64encode(EMPTY_ROOT).decode()
    assert empty == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="

    assert parse_checkpoint(f"{FEED}\n0\n{empty}\n".encode()) == Checkpoint(FEED, 0, EMPTY_ROOT)
    refused_text(f"{FEED}\n0\n{ROOT_TEXT}\n")


@pytest.mark.parametrize(
    "root",
    [
        "",
        ROOT_TEXT[:-1],
        ROOT_TEXT + "=",
        "-" + ROOT_TEXT[1:],
        ROOT_TEXT[:-2] + "9=",
        base64.b64encode(bytes(31)).decode(),
        base64.b64encode(bytes(33)).decode(),
        ROOT.hex(),
        " " + ROOT_TEXT,
    ],
)
def test_a_root_that_is_not_32_bytes_in_canonical_base64_is_refused(root: str) -> None:
    """LOG-30, LOG-31."""
    assert root != ROOT_TEXT
    refused_text(f"{FEED}\n42\n{root}\n")


@pytest.mark.parametrize(
    ("feed_name", "size", "root"),
    [
        (FEED, -1, ROOT),
        (FEED, MAX_SIZE + 1, ROOT),
        (FEED, 42, ROOT[:31]),
        (FEED, 0, ROOT),
        ("biomed", 42, ROOT),
    ],
)
def test_no_checkpoint_exists_that_could_not_be_read(feed_name: str, size: int, root: bytes) -> None:
    """LOG-31, LOG-32."""
    with pytest.raises(Refused) as refusal:
        Checkpoint(feed_name, size, root)
    assert refusal.value.code == "log.checkpoint"


def test_heads_of_other_logs_are_no_heads_of_feeds() -> None:
    """LOG-31: well-formed tlog-checkpoints whose first line is no feed name."""
    sumdb = json.loads((VECTORS / "sumdb-checkpoint.json").read_text("utf-8"))
    examples = json.loads((VECTORS / "c2sp-spec-examples.json").read_text("utf-8"))
    for raw in (sumdb["request_body"].partition("\n\n")[2], examples["cosigned_checkpoint"]["note"]):
        refused_text(split(raw.encode()).text.decode())


# --- signatures


def test_a_signed_checkpoint_opens_with_its_key() -> None:
    """LOG-31, LOG-35."""
    raw = sign_checkpoint(HEAD, FEED, signer(1))

    signed = open_checkpoint(raw, FEED, [key_of(1), key_of(2)])

    assert signed.checkpoint == HEAD
    assert signed.signers == (key_of(1),)
    assert signed.raw == raw


def test_during_a_rotation_old_and_new_key_sign_one_head() -> None:
    """LOG-35: readers with either key, or both, take it."""
    raw = sign_checkpoint(HEAD, FEED, signer(1), signer(2))

    assert open_checkpoint(raw, FEED, [key_of(1)]).signers == (key_of(1),)
    assert open_checkpoint(raw, FEED, [key_of(2)]).signers == (key_of(2),)
    assert open_checkpoint(raw, FEED, [key_of(2), key_of(1)]).signers == (key_of(1), key_of(2))


def test_cosignatures_beside_the_log_key_are_kept_and_not_judged() -> None:
    """LOG-35: lines of unknown pairs are ignored."""
    signed = split(sign_checkpoint(HEAD, FEED, signer(1)))
    cosignature = SignatureLine("copper.example/witness/1", b"\1\2\3\4", bytes(72))
    raw = Note(signed.text, (cosignature, *signed.signatures)).to_bytes()

    assert open_checkpoint(raw, FEED, [key_of(1)]).raw == raw


def test_l08_the_right_key_under_another_feed_name_is_refused() -> None:
    """LOG-31, LOG-35: the name is part of identity, in the text and in the key."""
    other = "biomed.example/feed/2"
    elsewhere = sign_checkpoint(Checkpoint(other, 42, ROOT), FEED, signer(1))
    misnamed = sign_checkpoint(HEAD, other, signer(1))

    assert refusal_of(elsewhere, key_of(1)) == "log.checkpoint"
    assert refusal_of(elsewhere, key_of(1), feed_name=other) == "log.unsigned"
    assert refusal_of(misnamed, key_of(1), key_of(1, other)) == "log.unsigned"


def test_l09_a_head_signed_by_an_unknown_key_is_refused() -> None:
    """LOG-35."""
    raw = sign_checkpoint(HEAD, FEED, signer(3))

    assert refusal_of(raw, key_of(1), key_of(2)) == "log.unsigned"
    assert refusal_of(raw) == "log.unsigned"


def test_l10_a_bad_line_of_a_known_log_key_refuses_the_head() -> None:
    """LOG-35."""
    good = split(sign_checkpoint(HEAD, FEED, signer(1), signer(2)))
    raw = Note(good.text, (good.signatures[0], SignatureLine(FEED, key_of(2).key_id, bytes(64)))).to_bytes()

    assert refusal_of(raw, key_of(1), key_of(2)) == "log.signature"


def test_l11_a_huge_head_is_refused_unread() -> None:
    """LOG-33."""
    assert refusal_of(sign_checkpoint(HEAD, FEED, signer(1)) * 100_000, key_of(1)) == "log.note"


def test_l05_a_signed_head_of_size_0_with_another_root_is_refused() -> None:
    """LOG-32: a good signature makes no empty tree of another root."""
    raw = sign_note(f"{FEED}\n0\n{ROOT_TEXT}\n".encode(), FEED, signer(1))

    assert refusal_of(raw, key_of(1)) == "log.checkpoint"
    empty = Checkpoint(FEED, 0, EMPTY_ROOT)
    assert open_checkpoint(sign_checkpoint(empty, FEED, signer(1)), FEED, [key_of(1)]).checkpoint == empty
