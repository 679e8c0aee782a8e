"""`entrepot backup` and `entrepot restore`."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import typer

from entrepot_node.backing_up import Verified, restore_backup, write_backup
from entrepot_node.commands.node import utc_now
from entrepot_node.commands.output import DONE, Output
from entrepot_node.home import Home
from entrepot_schema.errors import Misuse
from entrepot_schema.timestamp import format_timestamp

PASSPHRASE = "ENTREPOT_BACKUP_PASSPHRASE"  # noqa: S105  the name of the variable


def run_backup(path: Path, file: Path, *, with_keys: bool, as_json: bool) -> int:
    """Write a verified backup."""
    home = Home(path)
    home.open_store().close()  # a folder without store, or of newer software, is refused with its own words
    passphrase = _passphrase(confirm=True) if with_keys else ""
    done = write_backup(home, file, passphrase=passphrase, time=format_timestamp(utc_now()))
    rest = (
        "The keys are in it, encrypted." if done.has_keys else "The keys are not in it: keep them elsewhere."
    )
    return _report(as_json, done, f"{file} is written and verified. {rest}")


def run_restore(path: Path, file: Path, *, dry_run: bool, with_keys: bool, as_json: bool) -> int:
    """Put a backup into an empty folder, or rehearse that."""
    passphrase = _passphrase(confirm=False) if with_keys else ""
    if dry_run:
        with tempfile.TemporaryDirectory(prefix="entrepot-restore-") as folder:
            done = restore_backup(file, Home(Path(folder) / "node"), passphrase=passphrase)
        return _report(as_json, done, f"{file} could be restored. Nothing was changed.")
    done = restore_backup(file, Home(path), passphrase=passphrase)
    rest = "" if done.has_keys else " Put record.pem and feed-<n>.pem into its folder keys/."
    line = f"{file} is restored in {path}.{rest} Nothing is signed before a peer has said that this is the newest."
    return _report(as_json, done, line)


def _passphrase(*, confirm: bool) -> str:
    given = os.environ.get(PASSPHRASE, "")
    if not given:
        given = str(
            typer.prompt("Passphrase of the keys", hide_input=True, confirmation_prompt=confirm, err=True)
        )
    if not given:
        raise Misuse("backup.passphrase", "the keys need a passphrase")
    return given


def _report(as_json: bool, done: Verified, line: str) -> int:
    document = {"ok": True, "shown": done.sentences, "keys": done.has_keys}
    lines = [line, *(f"✓ {sentence}" for sentence in done.sentences)]
    Output(as_json=as_json).result(document, lambda console: console.print("\n".join(lines)))
    return DONE
