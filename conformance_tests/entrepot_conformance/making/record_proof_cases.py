"""`record-proofs.json`: proofs of single records as files, good and broken in one way each (LOG-80 to LOG-84)."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.reader import merkle
from entrepot_conformance.reader.entries import digest_of, encode_entry
from entrepot_conformance.reader.strict_json import canonical

from . import lines
from .feed import tell, time_of
from .files import Files, base64_text, json_file, verdict
from .profiles import profile, signed_bytes
from .seeds import FEED, ORIGIN, OTHER_ORIGIN, TestKey, checkpoint_text, signed_checkpoint, subject_id

ABOUT = (
    "Files that prove one record of the feed in feed/, to be checked with the key log feed/keys.jsonl as the "
    "pinned one. `raw` is base64 of the file. A code that ends in `.*` stands for any code with that prefix, `*` for "
    "any code at all. Cosignatures of unknown witnesses are no fault."
)
HEADER = "c2sp.org/tlog-proof@v1"
WITNESS = TestKey("witness")


def make_record_proofs() -> Files:
    """Return the file."""
    entries, contents = tell()
    maker = _Maker(entries, contents)
    cases = [*_good(maker), *_frames(maker), *_forged(maker)]
    return {
        "record-proofs.json": json_file(
            ABOUT, origin=ORIGIN, feed=FEED, key_log="feed/keys.jsonl", cases=cases
        )
    }


class _Maker:
    """Writes proof files of one list of entries; every part can be replaced."""

    def __init__(self, entries: list[bytes], contents: dict[bytes, bytes]) -> None:
        self.entries = entries
        self.contents = contents

    def record(self, index: int) -> bytes:
        return self.contents[self.entries[index][-37:-5]]

    def leaves(self, size: int) -> list[bytes]:
        return [merkle.leaf_hash(entry) for entry in self.entries[:size]]

    def head(self, size: int, key: TestKey = lines.LOG, feed: str = FEED) -> bytes:
        return signed_checkpoint(key, feed, size, merkle.root(self.leaves(size)))

    def beside(self, index: int) -> bytes:
        return extra(self.entries[index], self.record(index))

    def file(
        self, index: int, size: int = 20, *, more: bytes | None = None, head: bytes | None = None
    ) -> bytes:
        return frame(
            index,
            merkle.inclusion_proof(index, self.leaves(size)),
            head if head is not None else self.head(size),
            self.beside(index) if more is None else more,
        )


def extra(entry: bytes, record: bytes) -> bytes:
    """Return what stands in the extra line."""
    return canonical({"entry": base64_text(entry), "record": base64_text(record)})


def frame(index: int, hashes: list[bytes], head: bytes, more: bytes) -> bytes:
    """Return a file."""
    texts = [HEADER, f"extra {base64_text(more)}", f"index {index}", *map(base64_text, hashes)]
    return ("\n".join(texts) + "\n\n").encode() + head


def _row(name: str, raw: bytes, code: str = "") -> dict[str, Any]:
    return {"name": name, "raw": base64_text(raw), **verdict(code)}


def _good(maker: _Maker) -> list[dict[str, Any]]:
    text = checkpoint_text(FEED, 20, merkle.root(maker.leaves(20)))
    time = 1_778_000_000
    message = f"cosignature/v1\ntime {time}\n{text}".encode()
    blob = _cosigner_id("lifepark.example/witness/1") + time.to_bytes(8) + WITNESS.sign(message)
    cosigned = maker.head(20) + f"— lifepark.example/witness/1 {base64_text(blob)}\n".encode()
    return [
        _row("a live record", maker.file(19)),
        _row("a record signed with the key of line 1", maker.file(5)),
        _row("a record under an earlier head", maker.file(5, 9)),
        _row("the second of two entries", maker.file(1, 2)),
        _row("a head with a cosignature", maker.file(18, head=cosigned)),
    ]


def _cosigner_id(name: str) -> bytes:
    return digest_of(name.encode() + b"\n\x04" + WITNESS.public)[:4]


def _frames(maker: _Maker) -> list[dict[str, Any]]:
    good, code = maker.file(19), "log.proof-file"
    entry, record = base64_text(maker.entries[19]), base64_text(maker.record(19))

    def members(**changed: Any) -> bytes:
        return maker.file(19, more=canonical({"entry": entry, "record": record, **changed}))

    loose = maker.beside(19).replace(b'","record', b'", "record')

    def swap(old: bytes, new: bytes) -> bytes:
        return good.replace(old, new, 1)

    return [
        _row("another header", swap(b"@v1", b"@v2"), code),
        _row("without extra", good.split(b"\n", 2)[0] + b"\n" + good.split(b"\n", 2)[2], code),
        _row("index with a leading zero", swap(b"index 19", b"index 019"), code),
        _row("index with a sign", swap(b"index 19", b"index +19"), code),
        _row("without index", swap(b"index 19\n", b""), code),
        _row("carriage returns", good.replace(b"\n", b"\r\n"), code),
        _row("a hash of 31 bytes", frame(19, [b"\1" * 31], maker.head(20), maker.beside(19)), code),
        _row("64 hashes", frame(19, [b"\1" * 32] * 64, maker.head(20), maker.beside(19)), code),
        _row("no checkpoint", good.partition(b"\n\n")[0] + b"\n\n", code),
        _row("extra that is no JSON", maker.file(19, more=b"entry"), code),
        _row("extra with white space", maker.file(19, more=loose), code),
        _row("extra with a member more", members(more=""), code),
        _row("extra without record", maker.file(19, more=canonical({"entry": entry})), code),
        _row("entry that is no text", members(entry=None), code),
        _row("entry in base64 without padding", members(entry=entry.rstrip("=") + "A"), "*"),
    ]


def _forged(maker: _Maker) -> list[dict[str, Any]]:
    thief = TestKey("thief")
    leaves = maker.leaves(20)
    path = merkle.inclusion_proof(19, leaves)
    own = maker.beside(19)
    withdrawal = extra(maker.entries[7], b"{}")
    rewritten = maker.record(19).replace(b"1998", b"1997")
    foreign, foreign_record = _foreign()
    unsound, unsound_record = _unsound()
    return [
        _row("signed by another log key", maker.file(19, head=maker.head(20, thief)), "log.unsigned"),
        _row("a head of another origin", maker.file(19, head=maker.head(20, thief, f"{OTHER_ORIGIN}/feed/1")), "key.log-identity"),
        _row("a head of a feed that is not named", maker.file(19, head=maker.head(20, thief, f"{ORIGIN}/feed/2")), "log.unsigned"),
        _row("a head whose signature is another's", maker.file(19, head=_patched(maker.head(20), maker.head(19))), "log.signature"),
        _row("another index", frame(18, path, maker.head(20), own), "log.proof"),
        _row("another size", frame(19, path, maker.head(18), own), "log.proof"),
        _row("a hash too many", frame(19, [*path, leaves[0]], maker.head(20), own), "log.proof"),
        _row("a hash missing", frame(19, path[:-1], maker.head(20), own), "log.proof"),
        _row("the entry of another index", frame(19, path, maker.head(20), maker.beside(18)), "log.proof"),
        _row("the record of another entry", maker.file(19, more=extra(maker.entries[19], maker.record(18))), "log.proof-record"),
        _row("a rewritten record", maker.file(19, more=extra(maker.entries[19], rewritten)), "log.proof-record"),
        _row("a withdrawal", maker.file(7, more=withdrawal), "log.proof-record"),
        _row("a line of the key log", maker.file(0, more=extra(maker.entries[0], lines.KEY_LOG_2.split(b"\n")[0])), "log.proof-record"),
        _row("a subject of another origin", _alone(foreign, foreign_record), "key.*"),
        _row("a record signed with a key that no line names", _alone(unsound, unsound_record), "key.unknown"),
    ]  # fmt: skip


def _alone(entry: bytes, record: bytes) -> bytes:
    """A proof from a tree of one entry, under a good head."""
    head = signed_checkpoint(lines.LOG, FEED, 1, merkle.root([merkle.leaf_hash(entry)]))
    return frame(0, [], head, extra(entry, record))


def _entry_of(subject: str, record: bytes) -> bytes:
    fields = {"op": "publish", "prev": None, "subject": subject, "time": time_of(1), "type": "company"}
    return encode_entry(fields, digest_of(record))


def _foreign() -> tuple[bytes, bytes]:
    subject = subject_id("acme", OTHER_ORIGIN)
    body = {**profile("acme", "company"), "id": subject}
    record = signed_bytes(body, lines.RECORD_1, revision=1, time=time_of(1), name="foreign")
    return _entry_of(subject, record), record


def _unsound() -> tuple[bytes, bytes]:
    record = signed_bytes(
        profile("acme", "company"), TestKey("thief"), revision=1, time=time_of(1), name="unsound"
    )
    return _entry_of(subject_id("acme"), record), record


def _patched(head: bytes, other: bytes) -> bytes:
    """The text of one head over the signature line of another."""
    return head.partition(b"\n\n")[0] + b"\n\n" + other.partition(b"\n\n")[2]
