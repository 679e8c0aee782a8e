"""`entrepot peers`: what is held of whom, and how pulls go."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from entrepot_node.commands.node import Node, open_node
from entrepot_node.commands.output import DONE, Output, printable
from entrepot_node.live_feed import live_feeds
from entrepot_node.push_targets import parse_witnesses
from entrepot_node.served_checkpoint import vouching
from entrepot_node.storage.vouching import PushRow
from entrepot_schema.timestamp import format_seconds
from entrepot_sync.feed_store import FeedRow


def run_peers(path: Path, *, as_json: bool) -> int:
    """List feeds, our own first."""
    with open_node(path) as node:
        rows = feed_rows(node)
    Output(as_json=as_json).result(rows, lambda console: console.print(_table(rows)))
    return DONE


def feed_rows(node: Node) -> list[dict[str, Any]]:
    """One row a feed."""
    follows = {follow.feed_id: follow for follow in node.store.follows()}
    pushes = {push.origin: push for push in node.store.pushes()}
    live = node.feed
    rows = []
    for feed in live_feeds(node.store):
        follow = follows.get(feed.id)
        counts = asdict(node.store.counts(feed.id))
        rows.append(
            {
                "origin": feed.origin,
                "feed": feed.name,
                "own": feed.own,
                "fingerprint": feed.key_log.scid,
                "baseUrl": follow.base_url if follow else node.settings.base_url,
                "size": feed.head.size,
                "root": feed.head.root.hex(),
                "headTime": _time(feed.head_at) if feed.head.size else None,
                "stored": feed.size,
                "state": feed.state,
                "code": feed.state_code or (follow.last_code if follow else ""),
                "message": feed.state_text or (follow.last_text if follow else ""),
                "lastSuccess": _time(follow.success_at) if follow else None,
                "source": follow.source if follow else "",
                "sourceTime": _time(follow.source_at) if follow else None,
                "mirrored": bool(follow and follow.mirror),
                "heldSubjects": node.store.held(feed.id).subjects,
                "failures": follow.failures if follow else 0,
                "records": counts.pop("stored"),
                **counts,
                "cosigned": _cosigned(node, live, pushes) if feed.name == live.name else None,
                "push": None if feed.own else _push(pushes.get(feed.origin)),
            }
        )
    return rows


def _cosigned(node: Node, feed: FeedRow, pushes: dict[str, PushRow]) -> dict[str, Any]:
    """Who vouches for our newest head, of the peers that can, and how the witnesses of the settings stand."""
    found = vouching(node.store, feed)
    by = [{"origin": one.origin, "name": one.name, "time": _time(one.time)} for one in found.by]
    witnesses = []
    for target in parse_witnesses(node.settings.witnesses):
        row = pushes.get(target.origin)
        cosigned = row is not None and (row.feed_name, row.size) == (feed.name, feed.head.size)
        witnesses.append({"name": target.witness.name, "cosigned": cosigned, "push": _push(row)})
    return {"by": by, "of": found.of, "witnesses": witnesses}


def _push(row: PushRow | None) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "size": row.size,
        "code": row.last_code,
        "message": row.last_text,
        "lastSuccess": _time(row.success_at),
    }


def cosigned_text(row: dict[str, Any]) -> str:
    """Say in a few words who vouches, for a row of `feed_rows`."""
    if row["cosigned"]:
        found = row["cosigned"]
        others = found["witnesses"]
        text = f"{len(found['by'])} of {found['of']} peers"
        return (
            f"{text}, {sum(one['cosigned'] for one in others)} of {len(others)} witnesses" if others else text
        )
    push = row["push"]
    if push is None:
        return "–"
    return push["code"] or f"our {push['size']} entries"


def _time(seconds: float | None) -> str | None:
    return format_seconds(seconds) if seconds else None


def _table(rows: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table(
        "Origin", "Records", "Entries", "Newest head", "State", "Last success", "Cosigned", "What happened"
    )
    for row in rows:
        own = " (own)" if row["own"] else ""
        state = row["state"] if not row["failures"] else f"{row['state']}, {row['failures']} failures"
        happened = f"{row['message']} [{row['code']}]" if row["code"] else ""
        if row["heldSubjects"]:
            happened += f"; a mass withdrawal waits: entrepot held {row['origin']}"
        if row["source"]:
            happened += f"; from the mirror {row['source']} at {row['sourceTime']}"
        table.add_row(
            row["origin"] + own,
            str(row["records"]),
            str(row["size"]),
            row["headTime"] or "–",
            state,
            row["lastSuccess"] or "–",
            cosigned_text(row),
            printable(happened),
        )
    return table
