"""No trust in a node whose private keys are public (SIG-14)."""

from __future__ import annotations

from entrepot_schema.errors import Refused
from entrepot_schema.key_log import KeyLog, committed_cards
from entrepot_schema.known_test_keys import PUBLISHED_CARD_HASHES, is_published_test_key
from entrepot_schema.origin import FeedName
from entrepot_sync.peer_trust import log_keys


def require_secret_keys(key_log: KeyLog) -> None:
    """Refuse a node whose keys or cards are those of public vectors: anybody can sign in its name, or take it over (S13)."""
    live = FeedName(key_log.origin, key_log.latest.live_feed)
    signers = [key_log.latest.record_key, *(key.public for key in log_keys(key_log, str(live)))]
    cards = set(committed_cards(key_log)) & PUBLISHED_CARD_HASHES
    if cards or any(is_published_test_key(key) for key in signers):
        raise Refused(
            "key.published", f"{key_log.origin} has a published test key; anybody can sign in its name"
        )
