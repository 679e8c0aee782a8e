"""The Merkle tree of a log: RFC 6962 §2.1 with SHA-256 (LOG-30).

Three parties meet here and share nothing but `leaf_hash` and `node_hash`:

- who appends or follows keeps a `Frontier`: the roots of the perfect subtrees that cover [0, size), largest
  first, at most 53 hashes. It grows by leaf hashes and gives the root at any time;
- who serves makes proofs from `hash_at(level, index)`, the hash of the perfect subtree over the 2^level
  leaves from index · 2^level on. Stored tiles answer that (`tiles.hash_from_tiles`), no tree is built;
- who checks uses the two loops of RFC 9162 §2.1.3.2 and §2.1.4.2. They share no code with the makers of
  proofs, so that one mistake can't hide in both.

    frontier = Frontier().extend(leaf_hash(entry) for entry in entries)
    frontier.root() == checkpoint.root

A proof is bound to the leaf hash that the verifier computed from its own bytes. Never take a leaf hash from
where the proof came from: a valid proof of another entry proves nothing about this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from entrepot_schema.errors import Misuse, Refused

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

HashAt = Callable[[int, int], bytes]
"""`hash_at(level, index)`: the hash over the 2^level leaves from index · 2^level on."""


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(00 ‖ entry). The prefix keeps an entry from posing as an interior node."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(01 ‖ left ‖ right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Frontier:
    """The right edge of a tree: its size and the roots of its perfect subtrees, largest first.

    Never changes; `append` and `extend` return a new one.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise Refused("log.hash", f"a frontier of size {self.size} cannot have {len(self.hashes)} hashes")
        _check_hashes(self.hashes)

    @classmethod
    def from_bytes(cls, size: int, raw: bytes) -> Frontier:
        """Read what `to_bytes` wrote: one 32-byte hash for each 1 bit of the size."""
        if size < 0 or len(raw) != size.bit_count() * HASH_BYTES:
            raise Refused("log.hash", f"a frontier of size {size} cannot have {len(raw)} bytes")
        return cls(size, tuple(raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)))

    def to_bytes(self) -> bytes:
        """Write the hashes one after the other, largest subtree first. The size is kept beside them."""
        return b"".join(self.hashes)

    def append(self, leaf: bytes) -> Frontier:
        """Return the frontier with one more leaf hash."""
        return self.extend((leaf,))

    def extend(self, leaves: Iterable[bytes]) -> Frontier:
        """Return the frontier with these leaf hashes added; a million take about a second."""
        hashes, size, digest = list(self.hashes), self.size, sha256
        for leaf in leaves:
            if len(leaf) != HASH_BYTES:
                raise Refused("log.hash", f"a hash has {HASH_BYTES} bytes, not {len(leaf)}")
            node, carry = leaf, size
            # Adding a leaf is adding 1 to a binary number: each carry closes a pair of equal subtrees.
            while carry & 1:
                node = digest(b"\x01" + hashes.pop() + node).digest()
                carry >>= 1
            hashes.append(node)
            size += 1
        return Frontier(size, tuple(hashes))

    def root(self) -> bytes:
        """Return the root hash of the tree."""
        return _fold(self.hashes)


def range_hashes(begin: int, end: int, hash_at: HashAt) -> tuple[bytes, ...]:
    """Return the hashes of the fewest perfect subtrees that cover leaves [begin, end), left to right."""
    if not 0 <= begin <= end:
        raise Misuse("log.range", f"[{begin}, {end}) is no range of leaves")
    left: list[bytes] = []
    right: list[bytes] = []
    level = 0
    while begin < end:
        if begin & 1:
            left.append(hash_at(level, begin))
            begin += 1
        if end & 1:
            end -= 1
            right.append(hash_at(level, end))
        begin, end, level = begin >> 1, end >> 1, level + 1
    return (*left, *reversed(right))


def inclusion_proof(index: int, size: int, hash_at: HashAt) -> tuple[bytes, ...]:
    """Make the proof that a leaf stands in the tree of this size: sibling hashes, leaf's sibling first.

    RFC 6962 §2.1.1. The tree behind `hash_at` may be larger than `size`.
    """
    if not 0 <= index < size:
        raise Misuse("log.range", f"a tree of size {size} has no leaf {index}")
    proof: list[bytes] = []
    begin, end = 0, size
    while end - begin > 1:
        middle = begin + _split_point(end - begin)
        if index < middle:
            proof.append(_subtree_root(middle, end, hash_at))
            end = middle
        else:
            proof.append(_subtree_root(begin, middle, hash_at))
            begin = middle
    return tuple(reversed(proof))


