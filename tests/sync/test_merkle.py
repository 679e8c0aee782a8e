"""Hashing, frontiers and proofs (LOG-30, LOG-63), against public vectors and a tree built the plain way."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from entrepot_schema.errors import Misuse, Refused
from entrepot_sync.merkle import (
    EMPTY_ROOT,
    Frontier,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    node_hash,
    range_hashes,
    root_from_ranges,
    verify_consistency,
    verify_inclusion,
)

VECTORS = Path(__file__).parent / "vectors"
LEAVES = [leaf_hash(b"entry %d" % number) for number in range(200)]


def load(name: str) -> Any:
    return json.loads((VECTORS / name).read_text("utf-8"))


def plain_root(leaves: list[bytes]) -> bytes:
    """RFC 6962 §2.1 as it is written, by recursion; the measure for everything else."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return node_hash(plain_root(leaves[:split]), plain_root(leaves[split:]))


def hash_at(level: int, index: int) -> bytes:
    begin = index << level
    assert begin + (1 << level) <= len(LEAVES), "a hash over leaves that do not exist was asked for"
    return plain_root(LEAVES[begin : begin + (1 << level)])


ROOTS = [plain_root(LEAVES[:size]) for size in range(len(LEAVES) + 1)]
SIZES = st.integers(0, len(LEAVES))


def unpack(case: dict[str, Any], *names: str) -> list[bytes]:
    return [base64.b64decode(case[name] or "") for name in names]


def proof_of(case: dict[str, Any]) -> list[bytes]:
    return [base64.b64decode(item) for item in case["proof"] or ()]


# --- hashing and the frontier


def test_leaf_and_node_hashes_are_those_of_rfc_6962() -> None:
    """LOG-30: leaf = SHA-256(00 ‖ entry), node = SHA-256(01 ‖ left ‖ right)."""
    known = load("merkle-rfc6962-known-answers.json")
    levels = [[bytes.fromhex(node) for node in level] for level in known["node_hashes_hex_by_level"]]

    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in known["leaf_inputs_hex"]]
    assert leaves == levels[0]
    for below, level in pairwise(levels):
        assert level == [node_hash(below[2 * at], below[2 * at + 1]) for at in range(len(level))]


def test_roots_of_growing_trees_are_those_of_rfc_6962() -> None:
    """LOG-30: an unpaired node is promoted, the root of the empty tree is SHA-256 of nothing."""
    known = load("merkle-rfc6962-known-answers.json")
    leaves = [leaf_hash(bytes.fromhex(entry)) for entry in known["leaf_inputs_hex"]]
    roots = [bytes.fromhex(root) for root in known["root_hash_hex_by_size"]]

    frontier = Frontier()
    assert frontier.root() == EMPTY_ROOT == roots[0]
    for leaf, root in zip(leaves, roots[1:], strict=True):
        frontier = frontier.append(leaf)
        assert frontier.root() == root


@given(SIZES, SIZES)
def test_a_frontier_grows_alike_in_one_step_or_two(first: int, second: int) -> None:
    first, second = sorted((first, second))

    frontier = Frontier().extend(LEAVES[:first]).extend(iter(LEAVES[first:second]))

    assert frontier == Frontier().extend(LEAVES[:second])
    assert frontier.root() == ROOTS[second]
    assert frontier.hashes == range_hashes(0, second, hash_at)


@given(SIZES)
def test_a_frontier_survives_its_bytes(size: int) -> None:
    frontier = Frontier().extend(LEAVES[:size])

    assert Frontier.from_bytes(size, frontier.to_bytes()) == frontier


@pytest.mark.parametrize(("size", "length"), [(0, 32), (1, 0), (3, 32), (3, 63), (3, 65), (4, 64), (-1, 0)])
def test_frontier_bytes_of_a_wrong_length_are_refused(size: int, length: int) -> None:
    """LOG-30: a frontier of this size has one 32-byte hash for each 1 bit."""
    with pytest.raises(Refused) as refusal:
        Frontier.from_bytes(size, bytes(length))
    assert refusal.value.code == "log.hash"


@pytest.mark.parametrize("leaf", [b"", bytes(31), bytes(33), bytes(64)])
def test_a_leaf_hash_of_a_wrong_length_is_refused(leaf: bytes) -> None:
    """LOG-30: every hash has 32 bytes."""
    frontier = Frontier().append(LEAVES[0])

    with pytest.raises(Refused) as refusal:
        frontier.append(leaf)
    assert refusal.value.code == "log.hash"
    assert frontier == Frontier(1, (LEAVES[0],))


