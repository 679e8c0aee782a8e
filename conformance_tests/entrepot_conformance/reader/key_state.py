"""What one line of a key log puts in force, and its did:web twin: SIG-46 to SIG-48."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from . import ed25519
from .encodings import multikey_decode
from .names import is_feed_name
from .notes import Verifier, parse_vkey
from .rule_error import RuleError, require
from .strict_json import canonical, parse_object

CODE = "key.log-state"


@dataclass(frozen=True)
class KeyState:
    """The one record key (as Multikey) and the log key of each feed by its number."""

    did: str
    assertion_key: str
    log_keys: dict[int, Verifier]
    document: dict[str, Any]

    @property
    def live_feed(self) -> int:
        """The number of the live feed: the highest one named."""
        return max(self.log_keys)


def read_state(state: dict[str, Any], scid: str, origin: str) -> KeyState:
    """Read the `state` of a key-log line of `origin`."""
    did = f"did:webvh:{scid}:{origin}"
    require(state.get("id") == did, "key.log-identity", f"the state is about {state.get('id')!r}")
    return KeyState(did, _assertion_key(state, did), _log_keys(state, origin), state)


def _assertion_key(state: dict[str, Any], did: str) -> str:
    """SIG-47, SIG-10, SIG-11."""
    listed = state.get("assertionMethod")
    good = isinstance(listed, list) and len(listed) == 1 and isinstance(listed[0], str)
    require(good, CODE, "exactly one key under assertionMethod, by reference")
    methods = state.get("verificationMethod")
    found = [m for m in methods if isinstance(m, dict)] if isinstance(methods, list) else []
    found = [m for m in found if m.get("id") == listed[0]]  # type: ignore[index]  # checked above
    require(len(found) == 1, CODE, "assertionMethod refers to one verificationMethod")
    method = found[0]
    require((method.get("type"), method.get("controller")) == ("Multikey", did), CODE, "type or controller")
    public_key = multikey_decode(method.get("publicKeyMultibase"))
    good = method["id"] == f"{did}#{method['publicKeyMultibase']}"
    require(good, CODE, "the fragment of a key id is the multikey itself")
    ed25519.check_public_key(public_key)
    return str(method["publicKeyMultibase"])


def _log_keys(state: dict[str, Any], origin: str) -> dict[int, Verifier]:
    """SIG-48."""
    services = state.get("service")
    feeds: dict[int, Verifier] = {}
    for service in services if isinstance(services, list) else []:
        if isinstance(service, dict) and service.get("type") == "EntrepotFeed":
            number, verifier = _feed_service(service, origin)
            require(number not in feeds, CODE, f"feed {number} is named twice")
            feeds[number] = verifier
    require(feeds, CODE, "no service names a log key")
    return feeds


def _feed_service(service: dict[str, Any], origin: str) -> tuple[int, Verifier]:
    endpoint = service.get("serviceEndpoint")
    good = set(service) == {"id", "type", "serviceEndpoint"} and isinstance(endpoint, dict)
    require(good and set(endpoint or {}) == {"feed", "vkey"}, CODE, "members of an EntrepotFeed service")
    feed = str(endpoint["feed"])  # type: ignore[index]  # checked above
    require(is_feed_name(feed), CODE, f"{feed!r} is not a feed name")
    try:
        verifier = parse_vkey(endpoint["vkey"])  # type: ignore[index]  # checked above
    except RuleError as error:
        raise RuleError(CODE, str(error)) from None
    owner, _, number = feed.partition("/feed/")
    good = owner == origin and verifier.name == feed and service["id"] == f"#feed-{number}"
    require(good, CODE, f"service {service['id']!r} does not name a log key of {feed}")
    return int(number), verifier


def did_web_twin(state: dict[str, Any], scid: str, origin: str) -> dict[str, Any]:
    """Build did.json: the state under its did:web name, with the two implicit services written out.

    did:web wants absolute ids inside a document, so the ids of the services are written in full.
    """
    did_webvh = f"did:webvh:{scid}:{origin}"
    text = canonical(state).replace(f"did:webvh:{scid}:".encode(), b"did:web:")
    twin = parse_object(text)
    others = [name for name in twin.get("alsoKnownAs", []) if name != f"did:web:{origin}"]
    twin["alsoKnownAs"] = [did_webvh, *others]
    implicit: list[dict[str, Any]] = [
        {"id": "#files", "type": "relativeRef", "serviceEndpoint": f"https://{origin}/"},
        {
            "@context": "https://identity.foundation/linked-vp/contexts/v1",
            "id": "#whois",
            "type": "LinkedVerifiablePresentation",
            "serviceEndpoint": f"https://{origin}/whois.vp",
        },
    ]
    services = [*twin.get("service", []), *implicit]
    twin["service"] = [{**service, "id": f"did:web:{origin}{service['id']}"} for service in services]
    return twin
