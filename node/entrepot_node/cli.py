"""The `entrepot` command: reads arguments, hands them to `commands`, turns errors into words and exit codes.

Exit codes: 0 done; 1 what was judged is wrong (a file, a record, a peer); 2 called or set up wrongly; 3 it did not
work now, try again. Nothing heavy is imported before a command runs: `--help` answers at once, and `check` never
loads the server.
"""

from __future__ import annotations

import gc
import sys
from pathlib import Path
from typing import Annotated

import typer

from entrepot_node.arguments import (
    documents,
    hellos,
    hiding,
    holding,
    keys,
    packages,
    proofs,
    recovery,
    searching,
    static_copies,
    tokens,
)
from entrepot_node.arguments.options import (
    HOME,
    FingerprintOption,
    HomeOption,
    JsonOption,
    PrivateOption,
    YesOption,
)
from entrepot_node.roles import ALL, Role
from entrepot_schema.errors import EntrepotError, Misuse

_NEW_OBJECTS = 20_000
"""From how many on the collector looks for cycles: records have none, and at Python's 700 it took a twelfth of a pull."""

app = typer.Typer(
    name="entrepot",
    help="Exchange signed profiles of clusters and their companies between territories.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
def init(
    origin: Annotated[
        str, typer.Argument(help="Permanent name of the node, such as biomed.example. Never changes.")
    ],
    name: Annotated[str, typer.Option(help="What people call your cluster.")] = "",
    language: Annotated[str, typer.Option(help="Language tag of that name.")] = "en",
    base_url: Annotated[
        str, typer.Option(help="Where peers and visitors will reach the node.")
    ] = "http://127.0.0.1:8101",
    listen: Annotated[str, typer.Option(help="Address and port the server binds.")] = "127.0.0.1:8101",
    license: Annotated[str, typer.Option(help="SPDX licence of records that name none.")] = "CC-BY-4.0",
    territory: Annotated[
        list[str] | None, typer.Option(help="ISO 3166 code of a territory; may be repeated.")
    ] = None,
    takedown_email: Annotated[str, typer.Option(help="Role mailbox for takedown requests.")] = "",
    takedown_form: Annotated[str, typer.Option(help="Web form for takedown requests.")] = "",
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Found a node: keys, two cards to print, settings and an empty feed."""
    from entrepot_node.commands.init import run_init
    from entrepot_node.settings import Settings

    settings = Settings(
        origin=origin, name=name, language=language, base_url=base_url, listen=listen, license=license,
        territory=territory or [], takedown_email=takedown_email, takedown_form=takedown_form,
    )  # fmt: skip
    raise typer.Exit(run_init(home, settings, as_json=json))


@app.command()
def serve(
    home: HomeOption = HOME,
    listen: Annotated[str, typer.Option(help="Overrides the setting.")] = "",
    role: Annotated[
        Role, typer.Option(help="Of several processes on one store: web answers, pull pulls and pushes.")
    ] = ALL,
) -> None:
    """Serve the node's feed, pages and API, and pull the feeds it follows."""
    gc.disable()  # what is loaded now stays: to look through it for garbage again and again is a tenth of the start
    try:
        from entrepot_node.commands.serve import run_serve

        raise typer.Exit(run_serve(home, listen=listen, role=role))
    finally:
        gc.enable()


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Exit after the exchange instead of staying up.")
    ] = False,
    json: JsonOption = False,
    folder: Annotated[
        Path | None, typer.Option(help="Where the three nodes live; new each time by default.")
    ] = None,
    port: Annotated[int, typer.Option(help="First of three ports; 0 picks free ones.")] = 8101,
) -> None:
    """Start three nodes of three territories that publish, follow and verify each other."""
    from entrepot_node.commands.demo import run_demo

    raise typer.Exit(run_demo(once=once, as_json=json, folder=folder, port=port))


