"""Arguments of the commands around documents, which need no node: check them, see what they look like, compare them."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from entrepot_node.arguments.options import JsonOption, PrivateOption


class CheckFormat(StrEnum):
    """How findings are printed."""

    text = "text"
    json = "json"
    sarif = "sarif"
    github = "github"


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command()(check)


def check(
    targets: Annotated[
        list[str], typer.Argument(help="Files, folders or web addresses; - reads standard input.")
    ],
    format: Annotated[
        CheckFormat, typer.Option(help="text for people, sarif and github for code review.")
    ] = CheckFormat.text,
    now: Annotated[str, typer.Option(help="Judge as if it were this day or time.")] = "",
    strict: Annotated[bool, typer.Option("--strict", help="Take warnings for errors.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show errors only, and no sum.")] = False,
    allow_private: PrivateOption = False,
    json: JsonOption = False,
) -> None:
    """Check profiles, packages and records, offline: what is wrong, where, and how to mend it."""
    from entrepot_node.commands.check import run_check

    code = run_check(
        targets,
        format="json" if json else format.value,
        now=now,
        strict=strict,
        quiet=quiet,
        allow_private=allow_private,
    )
    raise typer.Exit(code)
