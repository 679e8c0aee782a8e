"""What our node says of bytes: the request `judge` of the shim protocol (NODE-CONTRACT.md).

Each kind of bytes goes through the functions that the node itself uses for it; nothing is decided here. Whole feeds are
pulled into a store, in `conformance_feeds`.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from functools import partial
from hashlib import sha256
from typing import Any

from starlette.datastructures import QueryParams

from entrepot_node.conformance_feeds import judge_entries, judge_entry, judge_feed, judge_key_entries
from entrepot_node.conformance_profiles import judge_level, judge_relation
from entrepot_node.peer_document import read_peer_document
from entrepot_node.routes.delta_range import DeltaRefused, read_delta_range
from entrepot_schema.canonical import sha256 as digest_of
from entrepot_schema.errors import Refused
from entrepot_schema.key_log import KeyLog, parse_key_log
from entrepot_schema.key_state import parse_state
from entrepot_schema.keys import PublicKey, decode_signature
from entrepot_schema.origin import parse_feed_name
from entrepot_schema.record import Statement
from entrepot_schema.strict_json import read_json
from entrepot_sync import merkle, note
from entrepot_sync.bundle import decode_bundle, decode_prefix, encode_bundle
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.content_check import check_content
from entrepot_sync.cosignature import cosignatures_of, parse_cosigner_vkey
from entrepot_sync.feed_store import FeedRow, Head, Status
from entrepot_sync.note import parse_vkey
from entrepot_sync.peer_trust import Superseded, judge_head, open_head
from entrepot_sync.record_proof import parse_record_proof, verify_record_proof
from entrepot_sync.tile_growth import grow_tiles
from entrepot_sync.tiles import BundleRef, TileRef, parse_tile, parse_tile_path, tiles_for
from entrepot_sync.witness import (
    MAX_REQUEST_BYTES,
    LogHead,
    WitnessRefused,
    judge_growth,
    parse_add_checkpoint,
    require_known_signer,
)

Members = dict[str, Any]
_raw = partial(base64.b64decode, validate=True)


def judge(what: str, members: Members) -> Members:
    """Return the members of the answer; raises the node's own refusal. A kind that is not known is `unsupported`."""
    judges = _JUDGES.get(what)
    return judges(**members) if judges else {"verdict": "unsupported"}


def _hexes(values: list[str]) -> list[bytes]:
    return [bytes.fromhex(value) for value in values]


def _multikey(multikey: str) -> Members:
    return {"public_key": PublicKey.from_multikey(multikey).raw.hex()}


def _signature(public_key: str, message: str, signature: str) -> Members:
    key = PublicKey.from_bytes(bytes.fromhex(public_key))
    if not key.verify(*_hexes([signature, message])):
        raise Refused("key.signature", "the signature does not verify")
    return {}


def _proof_value(proof_value: str) -> Members:
    decode_signature(proof_value)
    return {}


def _vkey(vkey: str) -> Members:
    parse_vkey(vkey)
    return {}


def _record(origin: str, scid: str, key_state: Members, entry: Members, raw: str) -> Members:
    key, content = parse_state(key_state, scid).record_key, _raw(raw)
    if digest_of(content).hex() != entry["digest"]:
        raise Refused("log.proof-record", "the entry names other bytes")
    statement = Statement(entry["subject"], entry["type"], entry["time"], entry["revision"])
    checked = check_content(content, statement, origin=origin, key=key)
    if checked.status is Status.REFUSED:
        raise Refused(checked.code, "the record is refused", pointer=checked.pointer)
    return {"kept": checked.status is Status.KEPT, "record_key": key.multikey}


def _key_log(origin: str, raw: str, pinned: str = "") -> Members:
    log = parse_key_log(_raw(raw), origin=origin)
    if pinned:
        log.require_extension_of(parse_key_log(_raw(pinned), origin=origin))
    newest = log.latest
    return {
        "version_id": read_json(log.lines[-1])["versionId"],
        "assertion_key": newest.record_key.multikey,
        "vkey": newest.feeds[newest.live_feed],
    }


def _node_document(origin: str, key_log: str, raw: str) -> Members:
    read_peer_document(_raw(raw), _pinned(key_log, origin), now=0.0)
    return {}


def _pinned(key_log: str, origin: str) -> KeyLog:
    return parse_key_log(_raw(key_log), origin=origin)


def _checkpoint(feed: str, vkey: str, raw: str) -> Members:
    head = open_checkpoint(_raw(raw), feed, [parse_vkey(vkey)]).checkpoint
    return {"size": head.size, "root": head.root.hex()}


def _succession(feed: str, key_log: str, trusted: str, offered: str) -> Members:
    pinned = _pinned(key_log, parse_feed_name(feed).origin)
    known = open_head(pinned, feed, _raw(trusted)).checkpoint
    head = Head(known.size, known.root, _raw(trusted))
    judge_head(
        FeedRow(1, feed, pinned.origin, False, pinned, merkle.Frontier(), head, 0.0, "live", "", ""),
        _raw(offered),
    )
    return {}


