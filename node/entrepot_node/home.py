"""The folder of a node: settings, store, keys, cards. The one place that knows where things lie."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from entrepot_node.append_lock import WAIT_SECONDS, append_lock, is_awaited
from entrepot_node.cosigner import Cosigner, open_cosigner
from entrepot_node.cosigner_states import CosignerStates, cosigner_states
from entrepot_node.keyring import Keyring, load_cosigner_key, load_keyring
from entrepot_node.mark_file import MarkFile
from entrepot_node.network_file_system import require_local
from entrepot_node.settings import FILE_NAME, Settings, load_settings
from entrepot_node.storage.sql_store import SqlStore
from entrepot_node.tokens import TokenFile
from entrepot_schema.errors import Misuse
from entrepot_schema.origin import parse_feed_name


@dataclass(frozen=True, slots=True)
class Home:
    """Paths below one folder. Nothing is opened by naming it."""

    path: Path

    @property
    def settings_file(self) -> Path:
        """The settings."""
        return self.path / FILE_NAME

    @property
    def store_file(self) -> Path:
        """The store, with its `-wal` and `-shm` beside it."""
        return self.path / "entrepot.db"

    @property
    def keys(self) -> Path:
        """The folder of private keys."""
        return self.path / "keys"

    @property
    def states(self) -> Path:
        """The folder of what our cosigner keys have seen. Never in a backup."""
        return self.path / "state"

    @property
    def cards(self) -> Path:
        """The folder of cards that wait to be printed."""
        return self.path / "cards"

    def settings(self) -> Settings:
        """Read the settings."""
        return load_settings(self.path)

    def store_place(self, settings: Settings) -> Path | str:
        """Where the store is: a file, or the URL of a database."""
        return settings.database or self.store_file

    def require_local(self, settings: Settings) -> None:
        """Raise `store.network` where store, keys, marks or states would lie on a network file system (D06)."""
        for place in (self.store_file, self.keys, self.states):
            require_local(place, allowed=settings.allow_network_disk)

    def open_store(self, *, now: Callable[[], float] = time.time) -> SqlStore:
        """Open the store of a founded node; never make a new one beside keys that have signed already (D12)."""
        settings = self.settings()
        self.require_local(settings)
        if settings.database:
            return self._open_database(settings, now=now)
        if not self.store_file.exists() and self._has_signed():
            raise _lost(f"the store {self.store_file}")
        return SqlStore.open(self.store_file, now=now)

    def _open_database(self, settings: Settings, *, now: Callable[[], float]) -> SqlStore:
        store = SqlStore.open(settings.database, now=now)
        own = store.own_feed_names()
        if own and parse_feed_name(own[0]).origin == settings.origin:
            return store
        if not own and not self._has_signed():
            return store
        store.close()
        if own:
            message = f"the database holds the node {parse_feed_name(own[0]).origin}, not {settings.origin}"
            raise Misuse("store.other-node", message, hint="Each node needs a database of its own.")
        raise _lost("what the database held")

    def _has_signed(self) -> bool:
        return next(self.keys.glob("feed-*.pem"), None) is not None

    def keyring(self, feed_number: int, passphrase: str = "") -> Keyring:
        """Load the private keys."""
        return load_keyring(self.keys, feed_number, passphrase)

    def cosigner(self, role: str, origin: str, passphrase: str = "") -> Cosigner | None:
        """Open a cosigner with its state; None in a folder that has no such key yet."""
        key = load_cosigner_key(self.keys, role, passphrase)
        return open_cosigner(origin, key, self.cosigner_states(self.settings())) if key else None

    def cosigner_states(self, settings: Settings) -> CosignerStates:
        """What our cosigner keys have seen."""
        return cosigner_states(self.states, settings)

    def mark_file(self, feed_name: str) -> MarkFile:
        """The high-water mark of a feed, kept beside its log key. Never in a backup."""
        return MarkFile(self.keys / f"feed-{parse_feed_name(feed_name).number}.mark", feed_name)

    def append_lock(
        self, feed_number: int, *, wait_seconds: float = WAIT_SECONDS
    ) -> AbstractContextManager[None]:
        """The right to append to a feed, kept beside its log key."""
        return append_lock(self._lock(feed_number), wait_seconds=wait_seconds)

    def is_append_awaited(self, feed_number: int) -> bool:
        """Whether another process waits for that right."""
        return is_awaited(self._lock(feed_number))

    def _lock(self, feed_number: int) -> Path:
        return self.keys / f"feed-{feed_number}.lock"

    def token_file(self) -> TokenFile:
        """The tokens of systems that may publish over HTTP. Never in a backup."""
        return TokenFile(self.path / "tokens.json")


def _lost(what: str) -> Misuse:
    hint = "Get it back from a peer: `entrepot recover --from PEER`; or from a backup. See docs/recovery.md."
    return Misuse("store.lost", f"the keys are here, but {what} is gone", hint=hint)
