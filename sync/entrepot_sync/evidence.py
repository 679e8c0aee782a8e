"""Evidence of a fork: one file that anybody can check offline (LOG-61, LOG-63).

A log forks when it signs two heads that cannot both be true:

- two heads of one size with different roots: the two notes are the proof;
- a smaller and a larger head, and hashes that cover [0, m) and [m, n): they yield the larger head's root, so
  the signer had them, but another root than it signed at the smaller size.

The file is a JSON object of five or seven members, at most 4,096 bytes for trees of up to 2^20 entries:

    kind      "entrepot-fork"
    vkeys     the keys under which the two heads verify, one or two
    feed      the feed name both heads carry; the origin line, for a log that is no feed and only witnessed
    smaller   the smaller head, a signed note reduced to one line of a log key
    larger    the larger one, alike
    left      base64 of the hashes that cover [0, m), one after the other; only for different sizes
    right     the same for [m, n)

It proves that the holder of *these keys* signed both. That they are the keys of the feed it does not prove:
anybody can make a key and sign two heads in another's name. Compare `ForkProof.keys` with the key log.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.errors import Refused
from entrepot_schema.origin import is_feed_name
from entrepot_schema.strict_json import read_json
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.merkle import HASH_BYTES, root_from_ranges
from entrepot_sync.note import Note, VerifierKey, decode_base64, parse_vkey, split, verify
from entrepot_sync.witness import LogHead, parse_log_head

KIND = "entrepot-fork"
MAX_EVIDENCE_BYTES = 8192  # trees of up to 2^20 entries stay below 4,096; the largest possible need 7,100

_HEADS = {"feed", "kind", "larger", "smaller", "vkeys"}
_RANGES = {"left", "right"}


@dataclass(frozen=True, slots=True)
class _SignedHead:
    log: LogHead
    note: Note
    signers: tuple[VerifierKey, ...]


@dataclass(frozen=True, slots=True)
class ForkProof:
    """Two heads that one log signed and that cannot both be true.

    `smaller_root_in_larger` is the root that the larger head's tree has at the smaller size. The caller MUST
    compare `keys` with the key log of the feed before it blames anybody.
    """

    feed_name: str
    smaller: LogHead
    larger: LogHead
    smaller_root_in_larger: bytes
    keys: tuple[VerifierKey, ...]

    @property
    def explanation(self) -> str:
        """One sentence for people."""
        keys = " and ".join(f"{key.key_id.hex()}" for key in self.keys)
        signed, grown = (root.hex()[:16] for root in (self.smaller.root, self.smaller_root_in_larger))
        what = f"{self.feed_name} (key {keys}) signed root {signed}… for size {self.smaller.size}"
        if self.smaller.size == self.larger.size:
            return f"{what} and root {grown}… for the same size."
        return f"{what}, but its head of size {self.larger.size} contains root {grown}… at that size."


def make_fork_evidence(
    feed_name: str,
    heads: tuple[bytes, bytes],
    keys: Iterable[VerifierKey],
    left: Sequence[bytes] = (),
    right: Sequence[bytes] = (),
) -> bytes:
    """Write the evidence file for two signed notes, in either order; raise `log.evidence` without a fork.

    For different sizes m < n, `left` are the hashes that cover [0, m) in the tree of the larger head and
    `right` those that cover [m, n) (`merkle.range_hashes`). Other signatures in the notes are dropped.
    """
    known = list(keys)
    opened = [_open(raw, feed_name, known) for raw in heads]
    smaller, larger = sorted(opened, key=lambda head: (head.log.size, head.log.root))
    common = [key for key in smaller.signers if key in larger.signers]
    signers = (common[0], common[0]) if common else (smaller.signers[0], larger.signers[0])
    document: dict[str, Any] = {
        "feed": feed_name,
        "kind": KIND,
        "larger": _reduced(larger, signers[1]),
        "smaller": _reduced(smaller, signers[0]),
        "vkeys": [str(key) for key in dict.fromkeys(signers)],
    }
    if smaller.log.size != larger.log.size:
        document["left"] = base64.b64encode(b"".join(left)).decode("ascii")
        document["right"] = base64.b64encode(b"".join(right)).decode("ascii")
    raw = canonical_bytes(document)
    verify_fork_evidence(raw)
    return raw


def verify_fork_evidence(raw: bytes) -> ForkProof:
    """Check an evidence file and say what it proves; raise `log.evidence` if it proves no fork."""
    try:
        return _verify(read_json(raw, max_bytes=MAX_EVIDENCE_BYTES))
    except Refused as error:
        raise Refused("log.evidence", f"this is no evidence of a fork: {error.message}") from error


def _verify(document: Mapping[str, Any]) -> ForkProof:
    # (1) form, (2) both heads signed by the keys named, (3) they exclude each other
    if document.get("kind") != KIND or set(document) not in (_HEADS, _HEADS | _RANGES):
        raise Refused("log.evidence", f"the document has not the members of kind {KIND}")
    vkeys = document["vkeys"]
    if not isinstance(vkeys, list) or not 1 <= len(vkeys) <= 2:
        raise Refused("log.evidence", "it names one or two keys")
    feed_name = _text(document, "feed")
    keys = tuple(parse_vkey(_text({"vkeys": vkey}, "vkeys")) for vkey in vkeys)
    smaller, larger = (
        _open(_text(document, member).encode("utf-8"), feed_name, keys) for member in ("smaller", "larger")
    )
    signers = tuple(dict.fromkeys(smaller.signers + larger.signers))
    if set(signers) != set(keys):
        raise Refused("log.evidence", "it names a key that signed neither head")
    root = _root_in_larger(smaller.log, larger.log, document)
    if root == smaller.log.root:
        raise Refused("log.evidence", "the two heads agree")
    return ForkProof(feed_name, smaller.log, larger.log, root, signers)


def _open(raw: bytes, log_name: str, keys: Sequence[VerifierKey]) -> _SignedHead:
    """Read a head of a feed by the rules of feeds, one of another log by those of any log."""
    if is_feed_name(log_name):
        opened = open_checkpoint(raw, log_name, keys)
        held = opened.checkpoint
        return _SignedHead(LogHead(held.feed_name, held.size, held.root), opened.note, opened.signers)
    parts = split(raw)
    head = parse_log_head(parts.text)
    if head.origin != log_name:
        raise Refused("log.checkpoint", f"this is a head of {head.origin[:80]}, not of {log_name[:80]}")
    return _SignedHead(head, parts, verify(parts, keys))


def _root_in_larger(smaller: LogHead, larger: LogHead, document: Mapping[str, Any]) -> bytes:
    """Return the root that the larger head's tree has at the smaller size."""
    if smaller.size == larger.size and not document.keys() & _RANGES:
        return larger.root
    if smaller.size >= larger.size or not document.keys() >= _RANGES:
        raise Refused("log.evidence", "hashes stand exactly where the sizes differ, the smaller one first")
    left, right = (_hashes(_text(document, member)) for member in ("left", "right"))
    root, grown = root_from_ranges(smaller.size, left, larger.size, right)
    if grown != larger.root:
        raise Refused("log.evidence", "the hashes do not yield the larger head's root")
    return root


def _reduced(head: _SignedHead, signer: VerifierKey) -> str:
    lines = [
        line for line in head.note.signatures if (line.name, line.key_id) == (signer.name, signer.key_id)
    ]
    return Note(head.note.text, tuple(lines)).to_bytes().decode("utf-8")


def _text(document: Mapping[str, Any], member: str) -> str:
    value = document[member]
    if not isinstance(value, str):
        raise Refused("log.evidence", f"{member} is not a text")
    return value


def _hashes(text: str) -> list[bytes]:
    raw = decode_base64(text)
    if raw is None:
        raise Refused("log.evidence", "left and right are canonical base64 of 32-byte hashes")
    return [raw[at : at + HASH_BYTES] for at in range(0, len(raw), HASH_BYTES)]
