"""The envelope: all of a record but its profile and the value of its proof (SIG-20 to SIG-25).

Whoever signs writes it, and whoever checks a record in the usual form writes it again. Members stand in canonical order.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from entrepot_schema import catalog
from entrepot_schema.origin import did_web
from entrepot_schema.proof import SUITE

if TYPE_CHECKING:
    from entrepot_schema.keys import PublicKey

CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/entrepot/ns/v1"]


@dataclass(frozen=True, slots=True)
class Statement:
    """What the log says of a record before its bytes are opened."""

    subject: str
    type: str
    time: str
    revision: int


def record_document(
    profile: Any, statement: Statement, *, origin: str, license: str, nonce: str, proof: Any
) -> dict[str, Any]:
    """A record with its proof."""
    return {
        "@context": [*CONTEXT],
        "credentialSchema": {"id": catalog.schema_id(f"{statement.type}-credential"), "type": "JsonSchema"},
        "credentialSubject": {"id": statement.subject, "profile": profile},
        "id": f"{statement.subject}/{statement.revision}",
        "issuer": did_web(origin),
        "license": license,
        "nonce": nonce,
        "proof": proof,
        "revision": statement.revision,
        "type": ["VerifiableCredential", catalog.credential_type(statement.type)],
        "validFrom": statement.time,
    }


def unsigned_document(
    profile: Any, statement: Statement, *, origin: str, license: str, nonce: str
) -> dict[str, Any]:
    """A record without its proof, as it is signed."""
    document = record_document(profile, statement, origin=origin, license=license, nonce=nonce, proof=None)
    del document["proof"]
    return document


def proof_options(time: str, origin: str, key: PublicKey) -> dict[str, Any]:
    """The proof of a record without its value."""
    return {
        "@context": [*CONTEXT],
        "created": time,
        "cryptosuite": SUITE["cryptosuite"],
        "proofPurpose": "assertionMethod",
        "type": SUITE["type"],
        "verificationMethod": f"{did_web(origin)}#{key.multikey}",
    }


def proof_of(time: str, origin: str, key: PublicKey, value: str) -> dict[str, Any]:
    """The proof of a record."""
    options = proof_options(time, origin, key)
    last = {name: options.pop(name) for name in ("type", "verificationMethod")}
    return {**options, "proofValue": value, **last}
