"""Options that several commands share, so that they are called and explained the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

HomeOption = Annotated[
    Path,
    typer.Option(
        "--home", envvar="ENTREPOT_HOME", help="Folder of the node.", show_default="./entrepot-node"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]
PrivateOption = Annotated[
    bool,
    typer.Option("--allow-private", help="Allow http and private addresses: for local networks and tests."),
]
FingerprintOption = Annotated[
    str,
    typer.Option("--fingerprint", help="Fingerprint you were told by phone; any other is refused."),
]
HOME = Path("entrepot-node")
