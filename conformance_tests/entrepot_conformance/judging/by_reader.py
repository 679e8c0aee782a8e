"""The answers of the suite's own reader: the second verdict that an implementation is compared with.

`python -m entrepot_conformance.judging.by_reader` is a shim that knows `judge` and nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import json
import sys
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from entrepot_conformance.reader import ed25519, encodings, merkle, notes, tiles, witness
from entrepot_conformance.reader.contents import check_delta_range, check_keys, decode_delta
from entrepot_conformance.reader.cosignatures import counted, parse_cosigner_vkey
from entrepot_conformance.reader.entries import FeedState, digest_of
from entrepot_conformance.reader.heads import judge_head, judge_records, read_feed
from entrepot_conformance.reader.key_log import KeyLine, check_extends, read_key_log
from entrepot_conformance.reader.key_state import read_state
from entrepot_conformance.reader.record_proofs import verify_proof_file
from entrepot_conformance.reader.records import Expected, verify_record
from entrepot_conformance.reader.relations import state_of
from entrepot_conformance.reader.rule_error import RuleError, require
from entrepot_conformance.reader.schemas import Schemas, find_schemas
from entrepot_conformance.shim.driver import Message

Members = dict[str, Any]


class ReaderChannel:
    """A shim without a node, in this process."""

    pid = None

    def ask(self, request: Message, patience: float) -> Message:
        """Answer `judge`; all else is not offered."""
        return answer(dict(request))

    def kill(self) -> None:
        """There is nothing to end."""

    def close(self) -> None:
        """There is nothing to end."""


def answer(request: Members) -> Members:
    """Answer one request of the protocol."""
    do, what = request.pop("do"), str(request.pop("what", ""))
    reads = _READS.get(what)
    if do != "judge" or reads is None:
        return {"verdict": "unsupported"}
    try:
        return {"verdict": "accepted", **reads(**request)}
    except RuleError as error:
        code = f"http.{error.code}" if error.code.isdecimal() else error.code
        return {"verdict": "refused", "code": code, "message": str(error)}


def _raw(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _hexes(values: list[str]) -> list[bytes]:
    return [bytes.fromhex(value) for value in values]


@cache
def _schemas() -> Schemas:
    return find_schemas()


def _multikey(multikey: str) -> Members:
    public_key = encodings.multikey_decode(multikey)
    ed25519.check_public_key(public_key)
    return {"public_key": public_key.hex()}


def _signature(public_key: str, message: str, signature: str) -> Members:
    key, text, proof = _hexes([public_key, message, signature])
    ed25519.verify(key, text, proof)
    return {}


def _proof_value(proof_value: str) -> Members:
    encodings.proof_value_decode(proof_value)
    return {}


def _vkey(vkey: str) -> Members:
    notes.parse_vkey(vkey)
    return {}


def _record(origin: str, scid: str, key_state: Members, entry: Members, raw: str) -> Members:
    record_key = read_state(key_state, scid, origin).assertion_key
    require(
        digest_of(_raw(raw)).hex() == entry["digest"], "log.proof-record", "other bytes than the entry names"
    )
    expected = Expected(origin, entry["subject"], entry["type"], record_key, entry["time"], entry["revision"])
    kept = verify_record(_raw(raw), expected, _schemas()) == "kept"
    return {"kept": kept, "record_key": record_key}


def _node_document(origin: str, key_log: str, raw: str) -> Members:
    key = _lines(key_log, origin)[-1].state.assertion_key
    verify_record(_raw(raw), Expected(origin, f"did:web:{origin}", "node", key), _schemas())
    return {}


def _lines(key_log: str, origin: str) -> list[KeyLine]:
    return read_key_log(_raw(key_log), origin)


def _key_log(origin: str, raw: str, pinned: str = "") -> Members:
    newest = _lines(raw, origin)[-1]
    if pinned:
        check_extends(_raw(pinned), _raw(raw))
    log_key = newest.state.log_keys[newest.state.live_feed]
    packed = base64.b64encode(b"\x01" + log_key.public_key).decode()
    return {
        "version_id": newest.fields["versionId"],
        "assertion_key": newest.state.assertion_key,
        "vkey": f"{log_key.name}+{log_key.key_id.hex()}+{packed}",
    }


def _checkpoint(feed: str, vkey: str, raw: str) -> Members:
    head = notes.open_checkpoint(_raw(raw), notes.parse_vkey(vkey))
    require(head.feed == feed, "log.checkpoint", f"a checkpoint of {head.feed}")
    return {"size": head.size, "root": head.root.hex()}


def _succession(feed: str, key_log: str, trusted: str, offered: str) -> Members:
    lines = _lines(key_log, feed.partition("/")[0])
    notes.check_succession(*(judge_head(_raw(raw), feed, lines) for raw in (trusted, offered)))
    return {}


def _head(feed: str, key_log: str, raw: str) -> Members:
    head = judge_head(_raw(raw), feed, _lines(key_log, feed.partition("/")[0]))
    return {"size": head.size, "root": head.root.hex()}


def _cosignatures(feed: str, vkey: str, cosigners: list[str], raw: str) -> Members:
    _checkpoint(feed, vkey, raw)
    keys = [parse_cosigner_vkey(one) for one in cosigners]
    found = counted(notes.parse_note(_raw(raw)), keys)
    return {"counted": [{"name": one.name, "time": one.time} for one in found]}


def _cosigner_vkey(vkey: str) -> Members:
    return {"name": parse_cosigner_vkey(vkey).name}


def _add_checkpoint(vkeys: dict[str, str], state: Members, body: str) -> Members:
    logs = {origin: notes.parse_vkey(vkey) for origin, vkey in vkeys.items()}
    given = witness.answer(_raw(body), logs, witness.State(state["size"], bytes.fromhex(state["root"])))
    told: Members = {"status": given.status}
    told |= {} if given.size is None else {"size": given.size}
    return told if given.status == 200 else {"verdict": "refused", "code": given.code, **told}


def _tile_path(path: str) -> Members:
    level, index, width = tiles.parse_tile_path(path)
    return {"level": level, "index": index, "width": width}


def _tree(size: int, tiles: list[str]) -> Members:
    leaves = [merkle.leaf_hash(f"entry {index}".encode()) for index in range(size)]
    named = {_tile_name(*tile): tile for tile in _implied(size)}
    shown = {path: _tile_data(leaves, *named[path]) for path in tiles}
    return {
        "root": merkle.root(leaves).hex(),
        "frontier": [value.hex() for value in merkle.frontier(leaves)],
        "number_of_tiles": len(named),
        "tiles": [
            {"path": path, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for path, data in shown.items()
        ],
    }


_tile_name, _implied, _tile_data = tiles.tile_path, tiles.implied_tiles, tiles.tile_bytes


def _tile(raw: str, width: int) -> Members:
    good = 1 <= width <= 256 and len(_raw(raw)) == 32 * width
    require(good, "log.tile", f"no tile of width {width}")
    return {"hashes": [_raw(raw)[at : at + 32].hex() for at in range(0, 32 * width, 32)]}


def _inclusion(index: int, size: int, leaf: str, proof: list[str], root: str) -> Members:
    merkle.verify_inclusion(index, size, bytes.fromhex(leaf), _hexes(proof), bytes.fromhex(root))
    return {}


def _consistency(old: int, new: int, proof: list[str], old_root: str, new_root: str) -> Members:
    merkle.verify_consistency(old, new, _hexes(proof), *_hexes([old_root, new_root]))
    return {}


def _record_proof(origin: str, key_log: str, raw: str) -> Members:
    verify_proof_file(_raw(raw), _lines(key_log, origin), origin, _schemas())
    return {}


def _bundle(raw: str, count: int) -> Members:
    return {"entries": [entry.hex() for entry in tiles.decode_bundle(_raw(raw), count)]}


def _entry_length(length: int) -> Members:
    tiles.encode_bundle([bytes(length)])
    return {}


def _delta_range(query: str, size: int) -> Members:
    check_delta_range(query, size)
    return {}


def _delta(raw: str, count: int) -> Members:
    return {"entries": [entry.hex() for entry in decode_delta(_raw(raw), count)[0]]}


def _entry(origin: str, before: list[str], entry: str) -> Members:
    state = FeedState(origin)
    for raw in _hexes(before):
        state.take(raw)
    outcome = state.take(bytes.fromhex(entry))
    require(outcome.kind == "effective", outcome.code, outcome.kind)
    return {}


def _entries(origin: str, entries: list[str]) -> Members:
    state, outcomes = FeedState(origin), []
    for raw in _hexes(entries):
        outcome = state.take(raw)
        told: Members = {"outcome": outcome.kind, "key_line_in_force": len(state.key_entries())}
        told |= {"code": outcome.code} if outcome.code else {}
        told |= {"revision": outcome.entry.revision} if outcome.entry and outcome.entry.revision else {}
        outcomes.append(told)
    leaves = [merkle.leaf_hash(raw) for raw in _hexes(entries)]
    return {
        "outcomes": outcomes,
        "live": {entry.subject: entry.index for entry in state.live()},
        "withdrawn": [entry.index for entry in state.withdrawn()],
        "root": merkle.root(leaves).hex(),
        "frontier": [value.hex() for value in merkle.frontier(leaves)],
    }


def _key_entries(origin: str, key_log: str, entries: list[str]) -> Members:
    state = FeedState(origin)
    for raw in _hexes(entries):
        state.take(raw)
    # The lines as they lie: that they are a good key log is another question.
    found = check_keys(state, _raw(key_log).split(b"\n")[:-1])
    require(found == "believed", "log.keys-missing", "a line is not at hand")
    return {}


def _feed(feed: str, key_log: str, head: str, entries: list[str], contents: list[str]) -> Members:
    lines = _lines(key_log, feed.partition("/")[0])
    found, state = read_feed(_raw(head), feed, _hexes(entries), lines)
    require(found == "believed", "log.keys-missing", "a line is not at hand")
    by_digest = {digest_of(raw): raw for raw in map(_raw, contents)}
    verdicts = judge_records(state, by_digest, lines, _schemas())
    return {"records": [{"index": index, "code": verdicts[index]} for index in sorted(verdicts)]}


def _relation_state(relation: Members, others: list[Members], now: str) -> Members:
    return state_of(relation, others, datetime.fromisoformat(now))


_READS: dict[str, Callable[..., Members]] = {
    "add-checkpoint": _add_checkpoint,
    "bundle": _bundle,
    "checkpoint": _checkpoint,
    "consistency": _consistency,
    "cosignatures": _cosignatures,
    "cosigner-vkey": _cosigner_vkey,
    "delta": _delta,
    "delta-range": _delta_range,
    "entries": _entries,
    "entry": _entry,
    "entry-length": _entry_length,
    "feed": _feed,
    "head": _head,
    "inclusion": _inclusion,
    "key-entries": _key_entries,
    "key-log": _key_log,
    "multikey": _multikey,
    "node-document": _node_document,
    "proof-value": _proof_value,
    "record": _record,
    "record-proof": _record_proof,
    "relation-state": _relation_state,
    "signature": _signature,
    "succession": _succession,
    "tile": _tile,
    "tile-path": _tile_path,
    "tree": _tree,
    "vkey": _vkey,
}


def main() -> None:
    """Answer one request a line until the input ends."""
    for line in sys.stdin:
        sys.stdout.write(json.dumps(answer(json.loads(line))) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
