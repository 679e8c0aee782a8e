"""Evidence files: a fork is proved, and nothing else is taken for one (LOG-61, LOG-63)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import Refused
from entrepot_schema.keys import SigningKey
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint
from entrepot_sync.evidence import MAX_EVIDENCE_BYTES, ForkProof, make_fork_evidence, verify_fork_evidence
from entrepot_sync.merkle import Frontier, leaf_hash, node_hash, range_hashes, root_from_ranges
from entrepot_sync.note import Note, SignatureLine, VerifierKey, split

FEED = "biomed.example/feed/1"
HONEST = [leaf_hash(b"entry %d" % number) for number in range(60)]
FORKED = [*HONEST[:10], leaf_hash(b"another entry"), *HONEST[11:]]


def signer(number: int) -> SigningKey:
    return SigningKey.from_seed(number.to_bytes(32, "big"))


def key_of(number: int, name: str = FEED) -> VerifierKey:
    return VerifierKey(name, signer(number).public)


def root_of(leaves: list[bytes]) -> bytes:
    return Frontier().extend(leaves).root()


def head(leaves: list[bytes], *seeds: int, feed_name: str = FEED) -> bytes:
    checkpoint = Checkpoint(feed_name, len(leaves), root_of(leaves))
    return sign_checkpoint(checkpoint, feed_name, *map(signer, seeds or (1,)))


def ranges_of(leaves: list[bytes], old_size: int) -> tuple[tuple[bytes, ...], tuple[bytes, ...]]:
    def hash_at(level: int, index: int) -> bytes:
        return root_of(leaves[index << level : (index + 1) << level])

    return range_hashes(0, old_size, hash_at), range_hashes(old_size, len(leaves), hash_at)


def evidence_of_two_sizes() -> bytes:
    """A follower trusts 20 honest entries; the log then signs 50 others that do not contain them."""
    return make_fork_evidence(
        FEED, (head(HONEST[:20]), head(FORKED[:50])), [key_of(1)], *ranges_of(FORKED[:50], 20)
    )


def refused(raw: bytes) -> None:
    with pytest.raises(Refused) as refusal:
        verify_fork_evidence(raw)
    assert refusal.value.code == "log.evidence"


def changed(raw: bytes, **members: Any) -> bytes:
    document = {**json.loads(raw), **members}
    return json.dumps({name: value for name, value in document.items() if value is not None}).encode()


# --- what is a fork


def test_two_heads_of_one_size_prove_a_fork() -> None:
    """LOG-61, LOG-63."""
    heads = (head(HONEST[:20]), head(FORKED[:20]))

    raw = make_fork_evidence(FEED, heads, [key_of(1)])
    proof = verify_fork_evidence(raw)

    assert make_fork_evidence(FEED, heads[::-1], [key_of(1)]) == raw
    assert (proof.feed_name, proof.smaller.size, proof.larger.size) == (FEED, 20, 20)
    assert {proof.smaller.root, proof.larger.root} == {root_of(HONEST[:20]), root_of(FORKED[:20])}
    assert proof.smaller_root_in_larger == proof.larger.root
    assert proof.keys == (key_of(1),)
    assert "for the same size" in proof.explanation
    assert set(json.loads(raw)) == {"feed", "kind", "larger", "smaller", "vkeys"}


def test_hashes_that_yield_another_root_at_the_smaller_size_prove_a_fork() -> None:
    """LOG-63."""
    proof = verify_fork_evidence(evidence_of_two_sizes())

    assert (proof.smaller.size, proof.larger.size) == (20, 50)
    assert proof.smaller.root == root_of(HONEST[:20])
    assert proof.smaller_root_in_larger == root_of(FORKED[:20])
    assert FEED in proof.explanation
    assert root_of(FORKED[:20]).hex()[:16] in proof.explanation


@given(st.data())
def test_every_pair_of_sizes_around_the_fork_is_evidence(data: st.DataObject) -> None:
    """LOG-63: any smaller size above the first entry that differs, any larger one."""
    old = data.draw(st.integers(11, 59))
    new = data.draw(st.integers(old + 1, 60))

    raw = make_fork_evidence(
        FEED, (head(HONEST[:old]), head(FORKED[:new])), [key_of(1)], *ranges_of(FORKED[:new], old)
    )

    proof = verify_fork_evidence(raw)
    assert isinstance(proof, ForkProof)
    assert (proof.smaller.size, proof.larger.size) == (old, new)


def test_only_lines_of_log_keys_are_kept() -> None:
    """LOG-63: a note grows with its cosignatures, the evidence does not."""
    notes = [split(head(HONEST[:20])), split(head(FORKED[:20]))]
    cosignature = SignatureLine("copper.example/witness/1", b"\1\2\3\4", bytes(72))
    heads = tuple(Note(note.text, (cosignature, *note.signatures, cosignature)).to_bytes() for note in notes)

    raw = make_fork_evidence(FEED, (heads[0], heads[1]), [key_of(1)])

    assert raw == make_fork_evidence(FEED, (head(HONEST[:20]), head(FORKED[:20])), [key_of(1)])


def test_a_fork_across_a_rotation_names_both_keys() -> None:
    """LOG-63: one key where one signed both heads, else one for each."""
    heads = (head(HONEST[:20], 1), head(FORKED[:20], 2))
    overlapping = (head(HONEST[:20], 1), head(FORKED[:20], 2, 1))

    keys = [key_of(1), key_of(2)]

    assert set(verify_fork_evidence(make_fork_evidence(FEED, heads, keys)).keys) == set(keys)
    assert verify_fork_evidence(make_fork_evidence(FEED, overlapping, keys)).keys == (key_of(1),)


# --- what is none


def test_a_log_that_grew_honestly_cannot_be_accused() -> None:
    """LOG-63: hashes that yield the larger root yield the true smaller one; others do not."""
    grown = (head(HONEST[:20]), head(HONEST[:50]))
    for leaves in (HONEST[:50], FORKED[:50]):
        with pytest.raises(Refused) as refusal:
            make_fork_evidence(FEED, grown, [key_of(1)], *ranges_of(leaves, 20))
        assert refusal.value.code == "log.evidence"


def test_two_notes_of_one_head_are_no_fork() -> None:
    """LOG-61."""
    with pytest.raises(Refused) as refusal:
        make_fork_evidence(FEED, (head(HONEST[:20], 1), head(HONEST[:20], 1, 2)), [key_of(1), key_of(2)])
    assert refusal.value.code == "log.evidence"


def test_an_honest_head_and_the_empty_tree_are_no_fork() -> None:
    """LOG-63: every tree extends the empty one."""
    with pytest.raises(Refused) as refusal:
        make_fork_evidence(FEED, (head([]), head(HONEST[:50])), [key_of(1)], *ranges_of(HONEST[:50], 0))
    assert refusal.value.code == "log.evidence"


def test_heads_that_do_not_verify_make_no_evidence() -> None:
    """LOG-35: a head nobody signed accuses nobody."""
    with pytest.raises(Refused) as refusal:
        make_fork_evidence(FEED, (head(HONEST[:20]), head(FORKED[:20], 9)), [key_of(1)])
    assert refusal.value.code == "log.unsigned"


def test_a_hash_moved_between_the_sides_is_refused() -> None:
    """LOG-63: which subtrees the hashes are follows from the sizes alone."""
    left, right = ranges_of(FORKED[:50], 20)
    heads = (head(HONEST[:20]), head(FORKED[:50]))
    for bad_left, bad_right in (
        (left[:-1], (left[-1], *right)),
        ((*left, right[0]), right[1:]),
        (left, right[::-1]),
    ):
        with pytest.raises(Refused) as refusal:
            make_fork_evidence(FEED, heads, [key_of(1)], bad_left, bad_right)
        assert refusal.value.code == "log.evidence"


def test_interior_nodes_in_place_of_their_children_are_refused() -> None:
    """LOG-63: a shorter list that folds to the same larger root is another tree."""
    left, right = ranges_of(FORKED[:24], 20)
    assert (len(left), len(right)) == (2, 1)
    assert node_hash(left[0], node_hash(left[1], right[0])) == root_of(FORKED[:24])

    with pytest.raises(Refused):
        root_from_ranges(20, (left[0],), 24, (node_hash(left[1], right[0]),))


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: {"kind": "entrepot-proof"},
        lambda raw: {"kind": None},
        lambda raw: {"comment": "more"},
        lambda raw: {"left": None},
        lambda raw: {"right": None},
        lambda raw: {"left": None, "right": None},
        lambda raw: {"left": ""},
        lambda raw: {"left": 7},
        lambda raw: {"left": [json.loads(raw)["left"]]},
        lambda raw: {"left": json.loads(raw)["left"] + "\n"},
        lambda raw: {"right": base64.b64encode(bytes(33)).decode()},
        lambda raw: {"feed": "biomed.example/feed/2"},
        lambda raw: {"feed": 1},
        lambda raw: {"smaller": json.loads(raw)["larger"]},
        lambda raw: {"smaller": json.loads(raw)["larger"], "larger": json.loads(raw)["smaller"]},
        lambda raw: {"smaller": json.loads(raw)["smaller"].replace("\n20\n", "\n19\n")},
        lambda raw: {"smaller": {}},
        lambda raw: {"larger": ""},
        lambda raw: {"vkeys": []},
        lambda raw: {"vkeys": str(key_of(1))},
        lambda raw: {"vkeys": [7]},
        lambda raw: {"vkeys": [str(key_of(2))]},
        lambda raw: {"vkeys": [str(key_of(1)), str(key_of(2))]},
        lambda raw: {"vkeys": [str(key_of(1, "biomed.example/feed/2"))]},
        lambda raw: {"vkeys": [str(key_of(number)) for number in (1, 2, 3)]},
    ],
)
def test_changed_evidence_is_refused(change: Callable[[bytes], dict[str, Any]]) -> None:
    """LOG-63: exactly these members, texts, hashes and keys."""
    raw = evidence_of_two_sizes()
    verify_fork_evidence(changed(raw))

    refused(changed(raw, **change(raw)))


def test_ranges_beside_heads_of_one_size_are_refused() -> None:
    """LOG-63: a file has no member without use."""
    raw = make_fork_evidence(FEED, (head(HONEST[:20]), head(FORKED[:20])), [key_of(1)])

    refused(changed(raw, left="", right=""))


@given(st.integers(0, len(evidence_of_two_sizes()) - 1), st.integers(1, 255))
def test_a_flipped_byte_makes_no_other_proof(position: int, difference: int) -> None:
    """LOG-63: what still verifies proves the same fork."""
    raw = bytearray(evidence_of_two_sizes())
    raw[position] ^= difference
    outcome: ForkProof | str
    try:
        outcome = verify_fork_evidence(bytes(raw))
    except Refused as refusal:
        outcome = refusal.code

    assert outcome in ("log.evidence", verify_fork_evidence(evidence_of_two_sizes()))


@given(st.binary(max_size=100) | st.dictionaries(st.text(max_size=5), st.none() | st.text(max_size=5)).map(
    lambda value: json.dumps(value).encode()
))  # fmt: skip
def test_random_bytes_are_no_evidence(raw: bytes) -> None:
    """LOG-63: only `Refused` leaves the parser."""
    refused(raw)


# --- size


def wide_fork(old_size: int, new_size: int, feed_name: str) -> bytes:
    """Evidence of any size without its leaves: the hashes are chosen and the roots follow from them."""
    count = iter(range(10_000))

    def hash_at(level: int, index: int) -> bytes:
        return leaf_hash(b"%d" % next(count))

    left, right = range_hashes(0, old_size, hash_at), range_hashes(old_size, new_size, hash_at)
    _, new_root = root_from_ranges(old_size, left, new_size, right)
    heads = (
        sign_checkpoint(Checkpoint(feed_name, old_size, leaf_hash(b"another root")), feed_name, signer(1)),
        sign_checkpoint(Checkpoint(feed_name, new_size, new_root), feed_name, signer(2)),
    )
    keys = [key_of(1, feed_name), key_of(2, feed_name)]
    return make_fork_evidence(feed_name, heads, keys, left, right)


LONGEST_FEED = ".".join(["a" * 63] * 3 + ["b" * 61]) + "/feed/999999"


def test_evidence_stays_below_4096_bytes_up_to_2_to_the_20_entries() -> None:
    """LOG-63: the longest name, a key for each head and the two sizes that need most hashes."""
    raw = wide_fork(2**19 - 1, 2**20 - 1, LONGEST_FEED)

    assert len(LONGEST_FEED) == 253 + len("/feed/999999")
    assert len(raw) <= 4096
    assert verify_fork_evidence(raw).larger.size == 2**20 - 1


@given(st.data())
def test_evidence_of_any_two_sizes_up_to_2_to_the_20_stays_below_4096_bytes(data: st.DataObject) -> None:
    """LOG-63."""
    new_size = data.draw(st.integers(2, 2**20))
    old_size = data.draw(st.integers(1, new_size - 1))

    assert len(wide_fork(old_size, new_size, LONGEST_FEED)) <= 4096


def test_the_largest_possible_evidence_is_still_read() -> None:
    """LOG-32, LOG-63: up to the largest size a head can have."""
    raw = wide_fork(2**52 - 1, 2**53 - 1, LONGEST_FEED)

    assert 4096 < len(raw) <= MAX_EVIDENCE_BYTES
    assert verify_fork_evidence(raw).smaller.size == 2**52 - 1
    refused(raw + b" " * MAX_EVIDENCE_BYTES)