def test_an_entry_shaped_like_an_interior_node_is_another_leaf() -> None:
    """L16, LOG-30: the prefixes keep leaves and nodes apart."""
    posing = b"\x01" + LEAVES[0] + LEAVES[1]

    assert leaf_hash(posing[1:]) != node_hash(LEAVES[0], LEAVES[1])
    assert leaf_hash(posing) != node_hash(LEAVES[0], LEAVES[1])


# --- public vectors of proofs


@pytest.mark.parametrize("case", load("merkle-inclusion.json")["vectors"], ids=lambda case: str(case["file"]))
def test_inclusion_vectors_of_transparency_dev(case: dict[str, Any]) -> None:
    """LOG-30; RFC 9162 §2.1.3.2. All 98 agree, one of them only because hashes must have 32 bytes."""
    root, leaf = unpack(case, "root", "leafHash")
    arguments = (case["leafIdx"], case["treeSize"], leaf, proof_of(case), root)

    if case["wantErr"]:
        with pytest.raises(Refused) as refusal:
            verify_inclusion(*arguments)
        assert refusal.value.code in {"log.proof", "log.hash"}
    else:
        verify_inclusion(*arguments)


@pytest.mark.parametrize(
    "case", load("merkle-consistency.json")["vectors"], ids=lambda case: str(case["file"])
)
def test_consistency_vectors_of_transparency_dev(case: dict[str, Any]) -> None:
    """LOG-30; RFC 9162 §2.1.4.2. Size 0 is refused here as there; roots of 12 bytes we refuse always."""
    old_root, new_root = unpack(case, "root1", "root2")
    arguments = (case["size1"], case["size2"], proof_of(case), old_root, new_root)

    if case["wantErr"] or len(old_root) != 32:
        with pytest.raises(Refused) as refusal:
            verify_consistency(*arguments)
        assert refusal.value.code in {"log.proof", "log.hash"}
    else:
        verify_consistency(*arguments)


def test_the_vectors_hold_as_many_accepted_cases_as_their_headers_say() -> None:
    for name, accepted in (("merkle-inclusion.json", 6), ("merkle-consistency.json", 6)):
        vectors = load(name)["vectors"]
        assert len(vectors) == 98
        assert sum(not case["wantErr"] for case in vectors) == accepted


def test_proofs_of_a_real_tree_of_961984011_leaves_verify() -> None:
    known = load("ct-argon2020-large-tree.json")
    root = base64.b64decode(known["root_base64"])
    leaf = leaf_hash(base64.b64decode(known["leaf_input_base64"]))
    inclusion = [base64.b64decode(item) for item in known["inclusion_proof"]]
    consistency = known["consistency"]
    first_root = base64.b64decode(consistency["first_root_base64"])

    verify_inclusion(known["leaf_index"], known["tree_size"], leaf, inclusion, root)
    verify_consistency(consistency["first"], consistency["second"], proof_of(consistency), first_root, root)

    with pytest.raises(Refused):
        verify_inclusion(known["leaf_index"] + 1, known["tree_size"], leaf, inclusion, root)
    with pytest.raises(Refused):
        verify_consistency(consistency["first"], consistency["second"], proof_of(consistency), root, root)


# --- makers against verifiers


@given(st.data())
def test_every_inclusion_proof_we_make_verifies_and_fits_nothing_else(data: st.DataObject) -> None:
    """LOG-30: maker and verifier share no code, so their agreement means something."""
    size = data.draw(st.integers(1, len(LEAVES)))
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(index, size, hash_at)

    verify_inclusion(index, size, LEAVES[index], proof, ROOTS[size])

    other = data.draw(st.integers(0, size).filter(lambda number: number != index))
    for wrong in (
        (other, size, LEAVES[index], proof, ROOTS[size]),
        (index, size, leaf_hash(b"another"), proof, ROOTS[size]),
        (index, size, LEAVES[index], proof, leaf_hash(b"another root")),
        (index, size, LEAVES[index], (*proof, LEAVES[0]), ROOTS[size]),
    ):
        with pytest.raises(Refused) as refusal:
            verify_inclusion(*wrong)
        assert refusal.value.code == "log.proof"


@given(st.data())
def test_every_consistency_proof_we_make_verifies_and_fits_nothing_else(data: st.DataObject) -> None:
    """LOG-30."""
    new = data.draw(st.integers(2, len(LEAVES)))
    old = data.draw(st.integers(1, new - 1))
    proof = consistency_proof(old, new, hash_at)

    verify_consistency(old, new, proof, ROOTS[old], ROOTS[new])

    for wrong in (
        (old, new, proof, leaf_hash(b"another"), ROOTS[new]),
        (old, new, proof, ROOTS[old], leaf_hash(b"another")),
        (old, new, proof[:-1], ROOTS[old], ROOTS[new]),
        (old, new, (*proof, LEAVES[0]), ROOTS[old], ROOTS[new]),
        (new, old, proof, ROOTS[new], ROOTS[old]),
    ):
        with pytest.raises(Refused) as refusal:
            verify_consistency(*wrong)
        assert refusal.value.code == "log.proof"


