"""The part of the storage contract about vouching: who cosigned our heads, what others cosigned, who the peers are."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from entrepot_sync.feed_store import Head

REWRITE_SECONDS = 3600
"""How often a line in the served checkpoint is replaced by a fresher one for the same head (FED-06)."""


@dataclass(frozen=True, slots=True)
class CosignatureRow:
    """The newest head of ours that a peer cosigned. `line` is the one served, of `time`; `newest_time` is of the last one."""

    name: str
    size: int
    line: str
    time: int
    newest_time: int


@dataclass(frozen=True, slots=True)
class HeadCosignature:
    """A verified cosignature of our head of a size. `line` ends in LF."""

    name: str
    size: int
    line: str
    time: int


@dataclass(frozen=True, slots=True)
class PushRow:
    """How the pushes to one peer go. `size` is the last of ours it cosigned, `ahead_size` one it claims above ours."""

    origin: str
    feed_name: str
    witness: str
    size: int
    tried_size: int
    ahead_size: int
    next_at: float
    failures: int
    attempt_at: float | None
    success_at: float | None
    last_code: str
    last_text: str


@dataclass(frozen=True, slots=True)
class PushOutcome:
    """What is noted of a push that ended. `size` is what the peer has cosigned by now."""

    attempt_at: float
    next_at: float
    failures: int
    size: int
    tried_size: int
    ahead_size: int = 0
    code: str = ""
    text: str = ""

    @property
    def succeeded(self) -> bool:
        """Whether the peer cosigned."""
        return not self.code


@dataclass(frozen=True, slots=True)
class PeerDocument:
    """The verified node document of a peer, the vkey of the witness it names (or nothing), and when it was fetched last.

    `etag` is the tag it came with, or nothing.
    """

    origin: str
    raw: bytes
    witness: str
    fetched_at: float
    etag: str = ""


class VouchingStore(Protocol):
    """See `interface` for what all methods promise."""

    def own_heads(self) -> Mapping[str, int]:
        """The sizes of our own heads by feed name; cheap, asked many times a second."""
        ...

    def followed_names(self) -> list[str]:
        """The names of the feeds of others."""
        ...

    def cosignatures(self, feed_id: int) -> list[CosignatureRow]:
        """Who cosigned which of our heads last, by name."""
        ...

    def put_cosignature(self, feed_id: int, cosignature: HeadCosignature) -> None:
        """Keep a verified cosignature; one for a smaller head, or an older one, changes nothing.

        The line served for a head stays for an hour, so that those who ask for news see none.
        """
        ...

    def pushes(self) -> list[PushRow]:
        """How pushes go, by origin of the peer."""
        ...

    def noted_push(self, origin: str) -> PushRow | None:
        """How pushes to one peer go; None where none was tried."""
        ...

    def lease_push(
        self, origin: str, feed_name: str, witness: str, owner: str, *, now: float, until: float
    ) -> bool:
        """Take the right to push to a peer until a time; False if another owner holds it.

        For another feed of ours or another witness key of the peer, what was noted before is forgotten.
        """
        ...

    def end_push(
        self,
        origin: str,
        owner: str,
        outcome: PushOutcome,
        cosignature: tuple[int, HeadCosignature] | None = None,
    ) -> None:
        """Note the outcome of a push, with the cosignature of one of our feeds if it brought one; give the lease back."""
        ...

    def wake_push(self, origin: str, *, codes: Collection[str], now: float) -> None:
        """Try a push again now if it failed last with one of these codes."""
        ...

    def peer_document(self, origin: str) -> PeerDocument | None:
        """The node document that is held of a peer."""
        ...

    def peer_witnesses(self) -> dict[str, str]:
        """The vkeys of the witnesses that peers name, by origin."""
        ...

    def put_peer_document(self, document: PeerDocument) -> None:
        """Keep the verified node document of a peer."""
        ...

    def add_log_evidence(self, log: str, raw: bytes, *, now: float) -> None:
        """Keep evidence against a log that is witnessed and no feed here; once."""
        ...

    def log_evidence(self, log: str = "") -> list[tuple[str, bytes]]:
        """Logs with evidence against them, oldest first; of one log where one is named."""
        ...

    def reported_heads(self, feed_id: int) -> list[Head]:
        """Signed heads of a feed that others cosigned."""
        ...

    def put_reported_head(self, feed_id: int, reporter: str, head: Head) -> None:
        """Keep the head that one reporter cosigned last, in place of the one before."""
        ...
