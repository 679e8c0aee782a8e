"""The key log: which keys speak for an origin, as a did:webvh 1.0 log (SIG-40 to SIG-49).

Line 1 is signed by a throw-away key and commits by hash to two printed cards. Each later line is signed by a
card the line before committed to, so a thief of the server cannot write a valid line. Peers pin the SCID, the
hash of line 1, and accept only extensions of what they pinned. Pure: creating lines needs the keys and a time
from the caller.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from entrepot_schema import base58
from entrepot_schema.canonical import canonical_bytes, read_canonical, sha256
from entrepot_schema.errors import Refused
from entrepot_schema.key_state import KeyState, parse_state, replace_text
from entrepot_schema.keys import PublicKey, SigningKey
from entrepot_schema.proof import SUITE, add_proof, verify_detached
from entrepot_schema.timestamp import is_timestamp

MAX_LINES = 1_000
_METHOD = "did:webvh:1.0"
_SCID = "{SCID}"
_MAX_KEYS = 8
_PARAMETERS = {"method", "nextKeyHashes", "portable", "scid", "updateKeys"}
_LINE_MEMBERS = {"parameters", "proof", "state", "versionId", "versionTime"}
_PROOF_MEMBERS = {*SUITE, "created", "verificationMethod", "proofPurpose", "proofValue"}


@dataclass(frozen=True, slots=True)
class KeyLog:
    """A verified key log. `lines` are the bytes without LF; `states[j]` is in force after line j."""

    origin: str
    scid: str
    lines: tuple[bytes, ...]
    states: tuple[KeyState, ...]

    @property
    def latest(self) -> KeyState:
        """The newest state: the keys that count for everything that arrives now."""
        return self.states[-1]

    def to_bytes(self) -> bytes:
        """The file as served: each line ended by LF."""
        return b"".join(line + b"\n" for line in self.lines)

    def require_extension_of(self, pinned: KeyLog) -> None:
        """Refuse a log that is not the pinned one plus new lines (SIG-49)."""
        if self.scid != pinned.scid or self.lines[: len(pinned.lines)] != pinned.lines:
            hint = "Compare the fingerprint with the operator of that node by phone before trusting anything."
            raise Refused("key.log-history", "this key log does not extend the pinned one", hint=hint)


def parse_key_log(raw: bytes, *, origin: str | None = None) -> KeyLog:
    """Read and verify a whole key log; with `origin`, also that it is that origin's (SIG-46)."""
    if not raw.endswith(b"\n"):
        raise Refused("key.log-chain", "the last line of the key log is not ended by LF")
    lines = tuple(raw[:-1].split(b"\n"))
    if len(lines) > MAX_LINES:
        raise Refused("key.log-chain", f"the key log has more than {MAX_LINES} lines")
    reader = _Reader()
    for line in lines:
        reader.read(line)
    name = reader.states[0].origin
    if origin is not None and name != origin:
        raise Refused("key.log-identity", f"the key log is {name}'s, not {origin}'s")
    return KeyLog(name, reader.scid, lines, tuple(reader.states))


class _Reader:
    """Verifies line after line; holds what the next line is checked against."""

    def __init__(self) -> None:
        self.scid = ""
        self.states: list[KeyState] = []
        self._version_id = ""
        self._version_time = ""
        self._committed: frozenset[str] = frozenset()

    def read(self, raw: bytes) -> None:
        line = read_canonical(raw)
        number = len(self.states) + 1
        parameters = _parameters(line, "key.log-parameters" if number == 1 else "key.log-prerotation")
        if number == 1:
            self.scid = self._version_id = _check_genesis(line, parameters)
        else:
            _check_prerotation(parameters, self._committed)
        self._check_version(line, number)
        _check_line_proof(line, parameters["updateKeys"])
        self.states.append(parse_state(line["state"], self.scid))
        if self.states[0].origin != self.states[-1].origin:
            raise Refused("key.log-identity", "the origin of a key log cannot change in version 1.0")
        self._committed = frozenset(parameters["nextKeyHashes"])

    def _check_version(self, line: dict[str, Any], number: int) -> None:
        if line["versionId"] != f"{number}-{entry_hash(line, self._version_id)}":
            raise Refused("key.log-chain", f"versionId of line {number} does not fit", pointer="/versionId")
        time = line["versionTime"]
        if not is_timestamp(time) or time < self._version_time:
            raise Refused(
                "key.log-chain",
                f"versionTime of line {number} is no time or goes back",
                pointer="/versionTime",
            )
        self._version_id, self._version_time = line["versionId"], time


def _parameters(line: dict[str, Any], code: str) -> dict[str, Any]:
    """Return the parameters of a line with both lists of keys; without them it is refused with `code`."""
    parameters = line.get("parameters")
    if set(line) != _LINE_MEMBERS or not isinstance(parameters, dict):
        names = ", ".join(sorted(_LINE_MEMBERS))
        raise Refused("key.log-parameters", f"a key-log line has five members: {names}")
    if not set(parameters) <= _PARAMETERS:
        raise Refused("key.log-parameters", "unknown parameter in the key log", pointer="/parameters")
    for name in ("updateKeys", "nextKeyHashes"):
        if not _is_text_list(parameters.get(name)):
            raise Refused(code, f"{name} is missing or no list of texts", pointer=f"/parameters/{name}")
    return parameters


def _is_text_list(value: object) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _MAX_KEYS and all(isinstance(v, str) for v in value)


