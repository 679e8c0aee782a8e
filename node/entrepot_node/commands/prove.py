"""`entrepot prove`: one record with the proof that it was published, as a file that anybody can check offline."""

from __future__ import annotations

import sys
from pathlib import Path

from entrepot_node.commands.node import open_node
from entrepot_node.commands.output import DONE
from entrepot_node.proving import prove_record
from entrepot_schema.errors import Misuse


def run_prove(path: Path, subject: str, *, file: Path | None) -> int:
    """Write the proof of the live version of a subject."""
    with open_node(path) as node:
        raw = prove_record(node.store, subject, node.signing_gate().keep).to_bytes()
    if file is None:
        sys.stdout.buffer.write(raw)
        return DONE
    try:
        file.write_bytes(raw)
    except OSError as error:
        raise Misuse("export.file", f"{file} cannot be written: {error.strerror}") from error
    return DONE
