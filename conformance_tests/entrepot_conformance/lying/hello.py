"""Hellos of simulated peers: "I follow you, push to me here", whole or with a fault (FED-60, FED-61)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.reader.encodings import proof_value_encode
from entrepot_conformance.reader.proofs import SUITE, signing_input
from entrepot_conformance.reader.strict_json import canonical

from .identity import Identity


def hello(
    identity: Identity,
    recipient: str,
    base_url: str,
    at: float,
    /,
    *,
    by: TestKey | None = None,
    named: TestKey | None = None,
    **members: Any,
) -> dict[str, Any]:
    """Sign a hello of an origin; `at` is POSIX seconds. Members may be replaced, or removed with `...`, before signing.

    `by` signs in the place of the record key; `named` is the key that the proof names, the one that signs if not given.
    """
    key = by or identity.records[-1]
    time = datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "baseUrl": base_url,
        "keyLog": identity.key_log.decode(),
        "origin": identity.origin,
        "recipient": recipient,
        "time": time,
        "type": "EntrepotHello",
    }
    document = {name: value for name, value in (document | members).items() if value is not ...}
    options = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": time,
        "proofPurpose": "assertionMethod",
        "verificationMethod": f"{identity.did}#{(named or key).multikey}",
    }
    value = proof_value_encode(key.sign(signing_input(document, options)))
    return {**document, "proof": {**options, "proofValue": value}}


def hello_bytes(*told: Any, **members: Any) -> bytes:
    """The same in its canonical bytes."""
    return canonical(hello(*told, **members))
