"""Is this the record its origin signed? Pure: an answer and a pinned key log in, a verdict out.

What is shown: the bytes have the digest the answer names; they are canonical, fit their schema and the wire rules; the
issuer is the origin and the subject is the origin's; a key that the pinned key log puts in force signed them. What is not:
that the version is live, and that the log holds it at that index. Only the feed itself tells, or a proof.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entrepot_schema.canonical import canonical_bytes, sha256
from entrepot_schema.errors import PeerFault, Refused
from entrepot_schema.key_log import KeyLog
from entrepot_schema.keys import PublicKey
from entrepot_schema.origin import did_web
from entrepot_schema.record import claimed_statement, verify_record


@dataclass(frozen=True, slots=True)
class ServedRecord:
    """A record as a node served it.

    `verified` is True only when `verify_served` has checked it against the pinned keys of its origin; else `because` says why
    not. `feed` and `index` are the server's words.
    """

    origin: str
    feed: str
    index: int
    digest: str
    document: dict[str, Any]
    verified: bool
    because: str = ""

    @property
    def id(self) -> str:
        """The subject's id."""
        return str(self.document["credentialSubject"]["id"])

    @property
    def profile(self) -> dict[str, Any]:
        """The profile it states."""
        profile: dict[str, Any] = self.document["credentialSubject"]["profile"]
        return profile

    @property
    def type(self) -> str:
        """Its record type."""
        return str(self.profile["type"])

    @property
    def revision(self) -> int:
        """The number of this version in its feed, from 1."""
        return int(self.document["revision"])

    @property
    def license(self) -> str:
        """The SPDX id of its licence."""
        return str(self.document["license"])

    @property
    def raw(self) -> bytes:
        """The signed bytes."""
        return canonical_bytes(self.document)


def require_record(document: dict[str, Any]) -> None:
    """Raise `client.answer` for what has not even the outline of a record."""
    about = document.get("credentialSubject")
    profile = about.get("profile") if isinstance(about, dict) else None
    if not isinstance(profile, dict) or not isinstance(profile.get("type"), str):
        raise PeerFault("client.answer", "the node served something else than a record")
    if not isinstance(document.get("revision"), int) or not isinstance(document.get("license"), str):
        raise PeerFault("client.answer", "the node served a record without revision or licence")


def verify_served(document: dict[str, Any], digest: str, key_log: KeyLog, *, history: bool = False) -> None:
    """Verify a record against the pinned key log of its origin; raise `Refused` or `PeerFault`.

    A live record is signed with the latest key: after a rotation live records are signed again. With `history` any key that
    was ever in force counts.
    """
    try:
        raw = canonical_bytes(document)
    except TypeError as error:  # half a surrogate pair, or a number no record can hold
        raise PeerFault("client.answer", "the node served something else than a record") from error
    if sha256(raw).hex() != digest:
        raise PeerFault("client.digest", "the record has another digest than the node names")
    statement = claimed_statement(document)
    verify_record(raw, statement, origin=key_log.origin, key=_key(document, key_log, history))


def _key(document: dict[str, Any], key_log: KeyLog, history: bool) -> PublicKey:
    proof = document.get("proof")
    method = proof.get("verificationMethod") if isinstance(proof, dict) else None
    states = key_log.states if history else key_log.states[-1:]
    for state in reversed(states):
        if method == state.verification_method:
            return state.record_key
    message = f"the record is not signed with the record key of {key_log.origin}"
    raise Refused("key.unknown", message, pointer="/proof/verificationMethod")


def issuer_origin(document: dict[str, Any]) -> str:
    """The origin a record names as its issuer; empty where it names none."""
    issuer = document.get("issuer")
    prefix = did_web("")
    return issuer.removeprefix(prefix) if isinstance(issuer, str) and issuer.startswith(prefix) else ""
