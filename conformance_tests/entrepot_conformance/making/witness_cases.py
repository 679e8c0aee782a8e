"""`add-checkpoint.json`: requests to a witness, with its state and the answer it owes (LOG-73 to LOG-77)."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from entrepot_conformance.reader import merkle

from . import lines
from .files import Files, base64_text, json_file
from .seeds import FEED, OTHER_ORIGIN, TestKey, checkpoint_text, seed
from .tile_cases import made_up_leaves

ABOUT = (
    "`body` is base64 of the body of a request to `add-checkpoint` of a witness that knows the logs in `vkeys` and cosigned "
    "last, of that log, the head in `state` (size 0 and the root of the empty tree: never). `status` is what it answers; 409 "
    "has `size` and LF as its body. With 200 it has stored the new head, and the body is its signature line. The tree is that "
    "of the entries 'entry 0', 'entry 1', … (ASCII)."
)
LEAVES = made_up_leaves(300)
ROOTS = {size: merkle.root(LEAVES[:size]) for size in (0, 1, 4, 5, 7, 8, 256, 300)}
STRANGER = TestKey("stranger's log key")
SUMDB = TestKey("log of other software")
SUMDB_ORIGIN = "go.sum database tree"


@dataclass(frozen=True, slots=True)
class Log:
    """The log that the requests are about: its origin line, and the key it signs with."""

    feed: str = FEED
    key: TestKey = lines.LOG

    @property
    def origin(self) -> str:
        """The origin whose feed it is."""
        return self.feed.partition("/")[0]

    def head(self, size: int, root: bytes | None = None, feed: str | None = None, *signers: TestKey) -> bytes:
        """A signed head of the tree of the vectors, or with another root, origin line or signers."""
        name = self.feed if feed is None else feed
        text = checkpoint_text(name, size, ROOTS.get(size, seed("a root")) if root is None else root)
        return f"{text}\n{''.join(key.note_line(name, text) for key in signers or (self.key,))}".encode()


def make_add_checkpoint() -> Files:
    """Return the file."""
    vkeys = {FEED: lines.LOG.vkey(FEED), SUMDB_ORIGIN: SUMDB.vkey("sum.example")}
    good, *bad = requests_about(Log())
    cases = [*good, _of_other_software(), *(case for family in bad for case in family)]
    return {"add-checkpoint.json": json_file(ABOUT, vkeys=vkeys, cases=cases)}


def requests_about(log: Log) -> list[list[dict[str, Any]]]:
    """Return the requests of the vectors about a log, by family: first the good ones."""
    families = (_good, _malformed, _unknown, _unsigned, _stale, _inconsistent, _order)
    return [make(log) for make in families]


def write_request(old: object, proof: Sequence[bytes], head: bytes) -> bytes:
    """Write the body of a request."""
    rows = [f"old {old}", *(base64.b64encode(hash).decode() for hash in proof)]
    return "\n".join(rows).encode() + b"\n\n" + head


def _proof(old: int, new: int) -> list[bytes]:
    return merkle.consistency_proof(old, LEAVES[:new])


def _case(
    name: str, body: bytes, state: int, status: int, ids: str, code: str = "", **more: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "ids": ids.split(),
        "state": {"size": state, "root": ROOTS[state].hex()},
        "status": status,
        **({"code": code} if code else {}),
        **more,
        "body": base64_text(body),
    }


def _good(log: Log) -> list[dict[str, Any]]:
    text = checkpoint_text(log.feed, 8, ROOTS[8])
    beside = f"{STRANGER.note_line(f'{OTHER_ORIGIN}/witness/1', text)}".encode()

    def good(name: str, body: bytes, state: int, ids: str = "LOG-76 LOG-77") -> dict[str, Any]:
        return _case(name, body, state, 200, ids)

    pairs = [(1, 4), (4, 8), (5, 8), (7, 8), (5, 300), (256, 300)]
    return [
        *(
            good(f"from {old} to {new}", write_request(old, _proof(old, new), log.head(new)), old)
            for old, new in pairs
        ),
        good("the first head", write_request(0, (), log.head(8)), 0),
        good("the empty tree", write_request(0, (), log.head(0)), 0),
        good("the same head again", write_request(8, (), log.head(8)), 8),
        good("an unknown line beside", write_request(5, _proof(5, 8), log.head(8) + beside), 5, "LOG-74"),
    ]


def _of_other_software() -> dict[str, Any]:
    text = checkpoint_text(SUMDB_ORIGIN, 8, ROOTS[8])
    head = f"{text}\n{SUMDB.note_line('sum.example', text)}".encode()
    return _case("a log whose key has another name", write_request(0, (), head), 0, 200, "LOG-74")


def _malformed(log: Log) -> list[dict[str, Any]]:
    good, head = _proof(5, 8), log.head(8)
    text = checkpoint_text(log.feed, 8, ROOTS[8])
    extension = text + "more\n"
    long_name = "x" * 256
    short, loose = base64.b64encode(b"h" * 31), base64.b64encode(good[0]).decode()
    loose = loose[:-2] + chr(ord(loose[-2]) + 1) + "="
    sizes = {
        "": "empty",
        "05": "leading zero",
        "+5": "plus",
        "-5": "minus",
        "5 ": "space behind",
        " 5": "space",
    }
    sizes |= {
        "5.0": "fraction",
        "1_0": "underscore",
        "٥": "Arabic digit",
        str(2**63): "2^63",
        "9" * 40: "40 digits",
    }
    bodies = {f"old size: {label}": write_request(size, good, head) for size, label in sizes.items()}
    bodies |= {
        "no body": b"",
        "no checkpoint": b"old 5\n\n",
        "no empty line": write_request(5, good, head).replace(b"\n\n", b"\n", 1),
        "another word": write_request(5, good, head).replace(b"old", b"new", 1),
        "hash of 31 bytes": b"old 5\n" + short + b"\n\n" + head,
        "hash with loose bits": f"old 5\n{loose}\n\n".encode() + head,
        "hash without padding": f"old 5\n{base64.b64encode(good[0]).decode().rstrip('=')}\n\n".encode()
        + head,
        "64 hashes": write_request(5, [good[0]] * 64, head),
        "CR LF": write_request(5, good, head).replace(b"\n", b"\r\n"),
        "checkpoint with an extension line": write_request(
            5, good, f"{extension}\n{log.key.note_line(log.feed, extension)}".encode()
        ),
        "origin of 256 bytes": write_request(5, good, log.head(8, None, long_name)),
        "no signature line": write_request(5, good, text.encode() + b"\n"),
        "root of 31 bytes": write_request(5, good, log.head(8, ROOTS[8][:31])),
        "size of the checkpoint: leading zero": write_request(5, good, head.replace(b"\n8\n", b"\n08\n")),
    }
    cases = [
        _case(f"malformed: {name}", body, 5, 400, "LOG-73", "witness.request")
        for name, body in bodies.items()
    ]
    room = 65_536 - len(write_request(5, good, head + STRANGER.note_line("", text).encode()))
    full = write_request(5, good, head + STRANGER.note_line("x" * room, text).encode())
    over = write_request(5, good, head + STRANGER.note_line("x" * (room + 1), text).encode())
    return [
        *cases,
        _case("65,536 bytes", full, 5, 200, "LOG-73"),
        _case("65,537 bytes", over, 5, 413, "LOG-73 EXC-90", "witness.request"),
    ]


def _unknown(log: Log) -> list[dict[str, Any]]:
    def unknown(name: str, feed: str) -> dict[str, Any]:
        body = write_request(0, (), log.head(8, None, feed))
        return _case(f"unknown log: {name}", body, 0, 404, "LOG-74", "witness.unknown-log")

    return [
        unknown("another origin", f"{OTHER_ORIGIN}/feed/1"),
        unknown("another feed of the origin", f"{log.origin}/feed/2"),
        unknown("the name of the key is not the origin", "sum.example"),
    ]


def _unsigned(log: Log) -> list[dict[str, Any]]:
    text = checkpoint_text(log.feed, 8, ROOTS[8])
    moved = checkpoint_text(log.feed, 7, ROOTS[7])
    good = log.key.note_line(log.feed, text)
    bad = log.key.note_line(log.feed, moved)

    def unsigned(name: str, head: str) -> dict[str, Any]:
        return _case(
            f"signature: {name}",
            write_request(5, _proof(5, 8), head.encode()),
            5,
            403,
            "LOG-74",
            "witness.signature",
        )

    return [
        unsigned("of a stranger", f"{text}\n{STRANGER.note_line(log.feed, text)}"),
        unsigned("of another size", f"{text}\n{bad}"),
        unsigned("of another log that is known", f"{text}\n{SUMDB.note_line('sum.example', text)}"),
        unsigned(
            "of the log under another name", f"{text}\n{log.key.note_line(f'{log.origin}/feed/2', text)}"
        ),
        unsigned("good, and a wrong one of the same key", f"{text}\n{good}{bad}"),
    ]


def _stale(log: Log) -> list[dict[str, Any]]:
    def stale(name: str, old: int, new: int, state: int) -> dict[str, Any]:
        body = write_request(old, _proof(old, new) if 0 < old < new else (), log.head(new))
        return _case(f"stale: {name}", body, state, 409, "LOG-76", "witness.stale", size=state)

    return [
        stale("never asked before", 0, 8, 5),
        stale("too small", 4, 8, 5),
        stale("too large", 7, 8, 5),
        stale("of a witness that has seen nothing", 5, 8, 0),
        stale("an older head again", 0, 5, 8),
        stale("the same old head", 5, 5, 8),
    ]


def _inconsistent(log: Log) -> list[dict[str, Any]]:
    good = _proof(5, 8)

    def refused(name: str, body: bytes, state: int) -> dict[str, Any]:
        return _case(f"inconsistent: {name}", body, state, 422, "LOG-77", "witness.inconsistent")

    return [
        refused("size 0 with a root", write_request(0, (), log.head(0, seed("a root"))), 0),
        refused("a proof from nothing", write_request(0, good, log.head(8)), 0),
        refused("another root at the same size", write_request(8, (), log.head(8, seed("a root"))), 8),
        refused("a proof to the same size", write_request(8, good, log.head(8)), 8),
        refused("no proof", write_request(5, (), log.head(8)), 5),
        refused("one hash missing", write_request(5, good[:-1], log.head(8)), 5),
        refused("one hash too many", write_request(5, [*good, good[0]], log.head(8)), 5),
        refused("two hashes swapped", write_request(5, [good[1], good[0], *good[2:]], log.head(8)), 5),
        refused("the proof of other sizes", write_request(5, _proof(4, 8), log.head(8)), 5),
        refused("another history", write_request(5, good, log.head(8, seed("a root"))), 5),
    ]


def _order(log: Log) -> list[dict[str, Any]]:
    """Two faults in one request: the first of them is answered."""
    forged = log.head(8, seed("a root"), log.feed, STRANGER)
    both = write_request(9, (), log.head(8, None, f"{OTHER_ORIGIN}/feed/1", STRANGER))
    return [
        _case("order: 404 before 403 and 400", both, 5, 404, "LOG-74", "witness.unknown-log"),
        _case("order: 403 before 400", write_request(9, (), forged), 5, 403, "LOG-74 LOG-75", "witness.signature"),
        _case("order: 403 before 409", write_request(4, (), forged), 5, 403, "LOG-74", "witness.signature"),
        _case("order: 400 before 409", write_request(9, (), log.head(8)), 5, 400, "LOG-75", "witness.request"),
        _case(
            "order: 409 before 422", write_request(4, (), log.head(8, seed("a root"))), 5, 409, "LOG-76", "witness.stale", size=5
        ),
    ]  # fmt: skip
