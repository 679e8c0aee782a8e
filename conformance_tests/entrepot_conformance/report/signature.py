"""A report signed by whoever ran the suite: the proof of `eddsa-jcs-2022`, under a `did:key`."""

from __future__ import annotations

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from entrepot_conformance.reader.ed25519 import check_public_key
from entrepot_conformance.reader.encodings import multikey_decode, multikey_encode, proof_value_encode
from entrepot_conformance.reader.proofs import SUITE, signing_input, verify_proof
from entrepot_conformance.reader.rule_error import require

from .run_report import Report


def sign_report(report: Report, key_file: Path) -> Report:
    """Return the report with a proof by an Ed25519 key in PEM form. Raises ValueError if it is no such key."""
    key = load_pem_private_key(key_file.read_bytes(), password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError(f"{key_file} is no Ed25519 key")  # noqa: TRY004 - a fault of the file, not of our types
    multikey = multikey_encode(key.public_key().public_bytes_raw())
    proof = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": report["started"],
        "verificationMethod": f"did:key:{multikey}#{multikey}",
        "proofPurpose": "assertionMethod",
    }
    value = proof_value_encode(key.sign(signing_input(report, proof)))
    return {**report, "proof": {**proof, "proofValue": value}}


def verify_report(report: Report) -> str:
    """Verify a signed report and return the multikey that signed it; whose key that is, you have to know."""
    proof = report.get("proof")
    require(isinstance(proof, dict), "report.proof", "the report is not signed")
    assert isinstance(proof, dict)
    method = proof.get("verificationMethod")
    require(isinstance(method, str) and "#" in method, "report.proof", "the proof names no key")
    multikey = str(method).partition("#")[2]
    require(method == f"did:key:{multikey}#{multikey}", "report.proof", "the proof names no did:key")
    require(proof.get("cryptosuite") == SUITE, "report.proof", f"the proof is no {SUITE}")
    public_key = multikey_decode(multikey)
    check_public_key(public_key)
    verify_proof(report, proof, public_key)
    return multikey
