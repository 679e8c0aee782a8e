"""Arguments of the commands that keep records of others from readers here."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot_node.arguments.options import HOME, HomeOption, JsonOption

_Names = Annotated[
    list[str], typer.Argument(help="Origins, or ids of subjects: https://…/id/…", metavar="ORIGIN|ID...")
]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (hide, unhide, hidden):
        app.command()(command)


def hide(
    names: _Names,
    reason: Annotated[str, typer.Option(help="Why, for yourself; shown to nobody else.")] = "",
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Show no records of an origin, or not this one, to readers of this node; feeds stay whole."""
    from entrepot_node.commands.hide import run_hide

    raise typer.Exit(run_hide(home, names, reason=reason, as_json=json))


def unhide(names: _Names, home: HomeOption = HOME, json: JsonOption = False) -> None:
    """Show again what was hidden."""
    from entrepot_node.commands.hide import run_unhide

    raise typer.Exit(run_unhide(home, names, as_json=json))


def hidden(home: HomeOption = HOME, json: JsonOption = False) -> None:
    """List what is hidden here, since when, and why."""
    from entrepot_node.commands.hide import run_hidden

    raise typer.Exit(run_hidden(home, as_json=json))
