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
    app.command()(schema)
    app.command()(example)
    app.command()(diff)
    app.command()(canonical)


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


def schema(
    name: Annotated[str, typer.Argument(help="A type of record, package, or another name of --list.")] = "",
    list_all: Annotated[bool, typer.Option("--list", help="List all schemas.")] = False,
    json: JsonOption = False,
) -> None:
    """Print a JSON Schema of the standard, with all it needs in one document."""
    from entrepot_node.commands.schema import run_schema

    raise typer.Exit(run_schema(name, list_all=list_all, as_json=json))


def example(
    name: Annotated[str, typer.Argument(help="A type of record, or package.")],
    plain: Annotated[bool, typer.Option("--plain", help="JSON alone, without comments.")] = False,
    minimal: Annotated[bool, typer.Option("--minimal", help="Only the fields that must be there.")] = False,
) -> None:
    """Print an example with a comment beside each field, to start from."""
    from entrepot_node.commands.example import run_example

    raise typer.Exit(run_example(name, minimal=minimal, plain=plain))


def diff(
    before: Annotated[str, typer.Argument(help="A profile, record or package; - reads standard input.")],
    after: Annotated[str, typer.Argument(help="The same, later.")],
    json: JsonOption = False,
) -> None:
    """Say field by field what changed between two files; of packages, subject by subject. Exit code 1 if anything did."""
    from entrepot_node.commands.diff import run_diff

    raise typer.Exit(run_diff(before, after, as_json=json))


def canonical(
    file: Annotated[str, typer.Argument(help="A JSON file; - reads standard input.")],
    digest: Annotated[bool, typer.Option("--digest", help="Print their SHA-256 instead.")] = False,
) -> None:
    """Write a document in canonical form (RFC 8785), the bytes that are signed and hashed."""
    from entrepot_node.commands.schema import run_canonical

    raise typer.Exit(run_canonical(file, digest=digest))
