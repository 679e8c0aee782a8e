"""The key log of an origin, a did:webvh 1.0 log: SIG-40 to SIG-49."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import ed25519
from .encodings import multihash, multikey_decode
from .key_state import KeyState, read_state
from .names import is_time
from .proofs import SUITE, verify_proof
from .rule_error import RuleError, require
from .strict_json import canonical, parse_document

PROOF_MEMBERS = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}


@dataclass(frozen=True)
class KeyLine:
    """One verified line: its bytes without LF, and the keys it puts in force."""

    raw: bytes
    fields: dict[str, Any]
    state: KeyState


def read_key_log(raw: bytes, origin: str) -> list[KeyLine]:
    """Verify a whole key log of `origin` from its first line on."""
    require(raw.endswith(b"\n"), "json.syntax", "every line of a key log ends with LF")
    lines: list[KeyLine] = []
    for data in raw[:-1].split(b"\n"):
        fields = parse_document(data)
        previous = lines[-1].fields if lines else None
        require(isinstance(fields.get("parameters"), dict), "key.log-parameters", "a line has parameters")
        scid = (lines[0].fields if lines else fields)["parameters"].get("scid")
        _check_line(fields, previous, scid, len(lines) + 1)
        lines.append(KeyLine(data, fields, read_state(fields["state"], scid, origin)))
    return lines


def check_extends(pinned: bytes, offered: bytes) -> None:
    """Refuse a key log that does not begin with every line that was pinned (SIG-49)."""
    require(offered.startswith(pinned), "key.log-history", "not an extension of the pinned key log")


def scid_of(line: dict[str, Any], scid: str) -> str:
    """Compute the SCID of a first line that names itself `scid` (SIG-41)."""
    body = {name: value for name, value in line.items() if name != "proof"} | {"versionId": "{SCID}"}
    return multihash(canonical(body).replace(scid.encode(), b"{SCID}"))


def version_hash(line: dict[str, Any], previous_version: str) -> str:
    """Compute the hash in `versionId` (SIG-42)."""
    body = {name: value for name, value in line.items() if name != "proof"}
    return multihash(canonical(body | {"versionId": previous_version}))


def _check_line(line: dict[str, Any], previous: dict[str, Any] | None, scid: object, number: int) -> None:
    members = {"versionId", "versionTime", "parameters", "state", "proof"}
    good = set(line) == members and isinstance(line["state"], dict)
    require(good, "key.log-parameters", "a line has exactly five members")
    parameters = line["parameters"]
    if previous is None:
        _check_genesis(line, parameters, scid)
    else:
        _check_rotation(parameters, previous["parameters"])
    before = scid if previous is None else previous["versionId"]
    good = line["versionId"] == f"{number}-{version_hash(line, str(before))}"
    require(good, "key.log-chain", f"versionId of line {number}")
    good = is_time(line["versionTime"])
    good = good and (previous is None or previous["versionTime"] <= line["versionTime"])
    require(good, "key.log-chain", f"versionTime of line {number}")
    _check_proof(line, parameters["updateKeys"])


def _check_genesis(line: dict[str, Any], parameters: dict[str, Any], scid: object) -> None:
    """SIG-40 and SIG-41."""
    cards = parameters.get("nextKeyHashes")
    good = parameters.get("method") == "did:webvh:1.0" and parameters.get("portable") is True
    good = good and _is_text_list(parameters.get("updateKeys")) and isinstance(scid, str)
    good = good and _is_text_list(cards) and len(set(cards or [])) == 2 == len(cards or [])
    require(good, "key.log-parameters", "the first line names method, portable, scid, keys and two cards")
    require(scid_of(line, str(scid)) == scid, "key.log-scid", "the SCID is not the hash of the first line")


def _check_rotation(parameters: dict[str, Any], before: dict[str, Any]) -> None:
    """SIG-43."""
    keys, cards = parameters.get("updateKeys"), parameters.get("nextKeyHashes")
    good = _is_text_list(keys) and _is_text_list(cards)
    require(good, "key.log-prerotation", "every line carries updateKeys and nextKeyHashes")
    good = all(multihash(key.encode()) in before["nextKeyHashes"] for key in keys or [])
    require(good, "key.log-prerotation", "an update key was not committed to in the line before")
    good = "method" not in parameters or parameters["method"] == "did:webvh:1.0"
    good = good and parameters.get("portable") in (None, True) and "scid" not in parameters
    require(good, "key.log-parameters", "method, scid and portable stand in the first line")


def _check_proof(line: dict[str, Any], update_keys: list[str]) -> None:
    """SIG-44."""
    proofs = line["proof"]
    good = isinstance(proofs, list) and len(proofs) == 1 and isinstance(proofs[0], dict)
    require(good and set(proofs[0]) == PROOF_MEMBERS, "key.log-proof", "one proof of six members")
    proof = proofs[0]
    good = (proof["type"], proof["cryptosuite"]) == ("DataIntegrityProof", SUITE)
    good = good and proof["proofPurpose"] == "assertionMethod" and is_time(proof["created"])
    require(good, "key.log-proof", "type, suite, purpose or time of the proof")
    signers = [key for key in update_keys if proof["verificationMethod"] == f"did:key:{key}#{key}"]
    require(signers, "key.log-proof", "not signed by an update key of the line itself")
    public_key = multikey_decode(signers[0])
    ed25519.check_public_key(public_key)
    try:
        verify_proof(line, proof, public_key)
    except RuleError as error:
        raise RuleError("key.log-proof", str(error)) from None


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(item, str) for item in value)
