"""The tree of RFC 6962 §2.1, in the recursive form of the text (LOG-30).

MTH, PATH and PROOF are the definitions themselves. The verifiers walk the same recursion backwards.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from .rule_error import RuleError, require

EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """Hash one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def split_point(size: int) -> int:
    """Return the largest power of two strictly below `size` (> 1)."""
    return 1 << (size - 1).bit_length() - 1


def root(leaves: Sequence[bytes]) -> bytes:
    """MTH of a list of leaf hashes."""
    if not leaves:
        return EMPTY_ROOT
    if len(leaves) == 1:
        return leaves[0]
    k = split_point(len(leaves))
    return node_hash(root(leaves[:k]), root(leaves[k:]))


def inclusion_proof(index: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PATH(m, D[n]): sibling hashes, the leaf's own sibling first."""
    if len(leaves) == 1:
        return []
    k = split_point(len(leaves))
    if index < k:
        return [*inclusion_proof(index, leaves[:k]), root(leaves[k:])]
    return [*inclusion_proof(index - k, leaves[k:]), root(leaves[:k])]


def consistency_proof(old: int, leaves: Sequence[bytes]) -> list[bytes]:
    """PROOF(m, D[n]) for 0 < m <= n."""
    return _subproof(old, leaves, complete=True)


def frontier(leaves: Sequence[bytes]) -> list[bytes]:
    """Return the roots of the largest perfect subtrees from left to right."""
    hashes = []
    while leaves:
        width = 1 << len(leaves).bit_length() - 1
        hashes.append(root(leaves[:width]))
        leaves = leaves[width:]
    return hashes


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], expected: bytes) -> None:
    """Refuse unless `proof` leads from the leaf at `index` to the root of a tree of `size`."""
    require(0 <= index < size, "log.proof", "no such index in a tree of that size")
    _check_hashes([leaf, expected, *proof])
    require(_root_from(index, size, leaf, proof) == expected, "log.proof", "the proof leads to another root")


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """Refuse unless `proof` shows that the tree of size `new` extends that of size `old` > 0."""
    require(0 < old <= new, "log.proof", "no proof between these sizes")
    _check_hashes([old_root, new_root, *proof])
    rest = list(proof)
    roots = _roots_from(old, new, rest, old_root, complete=True)
    require(not rest and roots == (old_root, new_root), "log.proof", "the proof leads to other roots")


def _subproof(old: int, leaves: Sequence[bytes], *, complete: bool) -> list[bytes]:
    if old == len(leaves):
        return [] if complete else [root(leaves)]
    k = split_point(len(leaves))
    if old <= k:
        return [*_subproof(old, leaves[:k], complete=complete), root(leaves[k:])]
    return [*_subproof(old - k, leaves[k:], complete=False), root(leaves[:k])]


def _root_from(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    if size == 1:
        require(not proof, "log.proof", "the proof is too long")
        return leaf
    require(proof, "log.proof", "the proof is too short")
    k = split_point(size)
    if index < k:
        return node_hash(_root_from(index, k, leaf, proof[:-1]), proof[-1])
    return node_hash(proof[-1], _root_from(index - k, size - k, leaf, proof[:-1]))


def _roots_from(old: int, new: int, rest: list[bytes], seed: bytes, *, complete: bool) -> tuple[bytes, bytes]:
    """Consume `rest` from its end and return the old and the new root it implies."""
    if old == new and complete:
        return seed, seed
    require(rest, "log.proof", "the proof is too short")
    sibling = rest.pop()
    if old == new:
        return sibling, sibling
    k = split_point(new)
    if old <= k:
        left_old, left_new = _roots_from(old, k, rest, seed, complete=complete)
        return left_old, node_hash(left_new, sibling)
    right_old, right_new = _roots_from(old - k, new - k, rest, seed, complete=False)
    return node_hash(sibling, right_old), node_hash(sibling, right_new)


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(item) != 32 for item in hashes):
        raise RuleError("log.proof", "every hash has 32 bytes")
