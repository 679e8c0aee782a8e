"""Whom we call upon about our own feed: the peers we follow, and the followers that the operator approved (FED-66)."""

from __future__ import annotations

from dataclasses import dataclass

from entrepot_node.storage.interface import Store


@dataclass(frozen=True, slots=True)
class Correspondent:
    """A node and where the operator says it is. `paused`: it is followed, but not pulled just now."""

    origin: str
    base_url: str
    allow_private: bool
    paused: bool = False


def correspondents(store: Store) -> list[Correspondent]:
    """All of them, by origin. Where a node is followed too, what was said with the follow counts."""
    found = {
        row.origin: Correspondent(row.origin, row.base_url, row.allow_private) for row in store.followers()
    }
    for follow in store.follows():
        found[follow.origin] = Correspondent(
            follow.origin, follow.base_url, follow.allow_private, follow.paused
        )
    return [found[origin] for origin in sorted(found)]
