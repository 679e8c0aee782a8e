"""`entrepot withdraw --status`: at which mirrors what was withdrawn is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from entrepot_node.commands.node import Node, open_node
from entrepot_node.commands.output import DONE, Output
from entrepot_node.receipts import erasure_of
from entrepot_schema.errors import Misuse
from entrepot_schema.timestamp import format_seconds

_MOST = 1_000


def run_withdrawn(path: Path, subjects: list[str], *, as_json: bool) -> int:
    """Say how far withdrawals have come: of the subjects named, or the newest."""
    with open_node(path) as node:
        rows = _rows(node, subjects)
    Output(as_json=as_json).result(
        {"withdrawals": rows, "backups": "not covered"}, lambda console: console.print(_text(rows))
    )
    return DONE


def _rows(node: Node, subjects: list[str]) -> list[dict[str, Any]]:
    feed, receipts = node.feed, node.store.receipts()
    found = []
    for subject in subjects or [""]:
        withdrawals = node.store.withdrawals(feed.id, limit=_MOST, subject=subject)
        if subject and not withdrawals:
            raise Misuse("publish.not-withdrawn", f"{subject} was never withdrawn by this node")
        found += withdrawals
    rows = []
    for one in found:
        erasure = erasure_of(one.index, receipts, feed.name)
        others = [
            {"origin": row.origin, "size": row.size, "lastAnswer": _time(row.success_at), "code": row.code}
            for row in erasure.others
        ]
        rows.append(
            {"subject": one.subject, "type": one.type, "index": one.index, "publishedAgain": one.live,
             "gone": erasure.gone, "mirrors": erasure.known, "others": others}
        )  # fmt: skip
    return rows


def _text(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "Nothing was withdrawn."
    lines = []
    for row in rows:
        of = (
            f"{row['gone']} of {row['mirrors']} known mirrors"
            if row["mirrors"]
            else "here; no mirror is known"
        )
        lines.append(f"{row['subject']}: gone from {of}; backups not covered")
        lines += [f"  not yet from {one['origin']}, last heard {one['lastAnswer']}" for one in row["others"]]
    return "\n".join(lines)


def _time(seconds: float | None) -> str:
    return format_seconds(seconds or 0)
