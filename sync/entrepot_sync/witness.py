"""What a witness answers to `add-checkpoint` (C2SP tlog-witness v1.1; LOG-73 to LOG-78). Pure: bytes and state in, verdict out.

The checks, in this order, and the HTTP status of each refusal:

1. the body parses                                                    400
2. the log is one of ours                                             404
3. a key of that log signed, and no line of such a key fails          403
4. `old` is not above the size of the checkpoint                      400
5. `old` is the size we cosigned last (0 if never)                    409, with that size
6. size 0 has the root of the empty tree                              422
7. from 0 the proof is empty                                          422
8. at equal sizes the roots are equal and the proof is empty          422
9. the proof shows that the new tree extends the old one              422

Then the caller stores the new head, by compare-and-swap against the state that was judged, and only after that signs.
A witness says nothing of contents.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from entrepot_schema.errors import Refused
from entrepot_sync import note
from entrepot_sync.merkle import EMPTY_ROOT, HASH_BYTES, verify_consistency
from entrepot_sync.note import Note, VerifierKey

MAX_REQUEST_BYTES = 64 * 1024
MAX_PROOF_HASHES = 63
MAX_ORIGIN_BYTES = 255
MAX_SIZE = 2**63 - 1
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)

FindKeys = Callable[[str], Sequence[VerifierKey] | None]
"""`find_keys(log origin)`: the keys of a configured log; None when it is not configured."""


@dataclass(frozen=True, slots=True)
class LogHead:
    """The head of any C2SP log: its origin line, size and root. Feeds are logs whose origin is a feed name."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """The three lines that are signed: what we cosign is written anew, never the bytes that came."""
        return f"{self.origin}\n{self.size}\n{note.encode_base64(self.root)}\n".encode()


@dataclass(frozen=True, slots=True)
class AddCheckpoint:
    """A parsed request. Nothing in it is believed."""

    old: int
    proof: tuple[bytes, ...]
    note: Note
    head: LogHead


class WitnessRefused(Refused):
    """A request that is not cosigned. `status` is the HTTP status, `size` the size we hold where that is the answer (409).

    `wait` are the seconds after which it may be sent again (429).
    """

    def __init__(
        self, status: int, code: str, message: str, *, size: int | None = None, wait: float = 0.0
    ) -> None:
        super().__init__(code, message)
        self.status = status
        self.size = size
        self.wait = wait


def parse_add_checkpoint(raw: bytes) -> AddCheckpoint:
    """Read a request body; raise 400."""
    if len(raw) > MAX_REQUEST_BYTES:
        raise _malformed(f"the request has more than {MAX_REQUEST_BYTES} bytes")
    head, separator, body = raw.partition(b"\n\n")
    try:
        first, *hashes = head.decode("ascii").split("\n")
    except UnicodeDecodeError as error:
        raise _malformed("the request does not begin with `old <size>`") from error
    word, _, old = first.partition(" ")
    if not separator or word != "old" or not _is_size(old) or len(hashes) > MAX_PROOF_HASHES:
        raise _malformed("the request is not `old <size>`, at most 63 hashes, an empty line and a checkpoint")
    proof = tuple(hash for line in hashes if (hash := note.decode_base64(line)) is not None)
    if len(proof) != len(hashes) or any(len(hash) != HASH_BYTES for hash in proof):
        raise _malformed("a line of the proof is not 32 bytes in canonical base64")
    try:
        parts = note.split(body)
    except Refused as refused:
        raise _malformed(refused.message) from refused
    return AddCheckpoint(int(old), proof, parts, parse_log_head(parts.text))


def parse_log_head(text: bytes) -> LogHead:
    """Read the three lines of a checkpoint of any log; raise 400. Extension lines are refused: not every cosignature covers them."""
    try:
        lines = text.decode("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise _malformed("the checkpoint is not UTF-8") from error
    if len(lines) != 4 or lines[3]:
        raise _malformed("a checkpoint has three lines: origin, size and root")
    origin, size, encoded = lines[:3]
    root = note.decode_base64(encoded)
    if not 0 < len(origin.encode()) <= MAX_ORIGIN_BYTES or not _is_size(size):
        raise _malformed("the checkpoint has no origin of 1 to 255 bytes, or no size")
    if root is None or len(root) != HASH_BYTES:
        raise _malformed("the checkpoint has no root of 32 bytes in canonical base64")
    return LogHead(origin, int(size), root)


def write_add_checkpoint(old: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """Write a request body; what `parse_add_checkpoint` reads."""
    lines = [f"old {old}", *map(note.encode_base64, proof)]
    return "\n".join(lines).encode("ascii") + b"\n\n" + checkpoint


def require_known_signer(request: AddCheckpoint, find_keys: FindKeys) -> bytes:
    """Steps 2 and 3: raise 404 or 403. What passes was signed by its log, whatever else is wrong with it.

    Returns the checkpoint with the lines of its log alone: others are neither kept nor passed on.
    """
    keys = find_keys(request.head.origin)
    if keys is None:
        raise WitnessRefused(
            404, "witness.unknown-log", f"{request.head.origin[:80]!r} is not witnessed here"
        )
    try:
        signers = note.verify(request.note, keys)
    except Refused as refused:
        raise WitnessRefused(403, "witness.signature", refused.message) from refused
    signed = {(key.name, key.key_id) for key in signers}
    lines = [line for line in request.note.signatures if (line.name, line.key_id) in signed]
    return Note(request.note.text, tuple(lines)).to_bytes()


def judge_growth(request: AddCheckpoint, seen: LogHead) -> None:
    """Steps 4 to 9 against the head cosigned last (size 0 and the empty root if never); raise 400, 409 or 422."""
    head = request.head
    if request.old > head.size:
        raise _malformed(f"the old size {request.old} is above the new one, {head.size}")
    if request.old != seen.size:
        message = f"the head cosigned last has size {seen.size}, not {request.old}"
        raise WitnessRefused(409, "witness.stale", message, size=seen.size)
    if head.size == 0 and head.root != EMPTY_ROOT:
        raise _inconsistent("size 0 comes with another root than that of the empty tree")
    if request.old in (0, head.size) and request.proof:
        raise _inconsistent("from size 0, or to the same size, the proof is empty")
    if request.old == head.size and head.root != seen.root:
        raise _inconsistent(f"another root was cosigned at size {head.size}: the log has forked")
    if 0 < request.old < head.size:
        try:
            verify_consistency(request.old, head.size, request.proof, seen.root, head.root)
        except Refused as refused:
            raise _inconsistent(refused.message) from refused


def _is_size(text: str) -> bool:
    return bool(_DECIMAL.fullmatch(text)) and int(text) <= MAX_SIZE


def _malformed(message: str) -> WitnessRefused:
    return WitnessRefused(400, "witness.request", message)


def _inconsistent(message: str) -> WitnessRefused:
    return WitnessRefused(422, "witness.inconsistent", message)
