"""Checking again, after an upgrade, what was kept because it was newer than this software (SIG-30)."""

from __future__ import annotations

from entrepot_node.storage.interface import Store
from entrepot_schema.record import Statement
from entrepot_sync.content_check import check_content
from entrepot_sync.entry import parse_entry
from entrepot_sync.feed_store import Status

_STEP = 256


def recheck_kept(store: Store) -> int:
    """Check every kept content anew; return how many are settled now, stored or refused."""
    settled = 0
    for feed in store.feeds():
        after = -1
        while kept := store.kept_contents(feed.id, limit=_STEP, after=after):
            for place, raw in kept:
                entry = parse_entry(place.entry)
                statement = Statement(entry.subject, entry.type, entry.time, place.revision)
                key = feed.key_log.states[place.key_line - 1].record_key
                content = check_content(raw, statement, origin=feed.origin, key=key)
                if content.status is not Status.KEPT:
                    settled += store.put_content(feed.id, place.index, content)
                after = place.index
    return settled
