"""Twins of the 27 records that the standard was designed with."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Any

from entrepot_conformance.reader.ed25519 import IDENTITY_BYTES, L
from entrepot_conformance.reader.encodings import multikey_encode, proof_value_decode, proof_value_encode
from entrepot_conformance.reader.proofs import signing_input
from entrepot_conformance.reader.strict_json import canonical

from . import lines
from .files import base64_text
from .profiles import Record, sign
from .record_drafts import (
    GOOD,
    GOOD_BYTES,
    KEY,
    TIME,
    Case,
    Edit,
    case,
    draft,
    edited,
    profile_of,
    proof_edited,
    tampered,
)
from .seeds import ORIGIN, OTHER_ORIGIN


def twin_cases() -> list[Case]:
    """Follow the 27 cases that the standard was designed with, in their order."""
    value = GOOD["proof"]["proofValue"]
    signature = proof_value_decode(value)
    plus_l = signature[:32] + (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")
    swapped = signing_input(GOOD, GOOD["proof"])
    swapped = swapped[32:] + swapped[:32]
    hexed = hashlib.sha256(signing_input(GOOD, GOOD["proof"]).hex().encode()).digest()
    number = b'"revision":1,'
    other = f"did:web:{OTHER_ORIGIN}"

    def proof(**members: Any) -> Edit:
        return lambda r: r["proof"].update(members)

    def replaced(name: str, old: bytes, new: bytes, code: str, ids: str) -> Case:
        if GOOD_BYTES.count(old) != 1:
            raise AssertionError(f"{name}: {old!r} does not stand there once")
        return case(name, GOOD_BYTES.replace(old, new), ids, code)

    profile_name = b'"name":{'
    twins = [
        case("valid", GOOD_BYTES, "SIG-09 SIG-20 SIG-27"),
        tampered(
            "subject tampered", lambda r: profile_of(r).update(founded="1999"), "SIG-27", "key.signature"
        ),
        tampered("created tampered", _later_times, "SIG-27", "key.signature", time="2026-05-04T09:31:00Z"),
        proof_edited("purpose authentication", "SIG-26", "key.purpose", proofPurpose="authentication"),
        tampered(
            "context appended",
            lambda r: r["@context"].append("https://example.com/x"),
            "SIG-21",
            "key.context",
        ),
        proof_edited("proof without context", "SIG-20", "key.proof-members", **{"@context": ...}),
        edited("issuer mismatch", lambda r: r.update(issuer=other), "SIG-22", "key.issuer"),
        tampered(
            "malleable S plus L", proof(proofValue=proof_value_encode(plus_l)), "SIG-13", "key.signature"
        ),
        _small_order_key(),
        tampered(
            "proofValue in base64url", proof(proofValue=_base64url(signature)), "SIG-12", "key.proof-value"
        ),
        tampered("proofValue with trailing LF", proof(proofValue=value + "\n"), "SIG-12", "key.proof-value"),
        tampered(
            "proofValue with leading 1", proof(proofValue="z1" + value[1:]), "SIG-12", "key.proof-value"
        ),
        replaced(
            "duplicate member",
            b'"license":"CC-BY-4.0"',
            b'"license":"CC0-1.0","license":"CC-BY-4.0"',
            "json.duplicate-member",
            "SIG-03",
        ),
        replaced(
            "duplicate member, escaped",
            profile_name,
            b'"n\\u0061me":{"en":"Else"},' + profile_name,
            "json.duplicate-member",
            "SIG-03",
        ),
        replaced("number written as a fraction", number, b'"revision":1.0,', "json.number", "SIG-04"),
        replaced("integer above 2^53", number, b'"revision":9007199254740993,', "json.number", "SIG-04"),
        replaced("lone surrogate", b'"founded":"1998"', b'"founded":"\\ud800"', "json.surrogate", "SIG-05"),
        proof_edited("extra proof member", "SIG-20", "key.proof-members", nonce="x"),
        tampered("proof in an array", lambda r: r.update(proof=[r["proof"]]), "SIG-26", "key.proof-members"),
        proof_edited(
            "relative verificationMethod", "SIG-25", "key.unknown", verificationMethod=f"#{KEY.multikey}"
        ),
        case(
            "key not in assertionMethod",
            canonical(sign(draft(), lines.RECORD_2)),
            "SIG-25",
            "key.unknown",
            state="two methods",
        ),
        proof_edited("other cryptosuite", "SIG-26", "key.suite", cryptosuite="eddsa-rdfc-2022"),
        _normalised_after_signing(),
        tampered("hash order swapped", proof(proofValue=_sign(swapped)), "SIG-27", "key.signature"),
        tampered("hash of the hex text signed", proof(proofValue=_sign(hexed)), "SIG-27", "key.signature"),
        proof_edited("created without zone", "SIG-24", "key.time", created=TIME[:-1]),
        case(
            "members in any order",
            b"{" + b",".join([GOOD_BYTES[GOOD_BYTES.index(b'"validFrom"') : -1], *_head()]) + b"}",
            "SIG-09",
            "json.not-canonical",
        ),
    ]
    return [{"twin_of": f"{number:02d}", **twin} for number, twin in enumerate(twins)]


def _head() -> list[bytes]:
    return [GOOD_BYTES[1 : GOOD_BYTES.index(b',"validFrom"')]]


def _later_times(record: Record) -> None:
    record["validFrom"] = record["proof"]["created"] = "2026-05-04T09:31:00Z"


def _sign(message: bytes) -> str:
    return proof_value_encode(KEY.sign(message))


def _base64url(signature: bytes) -> str:
    return "u" + base64_text(signature).rstrip("=").replace("+", "-").replace("/", "_")


def _small_order_key() -> Case:
    """Build the constant signature that fits every message under the identity as public key."""
    identity = IDENTITY_BYTES
    record = draft()
    method = f"did:web:{ORIGIN}#{multikey_encode(identity)}"
    record = sign(record, KEY, verificationMethod=method)
    record["proof"]["proofValue"] = proof_value_encode(identity + bytes(32))
    return case("small-order key", canonical(record), "SIG-11", "key.weak", state="weak key")


def _normalised_after_signing() -> Case:
    """Sign text in decomposed form and send it composed: JCS does not normalise."""
    record = draft()
    summary = profile_of(record)["summary"]
    composed = summary["de"]
    summary["de"] = unicodedata.normalize("NFD", composed)
    record = sign(record, KEY)
    profile_of(record)["summary"]["de"] = composed
    return case("text normalised after signing", canonical(record), "SIG-27", "key.signature")
