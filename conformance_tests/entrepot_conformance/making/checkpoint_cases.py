"""`checkpoints.json`: signed heads, good and broken once per rule (LOG-31 to LOG-36, LOG-60, LOG-61)."""

from __future__ import annotations

import base64
from typing import Any

from entrepot_conformance.reader.merkle import EMPTY_ROOT
from entrepot_conformance.reader.notes import key_id

from . import lines
from .files import Files, base64_text, json_file
from .seeds import FEED, ORIGIN, OTHER_ORIGIN, TestKey, checkpoint_text, seed

ABOUT = (
    "`raw` is base64 of the checkpoint as it came; it is read as the head of `feed`, with `vkey` as "
    "its log key. `heads` are pairs of well-signed heads: what a reader that trusts `trusted` answers "
    "to `offered`."
)
ROOT = seed("some root")
OTHER_LOG = TestKey("other log key")


def make_checkpoints() -> Files:
    """Return the file."""
    cases = [*_good(), *_texts(), *_notes(), *_signatures()]
    return {
        "checkpoints.json": json_file(
            ABOUT, feed=FEED, vkey=lines.LOG.vkey(FEED), cases=cases, heads=_heads()
        )
    }


def signed(text: str, *more: str, key: TestKey = lines.LOG, name: str = FEED) -> bytes:
    """Sign a text and add further signature lines."""
    return f"{text}\n{key.note_line(name, text)}{''.join(more)}".encode()


def _case(name: str, raw: bytes, ids: str, code: str = "", **facts: Any) -> dict[str, Any]:
    verdict = {"expect": "refuse", "code": code} if code else {"expect": "accept", **facts}
    return {"name": name, "ids": ids.split(), **verdict, "raw": base64_text(raw)}


def _good() -> list[dict[str, Any]]:
    text = checkpoint_text(FEED, 7, ROOT)
    unknown = OTHER_LOG.note_line(f"{OTHER_ORIGIN}/witness/1", text)
    same_name = OTHER_LOG.note_line(FEED, text)
    same_id = _line("elsewhere.example/log", key_id(FEED, lines.LOG.public) + bytes(64))
    facts = {"size": 7, "root": ROOT.hex()}

    def good(name: str, raw: bytes, ids: str, **more: Any) -> dict[str, Any]:
        return _case(name, raw, ids, **{**facts, **more})

    empty = checkpoint_text(FEED, 0, EMPTY_ROOT)
    largest = checkpoint_text(FEED, 2**53 - 1, ROOT)
    return [
        good("size 7", signed(text), "LOG-31"),
        good("size 0", signed(empty), "LOG-32", size=0, root=EMPTY_ROOT.hex()),
        good("size 2^53 - 1", signed(largest), "LOG-32", size=2**53 - 1),
        good("a witness beside", signed(text, unknown), "LOG-35"),
        good("unknown line before", f"{text}\n{unknown}{lines.LOG.note_line(FEED, text)}".encode(), "LOG-35"),
        good("same name, other key", signed(text, same_name), "LOG-35"),
        good("same key id, other name", signed(text, same_id), "LOG-35"),
        good("an unknown line twice", signed(text, unknown, unknown), "LOG-35"),
        good("unknown signature of 5 bytes", signed(text, _line("x.example", bytes(5))), "LOG-34 LOG-35"),
        good("100 signature lines", signed(text, *_many(99)), "LOG-33"),
    ]


def _line(name: str, blob: bytes) -> str:
    return f"— {name} {base64.b64encode(blob).decode()}\n"


def _many(count: int) -> list[str]:
    return [_line(f"w{number}.example", number.to_bytes(4) + bytes(64)) for number in range(count)]


def _texts() -> list[dict[str, Any]]:
    """LOG-02, LOG-31, LOG-32: all correctly signed."""
    root = base64.b64encode(ROOT).decode()
    loose = root[:-2] + chr(ord(root[-2]) + 1) + "="

    def refused(name: str, text: str, code: str = "log.checkpoint", ids: str = "LOG-31") -> dict[str, Any]:
        return _case(name, signed(text), ids, code)

    sizes = {"01": "leading zero", "+7": "plus", "-7": "minus", " 7": "space", "7.0": "fraction", "": "empty"}
    sizes |= {
        "1_0": "underscore",
        "0x7": "hexadecimal",
        "٧": "Arabic digit",
        str(2**53): "2^53",
        "9" * 40: "40 digits",
    }
    names = {
        "biomed.example": "no number",
        f"{ORIGIN}/feed/0": "number 0",
        f"{ORIGIN}/feed/01": "leading zero",
    }
    names |= {
        f"{ORIGIN}/feed/1000000": "number 1000000",
        "Biomed.example/feed/1": "capital",
        f"{FEED}/": "slash",
    }
    names |= {"biomed.example:443/feed/1": "port", "biomed.example./feed/1": "trailing dot", "": "empty"}
    names |= {f"{ORIGIN}/feed/2": "another feed of the origin", f"{OTHER_ORIGIN}/feed/1": "another origin"}
    return [
        *(refused(f"size: {label}", f"{FEED}\n{size}\n{root}\n") for size, label in sizes.items()),
        refused("size 0 with a root", checkpoint_text(FEED, 0, ROOT), ids="LOG-32"),
        refused("extension line", f"{FEED}\n7\n{root}\nmore\n"),
        refused("two lines", f"{FEED}\n7\n"),
        refused("empty line at the end", f"{FEED}\n7\n{root}\n\n"),
        refused("root of 31 bytes", checkpoint_text(FEED, 7, ROOT[:31])),
        refused("root of 33 bytes", checkpoint_text(FEED, 7, ROOT + b"\0")),
        refused("root without padding", f"{FEED}\n7\n{root.rstrip('=')}\n"),
        refused("root with loose bits", f"{FEED}\n7\n{loose}\n"),
        refused("root in hex", f"{FEED}\n7\n{ROOT.hex()}\n"),
        *(
            refused(f"name: {label}", f"{name}\n7\n{root}\n", ids="LOG-01 LOG-02 LOG-31")
            for name, label in names.items()
        ),
    ]


