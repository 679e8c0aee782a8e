"""Arguments of `entrepot token`: which systems may publish over HTTP."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot_node.arguments.options import HOME, HomeOption, JsonOption

_Name = Annotated[str, typer.Argument(help="Name of the system that gets it, for yourself and the log.")]

token = typer.Typer(
    help="Let systems of yours publish over HTTP: each needs a token of its own.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.add_typer(token, name="token")


@token.command("add")
def add(name: _Name, home: HomeOption = HOME, json: JsonOption = False) -> None:
    """Make a token and show it, once. A running server knows it at once."""
    from entrepot_node.commands.token import run_add

    raise typer.Exit(run_add(home, name, as_json=json))


@token.command("list")
def list_(home: HomeOption = HOME, json: JsonOption = False) -> None:
    """List the tokens by name, with the day they were made."""
    from entrepot_node.commands.token import run_list

    raise typer.Exit(run_list(home, as_json=json))


@token.command("remove")
def remove(name: _Name, home: HomeOption = HOME, json: JsonOption = False) -> None:
    """Let a token open nothing any more, at once."""
    from entrepot_node.commands.token import run_remove

    raise typer.Exit(run_remove(home, name, as_json=json))
