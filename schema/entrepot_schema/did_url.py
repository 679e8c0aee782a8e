"""Where the DID document of a did:web or did:webvh identifier lies, as a URL.

This tells third parties, and people, where to look. A node never fetches a DID because a record names it
(SIG-25): keys come from the pinned key log.

    did_url("did:web:biomed.example")                   https://biomed.example/.well-known/did.json
    did_url("did:web:biomed.example%3A8443:eu:berlin")  https://biomed.example:8443/eu/berlin/did.json
    did_url("did:webvh:Qm…:biomed.example")             https://biomed.example/.well-known/did.jsonl

One spelling only, stricter than the method: lower-case host names, no IP address, the port as `%3A` and decimal
digits, path segments of unreserved characters. Queries, fragments and user names are no part of a DID.
"""

from __future__ import annotations

import re

from entrepot_schema import base58
from entrepot_schema.errors import Refused
from entrepot_schema.origin import is_origin

_PORT = re.compile(r"[1-9][0-9]{0,4}", re.ASCII)
# A first segment of digits is nearly always a port whose colon was not escaped.
_SEGMENT = re.compile(r"(?!\.{1,2}\Z)[A-Za-z0-9._-]+", re.ASCII)
_MAX_PORT = 65_535
_MULTIHASH_BYTES = 34


def did_url(did: str) -> str:
    """Return the https URL of the document (did:web) or the key log (did:webvh); raise `key.did`."""
    method, _, rest = did.removeprefix("did:").partition(":") if did.startswith("did:") else ("", "", "")
    if method == "web":
        return _url(did, rest, "did.json")
    scid, _, place = rest.partition(":")
    if method == "webvh" and base58.decode(scid, _MULTIHASH_BYTES) is not None:
        return _url(did, place, "did.jsonl")
    raise _refused(did, "it is no did:web and no did:webvh with a fingerprint")


def _url(did: str, place: str, file: str) -> str:
    authority, *segments = place.split(":")
    host, mark, port = authority.partition("%3A")
    if not is_origin(host):
        raise _refused(did, "its host is no lower-case host name")
    if mark and (not _PORT.fullmatch(port) or int(port) > _MAX_PORT):
        raise _refused(did, "its port is not a number from 1 to 65535")
    if any(not _SEGMENT.fullmatch(segment) for segment in segments):
        raise _refused(did, "its path has an empty, dotted or escaped part")
    if segments and segments[0].isdigit():
        raise _refused(did, "a port is written %3A and digits, not as part of the path")
    path = "/".join(segments) or ".well-known"
    return f"https://{host}{f':{port}' if mark else ''}/{path}/{file}"


def _refused(did: str, reason: str) -> Refused:
    hint = "It looks like did:web:biomed.example, with a port did:web:biomed.example%3A8443."
    return Refused("key.did", f"{did[:80]!r} names no place: {reason}", hint=hint)