def _head(feed: str, key_log: str, raw: str) -> Members:
    pinned = _pinned(key_log, parse_feed_name(feed).origin)
    if pinned.latest.live_feed > parse_feed_name(feed).number:
        raise Superseded(feed, pinned)
    head = open_head(pinned, feed, _raw(raw)).checkpoint
    return {"size": head.size, "root": head.root.hex()}


def _cosignatures(feed: str, vkey: str, cosigners: list[str], raw: str) -> Members:
    _checkpoint(feed, vkey, raw)
    found = cosignatures_of(note.split(_raw(raw)), [parse_cosigner_vkey(one) for one in cosigners])
    return {"counted": [{"name": one.key.name, "time": one.time} for one in found]}


def _cosigner_vkey(vkey: str) -> Members:
    return {"name": parse_cosigner_vkey(vkey).name}


def _add_checkpoint(vkeys: dict[str, str], state: Members, body: str) -> Members:
    raw, keys = _raw(body), {origin: [parse_vkey(vkey)] for origin, vkey in vkeys.items()}
    try:
        request = parse_add_checkpoint(raw)
        require_known_signer(request, keys.get)
        judge_growth(request, LogHead(request.head.origin, state["size"], bytes.fromhex(state["root"])))
    except WitnessRefused as refused:
        status = 413 if len(raw) > MAX_REQUEST_BYTES else refused.status  # the route has not read so far
        told = {"status": status} if refused.size is None else {"status": status, "size": refused.size}
        return {"verdict": "refused", "code": refused.code, **told}
    return {"status": 200}


def _tile_path(path: str) -> Members:
    ref = parse_tile_path(path)
    return {
        "level": "entries" if isinstance(ref, BundleRef) else ref.level,
        "index": ref.index,
        "width": ref.width,
    }


def _tree(size: int, tiles: list[str]) -> Members:
    leaves = [merkle.leaf_hash(f"entry {index}".encode()) for index in range(size)]
    grown = grow_tiles(0, leaves, lambda level, index: b"")
    frontier = merkle.Frontier().extend(leaves)
    shown = []
    for path in tiles:
        ref = parse_tile_path(path)
        if not isinstance(ref, TileRef):
            raise Refused("log.path", f"{path} is no tile of hashes")
        data = grown[ref.level, ref.index][: merkle.HASH_BYTES * ref.width]
        shown.append({"path": path, "bytes": len(data), "sha256": sha256(data).hexdigest()})
    return {
        "root": frontier.root().hex(),
        "frontier": [value.hex() for value in frontier.hashes],
        "number_of_tiles": len(list(tiles_for(0, size))),
        "tiles": shown,
    }


def _tile(raw: str, width: int) -> Members:
    return {"hashes": [value.hex() for value in parse_tile(_raw(raw), width)]}


def _inclusion(index: int, size: int, leaf: str, proof: list[str], root: str) -> Members:
    merkle.verify_inclusion(index, size, bytes.fromhex(leaf), _hexes(proof), bytes.fromhex(root))
    return {}


def _consistency(old: int, new: int, proof: list[str], old_root: str, new_root: str) -> Members:
    merkle.verify_consistency(old, new, _hexes(proof), *_hexes([old_root, new_root]))
    return {}


def _record_proof(origin: str, key_log: str, raw: str) -> Members:
    verify_record_proof(parse_record_proof(_raw(raw)), _pinned(key_log, origin))
    return {}


def _bundle(raw: str, count: int) -> Members:
    return {"entries": [entry.hex() for entry in decode_bundle(_raw(raw), count)]}


def _entry_length(length: int) -> Members:
    encode_bundle([bytes(length)])
    return {}


def _delta(raw: str, count: int) -> Members:
    return {"entries": [entry.hex() for entry in decode_prefix(_raw(raw), count)[0]]}


def _delta_range(query: str, size: int) -> Members:
    try:
        read_delta_range(QueryParams(query), size)
    except DeltaRefused as refused:
        return {"verdict": "refused", "code": f"http.{refused.status}"}
    return {}


_JUDGES: dict[str, Callable[..., Members]] = {
    "add-checkpoint": _add_checkpoint,
    "bundle": _bundle,
    "checkpoint": _checkpoint,
    "consistency": _consistency,
    "cosignatures": _cosignatures,
    "cosigner-vkey": _cosigner_vkey,
    "delta": _delta,
    "delta-range": _delta_range,
    "entries": judge_entries,
    "entry": judge_entry,
    "entry-length": _entry_length,
    "feed": judge_feed,
    "head": _head,
    "inclusion": _inclusion,
    "key-entries": judge_key_entries,
    "key-log": _key_log,
    "level": judge_level,
    "multikey": _multikey,
    "node-document": _node_document,
    "proof-value": _proof_value,
    "record": _record,
    "record-proof": _record_proof,
    "relation-state": judge_relation,
    "signature": _signature,
    "succession": _succession,
    "tile": _tile,
    "tile-path": _tile_path,
    "tree": _tree,
    "vkey": _vkey,
}
