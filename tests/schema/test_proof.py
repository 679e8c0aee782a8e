"""Data Integrity proofs, eddsa-jcs-2022: the W3C example byte by byte, and what is refused (SIG-26, SIG-27)."""

from __future__ import annotations

import copy
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
import rfc8785
from apsig import ProofVerifier

from entrepot_schema import base58
from entrepot_schema.canonical import canonical_bytes, sha256
from entrepot_schema.errors import Refused
from entrepot_schema.keys import PublicKey, SigningKey, decode_signature, encode_signature
from entrepot_schema.proof import SUITE, add_proof, proof_message, verify_detached, verify_proof

W3C = Path(__file__).parent / "vectors" / "w3c-vc-di-eddsa"
UNSIGNED = json.loads((W3C / "unsigned.json").read_text("utf-8"))
SIGNED = json.loads((W3C / "signedJCS.json").read_text("utf-8"))
OPTIONS = json.loads((W3C / "proofConfigJCS.json").read_text("utf-8"))
PAIR = json.loads((W3C / "keyPair.json").read_text("utf-8"))
PUBLIC = PublicKey.from_multikey(PAIR["publicKeyMultibase"])

KEY = SigningKey.from_seed(hashlib.sha256(b"a key of these tests").digest())
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/entrepot/ns/v1"]
DOCUMENT = {"@context": CONTEXT, "id": "urn:x", "name": "Biomed", "n": 1}
PROOF_OPTIONS = {
    **SUITE,
    "created": "2026-05-04T09:30:00Z",
    "proofPurpose": "assertionMethod",
    "@context": CONTEXT,
}


def text(name: str) -> str:
    return (W3C / name).read_text("utf-8").rstrip("\n")


def w3c_key() -> SigningKey:
    raw = base58.decode(PAIR["privateKeyMultibase"][1:], 34)
    assert raw is not None
    assert raw[:2] == b"\x80\x26"
    return SigningKey.from_seed(raw[2:])


def signed(document: dict[str, Any] = DOCUMENT, **options: Any) -> dict[str, Any]:
    proof_options = {name: value for name, value in {**PROOF_OPTIONS, **options}.items() if value is not None}
    return {**document, "proof": add_proof(document, proof_options, KEY)}


def code_of(document: dict[str, Any], key: PublicKey = KEY.public) -> str:
    with pytest.raises(Refused) as refusal:
        verify_proof(document, key)
    assert refusal.value.layer == "K"
    return refusal.value.code


# --- the example of W3C vc-di-eddsa, every intermediate value (SIG-27)


def test_w3c_canonical_document() -> None:
    """SIG-09."""
    assert canonical_bytes(UNSIGNED).decode() == text("canonDocJCS.txt")
    assert rfc8785.dumps(UNSIGNED).decode() == text("canonDocJCS.txt")


def test_w3c_canonical_options() -> None:
    assert canonical_bytes(OPTIONS).decode() == text("proofCanonJCS.txt")


def test_w3c_hashes() -> None:
    """SIG-27: H1 over the options, H2 over the document."""
    assert sha256(canonical_bytes(OPTIONS)).hex() == text("proofHashJCS.txt")
    assert sha256(canonical_bytes(UNSIGNED)).hex() == text("docHashJCS.txt")


def test_w3c_signed_bytes() -> None:
    """SIG-27: H1 ‖ H2, the options first, raw bytes."""
    assert proof_message(UNSIGNED, OPTIONS).hex() == text("combinedHashJCS.txt")
    assert len(proof_message(UNSIGNED, OPTIONS)) == 64


def test_w3c_signature() -> None:
    """SIG-12: in hex and as base58btc, made again with the published key."""
    proof = add_proof(UNSIGNED, OPTIONS, w3c_key())

    assert w3c_key().public == PUBLIC
    assert decode_signature(proof["proofValue"]).hex() == text("sigHexJCS.txt")
    assert proof["proofValue"] == text("sigBTC58JCS.txt")
    assert {**UNSIGNED, "proof": proof} == SIGNED


def test_w3c_signed_document_verifies() -> None:
    """SIG-27: at this layer; a record rule binds issuer and key on top (SIG-22, SIG-25)."""
    verify_proof(SIGNED, PUBLIC)


@pytest.mark.parametrize("member", [name for name in SIGNED if name != "proof"])
def test_s11_w3c_document_with_a_member_changed_or_gone(member: str) -> None:
    """SIG-27."""
    gone = {name: value for name, value in SIGNED.items() if name != member}

    assert code_of({**SIGNED, member: "x"}, PUBLIC) in {"key.signature", "key.context"}
    assert code_of(gone, PUBLIC) in {"key.signature", "key.context"}


# --- what is refused


@pytest.mark.parametrize(
    "member", ["created", "proofPurpose", "verificationMethod", "domain", "id", "challenge", "nonce"]
)
def test_s11_proof_options_are_signed_too(member: str) -> None:
    """SIG-27: H1 covers every member but proofValue, known or not."""
    document = signed(verificationMethod="urn:key")
    changed = {**document, "proof": {**document["proof"], member: "2027-01-01T00:00:00Z"}}

    verify_proof(document, KEY.public)
    assert code_of(changed) == "key.signature"


