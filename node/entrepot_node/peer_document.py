"""The node documents of peers: verified with pinned keys, and what they name (FED-11)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from entrepot_node.keyring import WITNESS
from entrepot_node.storage.interface import Store
from entrepot_node.storage.vouching import PeerDocument
from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import PeerFault, Refused
from entrepot_schema.key_log import KeyLog
from entrepot_schema.record import verify_record
from entrepot_schema.strict_json import MAX_RECORD_BYTES
from entrepot_sync.cosignature import parse_cosigner_vkey
from entrepot_sync.transport import NOT_MODIFIED, OK, Fetched, PeerTransport

PATH = "/.well-known/entrepot"
MEDIA_TYPE = "application/json"
REFRESH_SECONDS = 600.0


async def fetch_node_document(transport: PeerTransport, etag: str = "") -> Fetched:
    """Fetch the node document, unverified, or learn that it is still the one of a tag.

    A host that gives types by file ending has it as a `.json` too (EXC-96). That one comes without its tag: at the
    first path the same tag would be that of something of another media type.
    """
    try:
        return await _fetch(transport, PATH, etag)
    except PeerFault as fault:
        if fault.code not in ("peer.status", "peer.media-type"):
            raise
        try:
            return replace(await _fetch(transport, f"{PATH}.json"), etag=None)
        except PeerFault:
            raise fault from None


async def _fetch(transport: PeerTransport, path: str, etag: str = "") -> Fetched:
    fetched = await transport.fetch(path, max_bytes=MAX_RECORD_BYTES, etag=etag or None)
    if fetched.status == NOT_MODIFIED:
        return fetched
    if fetched.status != OK:
        hint = "Is this the base URL of an Entrepot node?"
        raise PeerFault("peer.status", f"there is no node document at {path} ({fetched.status})", hint=hint)
    if fetched.media_type != MEDIA_TYPE:
        # What somebody uploaded to an honest host must not pass for the host's own word (EXC-32).
        message = f"{path} came as {fetched.media_type[:60]!r}, not as {MEDIA_TYPE}"
        raise PeerFault("peer.media-type", message)
    return fetched


async def ask_peer_document(
    transport: PeerTransport, held: PeerDocument | None, key_log: KeyLog, *, now: float
) -> PeerDocument:
    """Fetch and verify the node document of a peer; the one held is not sent again where its tag still holds.

    Verified again even so, since the key that signed it may have gone out of force.
    """
    fetched = await fetch_node_document(transport, held.etag if held else "")
    if held is not None and fetched.status == NOT_MODIFIED:
        return replace(read_peer_document(held.raw, key_log, now=now), etag=held.etag)
    return replace(read_peer_document(fetched.body, key_log, now=now), etag=fetched.etag or "")


def read_peer_document(raw: bytes, key_log: KeyLog, *, now: float) -> PeerDocument:
    """Verify a node document with the key that its pinned key log puts in force."""
    verify_record(raw, None, origin=key_log.origin, key=key_log.latest.record_key)
    profile = profile_of(raw)
    named = profile.get(WITNESS)
    vkey = ""
    if named is not None and WITNESS in profile["capabilities"]:
        key = parse_cosigner_vkey(named["vkey"])
        # A node vouches in its own name only: lines in another's would count for somebody who never signed them.
        if key.name != named["name"] or not key.name.startswith(f"{key_log.origin}/{WITNESS}/"):
            raise Refused(
                "key.log-state", f"{key_log.origin} names the witness of another", pointer="/witness"
            )
        vkey = str(key)
    return PeerDocument(key_log.origin, raw, vkey, now)


def profile_of(document: bytes) -> dict[str, Any]:
    """What a verified node document says."""
    profile: dict[str, Any] = read_canonical(document)["credentialSubject"]["profile"]
    return profile


def names_capability(store: Store, origin: str, capability: str) -> bool:
    """Answer whether the node document that is held of a peer names a capability."""
    held = store.peer_document(origin)
    return held is not None and capability in profile_of(held.raw)["capabilities"]


def keep_peer_document(store: Store, document: PeerDocument) -> None:
    """Keep a document unless a later one is held: an old copy must not bring old keys back."""
    held = store.peer_document(document.origin)
    if held is not None and held.raw != document.raw and _revision(document.raw) <= _revision(held.raw):
        return
    store.put_peer_document(document)


def _revision(raw: bytes) -> int:
    return int(read_canonical(raw)["revision"])
