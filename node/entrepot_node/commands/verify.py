"""`entrepot verify`: check a record, a proof, an evidence file, a node or the own store, and say what was shown."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from contextlib import aclosing, closing
from pathlib import Path
from typing import Any

from entrepot_node.commands.node import open_node, open_transport
from entrepot_node.commands.output import DONE, Output, printable
from entrepot_node.commands.verdict import Verdict, no_keys, pinned_key_log, read_file
from entrepot_node.commands.verify_proof import verify_proof
from entrepot_node.following import meet
from entrepot_node.parallel_check import ParallelCheck
from entrepot_node.self_check import check_store
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import Refused
from entrepot_schema.origin import is_feed_name, parse_feed_name
from entrepot_schema.record import NODE_TYPE, Statement, claimed_statement, verify_record
from entrepot_schema.strict_json import MAX_RECORD_BYTES, read_json
from entrepot_sync.evidence import KIND, MAX_EVIDENCE_BYTES, verify_fork_evidence
from entrepot_sync.peer_trust import all_log_keys
from entrepot_sync.pull import Pull
from entrepot_sync.record_proof import is_record_proof
from entrepot_sync.tlog_proof import MAX_PROOF_BYTES


def run_verify(
    path: Path,
    target: str,
    *,
    key_log: Path | None,
    witnesses: Sequence[str],
    allow_private: bool,
    as_json: bool,
) -> int:
    """Verify one target; a fault is raised as the error that names it."""
    if target.startswith(("http://", "https://")):
        verdict = asyncio.run(_verify_node(target, allow_private))
    elif target:
        verdict = _verify_file(path, Path(target), key_log, witnesses)
    else:
        verdict = _verify_store(path)
    document = {"ok": True, "kind": verdict.kind, "shown": verdict.shown, "notShown": verdict.not_shown}
    lines = [f"✓ {line}" for line in verdict.shown] + [f"? {line}" for line in verdict.not_shown]
    Output(as_json=as_json).result(document, lambda console: console.print("\n".join(map(printable, lines))))
    return DONE


def _verify_file(home: Path, file: Path, key_log: Path | None, witnesses: Sequence[str]) -> Verdict:
    raw = read_file(file, MAX_PROOF_BYTES)  # the longest of all kinds; each is judged by its own bound
    if is_record_proof(raw):
        return verify_proof(raw, home, key_log, witnesses, now=time.time())
    document = read_json(raw, max_bytes=MAX_RECORD_BYTES)
    if document.get("kind") == KIND:
        return _verify_evidence(raw, home, key_log)
    return _verify_record(raw.rstrip(b"\n"), document, home, key_log)


def _verify_evidence(raw: bytes, home: Path, key_log: Path | None) -> Verdict:
    if len(raw) > MAX_EVIDENCE_BYTES:
        raise Refused("log.evidence", "the file is too long for evidence of a fork")
    proof = verify_fork_evidence(raw)
    shown = [proof.explanation, "Both heads carry valid signatures of the keys named in the file."]
    if not is_feed_name(proof.feed_name):
        keys = ", ".join(map(str, proof.keys))
        missing = (
            f"That these are the keys of {proof.feed_name}: compare with what that log says of itself: {keys}"
        )
        return Verdict("fork", shown, [missing])
    origin = parse_feed_name(proof.feed_name).origin
    pinned = pinned_key_log(home, origin, key_log)
    if pinned is None:
        return Verdict(
            "fork", shown, [f"That these are the keys of {origin}: give its key log with --key-log."]
        )
    if not set(proof.keys) <= set(all_log_keys(pinned, proof.feed_name)):
        raise Refused("log.evidence", f"the heads are not signed by the log keys of {origin}")
    return Verdict("fork", [*shown, f"The pinned key log of {origin} names these keys as its own."], [])


def _verify_record(raw: bytes, document: dict[str, Any], home: Path, key_log: Path | None) -> Verdict:
    issuer = document.get("issuer")
    origin = issuer.removeprefix("did:web:") if isinstance(issuer, str) else ""
    pinned = pinned_key_log(home, origin, key_log)
    if pinned is None:
        raise no_keys(origin)
    statement = _statement(document)
    record = verify_record(raw, statement, origin=origin, key=pinned.latest.record_key)
    about = f"{record.document['id']} ({record.document['validFrom']})"
    return Verdict(
        "record",
        [
            f"The record {about} fits its schema and its canonical form.",
            f"It is signed with the record key that the key log of {origin} puts in force now.",
        ],
        [
            f"That it is the live version: only the feed of {origin} tells.",
            "That its content is true: a signature says who states it, nothing more.",
        ],
    )


def _statement(document: dict[str, Any]) -> Statement | None:
    """What the record says of itself; a node document is named by no entry."""
    claimed = claimed_statement(document)
    return None if claimed.type == NODE_TYPE else claimed


def _verify_store(home: Path) -> Verdict:
    with open_node(home) as node:
        shown = [check_store(node.store, feed) for feed in node.store.feeds()]
    return Verdict("store", shown, ["That no larger head exists elsewhere: peers tell."])


async def _verify_node(url: str, allow_private: bool) -> Verdict:
    """Pull a whole feed into a store of its own, with all checks, and drop it."""
    with (
        tempfile.TemporaryDirectory(prefix="entrepot-verify-") as folder,
        closing(SqlStore.open(Path(folder) / "verify.db")) as store,
    ):
        async with aclosing(open_transport(url, allow_private)) as transport:
            met = await meet(url, transport)
            feed = store.add_feed(met.feed_name, met.key_log, own=False)
            pull = Pull(transport, store, met.feed_name, now=time.time(), open_early=ParallelCheck)
            report = await pull.run()
        counts = store.counts(feed.id)
    shown = [
        f"{met.feed_name}: {report.size_after} entries yield the root its log key signed.",
        f"{counts.stored} live records are there, each with the digest, schema and signature its entry demands.",
    ]
    if counts.refused or counts.missing:
        shown.append(f"{counts.refused} records are refused, {counts.missing} contents are unavailable.")
    missing = [f"That {met.origin} is who it says: compare its fingerprint {met.fingerprint} by phone."]
    return Verdict("node", shown, missing)
