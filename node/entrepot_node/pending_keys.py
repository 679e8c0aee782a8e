"""Key files of a change that is not committed yet, and what becomes of them (SIG-64).

    keys/record.pem.next   keys/feed-1.pem.next   cards/card-2.txt.next

They are written before the change is committed to the store, and take their names after. A process that is killed in
between leaves a store that says which of the two happened: `settle_keys` finishes or drops what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from entrepot_node.cards import public_half
from entrepot_node.durable_files import sync_folder
from entrepot_node.home import Home
from entrepot_node.keyring import key_path, read_key
from entrepot_schema.key_log import KeyLog, committed_cards, multihash
from entrepot_schema.key_state import KeyState
from entrepot_schema.origin import FeedName
from entrepot_sync.note import VerifierKey

_NEXT = ".next"


def pending(path: Path) -> Path:
    """Where a file waits until it counts."""
    return path.with_name(path.name + _NEXT)


def settle_keys(home: Home, key_log: KeyLog, passphrase: str = "") -> bool:
    """Give pending files their names where the key log names them, drop the others; answer whether there were any.

    The caller MUST hold the append lock of the live feed, whose key log this is.
    """
    found = [*_settled_keys(home, key_log.latest, passphrase), *_settled_cards(home, key_log)]
    for path, counts in found:
        if counts:
            path.replace(path.with_name(path.name.removesuffix(_NEXT)))
        else:
            path.unlink()
    for folder in {path.parent for path, _ in found}:
        sync_folder(folder)
    return bool(found)


def _settled_keys(home: Home, state: KeyState, passphrase: str) -> Iterator[tuple[Path, bool]]:
    for number in state.feeds:
        path = pending(key_path(home.keys, f"feed-{number}"))
        if path.exists():
            name = str(FeedName(state.origin, number))
            yield path, str(VerifierKey(name, read_key(path, passphrase).public)) == state.feeds[number]
    known = {pending(key_path(home.keys, f"feed-{number}")) for number in state.feeds}
    yield from ((path, False) for path in home.keys.glob(f"feed-*.pem{_NEXT}") if path not in known)
    path = pending(key_path(home.keys, "record"))
    if path.exists():
        yield path, read_key(path, passphrase).public == state.record_key


def _settled_cards(home: Home, key_log: KeyLog) -> Iterator[tuple[Path, bool]]:
    committed = committed_cards(key_log)
    for path in home.cards.glob(f"*.txt{_NEXT}"):
        yield path, multihash(public_half(path).encode()) in committed
