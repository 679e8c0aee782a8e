"""Records that break a rule on proof or schema: SIG-12, SIG-13, SIG-25 to SIG-30."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.reader.encodings import proof_value_decode, proof_value_encode
from entrepot_conformance.reader.proofs import signing_input
from entrepot_conformance.reader.records import SCHEMA_BASE
from entrepot_conformance.reader.strict_json import canonical

from . import lines
from .profiles import sign
from .record_drafts import (
    GOOD,
    GOOD_BYTES,
    KEY,
    Case,
    Edit,
    case,
    draft,
    edited,
    proof_edited,
    tampered,
)
from .seeds import ORIGIN, OTHER_ORIGIN


def proof_cases() -> list[Case]:
    """SIG-12, SIG-13, SIG-25 to SIG-27."""
    identity_r = proof_value_encode(b"\x01" + bytes(31) + bytes(32))
    did = f"did:web:{ORIGIN}"
    other = f"did:web:{OTHER_ORIGIN}#{KEY.multikey}"
    webvh = f"did:webvh:{lines.SCID}:{ORIGIN}#{KEY.multikey}"
    value = GOOD["proof"]["proofValue"]

    def proof(**members: Any) -> Edit:
        return lambda r: r["proof"].update(members)

    unknown, encoded = "key.unknown", "key.proof-value"
    return [
        proof_edited("proof: key of another origin", "SIG-25", unknown, verificationMethod=other),
        proof_edited("proof: key under its did:webvh name", "SIG-25", unknown, verificationMethod=webvh),
        proof_edited("proof: no fragment", "SIG-25", unknown, verificationMethod=did),
        proof_edited("proof: short fragment", "SIG-25", unknown, verificationMethod=f"{did}#key-1"),
        case("proof: key of an older line", GOOD_BYTES, "SIG-25 LOG-24", unknown, state="line 2"),
        case(
            "proof: key of a later line", canonical(sign(draft(), lines.RECORD_2)), "SIG-25 LOG-24", unknown
        ),
        case(
            "proof: key of the line in force",
            canonical(sign(draft(), lines.RECORD_2)),
            "LOG-24",
            state="line 2",
        ),
        proof_edited("proof: another type", "SIG-26", "key.proof-members", type="Ed25519Signature2020"),
        tampered("proof: R is the identity", proof(proofValue=identity_r), "SIG-13", "key.signature"),
        tampered(
            "proof: signature of another key", proof(proofValue=_by_attacker()), "SIG-27", "key.signature"
        ),
        tampered("proof: proofValue of 63 bytes", proof(proofValue=_short(value)), "SIG-12", encoded),
        tampered("proof: proofValue empty", proof(proofValue="z"), "SIG-12", encoded),
        tampered("proof: proofValue with 0", proof(proofValue="z0" + value[2:]), "SIG-12", encoded),
        tampered("proof: proofValue is null", proof(proofValue=None), "SIG-12", encoded),
        tampered("proof: null", lambda r: r.update(proof=None), "SIG-26", "*"),
    ]


def _by_attacker() -> str:
    return proof_value_encode(lines.ATTACKER.sign(signing_input(GOOD, GOOD["proof"])))


def _short(value: str) -> str:
    return proof_value_encode(proof_value_decode(value)[:63])


def schema_cases() -> list[Case]:
    """SIG-28, SIG-30."""

    def schema(identifier: Any) -> Edit:
        return lambda r: r["credentialSchema"].update(id=identifier)

    newer = edited("schema: newer version", schema(f"{SCHEMA_BASE}1.1/company-credential.json"), "SIG-30", "")
    major = edited(
        "schema: newer major version", schema(f"{SCHEMA_BASE}2.0/company-credential.json"), "SIG-30", ""
    )
    kept = {"expect": "kept", "code": "schema.unknown-version"}
    return [
        newer | kept,
        major | kept,
        edited(
            "schema: of somebody else",
            schema("https://example.com/company-credential.json"),
            "SIG-20",
            "schema.*",
        ),
        edited(
            "schema: of another type",
            schema(f"{SCHEMA_BASE}1.0/cluster-credential.json"),
            "SIG-20",
            "schema.*",
        ),
        edited(
            "schema: other schema type",
            lambda r: r["credentialSchema"].update(type="x"),
            "SIG-20",
            "schema.*",
        ),
    ]
