"""Records and node documents: SIG-20 to SIG-30, LOG-21."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from .encodings import multikey_decode
from .entries import Entry
from .names import is_time
from .proofs import SUITE, verify_proof
from .rule_error import require
from .schemas import Schemas
from .strict_json import parse_document
from .wire_rules import check_wire_rules

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/entrepot/ns/v1"]
SCHEMA_BASE = "https://w3id.org/entrepot/schema/"
MEMBERS = {
    "@context",
    "id",
    "type",
    "issuer",
    "validFrom",
    "credentialSchema",
    "credentialSubject",
    "license",
    "revision",
    "nonce",
    "proof",
}
PROOF_MEMBERS = {
    "type",
    "cryptosuite",
    "created",
    "verificationMethod",
    "proofPurpose",
    "@context",
    "proofValue",
}


@dataclass(frozen=True)
class Expected:
    """What the feed says about a document. `time` and `revision` are None where no entry commits to it."""

    origin: str
    subject: str
    type: str
    assertion_key: str
    time: str | None = None
    revision: int | None = None


def expected_of(entry: Entry, origin: str, assertion_key: str) -> Expected:
    """Return what a record under an effective `publish` entry must say."""
    return Expected(origin, entry.subject, entry.type, assertion_key, entry.time, entry.revision)


def verify_record(raw: bytes, expected: Expected, schemas: Schemas) -> Literal["accept", "kept"]:
    """Verify one record or node document; "kept" when its schema version is unknown (SIG-30)."""
    record = parse_document(raw)
    _check_members(record)
    _check_names(record, expected)
    _check_proof(record, expected)
    verify_proof(record, record["proof"], multikey_decode(expected.assertion_key))
    if _schema_version(record, expected) != "1.0":
        return "kept"
    require(schemas.names, "schema.none", "the schemas of the standard were not found beside the suite")
    schemas.check(f"{expected.type}-credential", record)  # it contains the schema of the profile
    check_wire_rules(record["credentialSubject"]["profile"], expected.origin)
    return "accept"


def _check_members(record: dict[str, Any]) -> None:
    """SIG-20: names and shapes of the members."""
    require(set(record) == MEMBERS, "schema.members", "not exactly the members of a record")
    proof = record["proof"]
    good = isinstance(proof, dict) and set(proof) == PROOF_MEMBERS
    require(good, "key.proof-members", "proof is not one object of the seven members")
    subject = record["credentialSubject"]
    good = isinstance(subject, dict) and set(subject) == {"id", "profile"}
    require(
        good and isinstance(subject["profile"], dict),
        "schema.members",
        "credentialSubject has id and profile",
    )
    good = isinstance(record["nonce"], str)
    good = good and re.fullmatch("[A-Za-z0-9_-]{21}[AQgw]", record["nonce"]) is not None
    require(good, "schema.pattern", "nonce is not base64url of 16 bytes")
    require(isinstance(record["license"], str) and record["license"], "schema.type", "no license")
    good = type(record["revision"]) is int and record["revision"] >= 1
    require(good, "schema.type", "revision is not an integer from 1")


def _check_names(record: dict[str, Any], expected: Expected) -> None:
    """SIG-21 to SIG-24, LOG-21."""
    require(record["@context"] == CONTEXT, "key.context", "@context is not the constant list")
    require(record["issuer"] == f"did:web:{expected.origin}", "key.issuer", "issuer is not the feed's origin")
    subject = record["credentialSubject"]
    profile = subject["profile"]
    good = subject["id"] == profile.get("id") == expected.subject and profile.get("type") == expected.type
    require(good, "key.subject", "subject or type is not that of the entry")
    kind = expected.type.capitalize() + "Credential"
    require(record["type"] == ["VerifiableCredential", kind], "schema.type", f"type is not {kind}")
    good = record["id"] == f"{expected.subject}/{record['revision']}"
    require(good, "key.subject", "id is not subject and revision")
    created = record["proof"]["created"]
    good = is_time(created) and record["validFrom"] == created and expected.time in (None, created)
    require(good, "key.time", "validFrom, created and the time of the entry differ")
    good = expected.revision in (None, record["revision"])
    require(good, "log.revision", f"revision {record['revision']}, the feed counts {expected.revision}")


def _check_proof(record: dict[str, Any], expected: Expected) -> None:
    """SIG-21, SIG-25, SIG-26."""
    proof = record["proof"]
    require(proof["type"] == "DataIntegrityProof", "key.proof-members", "type of the proof")
    require(proof["cryptosuite"] == SUITE, "key.suite", f"suite {proof['cryptosuite']!r}")
    require(proof["proofPurpose"] == "assertionMethod", "key.purpose", f"purpose {proof['proofPurpose']!r}")
    require(proof["@context"] == CONTEXT, "key.context", "@context of the proof")
    good = proof["verificationMethod"] == f"did:web:{expected.origin}#{expected.assertion_key}"
    require(good, "key.unknown", "not signed by the key in force")


def _schema_version(record: dict[str, Any], expected: Expected) -> str:
    schema = record["credentialSchema"]
    good = isinstance(schema, dict) and set(schema) == {"id", "type"} and schema["type"] == "JsonSchema"
    require(good and isinstance(schema["id"], str), "schema.const", "credentialSchema")
    pattern = re.escape(SCHEMA_BASE) + r"([0-9]{1,3}\.[0-9]{1,3})/" + expected.type + r"-credential\.json"
    match = re.fullmatch(pattern, schema["id"])
    require(match, "schema.const", f"{schema['id']!r} is not a schema of {expected.type}")
    return str(match and match[1])