def _check_genesis(line: dict[str, Any], parameters: dict[str, Any]) -> str:
    """Check the first line; return the SCID it proves (SIG-40, SIG-41)."""
    if parameters.get("method") != _METHOD or parameters.get("portable") is not True:
        raise Refused(
            "key.log-parameters", "line 1 must say did:webvh:1.0 and portable", pointer="/parameters"
        )
    if len(set(parameters["nextKeyHashes"])) != 2 or len(parameters["nextKeyHashes"]) != 2:
        raise Refused(
            "key.log-parameters", "line 1 must commit to two cards", pointer="/parameters/nextKeyHashes"
        )
    scid = parameters.get("scid")
    if not isinstance(scid, str) or base58.decode(scid, 34) is None:
        raise Refused(
            "key.log-scid", "the SCID is not the base58 of a SHA-256 multihash", pointer="/parameters/scid"
        )
    draft = {**replace_text(line, scid, _SCID), "versionId": _SCID}
    del draft["proof"]
    if multihash(canonical_bytes(draft)) != scid:
        raise Refused("key.log-scid", "the SCID is not the hash of line 1", pointer="/parameters/scid")
    return scid


def _check_prerotation(parameters: dict[str, Any], committed: frozenset[str]) -> None:
    """Every update key must have been committed to in the line before (SIG-43)."""
    if any(multihash(key.encode()) not in committed for key in parameters["updateKeys"]):
        raise Refused(
            "key.log-prerotation",
            "an update key was not committed to before",
            pointer="/parameters/updateKeys",
        )
    if (
        "scid" in parameters
        or parameters.get("portable", True) is not True
        or parameters.get("method", _METHOD) != _METHOD
    ):
        raise Refused(
            "key.log-parameters", "only line 1 sets scid, method and portable", pointer="/parameters"
        )


def _check_line_proof(line: dict[str, Any], update_keys: list[str]) -> None:
    """One proof, by an update key of this very line (SIG-44)."""
    proofs = line["proof"]
    if (
        not isinstance(proofs, list)
        or len(proofs) != 1
        or not isinstance(proofs[0], dict)
        or set(proofs[0]) != _PROOF_MEMBERS
    ):
        raise Refused(
            "key.log-proof", "a key-log line carries exactly one proof of six members", pointer="/proof"
        )
    proof = proofs[0]
    if proof["proofPurpose"] != "assertionMethod" or not is_timestamp(proof["created"]):
        raise Refused("key.log-proof", "the proof's purpose or time is wrong", pointer="/proof/0")
    signer = next((key for key in update_keys if proof["verificationMethod"] == f"did:key:{key}#{key}"), None)
    if signer is None:
        raise Refused(
            "key.log-proof", "the line is not signed by one of its own update keys", pointer="/proof/0"
        )
    key = PublicKey.from_multikey(signer)
    bare = {name: member for name, member in line.items() if name != "proof"}
    try:
        verify_detached(bare, proof, key)
    except Refused as refused:
        message = f"the proof of the line is wrong: {refused.message}"
        raise Refused("key.log-proof", message, pointer="/proof/0") from refused


def entry_hash(line: dict[str, Any], previous_version_id: str) -> str:
    """Hash of a line as did:webvh defines it: without proof, with the previous version id in its place."""
    bare = {name: member for name, member in line.items() if name != "proof"}
    return multihash(canonical_bytes({**bare, "versionId": previous_version_id}))


def multihash(raw: bytes) -> str:
    """base58btc of `12 20` and the SHA-256, without a multibase letter."""
    return base58.encode(b"\x12\x20" + sha256(raw))


def create_key_log(
    state: dict[str, Any], *, cards: tuple[PublicKey, PublicKey], update_key: SigningKey, time: str
) -> KeyLog:
    """Write line 1. `state` carries `{SCID}` wherever the SCID belongs; `update_key` is thrown away after."""
    draft = {
        "parameters": {
            "method": _METHOD,
            "nextKeyHashes": [card_hash(card) for card in cards],
            "portable": True,
            "scid": _SCID,
            "updateKeys": [update_key.public.multikey],
        },
        "state": state,
        "versionId": _SCID,
        "versionTime": time,
    }
    scid = multihash(canonical_bytes(draft))
    line = _sign_line({**replace_text(draft, _SCID, scid)}, number=1, previous=scid, key=update_key)
    return parse_key_log(line + b"\n")


def committed_cards(log: KeyLog) -> tuple[str, ...]:
    """The hashes of the cards that may sign the next line."""
    return tuple(read_canonical(log.lines[-1])["parameters"]["nextKeyHashes"])


def card_hash(card: PublicKey) -> str:
    """The hash by which a line commits to a card."""
    return multihash(card.multikey.encode())


def extend_key_log(
    log: KeyLog,
    state: dict[str, Any],
    *,
    card: SigningKey,
    next_cards: tuple[PublicKey, ...],
    time: str,
    kept: tuple[str, ...] = (),
) -> KeyLog:
    """Write the next line, signed by a card of the line before; `next_cards` are committed to in its place.

    `kept` are the hashes of cards that stay committed to.
    """
    last = read_canonical(log.lines[-1])
    draft = {
        "parameters": {
            "nextKeyHashes": [*map(card_hash, next_cards), *kept],
            "updateKeys": [card.public.multikey],
        },
        "state": replace_text(state, _SCID, log.scid),
        "versionTime": time,
    }
    line = _sign_line(draft, number=len(log.lines) + 1, previous=last["versionId"], key=card)
    return parse_key_log(log.to_bytes() + line + b"\n")


def _sign_line(draft: dict[str, Any], *, number: int, previous: str, key: SigningKey) -> bytes:
    line = {**draft, "versionId": f"{number}-{entry_hash(draft, previous)}"}
    multikey = key.public.multikey
    options = {
        **SUITE,
        "created": draft["versionTime"],
        "proofPurpose": "assertionMethod",
        "verificationMethod": f"did:key:{multikey}#{multikey}",
    }
    return canonical_bytes({**line, "proof": [add_proof(line, options, key)]})
