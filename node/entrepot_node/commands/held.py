"""`entrepot held`: contents that a mass withdrawal took away, until they are deleted."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import typer

from entrepot_node.commands.node import open_node
from entrepot_node.commands.output import DONE, FOUND_FAULTS, Output
from entrepot_node.durable_files import write_secret
from entrepot_schema.errors import Misuse
from entrepot_schema.timestamp import format_seconds


def run_held(path: Path, origin: str, *, erase: bool, save: Path | None, yes: bool, as_json: bool) -> int:
    """List, save or delete what is held."""
    if (erase or save) and not origin:
        raise Misuse("held.origin", "name the origin whose held contents are meant")
    with open_node(path) as node:
        feeds = [feed for feed in node.store.feeds() if origin in ("", feed.origin)]
        if not feeds:
            raise Misuse(
                "follow.unknown", f"{origin} is not followed", hint="`entrepot peers` lists what is."
            )
        rows = []
        for feed in feeds:
            held = node.store.held(feed.id)
            if held.due_at is not None:
                due = format_seconds(held.due_at)
                rows.append({"origin": feed.origin, "feed": feed.name, "subjects": held.subjects, "due": due})
        if save:
            lines = [raw + b"\n" for feed in feeds for raw in node.store.held_contents(feed.id)]
            _write(save, b"".join(lines))
        if erase and rows:
            if not yes and not typer.confirm(f"Delete for good what {origin} withdrew?"):
                return FOUND_FAULTS
            for feed in feeds:
                node.store.erase_held(feed_id=feed.id)
    document = {"held": rows, "erased": bool(erase and rows), "saved": str(save) if save else None}
    Output(as_json=as_json).result(document, lambda console: console.print(_text(rows, erased=erase)))
    return DONE


def _write(path: Path, raw: bytes) -> None:
    try:
        write_secret(path, raw)  # never over a file, and for nobody else: it was withdrawn
    except OSError as error:
        raise Misuse("export.file", f"{path} cannot be written: {error.strerror}") from error


def _text(rows: list[dict[str, Any]], *, erased: bool) -> str:
    if not rows:
        return "Nothing is held."
    word = "deleted" if erased else "hidden"
    lines = [
        f"{row['origin']}: {row['subjects']} withdrawn subjects {word}"
        + ("" if erased else f", deleted at {row['due']}")
        for row in rows
    ]
    if not erased:
        lines.append("Call the operator. If it was meant: entrepot held ORIGIN --erase")
        lines.append("If a key was stolen: entrepot held ORIGIN --save FILE")
    return "\n".join(lines)
