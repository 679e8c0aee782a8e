"""Data Integrity proofs, cryptosuite eddsa-jcs-2022 (W3C Recommendation, vc-di-eddsa §3.3).

One small function serves records, node documents and key-log lines. This layer follows W3C exactly and knows
no issuer: *who* may sign is decided in `record` and `key_log`.
"""

from __future__ import annotations

from typing import Any

from entrepot_schema.canonical import canonical_bytes, sha256
from entrepot_schema.errors import Refused
from entrepot_schema.keys import PublicKey, SigningKey, decode_signature, encode_signature

SUITE = {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"}


def proof_message(document: dict[str, Any], options: dict[str, Any]) -> bytes:
    """The 64 signed bytes: SHA-256(JCS(options)) ‖ SHA-256(JCS(document)); options first, both without proof."""
    return sha256(canonical_bytes(options)) + sha256(canonical_bytes(document))


def add_proof(document: dict[str, Any], options: dict[str, Any], key: SigningKey) -> dict[str, Any]:
    """Return the proof object: `options` with the `proofValue` over `document` (which has no proof yet)."""
    return {**options, "proofValue": encode_signature(key.sign(proof_message(document, options)))}


def verify_proof(document: dict[str, Any], key: PublicKey) -> None:
    """Check the one proof of a document; raise `Refused` with a `key.*` code (SIG-26, SIG-27).

    If the proof carries `@context`, the document's must start with it, and the proof's is what was signed
    (W3C step 4). Records are held to equality on top, in `record`.
    """
    proof = document.get("proof")
    if not isinstance(proof, dict):
        raise Refused("key.proof-members", "there must be one proof, an object", pointer="/proof")
    bare = {name: member for name, member in document.items() if name != "proof"}
    verify_detached(bare, proof, key)


def verify_detached(bare: dict[str, Any], proof: dict[str, Any], key: PublicKey) -> None:
    """Check `proof` over a document without its proof; raise `Refused` (SIG-26, SIG-27)."""
    if proof.get("type") != SUITE["type"]:
        raise Refused("key.proof-members", f"the proof is no {SUITE['type']}", pointer="/proof/type")
    if proof.get("cryptosuite") != SUITE["cryptosuite"]:
        raise Refused("key.suite", f"the suite is not {SUITE['cryptosuite']}", pointer="/proof/cryptosuite")
    if "@context" in proof:
        bare = {**bare, "@context": _common_context(bare, proof["@context"])}
    signature = decode_signature(proof.get("proofValue"))
    options = {name: member for name, member in proof.items() if name != "proofValue"}
    if not key.verify(signature, proof_message(bare, options)):
        raise Refused("key.signature", "the signature does not fit the document", pointer="/proof/proofValue")


def _common_context(bare: dict[str, Any], context: Any) -> Any:
    own = bare.get("@context")
    own_list = own if isinstance(own, list) else [own]
    proof_list = context if isinstance(context, list) else [context]
    if own_list[: len(proof_list)] != proof_list:
        raise Refused("key.context", "@context does not start with the proof's", pointer="/proof/@context")
    return context
