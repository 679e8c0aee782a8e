"""Profiles and records of the vectors."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.reader.encodings import proof_value_encode
from entrepot_conformance.reader.proofs import SUITE, signing_input
from entrepot_conformance.reader.records import CONTEXT, SCHEMA_BASE
from entrepot_conformance.reader.strict_json import canonical

from .seeds import ORIGIN, TestKey, nonce, subject_id

Record = dict[str, Any]

NAMES = {
    "cluster": {"en": "BioMed Cluster Stuttgart", "de": "BioMed-Cluster Stuttgart"},
    "acme": {"en": "Brightwell Composites", "de": "Brightwell Faserverbund"},
    "beta": {"en": "Neckar Diagnostics", "de": "Neckar Diagnostik"},
    "delta": {"en": "Alb Implants", "zh-Hans": "阿尔布植入物"},
    "epsilon": {"en": "Rems Biologics", "fr": "Rems Biologie"},
    "institute": {"en": "Institute for Cell Manufacturing", "de": "Institut für Zellfertigung"},
}


def profile(name: str, kind: str = "company", **members: Any) -> Record:
    """Return the profile of a subject; keyword arguments add or replace members."""
    base: Record = {
        "id": subject_id(name),
        "type": kind,
        "name": NAMES[name],
        "locations": [{"country": "DE", "locality": {"de": "Stuttgart"}}],
        "status": "active",
        "updated": "2026-05-04",
    }
    if kind != "company":
        base["kind"] = {"cluster": "clusterOrganisation", "institution": "researchInstitute"}[kind]
    return base | members


def unsigned(body: Record, *, revision: int, time: str, name: str, origin: str = ORIGIN) -> Record:
    """Wrap a profile into a record without proof; `name` seeds the nonce."""
    kind = str(body["type"])
    return {
        "@context": list(CONTEXT),
        "id": f"{body['id']}/{revision}",
        "type": ["VerifiableCredential", f"{kind.capitalize()}Credential"],
        "issuer": f"did:web:{origin}",
        "validFrom": time,
        "credentialSchema": {"id": f"{SCHEMA_BASE}1.0/{kind}-credential.json", "type": "JsonSchema"},
        "credentialSubject": {"id": body["id"], "profile": body},
        "license": "CC-BY-4.0",
        "revision": revision,
        "nonce": nonce(name),
    }


def proof_options(record: Record, key: TestKey, origin: str = ORIGIN, **members: Any) -> Record:
    """Return the proof of a record without its proofValue."""
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": record["validFrom"],
        "verificationMethod": f"did:web:{origin}#{key.multikey}",
        "proofPurpose": "assertionMethod",
        "@context": record["@context"],
    }
    return options | members


def sign(record: Record, key: TestKey, **members: Any) -> Record:
    """Sign a record; members of the proof may be replaced, or removed with `...`, before signing."""
    options = {k: v for k, v in proof_options(record, key, **members).items() if v is not ...}
    value = proof_value_encode(key.sign(signing_input(record, options)))
    return {**record, "proof": {**options, "proofValue": value}}


def signed_bytes(body: Record, key: TestKey, *, revision: int, time: str, name: str) -> bytes:
    """Return the bytes on the wire of a good record."""
    return canonical(sign(unsigned(body, revision=revision, time=time, name=name), key))
