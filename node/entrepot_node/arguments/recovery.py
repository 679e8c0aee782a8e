"""Arguments of the commands for bad days: recover, backup, restore."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrepot_node.arguments.options import HOME, HomeOption, JsonOption, PrivateOption


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(recover)
    app.command()(backup)
    app.command()(restore)


def recover(
    source: Annotated[
        str,
        typer.Option(
            "--from", help="Base URL of a peer that mirrors this node, or a folder or zip file with a copy."
        ),
    ] = "",
    override: Annotated[
        str, typer.Option(help="Sign although no peer answers; says why, and is written down.")
    ] = "",
    allow_private: PrivateOption = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Get the node's own feed back from a copy, with only its keys at hand; see docs/recovery.md."""
    from entrepot_node.commands.recover import run_override, run_recover

    if bool(source) == bool(override):
        raise typer.BadParameter("give one of --from and --override")
    if override:
        raise typer.Exit(run_override(home, override, as_json=json))
    raise typer.Exit(run_recover(home, source, allow_private=allow_private, as_json=json))


def backup(
    file: Annotated[Path, typer.Argument(help="File to write; must not exist.")],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="Record key and log keys too, under a passphrase.")
    ] = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Write a verified backup of the store and settings while the node runs."""
    from entrepot_node.commands.backup import run_backup

    raise typer.Exit(run_backup(home, file, with_keys=with_keys, as_json=json))


def restore(
    file: Annotated[Path, typer.Argument(help="A backup.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Rehearse it; change nothing.")] = False,
    with_keys: Annotated[bool, typer.Option("--with-keys", help="Take the keys from it too.")] = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Put a backup into an empty folder. The node signs nothing before a peer has answered."""
    from entrepot_node.commands.backup import run_restore

    code = run_restore(home, file, dry_run=dry_run, with_keys=with_keys, as_json=json)
    raise typer.Exit(code)
