"""What verifying says, and the keys it may rely on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from entrepot_node.commands.node import open_node
from entrepot_node.home import Home
from entrepot_node.live_feed import live_feeds
from entrepot_schema.errors import Misuse
from entrepot_schema.key_log import KeyLog, parse_key_log
from entrepot_sync.peer_feed import MAX_KEY_LOG_BYTES


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification showed, and what it could not show; in sentences."""

    kind: str
    shown: list[str]
    not_shown: list[str]


def read_file(file: Path, most: int) -> bytes:
    """Read a file that somebody else may have sent; what is longer than `most` is cut off one byte behind it."""
    try:
        with file.open("rb") as opened:
            return opened.read(most + 1)
    except OSError as error:
        raise Misuse("verify.file", f"{file} cannot be read: {error.strerror}") from error


def pinned_key_log(home: Path, origin: str, key_log: Path | None) -> KeyLog | None:
    """The key log that was named, or the one pinned in the node's folder; None where there is neither."""
    if key_log is not None:
        return parse_key_log(read_file(key_log, MAX_KEY_LOG_BYTES), origin=origin)
    if not Home(home).settings_file.exists():
        return None
    with open_node(home) as node:
        return next((feed.key_log for feed in live_feeds(node.store) if feed.origin == origin), None)


def no_keys(origin: str) -> Misuse:
    """Nothing can be said of a signature without a key known beforehand."""
    hint = "Give its key log with --key-log, or follow the node first."
    return Misuse("verify.no-keys", f"the keys of {origin or 'the issuer'} are not known here", hint=hint)
