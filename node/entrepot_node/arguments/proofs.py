"""Arguments of the command that proves a record."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from entrepot_node.arguments.options import HOME, HomeOption


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(prove)


def prove(
    subject: Annotated[str, typer.Argument(help="Id of the subject, of this node or a followed one.")],
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", "-o", help="File to write, such as acme.tlog-proof; standard output by default."
        ),
    ] = None,
    home: HomeOption = HOME,
) -> None:
    """Write a record with the proof that it stands in its feed; `entrepot verify` checks the file offline."""
    from entrepot_node.commands.prove import run_prove

    raise typer.Exit(run_prove(home, subject, file=output))