def _notes() -> list[dict[str, Any]]:
    """LOG-33, LOG-34."""
    text = checkpoint_text(FEED, 7, ROOT)
    good = signed(text)
    line = lines.LOG.note_line(FEED, text)
    encoded = line.rsplit(" ", 1)[1].strip()
    loose = encoded[:-2] + chr(ord(encoded[-2]) + 1) + "="  # 68 bytes: two bits are not used
    padded = _line("x.example", b"\x00\x00\x00\x01\x02")
    faults = {
        "empty": b"",
        "no signature": text.encode() + b"\n",
        "no empty line": (text + line).encode(),
        "no LF at the end": good[:-1],
        "LF twice at the end": good + b"\n",
        "CR LF": good.replace(b"\n", b"\r\n"),
        "tab": good.replace(b"\n7\n", b"\n7\t\n"),
        "NUL": good.replace(b"\n7\n", b"\n7\0\n"),
        "not UTF-8": good.replace(b"\n7\n", b"\n7\xff\n"),
        "101 signature lines": signed(text, *_many(100)),
        "65,537 bytes": _sized(text, 65_537),
        "hyphen for the dash": good.replace("—".encode(), b"-"),
        "two spaces": good.replace("— ".encode(), "—  ".encode()),
        "words after the signature": good[:-1] + b" x\n",
        "name with plus": signed(text, _line("a+b", bytes(68))),
        "name with a wide space": signed(text, _line("a\u3000b", bytes(68))),
        "no name": signed(text, "—  " + base64.b64encode(bytes(68)).decode() + "\n"),
        "base64 without padding": signed(text, padded.replace("=", "")),
        "base64 with loose bits": signed(text, padded.replace("AQI=", "AQJ=")),
        "base64url": signed(text, _line("x.example", b"\0\0\0\1" + b"\xff" * 62).replace("/", "_")),
        "signature line that is not one": signed(text, "hello\n"),
        "log key's line with loose bits": good.replace(encoded.encode(), loose.encode()),
    }
    cases = [_case(f"note: {name}", raw, "LOG-33 LOG-34", "log.note") for name, raw in faults.items()]
    largest = _case("note: 65,536 bytes", _sized(text, 65_536), "LOG-33", size=7, root=ROOT.hex())
    # tlog-checkpoint forbids two lines of one key; the spec names no code for it.
    twice = _case("note: log key's line twice", signed(text, line), "LOG-35", "*")
    return [largest, *cases, twice]


def _sized(text: str, size: int) -> bytes:
    """Return a good checkpoint of exactly `size` bytes; an unknown name takes up the room."""
    missing = size - len(signed(text, _line("", bytes(68))))
    return signed(text, _line("x" * missing, bytes(68)))


def _signatures() -> list[dict[str, Any]]:
    """LOG-35."""
    text = checkpoint_text(FEED, 7, ROOT)
    other_text = checkpoint_text(FEED, 8, ROOT)
    kid = key_id(FEED, lines.LOG.public)
    moved = f"{other_text}\n{lines.LOG.note_line(FEED, text)}".encode()
    witness = OTHER_LOG.note_line(f"{OTHER_ORIGIN}/witness/1", text)

    def refused(name: str, raw: bytes, code: str) -> dict[str, Any]:
        return _case(f"signature: {name}", raw, "LOG-35", code)

    return [
        refused("of another size", moved, "log.signature"),
        refused("zeros", f"{text}\n{_line(FEED, kid + bytes(64))}".encode(), "log.signature"),
        refused("63 bytes", f"{text}\n{_line(FEED, kid + bytes(63))}".encode(), "log.signature"),
        refused(
            "bad, and a good witness",
            f"{text}\n{_line(FEED, kid + bytes(64))}{witness}".encode(),
            "log.signature",
        ),
        refused("witness alone", f"{text}\n{witness}".encode(), "log.unsigned"),
        refused("another key under the name", signed(text, key=OTHER_LOG), "log.unsigned"),
        refused("log key under another name", signed(text, name=f"{ORIGIN}/feed/2"), "log.unsigned"),
    ]


def _heads() -> list[dict[str, Any]]:
    """LOG-60, LOG-61."""

    def head(size: int, name: str) -> str:
        root = EMPTY_ROOT if size == 0 else seed(name)
        return base64_text(signed(checkpoint_text(FEED, size, root)))

    def pair(name: str, trusted: str, offered: str, ids: str, code: str = "") -> dict[str, Any]:
        verdict = {"expect": "refuse", "code": code} if code else {"expect": "accept"}
        return {"name": name, "ids": ids.split(), **verdict, "trusted": trusted, "offered": offered}

    return [
        pair("unchanged", head(7, "a"), head(7, "a"), "LOG-61"),
        pair("rollback", head(7, "a"), head(6, "b"), "LOG-60", "log.rollback"),
        pair("rollback to nothing", head(7, "a"), head(0, ""), "LOG-60", "log.rollback"),
        pair("fork", head(7, "a"), head(7, "b"), "LOG-61", "log.fork"),
    ]
