"""`entrepot peers`: what is held of whom, and how pulls go."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from entrepot_node.commands.node import Node, open_node
from entrepot_node.commands.output import DONE, Output


def run_peers(path: Path, *, as_json: bool) -> int:
    """List feeds, our own first."""
    with open_node(path) as node:
        rows = feed_rows(node)
    Output(as_json=as_json).result(rows, lambda console: console.print(_table(rows)))
    return DONE


def feed_rows(node: Node) -> list[dict[str, Any]]:
    """One row a feed."""
    follows = {follow.feed_id: follow for follow in node.store.follows()}
    rows = []
    for feed in node.store.feeds():
        follow = follows.get(feed.id)
        rows.append(
            {
                "origin": feed.origin,
                "feed": feed.name,
                "own": feed.own,
                "fingerprint": feed.key_log.scid,
                "baseUrl": follow.base_url if follow else node.settings.base_url,
                "size": feed.head.size,
                "root": feed.head.root.hex(),
                "stored": feed.size,
                "state": feed.state,
                "code": feed.state_code or (follow.last_code if follow else ""),
                "message": feed.state_text or (follow.last_text if follow else ""),
                "lastSuccess": _time(follow.success_at) if follow else None,
                "source": follow.source if follow else "",
                "sourceTime": _time(follow.source_at) if follow else None,
                "mirrored": bool(follow and follow.mirror),
                "failures": follow.failures if follow else 0,
                **{
                    name: value
                    for name, value in asdict(node.store.counts(feed.id)).items()
                    if name != "stored"
                },
                "records": node.store.counts(feed.id).stored,
            }
        )
    return rows


def _time(seconds: float | None) -> str | None:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if seconds else None


def _table(rows: list[dict[str, Any]]) -> Any:
    from rich.table import Table

    table = Table("Origin", "Records", "Entries", "State", "Last success", "What happened")
    for row in rows:
        own = " (own)" if row["own"] else ""
        state = row["state"] if not row["failures"] else f"{row['state']}, {row['failures']} failures"
        happened = f"{row['message']} [{row['code']}]" if row["code"] else ""
        if row["source"]:
            happened += f"; from the mirror {row['source']} at {row['sourceTime']}"
        table.add_row(
            row["origin"] + own,
            str(row["records"]),
            str(row["size"]),
            state,
            row["lastSuccess"] or "–",
            happened,
        )
    return table
