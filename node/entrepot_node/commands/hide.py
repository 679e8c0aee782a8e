"""`entrepot hide`, `unhide` and `hidden`: what readers of this node are not shown."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from entrepot_node.commands.node import open_node
from entrepot_node.commands.output import DONE, Output, printable
from entrepot_schema.errors import Misuse
from entrepot_schema.timestamp import format_seconds


def run_hide(path: Path, names: list[str], *, reason: str, as_json: bool) -> int:
    """Hide origins and subjects; a server that runs shows them no more from its next answer on."""
    with open_node(path) as node:
        for name in names:
            node.store.hide(name, reason, now=time.time())
    Output(as_json=as_json).result({"hidden": names}, lambda console: console.print(_done("Hidden", names)))
    return DONE


def run_unhide(path: Path, names: list[str], *, as_json: bool) -> int:
    """Show origins and subjects again."""
    with open_node(path) as node:
        for name in names:
            if not node.store.unhide(name, now=time.time()):
                hint = "`entrepot hidden` lists what is."
                raise Misuse("hide.not-hidden", f"{name} is not hidden", hint=hint)
    Output(as_json=as_json).result({"shown": names}, lambda console: console.print(_done("Shown", names)))
    return DONE


def run_hidden(path: Path, *, as_json: bool) -> int:
    """List what is hidden."""
    with open_node(path) as node:
        rows = [
            {"name": row.name, "kind": "subject" if "/" in row.name else "origin", "since": format_seconds(row.hidden_at),
             "reason": row.reason}
            for row in node.store.hidden()
        ]  # fmt: skip
    Output(as_json=as_json).result({"hidden": rows}, lambda console: console.print(_list(rows)))
    return DONE


def _done(word: str, names: list[str]) -> str:
    return "\n".join(f"{word}: {printable(name)}" for name in names)


def _list(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "Nothing is hidden."
    lines = [
        f"{row['name']}  since {row['since']}" + (f"  {row['reason']}" if row["reason"] else "")
        for row in rows
    ]
    return "\n".join(printable(line) for line in lines)
