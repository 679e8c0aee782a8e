"""The hello: "I follow you, push to me here" (FED-60, FED-61, FED-68).

What is checked, in this order, so that what costs comes last:

1. length, strict JSON, canonical bytes
2. the members, and that origin, base URL and time have their forms
3. it is said to us, now
4. the key log, line by line, and that it is of the origin
5. the signature, by the record key that the last line puts in force

The first three are `parse_hello`, the rest is `verify_hello`. Nothing is fetched, and nothing is believed of it but who says it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.errors import EntrepotError, Misuse, PeerFault, Refused
from entrepot_schema.key_log import KeyLog, parse_key_log
from entrepot_schema.keys import SigningKey
from entrepot_schema.origin import did_web, is_origin
from entrepot_schema.proof import SUITE, add_proof, verify_proof
from entrepot_schema.strict_json import read_json
from entrepot_schema.timestamp import is_timestamp
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.transport import GONE, NOT_FOUND, OK, Posted, PostTransport

PATH = "/hello"
MEDIA_TYPE = "application/json"
TYPE = "EntrepotHello"
MAX_HELLO_BYTES = 65_536
WINDOW_SECONDS = 600
"""How far the time of a hello may be from the clock of who gets it."""
WAITING, APPROVED = "waiting", "approved"
REFUSED = "hello.refused"

_MAX_URL = 500
_MAX_ANSWER_BYTES = 16 * 1024
_FORBIDDEN = 403
_MEMBERS = {"baseUrl", "keyLog", "origin", "proof", "recipient", "time", "type"}
_PROOF_MEMBERS = {*SUITE, "created", "proofPurpose", "proofValue", "verificationMethod"}
_CODE = re.compile(r"[a-z]{1,20}\.[a-z-]{1,30}", re.ASCII)


class HelloRefused(EntrepotError):
    """A hello that is not taken. `status` is the HTTP status, `wait` the seconds until it makes sense to come again."""

    def __init__(self, status: int, code: str, message: str, *, wait: float = 0.0) -> None:
        super().__init__(code, message)
        self.status = status
        self.wait = wait


@dataclass(frozen=True, slots=True)
class ClaimedHello:
    """A hello of the right form that is meant for us. Nobody has signed it, as far as is known."""

    origin: str
    base_url: str
    time: int
    document: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Hello:
    """A verified hello: who has these keys says where to push to. Whether the name is theirs, no signature can tell."""

    origin: str
    base_url: str
    time: int
    key_log: KeyLog


def write_hello(recipient: str, base_url: str, key_log: KeyLog, *, key: SigningKey, time: str) -> bytes:
    """Write a hello of the origin of a key log, signed by its record key. `base_url` in its one form."""
    document = {
        "baseUrl": base_url,
        "keyLog": key_log.to_bytes().decode("utf-8"),
        "origin": key_log.origin,
        "recipient": recipient,
        "time": time,
        "type": TYPE,
    }
    options = {
        **SUITE,
        "created": time,
        "proofPurpose": "assertionMethod",
        "verificationMethod": f"{did_web(key_log.origin)}#{key.public.multikey}",
    }
    raw = canonical_bytes({**document, "proof": add_proof(document, options, key)})
    if len(raw) > MAX_HELLO_BYTES:
        message = f"the key log of {key_log.origin} is too long for a hello"
        raise Misuse(
            "hello.request", message, hint="Ask the operator of that node to follow you, or to approve you."
        )
    return raw


def parse_hello(raw: bytes, *, recipient: str, now: float) -> ClaimedHello:
    """Read a hello that is meant for us; raise `Refused` for what is no canonical JSON, else `HelloRefused`."""
    document = read_canonical(raw, max_bytes=MAX_HELLO_BYTES)
    if set(document) != _MEMBERS or document["type"] != TYPE:
        raise _malformed(f"a hello has the type {TYPE} and seven members: {', '.join(sorted(_MEMBERS))}")
    if not all(isinstance(document[name], str) for name in _MEMBERS - {"proof"}):
        raise _malformed("all members of a hello but its proof are texts")
    if not is_origin(document["origin"]):
        raise _malformed("origin is no origin")
    if not _is_base_url(document["baseUrl"]):
        raise _malformed("baseUrl is not written in the one form of base URLs")
    if not is_timestamp(document["time"]):
        raise _malformed("time is not YYYY-MM-DDThh:mm:ssZ")
    if document["recipient"] != recipient:
        raise HelloRefused(422, "hello.recipient", f"this hello is not for {recipient}")
    if document["origin"] == recipient:
        raise HelloRefused(422, "peer.self", "a node says no hello to itself")
    time = int(datetime.fromisoformat(document["time"]).timestamp())
    if abs(time - now) > WINDOW_SECONDS:
        message = (
            f"this hello is of {document['time']}, more than {WINDOW_SECONDS} seconds from the clock here"
        )
        raise HelloRefused(422, "hello.time", message)
    return ClaimedHello(document["origin"], document["baseUrl"], time, document)


def verify_hello(claimed: ClaimedHello) -> Hello:
    """Verify key log and signature; raise `Refused` with a `key.*` code."""
    document = claimed.document
    key_log = parse_key_log(document["keyLog"].encode("utf-8"), origin=claimed.origin)
    key = key_log.latest.record_key
    proof = document["proof"]
    if not isinstance(proof, dict) or set(proof) != _PROOF_MEMBERS:
        raise Refused("key.proof-members", "the proof must be one object of six members", pointer="/proof")
    if proof["proofPurpose"] != "assertionMethod":
        raise Refused("key.purpose", "proofPurpose is not assertionMethod", pointer="/proof/proofPurpose")
    if proof["created"] != document["time"]:
        raise Refused("key.time", "created is not the time of the hello", pointer="/proof/created")
    if proof["verificationMethod"] != f"{did_web(claimed.origin)}#{key.multikey}":
        raise Refused(
            "key.unknown", "the hello names another key than its key log", pointer="/proof/verificationMethod"
        )
    verify_proof(document, key)
    return Hello(claimed.origin, claimed.base_url, claimed.time, key_log)


async def say_hello(transport: PostTransport, raw: bytes) -> str:
    """Say hello; return `waiting` or `approved`. Raises `hello.*` and what the transport raises."""
    answer = await transport.post(PATH, raw, media_type=MEDIA_TYPE, max_bytes=_MAX_ANSWER_BYTES)
    if answer.status in (NOT_FOUND, GONE):
        raise PeerFault("hello.none", "the node takes no hellos")
    if answer.status == _FORBIDDEN:
        raise PeerFault(REFUSED, "its operator does not want to push here")
    said = _read_answer(answer)
    if answer.status != OK:
        code = str(said.get("code"))
        reason = f": {code}" if _CODE.fullmatch(code) else ""
        raise PeerFault("hello.answer", f"the node answered {answer.status}{reason}")
    state = said.get("state")
    if state not in (WAITING, APPROVED):
        raise PeerFault("hello.answer", "the node does not say what becomes of the hello")
    return str(state)


def _read_answer(answer: Posted) -> dict[str, Any]:
    try:
        return read_json(answer.body)
    except Refused:
        return {}


def _is_base_url(text: str) -> bool:
    """Any scheme and address: whether private ones may be called is for whoever approves."""
    try:
        return len(text) <= _MAX_URL and str(parse_base_url(text, allow_private=True)) == text
    except Misuse:
        return False


def _malformed(message: str) -> HelloRefused:
    return HelloRefused(400, "hello.request", message)