@app.command()
def publish(
    files: Annotated[
        list[Path], typer.Argument(help="Profiles: JSON, JSON Lines or a package; - reads standard input.")
    ],
    license: Annotated[str, typer.Option(help="SPDX licence where the file names none.")] = "",
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Check, sign and publish profiles. A profile that is live unchanged is left alone."""
    from entrepot_node.commands.publish import run_publish

    raise typer.Exit(run_publish(home, files, license=license, as_json=json))


@app.command()
def withdraw(
    subjects: Annotated[list[str] | None, typer.Argument(help="Ids of the subjects.")] = None,
    status: Annotated[
        bool, typer.Option("--status", help="Withdraw nothing; say at which mirrors it is gone.")
    ] = False,
    yes: YesOption = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Withdraw subjects: their contents are erased here at once and at every peer that pulls."""
    from entrepot_node.commands.publish import run_withdraw
    from entrepot_node.commands.withdrawn import run_withdrawn

    if status:
        raise typer.Exit(run_withdrawn(home, subjects or [], as_json=json))
    if not subjects:
        raise typer.BadParameter("name at least one subject, or --status", param_hint="SUBJECTS")
    raise typer.Exit(run_withdraw(home, subjects, yes=yes, as_json=json))


@app.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A CSV file; see docs/import.md for the columns.")],
    key: Annotated[str, typer.Option("--key", help="Column that tells rows apart, the same in each import.")],
    type: Annotated[str, typer.Option(help="Record type of rows without a type column.")] = "company",
    language: Annotated[str, typer.Option(help="Language tag of columns without one.")] = "und",
    list_name: Annotated[
        str, typer.Option("--list", help="Name of the list, if one file name serves several.")
    ] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be published; publish nothing.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Publish rows anew that were withdrawn.")] = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Publish the rows of a spreadsheet. A second import publishes only what changed."""
    from entrepot_node.commands.import_ import run_import

    code = run_import(
        home,
        file,
        key=key,
        type=type,
        language=language,
        list_name=list_name,
        dry_run=dry_run,
        again=again,
        as_json=json,
    )
    raise typer.Exit(code)


@app.command()
def follow(
    url: Annotated[str, typer.Argument(help="Base URL of the node.")],
    fingerprint: FingerprintOption = "",
    yes: YesOption = False,
    allow_private: PrivateOption = False,
    growth_limit: Annotated[
        int, typer.Option(help="Entries the feed may grow in a day; 0 takes the setting.")
    ] = 0,
    mirror: Annotated[
        bool,
        typer.Option(
            "--mirror", help="Keep and serve a whole copy, if that node agrees; see docs/mirrors.md."
        ),
    ] = False,
    no_sync: Annotated[bool, typer.Option("--no-sync", help="Do not pull at once.")] = False,
    repin: Annotated[
        bool,
        typer.Option(
            "--repin", help="Take a new fingerprint in place of the pinned one; compare it by phone."
        ),
    ] = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Follow a node: compare its fingerprint, pin it, and pull its feed."""
    from entrepot_node.commands.follow import run_follow

    code = run_follow(
        home, url, fingerprint=fingerprint, yes=yes, allow_private=allow_private,
        growth_limit=growth_limit, mirror=mirror, sync=not no_sync, repin=repin, as_json=json,
    )  # fmt: skip
    raise typer.Exit(code)


@app.command()
def unfollow(
    origin: Annotated[str, typer.Argument(help="Origin of the peer.")],
    yes: YesOption = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Stop following a peer and drop what is held of its feed."""
    from entrepot_node.commands.follow import run_unfollow

    raise typer.Exit(run_unfollow(home, origin, yes=yes, as_json=json))


@app.command()
def peers(
    known: Annotated[
        bool, typer.Option("--known", help="List nodes instead that your peers follow and you do not.")
    ] = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """List the feeds held here and how their pulls go."""
    from entrepot_node.commands.known import run_known
    from entrepot_node.commands.peers import run_peers

    raise typer.Exit(run_known(home, as_json=json) if known else run_peers(home, as_json=json))


@app.command()
def sync(
    origins: Annotated[list[str] | None, typer.Argument(help="Origins of peers; all by default.")] = None,
    carried: Annotated[
        Path | None, typer.Option("--from", help="A static copy of the feed: a folder or a zip file.")
    ] = None,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Pull followed feeds now, or take one that was carried here by hand."""
    from entrepot_node.commands.sync import run_sync

    raise typer.Exit(run_sync(home, origins or [], carried=carried, as_json=json))


@app.command()
def verify(
    target: Annotated[
        str,
        typer.Argument(
            help="A record, a proof, an evidence file, or a node's URL; the own store if left out."
        ),
    ] = "",
    key_log: Annotated[
        Path | None, typer.Option(help="Key log to verify a record with, instead of pinned ones.")
    ] = None,
    witness: Annotated[
        list[str] | None,
        typer.Option(help="vkey of a witness to count in a proof, beside those of peers; may be repeated."),
    ] = None,
    allow_private: PrivateOption = False,
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Verify signatures, trees and evidence, and say what was and was not shown."""
    from entrepot_node.commands.verify import run_verify

    code = run_verify(
        home, target, key_log=key_log, witnesses=witness or [], allow_private=allow_private, as_json=json
    )
    raise typer.Exit(code)


@app.command()
def show(
    subject: Annotated[str, typer.Argument(help="Id of a subject; the node itself if left out.")] = "",
    home: HomeOption = HOME,
    json: JsonOption = False,
) -> None:
    """Show the node, or all versions of a subject with their provenance."""
    from entrepot_node.commands.show import run_show

    raise typer.Exit(run_show(home, subject, as_json=json))


documents.register(app)
hellos.register(app)
hiding.register(app)
holding.register(app)
keys.register(app)
packages.register(app)
proofs.register(app)
recovery.register(app)
searching.register(app)
static_copies.register(app)
tokens.register(app)


def _require_text(arguments: list[str]) -> None:
    """Refuse bytes that are no UTF-8: they could be neither stored nor searched. Names of files may be made of any."""
    for argument in arguments:
        try:
            argument.encode("utf-8")
        except UnicodeEncodeError as error:
            if not Path(argument).exists():
                raise Misuse("command.text", f"{argument} is no text in UTF-8") from error


def main() -> None:
    """Run the command line; the console script."""
    gc.set_threshold(_NEW_OBJECTS)
    try:
        _require_text(sys.argv[1:])
        app()
    except EntrepotError as error:
        from entrepot_node.commands.output import Output

        sys.exit(Output(as_json="--json" in sys.argv).error(error))
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # Whoever read our output had enough; that is no fault.
        sys.stderr.close()
        sys.exit(0)


if __name__ == "__main__":
    main()
