"""The record: one signed statement by a cluster about one subject (SIG-20 to SIG-30).

`sign_record` writes the bytes that go on the wire. `verify_record` takes such bytes from anywhere and checks
them in this order:

1. J: size, strict JSON, exactly canonical bytes
2. a known schema version, else the record is kept for later
3. the members of the envelope, and that they say what the log entry says: subject, type, time, revision
4. K: the proof's constants, issuer and key, both contexts
5. K: the signature, with the key that the pinned key log puts in force
6. S: the schema of the record's type
7. the C and P rules marked `wire`

Nothing is fetched, and no clock is asked: all honest nodes agree for ever.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes, read_canonical, sha256
from entrepot_schema.envelope import CONTEXT as CONTEXT
from entrepot_schema.envelope import Statement as Statement
from entrepot_schema.envelope import proof_options, unsigned_document
from entrepot_schema.errors import Refused
from entrepot_schema.keys import PublicKey, SigningKey
from entrepot_schema.origin import did_web, subject_origin
from entrepot_schema.proof import SUITE, add_proof, verify_proof
from entrepot_schema.schema_check import require_schema
from entrepot_schema.strict_json import MAX_RECORD_BYTES, read_json
from entrepot_schema.timestamp import is_timestamp
from entrepot_schema.usual_record import usual_document, usual_documents
from entrepot_schema.wire_rules import require_wire_rules

NODE_TYPE = "node"

_MEMBERS = {
    "@context", "credentialSchema", "credentialSubject", "id", "issuer", "license", "nonce", "proof",
    "revision", "type", "validFrom",
}  # fmt: skip
_PROOF_MEMBERS = {*SUITE, "created", "verificationMethod", "proofPurpose", "@context", "proofValue"}
_SCHEMA_ID = re.compile(
    r"https://w3id\.org/entrepot/schema/([0-9]{1,4}\.[0-9]{1,4})/[a-z-]{1,64}\.json", re.ASCII
)
_VERSION = "1.0"


@dataclass(frozen=True, slots=True)
class Record:
    """A verified record. `raw` are its bytes on the wire."""

    raw: bytes
    statement: Statement
    document: dict[str, Any]

    @property
    def digest(self) -> bytes:
        """What the log commits to."""
        return sha256(self.raw)

    @property
    def profile(self) -> dict[str, Any]:
        """The profile the record states."""
        profile: dict[str, Any] = self.document["credentialSubject"]["profile"]
        return profile


@dataclass(frozen=True, slots=True)
class RecordRules:
    """Which layers `verify_record` applies. Nodes use the default; others serve published vectors of other shapes."""

    context: list[str]
    wire_form: bool = True
    envelope: bool = True
    schema: bool = True


RULES = RecordRules(context=CONTEXT)


def sign_record(
    profile: dict[str, Any], statement: Statement, *, key: SigningKey, origin: str, license: str, nonce: str
) -> bytes:
    """Write the signed bytes of a record. `nonce`: base64url of 16 fresh random bytes, without padding."""
    raw = sign_judged(profile, statement, key=key, origin=origin, license=license, nonce=nonce)
    read_canonical(raw)  # a fraction or a NUL in the profile would be written, and refused by everybody else
    return raw


def sign_judged(
    profile: dict[str, Any], statement: Statement, *, key: SigningKey, origin: str, license: str, nonce: str
) -> bytes:
    """As `sign_record`, and leave reading the bytes back to the caller, who MUST `verify_record` before they leave."""
    document = unsigned_document(profile, statement, origin=origin, license=license, nonce=nonce)
    options = proof_options(statement.time, origin, key.public)
    raw = canonical_bytes({**document, "proof": add_proof(document, options, key)})
    if len(raw) > MAX_RECORD_BYTES:
        hint = "Shorten texts or drop languages; long material belongs on the organisation's own web site."
        message = f"the record has {len(raw)} bytes; {MAX_RECORD_BYTES} are allowed"
        raise Refused("json.too-large", message, hint=hint)
    return raw


def claimed_statement(document: dict[str, Any]) -> Statement:
    """Read what a record says of itself, for whoever has no log entry to hold against it."""
    about = document.get("credentialSubject")
    profile = about.get("profile") if isinstance(about, dict) else None
    if not isinstance(about, dict) or not isinstance(profile, dict):
        message = "this is no record: it states no profile"
        raise Refused("schema.members", message, pointer="/credentialSubject")
    revision = document.get("revision")
    return Statement(
        str(about.get("id")),
        str(profile.get("type")),
        str(document.get("validFrom")),
        revision if isinstance(revision, int) else 0,
    )


def verify_record(
    raw: bytes, statement: Statement | None, *, origin: str, key: PublicKey, rules: RecordRules = RULES
) -> Record:
    """Check the bytes of a record; return it or raise `Refused`.

    `statement` is what the entry says (None for a node document, which no entry names); `origin` is the feed's
    and `key` the record key in force at the entry's index. The caller MUST have compared the digest.
    """
    if rules is RULES and statement is not None:
        usual = usual_document(raw, statement, origin=origin, key=key)
        if usual is not None:
            return Record(raw, statement, usual)
    return _verify_by_steps(raw, statement, origin, key, rules)


def verify_records(
    records: Sequence[tuple[bytes, Statement]], *, origin: str, key: PublicKey
) -> list[Record | Refused]:
    """Check many records as `verify_record` does; each one, or why it is refused."""
    usual = usual_documents(records, origin=origin, key=key)
    return [
        Record(raw, statement, document)
        if document is not None
        else _record_or_refusal(raw, statement, origin, key)
        for (raw, statement), document in zip(records, usual, strict=True)
    ]


def _record_or_refusal(raw: bytes, statement: Statement, origin: str, key: PublicKey) -> Record | Refused:
    try:
        return _verify_by_steps(raw, statement, origin, key, RULES)
    except Refused as refused:
        return refused


def _verify_by_steps(
    raw: bytes, statement: Statement | None, origin: str, key: PublicKey, rules: RecordRules
) -> Record:
    """Ask one rule after the other, in the order above."""
    document = read_canonical(raw) if rules.wire_form else read_json(raw)
    if rules.schema:
        _require_known_version(document)
    if statement is not None and rules.schema and statement.type not in catalog.TYPES:
        raise Refused("schema.unknown-type", f"there is no record type {statement.type}", pointer="/type")
    if rules.envelope:
        statement = _check_envelope(document, statement, origin)
    _check_issuer(document, origin, key, rules.context)
    verify_proof(document, key)
    if rules.schema and statement is not None:
        require_schema(document, catalog.record_validator(statement.type))
        require_wire_rules(document["credentialSubject"]["profile"], "/credentialSubject/profile")
    return Record(raw, statement or Statement("", "", "", 0), document)


def _require_known_version(document: dict[str, Any]) -> None:
    named = document.get("credentialSchema")
    match = _SCHEMA_ID.fullmatch(str(named.get("id"))) if isinstance(named, dict) else None
    if match and match[1] != _VERSION:
        hint = "The record is kept and checked again after an upgrade of this node."
        raise Refused(
            "schema.unknown-version", f"schema version {match[1]} is newer than this software", hint=hint
        )


def _check_envelope(document: dict[str, Any], statement: Statement | None, origin: str) -> Statement:
    if set(document) != _MEMBERS:
        raise Refused("schema.members", "a record has exactly the members: " + ", ".join(sorted(_MEMBERS)))
    proof = document["proof"]
    if not isinstance(proof, dict) or set(proof) != _PROOF_MEMBERS:
        raise Refused("key.proof-members", "the proof must be one object of seven members", pointer="/proof")
    if statement is None:
        statement = _node_statement(document, origin)
    elif subject_origin(statement.subject) != origin:
        raise Refused("key.subject", f"the subject is not one of {origin}", pointer="/credentialSubject/id")
    _check_subject(document, statement)
    for pointer, value in (("/validFrom", document["validFrom"]), ("/proof/created", proof["created"])):
        if value != statement.time:
            raise Refused("key.time", f"the time is not the entry's, {statement.time}", pointer=pointer)
    if document["revision"] != statement.revision or isinstance(document["revision"], bool):
        raise Refused("log.revision", f"revision is not {statement.revision}", pointer="/revision")
    return statement


def _node_statement(document: dict[str, Any], origin: str) -> Statement:
    revision, time = document["revision"], document["validFrom"]
    if not isinstance(revision, int) or not isinstance(time, str):
        raise Refused("schema.type", "revision must be an integer and validFrom a text")
    return Statement(did_web(origin), NODE_TYPE, time, revision)


def _check_subject(document: dict[str, Any], statement: Statement) -> None:
    about = document["credentialSubject"]
    if (
        not isinstance(about, dict)
        or set(about) != {"id", "profile"}
        or not isinstance(about["profile"], dict)
    ):
        raise Refused(
            "schema.members", "credentialSubject has exactly id and profile", pointer="/credentialSubject"
        )
    profile = about["profile"]
    wanted = (
        ("/credentialSubject/id", about["id"], statement.subject),
        ("/credentialSubject/profile/id", profile.get("id"), statement.subject),
        ("/credentialSubject/profile/type", profile.get("type"), statement.type),
        # Its own revision: that it is also the one the feed counts is the rule after this (LOG-21).
        ("/id", document["id"], f"{statement.subject}/{document['revision']}"),
    )
    for pointer, value, expected in wanted:
        if value != expected:
            raise Refused("key.subject", f"this is not {expected!r}, which the entry names", pointer=pointer)


def _check_issuer(document: dict[str, Any], origin: str, key: PublicKey, context: list[str]) -> None:
    issuer = did_web(origin)
    if document.get("issuer") != issuer:
        raise Refused("key.issuer", f"the issuer is not {issuer}, the owner of the feed", pointer="/issuer")
    proof = document.get("proof")
    if not isinstance(proof, dict) or set(proof) != _PROOF_MEMBERS:
        raise Refused("key.proof-members", "the proof must be one object of seven members", pointer="/proof")
    if document.get("@context") != context or proof["@context"] != context:
        raise Refused("key.context", "@context is not the constant list", pointer="/@context")
    if proof["proofPurpose"] != "assertionMethod":
        raise Refused("key.purpose", "proofPurpose is not assertionMethod", pointer="/proof/proofPurpose")
    if not is_timestamp(proof["created"]):
        raise Refused("key.time", "created is not YYYY-MM-DDThh:mm:ssZ", pointer="/proof/created")
    if proof["verificationMethod"] != f"{issuer}#{key.multikey}":
        hint = "The record must be signed with the key that the pinned key log puts in force."
        raise Refused(
            "key.unknown", "the record names another key", pointer="/proof/verificationMethod", hint=hint
        )
