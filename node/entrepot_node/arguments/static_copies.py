"""Arguments of the command that writes a feed as files."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot_node.arguments.options import HOME, HomeOption, JsonOption


def register(app: typer.Typer) -> None:
    """Add the command to the command line."""
    app.command()(static)


def static(
    folder: Annotated[
        str,
        typer.Argument(
            help="Folder to write, or bucket as s3://BUCKET/FOLDER: empty, or a copy written before."
        ),
    ],
    base_url: Annotated[
        str, typer.Option(help="Where the folder will be served; the setting static_url by default.")
    ] = "",
    endpoint: Annotated[
        str, typer.Option(help="Where the object store is, if it is not AWS; keys come from AWS_… variables.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be written; write nothing.")
    ] = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Write the node's own feed as files for any web host or object store; again only what changed."""
    from entrepot_node.commands.static import run_static

    raise typer.Exit(
        run_static(home, folder, base_url=base_url, endpoint=endpoint, dry_run=dry_run, as_json=json)
    )
