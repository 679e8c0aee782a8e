"""What other nodes vouch for of this one, in words: cosigners, mirrors, erasures; and logs that have forked. Pure.

All of it is public already, in checkpoints, node documents and the log; nothing here is an operator's secret.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.foreign import readable
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.naming import isolated
from entrepot_node.pages.times import ago
from entrepot_node.pages.vouching_view import VouchingView
from entrepot_node.receipts import erasure_of, known_mirrors
from entrepot_node.storage.receipts import ReceiptRow, Withdrawal
from entrepot_sync.feed_store import FeedRow


@dataclass(frozen=True, slots=True)
class MirrorView:
    """A known mirror of our feed: up to which head it vouches for it, and when it was heard last."""

    origin: str
    size: int
    newest: bool
    sign: str
    text: Markup
    heard: Markup
    code: str


@dataclass(frozen=True, slots=True)
class ErasureView:
    """A withdrawal of ours: at how many known mirrors it is gone, and the names of the others."""

    subject: str
    type: str
    gone: int
    known: int
    text: Markup
    others: tuple[Markup, ...]


@dataclass(frozen=True, slots=True)
class FrozenLog:
    """A log that has signed two histories, of other software or our own, and the name of the evidence."""

    log: str
    evidence: str


@dataclass(frozen=True, slots=True)
class FederationView:
    """How this node stands in its federation. `more` says that there are older withdrawals."""

    vouching: VouchingView
    mirrors: tuple[MirrorView, ...]
    mirrored: Markup
    erasures: tuple[ErasureView, ...]
    more: bool
    frozen: tuple[FrozenLog, ...]
    accused: tuple[FrozenLog, ...]
    """Feeds of ours of which a peer showed another history."""


def mirror_views(
    feed: FeedRow, receipts: Sequence[ReceiptRow], now: float, messages: Messages
) -> tuple[MirrorView, ...]:
    """Say of each known mirror whether it holds our newest head; those that do not stand first."""
    known = known_mirrors(receipts, feed.name)
    known.sort(key=lambda row: (row.size >= feed.head.size, row.origin))
    return tuple(_mirror(row, feed.head.size, now, messages) for row in known)


def mirrored_text(mirrors: Sequence[MirrorView], messages: Messages) -> Markup:
    """Say how many of the known mirrors hold our newest head."""
    if not mirrors:
        return messages("mirrors.none")
    return messages("mirrors.of", number=sum(mirror.newest for mirror in mirrors), total=len(mirrors))


def erasure_views(
    feed: FeedRow,
    withdrawals: Sequence[Withdrawal],
    receipts: Sequence[ReceiptRow],
    now: float,
    messages: Messages,
) -> tuple[ErasureView, ...]:
    """Say of each withdrawal where it is known to be carried out (FED-35)."""
    return tuple(_erasure(one, feed, receipts, now, messages) for one in withdrawals)


def _mirror(row: ReceiptRow, size: int, now: float, messages: Messages) -> MirrorView:
    newest = row.size >= size
    behind = messages("mirrors.behind", held=f"{row.size:,}", size=f"{size:,}")
    return MirrorView(
        origin=row.origin,
        size=row.size,
        newest=newest,
        sign="●" if newest else "◐",
        text=messages("mirrors.newest") if newest else behind,
        heard=_heard(row, now, messages),
        code=row.code,
    )


def _erasure(
    one: Withdrawal, feed: FeedRow, receipts: Sequence[ReceiptRow], now: float, messages: Messages
) -> ErasureView:
    found = erasure_of(one.index, receipts, feed.name)
    text = (
        messages("erasures.gone", gone=found.gone, known=found.known)
        if found.known
        else messages("erasures.no-mirror")
    )
    others = [
        messages("erasures.other", origin=isolated(row.origin), heard=_heard(row, now, messages))
        for row in found.others
    ]
    return ErasureView(one.subject, one.type, found.gone, found.known, text, tuple(others))


def _heard(row: ReceiptRow, now: float, messages: Messages) -> Markup:
    if row.success_at is None:
        return messages("mirrors.never")
    return messages("mirrors.heard", when=ago(now - row.success_at, messages))


def frozen_logs(evidence: Sequence[tuple[str, str]]) -> tuple[FrozenLog, ...]:
    """Name logs with evidence against them: whatever their origin lines hold, they are shown as text."""
    return tuple(FrozenLog(readable(log), name) for log, name in evidence)
