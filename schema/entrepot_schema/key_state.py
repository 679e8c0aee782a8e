"""The key state of an origin: its record key and its feeds' log keys, read from a DID document (SIG-46 to SIG-48)."""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from typing import Any

from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Refused
from entrepot_schema.keys import PublicKey
from entrepot_schema.origin import did_web, is_origin, parse_feed_name

_CONTEXT = ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"]
_STATE_MEMBERS = {"@context", "alsoKnownAs", "assertionMethod", "id", "service", "verificationMethod"}
_VKEY_BASE64 = 44  # characters of base64 for the 33 bytes of a log key
_ID = re.compile(r"did:webvh:([1-9A-HJ-NP-Za-km-z]{1,64}|\{SCID\}):(.+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class KeyState:
    """What one line of a key log puts in force."""

    origin: str
    record_key: PublicKey
    feeds: dict[int, str]
    """Feed number → vkey of its log key."""
    document: dict[str, Any]

    @property
    def verification_method(self) -> str:
        """The id that records name: `did:web:<origin>#<multikey>`."""
        return f"{did_web(self.origin)}#{self.record_key.multikey}"

    @property
    def live_feed(self) -> int:
        """The highest feed number named; lower ones are history."""
        return max(self.feeds)


def build_state(
    origin: str, record_key: PublicKey, feeds: dict[int, str], scid: str = "{SCID}"
) -> dict[str, Any]:
    """Write the state of a key-log line; `{SCID}` is filled in when the line is made."""
    did = f"did:webvh:{scid}:{origin}"
    method = f"{did}#{record_key.multikey}"
    return {
        "@context": _CONTEXT,
        "alsoKnownAs": [did_web(origin)],
        "assertionMethod": [method],
        "id": did,
        "service": [
            {
                "id": f"#feed-{number}",
                "serviceEndpoint": {"feed": f"{origin}/feed/{number}", "vkey": vkey},
                "type": "EntrepotFeed",
            }
            for number, vkey in sorted(feeds.items())
        ],
        "verificationMethod": [
            {"controller": did, "id": method, "publicKeyMultibase": record_key.multikey, "type": "Multikey"}
        ],
    }


def parse_state(state: Any, scid: str) -> KeyState:
    """Read the state of a line strictly; raise `key.log-identity` or `key.log-state`."""
    if not isinstance(state, dict) or set(state) != _STATE_MEMBERS or state["@context"] != _CONTEXT:
        raise _bad("the state has other members or another @context than a key document")
    match = _ID.fullmatch(state["id"]) if isinstance(state["id"], str) else None
    if match is None or match[1] != scid or not is_origin(match[2]):
        raise Refused(
            "key.log-identity", "the state's id is not did:webvh:<SCID>:<origin>", pointer="/state/id"
        )
    origin = match[2]
    if state["alsoKnownAs"] != [did_web(origin)]:
        raise _bad("alsoKnownAs must name the did:web of the origin, and only it")
    return KeyState(origin, assertion_key(state), _feeds(state["service"], origin), state)


def assertion_key(document: dict[str, Any]) -> PublicKey:
    """The one key listed under `assertionMethod` of a DID document (SIG-25, SIG-47).

    The method is found by exact id, controlled by the document's own id, of type Multikey, and its fragment
    is the multikey itself, so that an id can never come to mean another key.
    """
    listed = document.get("assertionMethod")
    methods = document.get("verificationMethod")
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(methods, list):
        raise _bad("assertionMethod must list exactly one key")
    found = [method for method in methods if isinstance(method, dict) and method.get("id") == listed[0]]
    if (
        len(found) != 1
        or found[0].get("type") != "Multikey"
        or found[0].get("controller") != document.get("id")
    ):
        raise _bad("the assertion key is not a Multikey method of this document")
    multikey = found[0].get("publicKeyMultibase")
    if not isinstance(multikey, str) or listed[0] != f"{document['id']}#{multikey}":
        raise _bad("the id of the assertion key must end in its own multikey")
    return PublicKey.from_multikey(multikey)


def _feeds(services: Any, origin: str) -> dict[int, str]:
    if not isinstance(services, list) or not services or len(services) > 64:
        raise _bad("the state must name at least one feed under service")
    feeds: dict[int, str] = {}
    for service in services:
        number, vkey = _feed(service, origin)
        if number in feeds:
            raise _bad(f"feed {number} is named twice")
        feeds[number] = vkey
    return feeds


def _feed(service: Any, origin: str) -> tuple[int, str]:
    if not isinstance(service, dict) or set(service) != {"id", "type", "serviceEndpoint"}:
        raise _bad("a service has three members: id, type, serviceEndpoint")
    endpoint = service["serviceEndpoint"]
    if (
        service["type"] != "EntrepotFeed"
        or not isinstance(endpoint, dict)
        or set(endpoint) != {"feed", "vkey"}
    ):
        raise _bad("a service must be of type EntrepotFeed with feed and vkey")
    if not isinstance(endpoint["feed"], str) or not isinstance(endpoint["vkey"], str):
        raise _bad("feed and vkey are texts")
    try:
        name = parse_feed_name(endpoint["feed"])
    except Refused as refused:
        raise _bad(refused.message) from refused
    if name.origin != origin or service["id"] != f"#feed-{name.number}":
        raise _bad("a feed must be of this origin, its service id #feed-<n>")
    if not _is_vkey(endpoint["vkey"], str(name)):
        raise _bad("the vkey must be a sound Ed25519 log key under the name of its feed")
    return name.number, endpoint["vkey"]


def _is_vkey(vkey: str, name: str) -> bool:
    """Answer whether the text is the vkey `<name>+<key id>+<base64(01 ‖ key)>` of a sound key (LOG-36)."""
    try:
        raw = base64.b64decode(vkey[-_VKEY_BASE64:], validate=True)
        PublicKey.from_bytes(raw[1:])
    except (ValueError, Refused):
        return False
    # Written again and compared: base64 in Python takes more than one spelling.
    key_id = sha256(name.encode() + b"\n" + raw)[:4]
    return raw[:1] == b"\x01" and vkey == f"{name}+{key_id.hex()}+{base64.b64encode(raw).decode()}"


def did_web_document(state: KeyState) -> dict[str, Any]:
    """The did:web twin of a state, for verifiers that know no key log (did:webvh 1.0, parallel did:web)."""
    webvh = state.document["id"]
    did = did_web(state.origin)
    twin: dict[str, Any] = replace_text(state.document, webvh, did)
    services = [{**service, "id": f"{did}{service['id']}"} for service in twin["service"]]
    implicit: list[dict[str, Any]] = [
        {"id": f"{did}#files", "type": "relativeRef", "serviceEndpoint": f"https://{state.origin}/"},
        {
            "@context": "https://identity.foundation/linked-vp/contexts/v1",
            "id": f"{did}#whois",
            "type": "LinkedVerifiablePresentation",
            "serviceEndpoint": f"https://{state.origin}/whois.vp",
        },
    ]
    return {**twin, "alsoKnownAs": [webvh], "service": services + implicit}


def replace_text(value: Any, old: str, new: str) -> Any:
    """Replace text in every string value of a JSON tree and keep the rest."""
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, dict):
        return {name: replace_text(member, old, new) for name, member in value.items()}
    if isinstance(value, list):
        return [replace_text(item, old, new) for item in value]
    return value


def _bad(message: str) -> Refused:
    return Refused("key.log-state", message, pointer="/state")
