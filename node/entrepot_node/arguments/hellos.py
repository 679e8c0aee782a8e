"""Arguments of `entrepot hellos`: list, approve, refuse, forget."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot_node.arguments.options import (
    HOME,
    FingerprintOption,
    HomeOption,
    JsonOption,
    PrivateOption,
    YesOption,
)

hellos_app = typer.Typer(
    help="Nodes that follow you and ask to be pushed to: list them, approve or refuse.",
    invoke_without_command=True,
)
Origins = Annotated[list[str], typer.Argument(help="Origins of the nodes.")]


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(hellos_app, name="hellos")


@hellos_app.callback()
def hellos(context: typer.Context, home: HomeOption = HOME, json: JsonOption = False) -> None:
    """Nodes that follow you and ask to be pushed to; without a command they are listed."""
    from entrepot_node.commands.hellos import run_hellos

    if context.invoked_subcommand is None:
        raise typer.Exit(run_hellos(home, as_json=json))


@hellos_app.command("list")
def list_(home: HomeOption = HOME, json: JsonOption = False) -> None:
    """List what waits, what was refused, and whom you approved."""
    from entrepot_node.commands.hellos import run_hellos

    raise typer.Exit(run_hellos(home, as_json=json))


@hellos_app.command()
def approve(
    origin: Annotated[str, typer.Argument(help="Origin of the node.")],
    fingerprint: FingerprintOption = "",
    yes: YesOption = False,
    allow_private: PrivateOption = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Push to a node from now on. It does not mean to follow it."""
    from entrepot_node.commands.hellos import run_approve

    code = run_approve(
        home, origin, fingerprint=fingerprint, yes=yes, allow_private=allow_private, as_json=json
    )
    raise typer.Exit(code)


@hellos_app.command()
def refuse(origins: Origins, home: HomeOption = HOME, json: JsonOption = False) -> None:
    """Push to these nodes not at all, or no more; they are told so when they ask again."""
    from entrepot_node.commands.hellos import run_refuse

    raise typer.Exit(run_refuse(home, origins, as_json=json))


@hellos_app.command()
def forget(
    origins: Annotated[list[str] | None, typer.Argument(help="Origins of the nodes.")] = None,
    waiting: Annotated[
        bool, typer.Option("--waiting", help="All that wait, as after a flood of hellos.")
    ] = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Drop what is noted of these nodes, as if they had never said hello; they may say it again."""
    from entrepot_node.commands.hellos import run_forget

    if bool(origins) == waiting:
        raise typer.BadParameter("name at least one origin, or --waiting", param_hint="ORIGINS")
    raise typer.Exit(run_forget(home, origins or [], as_json=json))
