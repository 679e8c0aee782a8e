"""Arguments of `entrepot keys`: show, rotate, recover, renew-identity."""

from __future__ import annotations

from typing import Annotated

import typer

from entrepot_node.arguments.options import HOME, HomeOption, JsonOption, YesOption

keys_app = typer.Typer(
    help="The keys of the node: show them, change them, replace what is lost.", no_args_is_help=True
)


def register(app: typer.Typer) -> None:
    """Add the group to the command line."""
    app.add_typer(keys_app, name="keys")


@keys_app.command()
def show(home: HomeOption = HOME, json: JsonOption = False) -> None:
    """Show the fingerprint as text, six words and QR code, the keys by role, and the lines of the key log."""
    from entrepot_node.commands.keys import run_show_keys

    raise typer.Exit(run_show_keys(home, as_json=json))


@keys_app.command()
def rotate(
    card: Annotated[
        str, typer.Option(help="File of a card, or - to type or paste its secret; never the secret itself.")
    ],
    log: Annotated[bool, typer.Option("--log", help="A new log key too; the feed goes on.")] = False,
    new_feed: Annotated[
        bool,
        typer.Option(
            "--new-feed", help="The log key was stolen: begin the next feed, the old one is history."
        ),
    ] = False,
    fresh_pair: Annotated[
        bool, typer.Option("--fresh-pair", help="The other card is lost: print two new ones.")
    ] = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Put new keys in force by a card, and sign all live records again. Contents stay as they are."""
    from entrepot_node.commands.keys import run_rotate

    code = run_rotate(home, card, log=log, new_feed=new_feed, fresh_pair=fresh_pair, as_json=json)
    raise typer.Exit(code)


@keys_app.command()
def recover(
    witness: Annotated[bool, typer.Option("--witness", help="Make the next witness key.")] = False,
    mirror: Annotated[bool, typer.Option("--mirror", help="Make the next mirror key.")] = False,
    yes: YesOption = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Make the next witness or mirror key, after the state of the one before was lost."""
    from entrepot_node.commands.keys import run_recover

    raise typer.Exit(run_recover(home, witness=witness, mirror=mirror, yes=yes, as_json=json))


@keys_app.command("renew-identity")
def renew_identity(yes: YesOption = False, home: HomeOption = HOME, json: JsonOption = False) -> None:
    """Both cards are lost: begin with a new fingerprint. Every peer must confirm it by phone and pin it again."""
    from entrepot_node.commands.keys import run_renew_identity

    raise typer.Exit(run_renew_identity(home, yes=yes, as_json=json))
