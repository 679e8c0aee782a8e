"""`feed/`: one small feed at every size from 0 to 20, with everything a node serves of it."""

from __future__ import annotations

import hashlib
from typing import Any

from entrepot_conformance.reader import merkle, tiles
from entrepot_conformance.reader.contents import encode_contents
from entrepot_conformance.reader.entries import FeedState, digest_of, encode_entry
from entrepot_conformance.reader.key_state import did_web_twin
from entrepot_conformance.reader.records import CONTEXT, SCHEMA_BASE
from entrepot_conformance.reader.strict_json import canonical

from . import lines
from .files import Files, json_file
from .profiles import profile, sign, signed_bytes
from .seeds import FEED, ORIGIN, TestKey, nonce, signed_checkpoint, subject_id

ABOUT = (
    "A feed of 20 entries. Hashes, roots, frontiers and entries are hex. `sizes[n]` says what holds "
    "when the feed has n entries: the checkpoint (also the file checkpoint/n), the frontier (roots of "
    "the largest perfect subtrees from left to right), live subjects with index and digest, the "
    "digests of `contents/0` in order with the SHA-256 of that answer, the indices whose contents are "
    "erased, and the line of keys.jsonl in force. addenda/ holds every content, also those erased "
    "later: a node of size 20 must not serve those."
)
DID = f"did:web:{ORIGIN}"
# (operation, name, members of the profile that change); the revision is counted, `prev` too.
STORY: tuple[tuple[str, str, dict[str, Any]], ...] = (
    ("keys", "line 1", {}),
    ("publish", "cluster", {}),
    ("publish", "acme", {}),
    ("publish", "beta", {}),
    ("publish", "institute", {}),
    ("publish", "acme", {"website": "https://brightwell-composites.example", "updated": "2026-05-05"}),
    ("publish", "delta", {}),
    ("withdraw", "beta", {}),
    ("publish", "beta", {"founded": "2011", "updated": "2026-05-06"}),
    ("publish", "cluster", {"website": "https://biomed.example", "updated": "2026-05-07"}),
    ("publish", "delta", {"founded": "2019-03", "updated": "2026-05-07"}),
    ("withdraw", "institute", {}),
    ("keys", "line 2", {}),
    ("publish", "cluster", {"website": "https://biomed.example", "updated": "2026-05-07"}),
    ("publish", "acme", {"website": "https://brightwell-composites.example", "updated": "2026-05-05"}),
    ("publish", "beta", {"founded": "2011", "updated": "2026-05-06"}),
    ("publish", "delta", {"founded": "2019-03", "updated": "2026-05-07"}),
    ("publish", "epsilon", {}),
    ("publish", "epsilon", {"languages": ["en", "fr"], "updated": "2026-05-11"}),
    ("publish", "acme", {"founded": "1998", "languages": ["de", "en"], "updated": "2026-05-11"}),
)
KINDS = {"cluster": "cluster", "institute": "institution"}


def make_feed() -> Files:
    """Return every file of the folder."""
    entries, contents = tell()
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    sizes = [_size(entries[:size], contents, leaves[:size]) for size in range(len(entries) + 1)]
    names = {"origin": ORIGIN, "feed": FEED, "scid": lines.SCID, "vkey": lines.LOG.vkey(FEED)}
    files: Files = {"feed/feed.json": json_file(ABOUT, **names, entries=_facts(entries), sizes=sizes)}
    files["feed/keys.jsonl"] = lines.KEY_LOG_2
    files["feed/did.json"] = canonical(did_web_twin(lines.LINE_2["state"], lines.SCID, ORIGIN))
    files["feed/node.json"] = node_document(lines.RECORD_2)
    for digest, content in contents.items():
        name = digest.hex()
        files[f"feed/addenda/{name[:2]}/{name[2:4]}/{name}"] = content
    for size in range(len(entries) + 1):
        files[f"feed/checkpoint/{size}"] = sizes[size]["checkpoint"].encode()
    for size in range(1, len(entries) + 1):
        files[f"feed/{tiles.tile_path(0, 0, size)}"] = tiles.tile_bytes(leaves, 0, 0, size)
        files[f"feed/{tiles.tile_path('entries', 0, size)}"] = tiles.encode_bundle(entries[:size])
    return files


