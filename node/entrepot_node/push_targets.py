"""Who is asked to vouch for our heads: peers, approved followers, and witnesses of the settings (FED-01, FED-10, FED-66)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from entrepot_node.correspondents import correspondents
from entrepot_node.keyring import witness_origin
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Misuse, Refused
from entrepot_sync.cosignature import CosignerKey, parse_cosigner_vkey
from entrepot_sync.peer_url import parse_base_url

_PRIVATE = "private"
_WITH_OR_WITHOUT_PRIVATE = (2, 3)

_cosigner_key = lru_cache(maxsize=4096)(parse_cosigner_vkey)  # checking a point costs; asked for every second


@dataclass(frozen=True, slots=True)
class PushTarget:
    """A witness that may vouch for us. Its base URL is what the operator configured, `prefix` what stands before its paths.

    `origin` is that of the peer; for a witness that is no node it is the vkey, which no origin can equal.
    """

    origin: str
    base_url: str
    allow_private: bool
    witness: CosignerKey
    prefix: str = "/witness"


def peer_targets(store: Store) -> Iterator[PushTarget]:
    """The followed peers, and the followers that were approved, whose node document names a witness."""
    witnesses = store.peer_witnesses()
    for one in correspondents(store):
        if one.origin in witnesses and not one.paused:
            key = _cosigner_key(witnesses[one.origin])
            yield PushTarget(one.origin, one.base_url, one.allow_private, key)


def parse_witnesses(lines: Sequence[str]) -> tuple[PushTarget, ...]:
    """Read the setting: a vkey, a space and a URL each, and `private` where that may be a private address."""
    return tuple(_parse_witness(line) for line in lines)


def _parse_witness(line: str) -> PushTarget:
    words = line.split(" ")
    if len(words) not in _WITH_OR_WITHOUT_PRIVATE or words[2:] not in ([], [_PRIVATE]):
        hint = "As in: example.com/witness+00000000+BBBB… https://witness.example.com"
        raise _wrong(f"{line[:80]!r} is not a vkey, a space and a URL", hint)
    private = len(words) > 2
    try:
        key = parse_cosigner_vkey(words[0])
        url = parse_base_url(words[1], allow_private=private)
    except (Refused, Misuse) as error:
        raise _wrong(error.message, error.hint) from error
    if witness_origin(key.name) is not None:
        raise _wrong(f"{key.name} is the witness of a node", "Follow that node; its witness is then asked.")
    return PushTarget(str(key), str(url), private, key, prefix="")


def _wrong(message: str, hint: str) -> Misuse:
    return Misuse("settings.wrong", f"setting witnesses: {message}", hint=hint)
