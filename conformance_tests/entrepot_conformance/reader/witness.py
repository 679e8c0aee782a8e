"""What a witness answers to `add-checkpoint`: LOG-73 to LOG-77."""

from __future__ import annotations

import re
from dataclasses import dataclass

from . import merkle
from .encodings import base64_decode
from .notes import Note, Verifier, parse_note, verify_note
from .rule_error import RuleError, require

MAX_BODY = 65_536
MAX_HASHES = 63
MAX_SIZE = 2**63 - 1
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True)
class Answer:
    """The status of the answer, the reason code where it is a refusal, and the size that 409 names."""

    status: int
    code: str = ""
    size: int | None = None


@dataclass(frozen=True)
class State:
    """The head cosigned last; size 0 and the root of the empty tree if never."""

    size: int
    root: bytes


@dataclass(frozen=True)
class _Request:
    old: int
    proof: list[bytes]
    note: Note
    origin: str
    size: int
    root: bytes


def answer(body: bytes, logs: dict[str, Verifier], state: State) -> Answer:
    """Judge a request in the order of the standard. 200 says that the witness stores the head and then signs."""
    if len(body) > MAX_BODY:
        return Answer(413, "witness.request")
    try:
        request = _read(body)
    except RuleError:
        return Answer(400, "witness.request")
    if request.origin not in logs:
        return Answer(404, "witness.unknown-log")
    try:
        verify_note(request.note, logs[request.origin])
    except RuleError:
        return Answer(403, "witness.signature")
    if request.old > request.size:
        return Answer(400, "witness.request")
    if request.old != state.size:
        return Answer(409, "witness.stale", state.size)
    return Answer(200) if _grows(request, state) else Answer(422, "witness.inconsistent")


def _grows(request: _Request, state: State) -> bool:
    if request.size == 0 and request.root != merkle.EMPTY_ROOT:
        return False
    if request.old == 0 or request.old == request.size:
        same = request.old == 0 or request.root == state.root
        return same and not request.proof and (request.size > 0 or request.root == state.root)
    try:
        merkle.verify_consistency(request.old, request.size, request.proof, state.root, request.root)
    except RuleError:
        return False
    return True


def _read(body: bytes) -> _Request:
    head, empty_line, rest = body.partition(b"\n\n")
    require(empty_line and head.isascii(), "witness.request", "no empty line behind the head")
    first, *lines = head.decode("ascii").split("\n")
    require(first.startswith("old "), "witness.request", "no `old`")
    require(len(lines) <= MAX_HASHES, "witness.request", "more than 63 hashes")
    proof = [base64_decode(line, "witness.request") for line in lines]
    require(all(len(hash) == 32 for hash in proof), "witness.request", "a hash that has not 32 bytes")
    note = parse_note(rest)
    parts = note.text.split("\n")
    require(len(parts) == 4 and not parts[3], "witness.request", "a checkpoint has three lines")
    require(0 < len(parts[0].encode()) <= 255, "witness.request", "no origin, or too long a one")
    root = base64_decode(parts[2], "witness.request")
    require(len(root) == 32, "witness.request", "a root that has not 32 bytes")
    return _Request(_size(first[4:]), proof, note, parts[0], _size(parts[1]), root)


def _size(text: str) -> int:
    require(_SIZE.fullmatch(text) and int(text) <= MAX_SIZE, "witness.request", f"size {text[:30]!r}")
    return int(text)
