"""Making key logs: the valid one that all vectors share, and the pieces for forged ones."""

from __future__ import annotations

import copy
from typing import Any

from entrepot_conformance.reader.encodings import multihash, proof_value_encode
from entrepot_conformance.reader.key_log import scid_of, version_hash
from entrepot_conformance.reader.proofs import SUITE, signing_input
from entrepot_conformance.reader.strict_json import canonical

from .seeds import FEED, ORIGIN, TestKey

GENESIS = TestKey("genesis update key")
CARD_A = TestKey("card A")
CARD_B = TestKey("card B")
CARD_C = TestKey("card C")
CARD_D = TestKey("card D")
ATTACKER = TestKey("attacker")
RECORD_1 = TestKey("record key 1")
RECORD_2 = TestKey("record key 2")
RECORD_3 = TestKey("record key 3")
LOG = TestKey("log key 1")

Line = dict[str, Any]
TIMES = ("2026-05-01T08:00:00Z", "2026-05-09T08:00:00Z", "2026-06-02T08:00:00Z")


def hashes(*cards: TestKey) -> list[str]:
    """Return the next-key hashes of cards: over the multikey text."""
    return [multihash(card.multikey.encode()) for card in cards]


def state(
    scid: str, record_key: TestKey, *, origin: str = ORIGIN, feed: str = FEED, log: TestKey = LOG
) -> Line:
    """Return the DID document of a line."""
    did = f"did:webvh:{scid}:{origin}"
    method = f"{did}#{record_key.multikey}"
    number = feed.rpartition("/")[2]
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "alsoKnownAs": [f"did:web:{origin}"],
        "assertionMethod": [method],
        "id": did,
        "service": [
            {
                "id": f"#feed-{number}",
                "serviceEndpoint": {"feed": feed, "vkey": log.vkey(feed)},
                "type": "EntrepotFeed",
            }
        ],
        "verificationMethod": [
            {
                "controller": did,
                "id": method,
                "publicKeyMultibase": record_key.multikey,
                "type": "Multikey",
            }
        ],
    }


def genesis_draft() -> Line:
    """Return line 1 without versionId and proof, `{SCID}` still in place of the SCID."""
    return {
        "parameters": {
            "method": "did:webvh:1.0",
            "nextKeyHashes": hashes(CARD_A, CARD_B),
            "portable": True,
            "scid": "{SCID}",
            "updateKeys": [GENESIS.multikey],
        },
        "state": state("{SCID}", RECORD_1),
        "versionTime": TIMES[0],
    }


def rotation_draft(scid: str, card: TestKey, new: TestKey, spare: TestKey, number: int = 2) -> Line:
    """Return line `number` without versionId and proof: `card` is used up, `new` and `spare` are next."""
    return {
        "parameters": {"nextKeyHashes": hashes(new, spare), "updateKeys": [card.multikey]},
        "state": state(scid, RECORD_2 if number == 2 else RECORD_3),
        "versionTime": TIMES[number - 1],
    }


def finish_genesis(draft: Line, signer: TestKey = GENESIS, *, scid: str | None = None) -> Line:
    """Put the SCID (or a wrong one) in place, then chain and sign."""
    draft = copy.deepcopy(draft)
    found = scid or scid_of({**draft, "versionId": "{SCID}"}, "{SCID}")
    return finish(_replace(draft, "{SCID}", found), found, 1, signer)


def finish(draft: Line, previous: str, number: int, signer: TestKey, **proof: Any) -> Line:
    """Chain to the previous versionId and sign; members of the proof may be overridden before signing."""
    line = copy.deepcopy(draft)
    line["versionId"] = f"{number}-{version_hash(line, previous)}"
    return sign_line(line, signer, **proof)


def sign_line(line: Line, signer: TestKey, **overrides: Any) -> Line:
    """Sign a line as it is."""
    line = {name: value for name, value in line.items() if name != "proof"}
    proof = {
        "created": line["versionTime"],
        "cryptosuite": SUITE,
        "proofPurpose": "assertionMethod",
        "type": "DataIntegrityProof",
        "verificationMethod": f"did:key:{signer.multikey}#{signer.multikey}",
        **overrides,
    }
    proof["proofValue"] = proof_value_encode(signer.sign(signing_input(line, proof)))
    return {**line, "proof": [proof]}


def encode(*lines: Line) -> bytes:
    """Write a key log."""
    return b"".join(canonical(line) + b"\n" for line in lines)


def _replace(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [_replace(item, old, new) for item in value]
    if isinstance(value, dict):
        return {name: _replace(item, old, new) for name, item in value.items()}
    return value


LINE_1 = finish_genesis(genesis_draft())
SCID: str = LINE_1["parameters"]["scid"]
LINE_2 = finish(rotation_draft(SCID, CARD_A, CARD_C, CARD_B), LINE_1["versionId"], 2, CARD_A)
LINE_3 = finish(rotation_draft(SCID, CARD_B, CARD_C, CARD_D, 3), LINE_2["versionId"], 3, CARD_B)
KEY_LOG_1, KEY_LOG_2, KEY_LOG_3 = encode(LINE_1), encode(LINE_1, LINE_2), encode(LINE_1, LINE_2, LINE_3)