@given(st.data())
@settings(max_examples=200)
def test_random_proofs_never_verify_and_never_break_the_verifiers(data: st.DataObject) -> None:
    """LOG-30: only `Refused` leaves a verifier, whatever comes in."""
    hashes = st.binary(min_size=32, max_size=32) | st.binary(max_size=40)
    numbers = st.integers(-2, 2**64)
    proof = data.draw(st.lists(hashes, max_size=70))
    with pytest.raises(Refused):
        verify_inclusion(data.draw(numbers), data.draw(numbers), LEAVES[0], proof, data.draw(hashes))
    with pytest.raises(Refused):
        verify_consistency(data.draw(numbers), data.draw(numbers), proof, LEAVES[0], data.draw(hashes))


def test_consistency_from_size_0_is_no_matter_of_proof() -> None:
    """LOG-32: the verifier refuses size 0; the maker answers the empty proof that a first contact sends."""
    assert consistency_proof(0, 7, hash_at) == ()
    assert consistency_proof(7, 7, hash_at) == ()
    with pytest.raises(Refused) as refusal:
        verify_consistency(0, 7, (), EMPTY_ROOT, ROOTS[7])
    assert refusal.value.code == "log.proof"


def test_l26_an_inclusion_proof_of_another_entry_is_refused() -> None:
    """LOG-30: a valid proof is bound to the leaf hash of the entry it is shown for, and to its index."""
    mine, theirs = 17, 42
    proof = inclusion_proof(theirs, 100, hash_at)

    verify_inclusion(theirs, 100, LEAVES[theirs], proof, ROOTS[100])
    for index, leaf in ((theirs, LEAVES[mine]), (mine, LEAVES[mine]), (mine, LEAVES[theirs])):
        with pytest.raises(Refused) as refusal:
            verify_inclusion(index, 100, leaf, proof, ROOTS[100])
        assert refusal.value.code == "log.proof"


# --- ranges


@given(st.data())
def test_ranges_yield_the_roots_at_both_sizes(data: st.DataObject) -> None:
    """LOG-63: from the hashes over [0, m) and [m, n) both roots follow."""
    new = data.draw(SIZES)
    old = data.draw(st.integers(0, new))
    left, right = range_hashes(0, old, hash_at), range_hashes(old, new, hash_at)

    assert root_from_ranges(old, left, new, right) == (ROOTS[old], ROOTS[new])


@given(st.data())
def test_ranges_of_a_wrong_shape_are_refused(data: st.DataObject) -> None:
    """LOG-63: a hash too many or too few on either side, or of a wrong length."""
    new = data.draw(st.integers(1, len(LEAVES)))
    old = data.draw(st.integers(0, new))
    left, right = range_hashes(0, old, hash_at), range_hashes(old, new, hash_at)

    wrong = [((*left, LEAVES[0]), right), (left, (*right, LEAVES[0]))]
    if left:
        wrong += [(left[1:], right), ((left[0][1:], *left[1:]), right)]
    if right:
        wrong += [(left, right[1:]), (left, (*right[:-1], right[-1] + b"a"))]
    for bad_left, bad_right in wrong:
        with pytest.raises(Refused) as refusal:
            root_from_ranges(old, bad_left, new, bad_right)
        assert refusal.value.code in {"log.proof", "log.hash"}


def test_ranges_beyond_the_largest_size_cost_nothing() -> None:
    """LOG-63: sizes in an evidence file are foreign numbers; work follows the number of hashes."""
    with pytest.raises(Refused):
        root_from_ranges(1, [LEAVES[0]], 2**53 - 1, [LEAVES[1]])
    with pytest.raises(Refused):
        root_from_ranges(5, [LEAVES[0], LEAVES[1]], 4, [])


def test_asking_for_a_proof_that_cannot_be_is_misuse() -> None:
    impossibilities: list[Callable[[], object]] = [
        lambda: inclusion_proof(5, 5, hash_at),
        lambda: inclusion_proof(-1, 5, hash_at),
        lambda: consistency_proof(6, 5, hash_at),
        lambda: range_hashes(6, 5, hash_at),
        lambda: range_hashes(-1, 5, hash_at),
    ]
    for impossible in impossibilities:
        with pytest.raises(Misuse) as misuse:
            impossible()
        assert misuse.value.code == "log.range"
