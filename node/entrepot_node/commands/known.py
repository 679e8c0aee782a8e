"""`entrepot peers --known`: nodes that peers follow, for whoever looks for more to follow (FED-69)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from entrepot_node.commands.node import Node, open_node
from entrepot_node.commands.output import DONE, Output
from entrepot_node.discovery import MOST_NODES


def run_known(path: Path, *, as_json: bool) -> int:
    """List known nodes, one row an origin."""
    with open_node(path) as node:
        rows = known_rows(node)
    Output(as_json=as_json).result(rows, lambda console: console.print(_text(rows)))
    return DONE


def known_rows(node: Node) -> list[dict[str, Any]]:
    """By origin: what each peer that names it says, those that most peers name first."""
    claims: dict[str, list[dict[str, str]]] = {}
    for one in node.store.known_nodes(limit=MOST_NODES):
        claim = {"through": one.through, "fingerprint": one.scid, "baseUrl": one.base_url}
        claims.setdefault(one.origin, []).append(claim)
    order = sorted(claims, key=lambda origin: (-len(claims[origin]), origin))
    return [{"origin": origin, "claims": claims[origin]} for origin in order]


def _text(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "Your peers name no node that you do not follow."
    lines = []
    for row in rows:
        same: dict[tuple[str, str], list[str]] = {}
        for claim in row["claims"]:
            same.setdefault((claim["baseUrl"], claim["fingerprint"]), []).append(claim["through"])
        for (url, scid), through in same.items():
            lines.append(f"{row['origin']}  {url}  {scid}  known through {', '.join(through)}")
        if len(same) > 1:
            lines.append(
                f"  Your peers do not agree about {row['origin']}: compare its fingerprint by phone."
            )
    return "\n".join([*lines, "None of them is followed or trusted: entrepot follow URL"])
