"""Arguments of the commands for bad days: recover, backup, restore."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot_node.arguments.options import HOME, HomeOption, JsonOption, PrivateOption


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(recover)


def recover(
    source: Annotated[
        str,
        typer.Option("--from", help="Base URL of a peer that mirrors this node, or a folder with a copy."),
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
