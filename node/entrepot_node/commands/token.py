"""`entrepot token add`, `list` and `remove`. Only the file of tokens is touched, so a server may run beside it."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from pathlib import Path

from entrepot_node.commands.output import DONE, Output
from entrepot_node.home import Home
from entrepot_schema.timestamp import format_timestamp


def run_add(path: Path, name: str, *, as_json: bool) -> int:
    """Make a token."""
    home = _founded(path)
    made = format_timestamp(datetime.now(UTC))
    secret = home.token_file().add(name, made=made, random_bytes=secrets.token_bytes)
    text = f"{secret}\n\nThis is the token of {name}. It is shown this once; keep it where only that system reads it."
    Output(as_json=as_json).result({"name": name, "token": secret}, lambda console: console.print(text))
    return DONE


def run_list(path: Path, *, as_json: bool) -> int:
    """List the tokens."""
    rows = [
        {"name": token.name, "made": token.made, "scope": token.scope}
        for token in _founded(path).token_file().tokens()
    ]
    lines = [f"{row['name']}  since {row['made'][:10]}" for row in rows]
    text = "\n".join(lines) or "No token: nothing can be published over HTTP. `entrepot token add` makes one."
    Output(as_json=as_json).result({"tokens": rows}, lambda console: console.print(text))
    return DONE


def run_remove(path: Path, name: str, *, as_json: bool) -> int:
    """Remove a token."""
    _founded(path).token_file().remove(name)
    Output(as_json=as_json).result(
        {"removed": name}, lambda console: console.print(f"{name} opens nothing any more.")
    )
    return DONE


def _founded(path: Path) -> Home:
    home = Home(path)
    home.settings()  # a folder that holds no node is refused with its own words
    return home