def node_document(key: TestKey, **members: Any) -> bytes:
    """Return the signed node document; keyword arguments replace members of its profile."""
    body = {
        "id": DID,
        "type": "node",
        "feed": FEED,
        "name": {"en": "BioMed Cluster Stuttgart", "de": "BioMed-Cluster Stuttgart"},
        "baseUrls": ["https://node.biomed.example"],
        "specVersions": ["1.0"],
        "capabilities": ["delta"],
        "mirroring": "any",
        "license": "CC-BY-4.0",
        "takedown": {"email": "privacy@biomed.example"},
        "territory": ["DE"],
    }
    record = {
        "@context": list(CONTEXT),
        "id": f"{DID}/1",
        "type": ["VerifiableCredential", "NodeCredential"],
        "issuer": DID,
        "validFrom": "2026-05-09T09:00:00Z",
        "credentialSchema": {"id": f"{SCHEMA_BASE}1.0/node-credential.json", "type": "JsonSchema"},
        "credentialSubject": {"id": DID, "profile": body | members},
        "license": "CC-BY-4.0",
        "revision": 1,
        "nonce": nonce("node"),
    }
    return canonical(sign(record, key))


def time_of(index: int) -> str:
    """Return the time of an entry: ten minutes apart, days 4 to 11 of May 2026."""
    day = 4 + index * 8 // len(STORY)
    return f"2026-05-{day:02d}T{9 + index // 6:02d}:{index % 6 * 10:02d}:00Z"


def tell() -> tuple[list[bytes], dict[bytes, bytes]]:
    """Return the entries of the story and the contents by digest."""
    entries: list[bytes] = []
    contents: dict[bytes, bytes] = {}
    state = FeedState(ORIGIN)
    for index, (op, name, members) in enumerate(STORY):
        subject = DID if op == "keys" else subject_id(name)
        kind = "keys" if op == "keys" else KINDS.get(name, "company")
        digest = None
        if op == "keys":
            digest = digest_of(lines.KEY_LOG_2.split(b"\n")[len(state.key_entries())])
        elif op == "publish":
            key = (lines.RECORD_1, lines.RECORD_2)[len(state.key_entries()) - 1]
            revision = state.publishes[subject] + 1
            body = profile(name, kind, **members)
            seed_name = f"{name} {revision}"
            raw = signed_bytes(body, key, revision=revision, time=time_of(index), name=seed_name)
            digest = digest_of(raw)
            contents[digest] = raw
        before = state.last.get(subject)
        prev = None if before is None else before.index
        fields = {"op": op, "prev": prev, "subject": subject, "time": time_of(index), "type": kind}
        entries.append(encode_entry(fields, digest))
        if state.take(entries[-1]).kind != "effective":
            raise AssertionError(f"entry {index} of the story has no effect")
    return entries, contents


def _facts(entries: list[bytes]) -> list[dict[str, Any]]:
    state, facts = FeedState(ORIGIN), []
    for raw in entries:
        found = state.take(raw).entry
        if found is None:
            raise AssertionError("an entry of the story has no effect")
        fact: dict[str, Any] = {
            "index": found.index,
            "op": found.op,
            "subject": found.subject,
            "type": found.type,
        }
        fact |= {"time": found.time, "digest": found.digest.hex() if found.digest else None}
        if found.revision:
            fact["revision"] = found.revision
        facts.append(
            fact
            | {
                "key_line": len(state.key_entries()),
                "leaf_hash": merkle.leaf_hash(raw).hex(),
                "entry": raw.hex(),
            }
        )
    return facts


def _size(entries: list[bytes], contents: dict[bytes, bytes], leaves: list[bytes]) -> dict[str, Any]:
    state = FeedState(ORIGIN)
    for raw in entries:
        state.take(raw)
    size, root = len(entries), merkle.root(leaves)
    live = state.live()
    answer = encode_contents(live, contents, 0, size)
    return {
        "size": size,
        "root": root.hex(),
        "checkpoint": signed_checkpoint(lines.LOG, FEED, size, root).decode(),
        "frontier": [item.hex() for item in merkle.frontier(leaves)],
        "live": [{"subject": e.subject, "index": e.index, "digest": (e.digest or b"").hex()} for e in live],
        "contents": [(e.digest or b"").hex() for e in live],
        "contents_sha256": hashlib.sha256(answer).hexdigest(),
        "erased": [e.index for e in state.withdrawn()],
        "key_line": len(state.key_entries()),
    }
