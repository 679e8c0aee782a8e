"""Arguments of the command about mass withdrawals."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrepot_node.arguments.options import HOME, HomeOption, JsonOption, YesOption


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(held)


def held(
    origin: Annotated[str, typer.Argument(help="Origin of the peer; all by default.")] = "",
    erase: Annotated[bool, typer.Option("--erase", help="Delete it now: the withdrawal was meant.")] = False,
    save: Annotated[
        Path | None, typer.Option(help="Write the signed records there, to give back to their origin.")
    ] = None,
    yes: YesOption = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """List what mass withdrawals took away and is not deleted yet; delete it or save it."""
    from entrepot_node.commands.held import run_held

    raise typer.Exit(run_held(home, origin, erase=erase, save=save, yes=yes, as_json=json))
