"""What the start page shows besides settings: how much is held, what is newest, how the peers are. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.card import Card
from entrepot_node.pages.facets import Facet
from entrepot_node.pages.peer_view import PeerView
from entrepot_node.pages.vouching_view import VouchingView


@dataclass(frozen=True, slots=True)
class HomeView:
    """The start page. `total` counts the records of the directory, `statistics` divides them."""

    fingerprint: str
    total: int
    own_records: int
    refused: int
    statistics: tuple[Facet, ...]
    newest: tuple[Card, ...]
    peers: tuple[PeerView, ...]
    vouching: VouchingView
    mirrored: Markup

    @property
    def peer_records(self) -> int:
        """How many records came from peers."""
        return sum(peer.records for peer in self.peers)