@pytest.mark.parametrize("member", ["created", "proofPurpose", "verificationMethod", "@context"])
def test_s11_a_proof_option_cannot_be_dropped(member: str) -> None:
    """SIG-27."""
    document = signed(verificationMethod="urn:key")
    del document["proof"][member]

    assert code_of(document) == "key.signature"


@pytest.mark.parametrize("proof", [None, [], {}, "", 1, True, [{}], "absent"])
def test_s08_without_a_proof_nothing_is_accepted(proof: Any) -> None:
    """SIG-26: one proof, an object."""
    document = {**DOCUMENT, "proof": proof} if proof != "absent" else DOCUMENT

    assert code_of(document) == "key.proof-members"


def test_s08_a_proof_in_an_array_is_refused() -> None:
    """SIG-26."""
    document = signed()

    assert code_of({**document, "proof": [document["proof"]]}) == "key.proof-members"


def test_s12_of_a_thousand_proofs_not_even_a_good_one_counts() -> None:
    """SIG-26."""
    document = signed()
    bad = {**document["proof"], "proofValue": encode_signature(bytes(64))}

    assert code_of({**document, "proof": [bad] * 999 + [document["proof"]]}) == "key.proof-members"


@pytest.mark.parametrize(
    "suite",
    ["eddsa-rdfc-2022", "eddsa-2022", "EDDSA-JCS-2022", "eddsa-jcs-2022 ", "ecdsa-jcs-2019", "bbs-2023", "HS256", "none",
     "", 1, ["eddsa-jcs-2022"], {}, False],
)  # fmt: skip
def test_s09_another_suite_is_refused_although_signed(suite: Any) -> None:
    """SIG-26: one suite, no fallback, no downgrade."""
    assert code_of(signed(cryptosuite=suite)) == "key.suite"


def test_s09_a_proof_without_suite_is_refused() -> None:
    """SIG-26."""
    assert code_of(signed(cryptosuite=None)) == "key.suite"


@pytest.mark.parametrize(
    "kind", ["Ed25519Signature2020", "dataIntegrityProof", "", None, 1, ["DataIntegrityProof"]]
)
def test_s09_another_type_of_proof_is_refused_although_signed(kind: Any) -> None:
    """SIG-26."""
    assert code_of(signed(type=kind)) == "key.proof-members"


def test_s04_the_signature_of_another_key_is_refused() -> None:
    """SIG-27."""
    other = SigningKey.from_seed(hashlib.sha256(b"another key").digest())

    assert code_of(signed(), other.public) == "key.signature"


def test_the_hashes_in_the_other_order_are_refused() -> None:
    """SIG-27."""
    message = proof_message(DOCUMENT, PROOF_OPTIONS)
    for wrong in (message[32:] + message[:32], message.hex().encode(), sha256(message)):
        proof = {**PROOF_OPTIONS, "proofValue": encode_signature(KEY.sign(wrong))}
        assert code_of({**DOCUMENT, "proof": proof}) == "key.signature"


@pytest.mark.parametrize(
    "context", [[], CONTEXT[:1], CONTEXT[::-1], "https://www.w3.org/ns/credentials/v2", None, 1, "absent"]
)
def test_a_document_must_start_with_the_context_of_its_proof(context: Any) -> None:
    """SIG-21 at the layer of W3C, step 4."""
    document = {**signed(), "@context": context}
    if context == "absent":
        del document["@context"]

    assert code_of(document) == "key.context"


def test_w3c_lets_a_context_be_appended() -> None:
    """The reason for SIG-21: this layer follows W3C; a record is held to equality on top."""
    document = signed()
    document["@context"] = [*CONTEXT, "https://attacker.example/ns"]

    verify_proof(document, KEY.public)


def test_a_proof_without_context_signs_the_document_as_it_is() -> None:
    """SIG-44: lines of a key log are signed so."""
    document = signed(**{"@context": None})
    verify_proof(document, KEY.public)

    document["@context"] = [*CONTEXT, "https://attacker.example/ns"]
    assert code_of(document) == "key.signature"


def test_verifying_changes_nothing_in_the_document() -> None:
    document = signed()
    before = copy.deepcopy(document)
    verify_proof(document, KEY.public)
    bare = {name: value for name, value in document.items() if name != "proof"}
    verify_detached(bare, document["proof"], KEY.public)

    assert document == before


# --- an independent verifier


def test_apsig_verifies_what_we_sign() -> None:
    """SIG-27, by PyPI apsig."""
    document = signed(verificationMethod="did:web:biomed.example#k")
    verifier = ProofVerifier(KEY.public.multikey)

    assert verifier.verify(copy.deepcopy(document)) == "did:web:biomed.example#k"
    assert verifier.verify(copy.deepcopy({**document, "name": "Biomed2"})) is None


def test_apsig_verifies_the_w3c_example_as_we_do() -> None:
    assert (
        ProofVerifier(PUBLIC.multikey).verify(copy.deepcopy(SIGNED)) == SIGNED["proof"]["verificationMethod"]
    )
