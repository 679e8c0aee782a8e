"""Key logs beyond genesis: an honest rotation with card A, and what a thief would write."""

from __future__ import annotations

from typing import Any

from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.key_log import KeyLog, entry_hash, extend_key_log, multihash
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import SigningKey
from entrepot_schema.proof import SUITE, add_proof

from .conftest import ORIGIN, FoundedNode

NEW_RECORD_KEY = SigningKey.from_seed(b"\x11" * 32)
THIEF = SigningKey.from_seed(b"\x22" * 32)
NEXT_CARD = SigningKey.from_seed(b"\x33" * 32)
TIME = "2026-11-20T09:00:00Z"


def rotated(node: FoundedNode) -> KeyLog:
    """Put a new record key in force with card A, as an operator whose server was stolen would."""
    log = node.key_log
    state = build_state(ORIGIN, NEW_RECORD_KEY.public, log.latest.feeds, log.scid)
    return extend_key_log(log, state, card=node.card_a, next_cards=(NEXT_CARD.public,), time=TIME)


def with_forged_line(node: FoundedNode, *, named: list[str], signer: SigningKey) -> bytes:
    """Append a line that hashes and signs well, by a key that no line before committed to.

    `named` are its update keys; it is signed by `signer`.
    """
    log = node.key_log
    draft: dict[str, Any] = {
        "parameters": {"nextKeyHashes": [multihash(NEXT_CARD.public.multikey.encode())], "updateKeys": named},
        "state": build_state(ORIGIN, THIEF.public, log.latest.feeds, log.scid),
        "versionTime": TIME,
    }
    previous = read_canonical(log.lines[-1])["versionId"]
    line = {**draft, "versionId": f"{len(log.lines) + 1}-{entry_hash(draft, previous)}"}
    multikey = signer.public.multikey
    options = {
        **SUITE,
        "created": TIME,
        "proofPurpose": "assertionMethod",
        "verificationMethod": f"did:key:{multikey}#{multikey}",
    }
    return log.to_bytes() + canonical_bytes({**line, "proof": [add_proof(line, options, signer)]}) + b"\n"
