"""Arguments of the commands that take records out of a node."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrepot_node.arguments.options import HOME, HomeOption


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(export)


def export(
    everything: Annotated[
        bool, typer.Option("--all", help="Records of all feeds held here, not of the own alone.")
    ] = False,
    origin: Annotated[str, typer.Option(help="Records of this peer instead of the own.")] = "",
    type: Annotated[str, typer.Option(help="Only this type; a package takes the clusters along.")] = "",
    license: Annotated[str, typer.Option(help="Only records under this licence.")] = "",
    publisher: Annotated[
        str, typer.Option(help="Id of the cluster that the package names as its publisher.")
    ] = "",
    jsonl: Annotated[bool, typer.Option("--jsonl", help="A package as JSON Lines.")] = False,
    signed: Annotated[bool, typer.Option("--signed", help="Signed records, one a line.")] = False,
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="File to write; standard output by default.")
    ] = None,
    home: HomeOption = HOME,
) -> None:
    """Write live records as a package, which can be checked, edited and published again."""
    from entrepot_node.commands.export import run_export
    from entrepot_schema.catalog import TYPES

    if everything and origin:
        raise typer.BadParameter("--all and --origin exclude each other")
    if jsonl and signed:
        raise typer.BadParameter("--jsonl and --signed exclude each other")
    if type and type not in TYPES:
        raise typer.BadParameter(f"--type is one of {', '.join(TYPES)}")
    code = run_export(
        home,
        origin=origin,
        everything=everything,
        type=type,
        license=license,
        form="signed" if signed else "jsonl" if jsonl else "json",
        publisher=publisher,
        file=output,
    )
    raise typer.Exit(code)