def consistency_proof(old_size: int, new_size: int, hash_at: HashAt) -> tuple[bytes, ...]:
    """Make the proof that the tree of `new_size` extends the one of `old_size` (RFC 6962 §2.1.2).

    Empty from size 0 and between equal sizes, as tlog-witness wants it.
    """
    if not 0 <= old_size <= new_size:
        raise Misuse("log.range", f"a tree of size {new_size} does not extend one of size {old_size}")
    if old_size == 0:
        return ()
    proof: list[bytes] = []
    begin, end = 0, new_size
    while end != old_size:
        middle = begin + _split_point(end - begin)
        if old_size <= middle:
            proof.append(_subtree_root(middle, end, hash_at))
            end = middle
        else:
            proof.append(_subtree_root(begin, middle, hash_at))
            begin = middle
    if begin:  # at 0 what remains is the old tree itself, whose root the verifier has
        proof.append(_subtree_root(begin, end, hash_at))
    return tuple(reversed(proof))


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash stands at this index of the tree; raise `log.proof` (RFC 9162 §2.1.3.2).

    `leaf` MUST have been computed by the caller from the bytes the proof is meant for.
    """
    _check_hashes((leaf, root, *proof))
    if not 0 <= index < size:
        raise Refused("log.proof", f"a tree of size {size} has no leaf {index}")
    first, last, node = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise Refused("log.proof", "the inclusion proof is too long")
        if first & 1 or first == last:
            node = node_hash(sibling, node)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            node = node_hash(node, sibling)
        first, last = first >> 1, last >> 1
    if last != 0:
        raise Refused("log.proof", "the inclusion proof is too short")
    if node != root:
        raise Refused("log.proof", f"leaf {index} is not what the tree of size {size} holds there")


def verify_consistency(
    old_size: int, new_size: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes
) -> None:
    """Check that the new tree extends the old one; raise `log.proof` (RFC 9162 §2.1.4.2).

    Size 0 is refused: every tree extends the empty one, there is nothing to prove, and the rules for a first
    contact (empty proof, root of the empty tree) belong to the caller.
    """
    _check_hashes((old_root, new_root, *proof))
    if not 0 < old_size <= new_size:
        raise Refused("log.proof", f"sizes {old_size} and {new_size} have no consistency proof")
    if old_size == new_size:
        if proof or old_root != new_root:
            raise Refused("log.proof", f"two heads of size {old_size} differ, or come with a proof")
        return
    path = list(proof)
    if old_size & (old_size - 1) == 0:
        path.insert(0, old_root)
    if not path or _walk_consistency(old_size, new_size, path) != (old_root, new_root):
        raise Refused(
            "log.proof", f"the tree of size {new_size} is not shown to extend the one of size {old_size}"
        )


def _walk_consistency(old_size: int, new_size: int, path: list[bytes]) -> tuple[bytes, bytes] | None:
    """Take steps 3 to 6 of RFC 9162 §2.1.4.2: both roots, or None for a path of wrong length."""
    first, last = old_size - 1, new_size - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    old = new = path[0]
    for node in path[1:]:
        if last == 0:
            return None
        if first & 1 or first == last:
            old, new = node_hash(node, old), node_hash(node, new)
            while first and not first & 1:
                first, last = first >> 1, last >> 1
        else:
            new = node_hash(new, node)
        first, last = first >> 1, last >> 1
    return (old, new) if last == 0 else None


def root_from_ranges(
    old_size: int, left: Sequence[bytes], new_size: int, right: Sequence[bytes]
) -> tuple[bytes, bytes]:
    """Compute the roots at both sizes from the hashes covering [0, old_size) and [old_size, new_size).

    Which subtrees these are follows from the two sizes, so that hashes which yield a signed root at
    `new_size` are the ones the signer had, and what they yield at `old_size` is its root there (LOG-63).
    Raises `log.proof` for a wrong number of hashes.
    """
    _check_hashes((*left, *right))
    if not 0 <= old_size <= new_size or len(left) != old_size.bit_count():
        raise Refused("log.proof", f"{len(left)} hashes do not cover the first {old_size} leaves")
    levels = [level for level in reversed(range(old_size.bit_length())) if old_size >> level & 1]
    subtrees = list(zip(levels, left, strict=True))
    position = old_size
    for node in right:
        level = _largest_subtree(position, new_size)
        if level < 0:
            raise Refused("log.proof", "too many hashes between the two sizes")
        position += 1 << level
        while subtrees and subtrees[-1][0] == level:
            node = node_hash(subtrees.pop()[1], node)
            level += 1
        subtrees.append((level, node))
    if position != new_size:
        raise Refused("log.proof", "too few hashes between the two sizes")
    return _fold(left), _fold([node for _, node in subtrees])


def _largest_subtree(begin: int, end: int) -> int:
    """Find the level of the largest perfect subtree that starts at `begin` and ends by `end`, −1 for none."""
    fitting = (end - begin).bit_length() - 1
    aligned = (begin & -begin).bit_length() - 1 if begin else fitting
    return min(fitting, aligned)


def _check_hashes(hashes: Iterable[bytes]) -> None:
    # Before any hashing: with other lengths two different inputs could be the same bytes.
    for value in hashes:
        if len(value) != HASH_BYTES:
            raise Refused("log.hash", f"a hash has {HASH_BYTES} bytes, not {len(value)}")


def _fold(hashes: Sequence[bytes]) -> bytes:
    """Join subtrees of falling size, smallest first; an unpaired one is promoted as it is."""
    if not hashes:
        return EMPTY_ROOT
    root = hashes[-1]
    for left in reversed(hashes[:-1]):
        root = node_hash(left, root)
    return root


def _split_point(leaves: int) -> int:
    """Return the largest power of two below the number of leaves, for more than one leaf."""
    return 1 << ((leaves - 1).bit_length() - 1)


def _subtree_root(begin: int, end: int, hash_at: HashAt) -> bytes:
    """Compute the root over [begin, end); `begin` is a multiple of a power of two not below the length."""
    return _fold(range_hashes(begin, end, hash_at))
