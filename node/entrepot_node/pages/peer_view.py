"""The state of each peer in plain words. Pure; `now` is an argument.

Words, a sign and a code, never colour alone. What stands first is what somebody must act on.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.messages import Messages
from entrepot_node.pages.node_facts import PeerFacts
from entrepot_node.pages.times import ago, duration, moment
from entrepot_node.storage.follows import FollowRow
from entrepot_sync.feed_store import FeedRow, Held

_NOTHING = Markup("")
_ORDER = (
    "forked",
    "stopped",
    "newer",
    "growth",
    "keys",
    "unfit",
    "silent",
    "paused",
    "held",
    "new",
    "current",
)
_SIGNS = {"current": "●", "new": "○", "silent": "◐", "paused": "◌", "held": "◌"}
_NEEDS_OPERATOR = {"log.growth", "log.volume"}
_NEWER = "log.needs-newer-software"
# Codes that say nothing of what a peer holds: it could not be reached, or would not answer now.
_SILENT = {
    "peer.unreachable", "peer.too-slow", "peer.throttled", "peer.status", "peer.address", "peer.incomplete",
    "pull.ended",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PeerView:
    """One row of the table. `state` is for the style sheet and the order, `sign` is there without colour too."""

    origin: str
    scid: str
    state: str
    sign: str
    title: Markup
    text: Markup
    code: str
    records: int
    entries: int
    head: Markup
    gaps: tuple[Markup, ...]
    evidence: tuple[str, ...]
    vouches: Markup
    braked: Markup


def peer_view(
    facts: PeerFacts,
    evidence: Sequence[str],
    now: float,
    messages: Messages,
    vouches: Markup = _NOTHING,
) -> PeerView:
    """Say how it stands with one peer. `evidence` are the names of its evidence files, `vouches` says whether it cosigns."""
    feed, follow, counts = facts.feed, facts.follow, facts.counts
    state, code = _state(feed, follow)
    lacking = {
        "missing": counts.missing, "refused": counts.refused, "kept": counts.kept, "hidden": facts.hidden,
    }  # fmt: skip
    gaps = [messages(f"peers.{name}", number=f"{number:,}") for name, number in lacking.items() if number]
    return PeerView(
        origin=feed.origin,
        scid=feed.key_log.scid,
        state=state,
        sign=_SIGNS.get(state, "▲"),
        title=messages(f"peer.{state}"),
        text=_text(state, follow, now, messages),
        code=code,
        records=counts.stored - facts.hidden,
        entries=feed.size,
        head=messages("peers.head", when=ago(now - feed.head_at, messages)) if feed.head.size else _NOTHING,
        gaps=tuple(gaps),
        evidence=tuple(evidence),
        vouches=vouches,
        braked=_braked(facts.held, messages),
    )


def _braked(held: Held, messages: Messages) -> Markup:
    """Say what a mass withdrawal took from view and until when it is kept (FED-31)."""
    if held.due_at is None:
        return _NOTHING
    one = ".one" if held.subjects == 1 else ""
    return messages(f"peers.braked{one}", number=f"{held.subjects:,}", until=moment(held.due_at, messages))


def urgent_first(peers: Sequence[PeerView]) -> list[PeerView]:
    """Order peers by what somebody must act on, then by name."""
    return sorted(peers, key=lambda peer: (_ORDER.index(peer.state), peer.origin))


def _state(feed: FeedRow, follow: FollowRow | None) -> tuple[str, str]:
    if feed.state == "forked":
        return "forked", feed.state_code
    if feed.state == "stopped":
        return ("newer" if feed.state_code == _NEWER else "stopped"), feed.state_code
    if feed.state == "waiting":
        return "keys", feed.state_code
    if follow is None:
        return "held", ""
    if follow.paused:
        return "paused", ""
    if follow.last_code in _NEEDS_OPERATOR:
        return "growth", follow.last_code
    if follow.failures:
        return ("silent" if follow.last_code in _SILENT else "unfit"), follow.last_code
    return ("current" if follow.success_at is not None else "new"), ""


def _text(state: str, follow: FollowRow | None, now: float, messages: Messages) -> Markup:
    since = follow.success_at or follow.added_at if follow else now
    return messages(
        f"peer.{state}.text", when=ago(now - since, messages), duration=duration(now - since, messages)
    )
