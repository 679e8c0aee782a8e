"""Our cosigner keys, the witness and the mirror, each bound to the state that makes it safe to use (LOG-78).

    keys/witness-1.pem    state/witness-1.db      named <origin>/witness/1
    keys/mirror-1.pem     state/mirror-1.db       named <origin>/mirror/1

The highest number is in use. A key and its state are made together, the state first: a key is never there without one,
unless somebody took it away, and then it signs no more.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable
from pathlib import Path

from entrepot_node.append_lock import file_lock
from entrepot_node.cosigner_states import CosignerStates, HeadsSeen
from entrepot_node.keyring import (
    ROLES,
    NumberedKey,
    is_number,
    key_path,
    load_cosigner_key,
    numbers_of,
    write_key,
)
from entrepot_schema.errors import Misuse
from entrepot_schema.keys import SigningKey
from entrepot_sync import note
from entrepot_sync.cosignature import CosignerKey, cosign
from entrepot_sync.note import SignatureLine
from entrepot_sync.witness import LogHead, parse_log_head

_SLASHES = 2  # in the name of a key


class Cosigner:
    """A cosigner key with its state: it signs a head only after having moved the state to it."""

    def __init__(self, name: str, key: SigningKey, state: HeadsSeen) -> None:
        self.public = CosignerKey(name, key.public)
        self._key = key
        self._state = state

    @property
    def name(self) -> str:
        """The name it signs under."""
        return self.public.name

    def seen(self, origin: str) -> LogHead:
        """The head of a log that was cosigned last; size 0 and the empty root if never."""
        return self._state.seen(origin)

    def note(self, origin: str) -> bytes | None:
        """That head as its log signed it."""
        found = self._state.newest(origin)
        return found.note if found else None

    def cosign(self, before: LogHead, after: LogHead, raw: bytes, *, now: float) -> SignatureLine | None:
        """Move from the head that was judged to a newer one and sign it; None if another moved it meanwhile."""
        time = self._state.advance(before, after, raw, now=now)
        return None if time is None else cosign(after.text(), self.name, self._key, time=time)

    def cosigned(self, origin: str) -> bytes | None:
        """The head cosigned last with the lines of its log and ours; the same bytes until it moves."""
        found = self._state.newest(origin)
        if found is None:
            return None
        line = cosign(
            parse_log_head(note.split(found.note).text).text(), self.name, self._key, time=found.time
        )
        return found.note + str(line).encode("utf-8")


def open_cosigner(origin: str, numbered: NumberedKey, states: CosignerStates) -> Cosigner:
    """Bind a key to its state; raise `witness.no-state` where that is gone."""
    state = states.open(numbered.role, numbered.number)
    return Cosigner(numbered.name(origin), numbered.key, state)


def make_missing_cosigners(
    keys: Path,
    states: CosignerStates,
    passphrase: str = "",
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> list[NumberedKey]:
    """Make the first key of each role that has none: at founding, and once for a node founded before."""
    return [
        make_cosigner(keys, states, role, passphrase, random_bytes=random_bytes)
        for role in ROLES
        if load_cosigner_key(keys, role, passphrase) is None
    ]


def make_cosigner(
    keys: Path,
    states: CosignerStates,
    role: str,
    passphrase: str = "",
    *,
    random_bytes: Callable[[int], bytes] = secrets.token_bytes,
) -> NumberedKey:
    """Make the next key of a role together with its empty state."""
    with file_lock(keys / role):
        # A number is never used twice: a state without key may be left of a cut, or of a key that was taken away.
        used = [*numbers_of(keys, role, ".pem"), *states.numbers(role)]
        number = 1 + max(used, default=0)
        key = SigningKey.from_seed(random_bytes(32))
        states.create(role, number)
        write_key(key_path(keys, f"{role}-{number}"), key, passphrase)
    return NumberedKey(role, number, key)


def use_up(states: CosignerStates, names: Iterable[str]) -> None:
    """See to it that no key made here gets one of these names, `<origin>/<role>/<n>`: they belong to keys that are gone."""
    for name in names:
        _, role, number = name.split("/") if name.count("/") == _SLASHES else ("", "", "")
        if role in ROLES and is_number(number):
            states.use_up(role, int(number))


def cosigner_standing(keys: Path, states: CosignerStates, role: str) -> str:
    """`ready`; `lost` when the newest key of a role has no sound state any more; `none` when there is no key."""
    number = max(numbers_of(keys, role, ".pem"), default=0)
    if not number:
        return "none"
    try:
        states.open(role, number)
    except Misuse:
        return "lost"
    return "ready"
