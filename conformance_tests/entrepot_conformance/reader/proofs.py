"""The proof layer of eddsa-jcs-2022, shared by records, node documents and key-log lines."""

from __future__ import annotations

import hashlib
from typing import Any

from . import ed25519
from .encodings import proof_value_decode
from .strict_json import canonical

SUITE = "eddsa-jcs-2022"


def signing_input(document: dict[str, Any], proof: dict[str, Any]) -> bytes:
    """Return H1 ‖ H2: hash of the proof without `proofValue`, then hash of the document without `proof`."""
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    body = {name: value for name, value in document.items() if name != "proof"}
    return hashlib.sha256(canonical(options)).digest() + hashlib.sha256(canonical(body)).digest()


def verify_proof(document: dict[str, Any], proof: dict[str, Any], public_key: bytes) -> None:
    """Verify one proof with a key that has passed SIG-11; says nothing about whose key it is."""
    signature = proof_value_decode(proof["proofValue"])
    ed25519.verify(public_key, signing_input(document, proof), signature)
