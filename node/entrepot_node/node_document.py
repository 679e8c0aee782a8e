"""The node document: who this node is, signed like a record (EXC-08)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from entrepot_node.batch import fresh_nonce
from entrepot_node.keyring import Keyring, NumberedKey
from entrepot_node.settings import Settings
from entrepot_node.storage.interface import NODE_DOCUMENT, Store
from entrepot_node.version import version
from entrepot_schema import catalog
from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import Misuse
from entrepot_schema.origin import did_web
from entrepot_schema.profile_check import same_profile
from entrepot_schema.record import NODE_TYPE, Statement, sign_record, verify_record
from entrepot_schema.schema_check import schema_refusals
from entrepot_schema.timestamp import format_timestamp
from entrepot_sync.feed_store import FeedRow

STATIC_DOCUMENT = "static-node"
CAPABILITIES = ["api", "delta", "hello"]
_ONLY_RUNNING = ("witness", "mirror")


def node_profile(settings: Settings, feed_name: str, cosigners: Sequence[NumberedKey] = ()) -> dict[str, Any]:
    """What settings and keys say of the node, as the profile inside its node document."""
    takedown = {"email": settings.takedown_email, "form": settings.takedown_form}
    profile: dict[str, Any] = {
        "baseUrls": [settings.base_url],
        "capabilities": sorted({*CAPABILITIES, *(key.role for key in cosigners)}),
        "feed": feed_name,
        "id": did_web(settings.origin),
        "license": settings.license,
        "mirroring": settings.mirroring,
        "software": {"name": "entrepot", "version": version()},
        "specVersions": ["1.0"],
        "takedown": {name: value for name, value in takedown.items() if value},
        "type": NODE_TYPE,
    }
    for key in cosigners:
        profile[key.role] = {
            "name": key.name(settings.origin),
            "vkey": str(key.public(settings.origin)),
        }
    if settings.mirroring == "listed" and settings.mirror_for:
        profile["mirrorFor"] = sorted(set(settings.mirror_for))
    if settings.name:
        profile["name"] = {settings.language: settings.name}
    if settings.territory:
        profile["territory"] = sorted(settings.territory)
    return profile


def check_node_profile(
    settings: Settings, feed_name: str, cosigners: Sequence[NumberedKey] = ()
) -> dict[str, Any]:
    """Return the profile; raise `Misuse` naming what the settings lack for it."""
    profile = node_profile(settings, feed_name, cosigners)
    for refused in schema_refusals(profile, catalog.profile_validator(NODE_TYPE)):
        message = f"the node document would be wrong at {refused.pointer}: {refused.message}"
        hint = (
            "Set takedown_email or takedown_form and check base_url, license and territory in entrepot.toml."
        )
        raise Misuse("settings.wrong", message, hint=hint)
    return profile


def static_profile(profile: dict[str, Any]) -> dict[str, Any]:
    """The profile of a static copy: what only a running node can do is not in it (EXC-96)."""
    still = {name: value for name, value in profile.items() if name not in _ONLY_RUNNING}
    return {**still, "capabilities": [], "mirroring": "none"}


def refresh_node_document(
    store: Store,
    settings: Settings,
    feed: FeedRow,
    keyring: Keyring,
    *,
    now: Callable[[], datetime],
    random_bytes: Callable[[int], bytes],
    static: bool = False,
    lost: bool = False,
) -> bytes:
    """Return the stored node document; sign a new one first when settings or keys have changed.

    `lost`: there may have been one, or a later one than is here (FED-54). Peers keep no lower revision than they hold, so the
    next is above any counter, and above what was signed before an old store was put back.
    `static`: that of a static copy, which is another document, at the base URL of these settings.
    """
    profile = check_node_profile(settings, feed.name, keyring.cosigners)
    name = STATIC_DOCUMENT if static else NODE_DOCUMENT
    if static:
        profile = static_profile(profile)
    old = store.document(name)
    if old is not None:
        document = read_canonical(old)
        method = f"{did_web(feed.origin)}#{keyring.record.public.multikey}"
        current = document["proof"]["verificationMethod"] == method
        if current and same_profile(document["credentialSubject"]["profile"], profile):
            return old
    first = int(now().timestamp()) if lost else 1
    raw = _sign(store, name, profile, keyring, feed.origin, format_timestamp(now()), random_bytes, first)
    verify_record(raw, None, origin=feed.origin, key=feed.key_log.latest.record_key)
    store.put_document(name, raw)
    return raw


def sign_node_document(
    store: Store,
    settings: Settings,
    feed_name: str,
    keyring: Keyring,
    *,
    time: str,
    random_bytes: Callable[[int], bytes],
) -> bytes:
    """Sign the next revision of the node document; the caller stores it."""
    profile = check_node_profile(settings, feed_name, keyring.cosigners)
    return _sign(store, NODE_DOCUMENT, profile, keyring, settings.origin, time, random_bytes)


def _sign(
    store: Store,
    name: str,
    profile: dict[str, Any],
    keyring: Keyring,
    origin: str,
    time: str,
    random_bytes: Callable[[int], bytes],
    first: int = 1,
) -> bytes:
    """Sign the next revision of a document of the node."""
    old = store.document(name)
    revision = max(read_canonical(old)["revision"] + 1 if old is not None else 1, first)
    return sign_record(
        profile,
        Statement(did_web(origin), NODE_TYPE, time, revision),
        key=keyring.record,
        origin=origin,
        license=profile["license"],
        nonce=fresh_nonce(random_bytes),
    )
