"""`entrepot schema`, `entrepot canonical`: the standard's own files and bytes, offline."""

from __future__ import annotations

import sys

from entrepot_node.commands.check_sources import read_target
from entrepot_node.commands.output import DONE, Output
from entrepot_schema import catalog
from entrepot_schema.errors import Misuse
from entrepot_schema.package import MAX_FILE_BYTES


def run_schema(name: str, *, list_all: bool, as_json: bool) -> int:
    """Print a schema, byte for byte as it is published, or the names of all."""
    if list_all or not name:
        _print_names(Output(as_json=as_json))
        return DONE
    try:
        raw = catalog.bundled_bytes(name)
    except (KeyError, FileNotFoundError) as error:
        hint = "`entrepot schema --list` names all."
        raise Misuse("schema.unknown-name", f"there is no schema {name[:40]!r}", hint=hint) from error
    sys.stdout.write(raw.decode("utf-8"))
    return DONE


def run_canonical(target: str, *, digest: bool) -> int:
    """Write the canonical bytes of a document without a line end, or their SHA-256 in hex with one."""
    from entrepot_schema.canonical import canonical_bytes, sha256
    from entrepot_schema.strict_json import read_json

    canonical = canonical_bytes(read_json(read_target(target), max_bytes=MAX_FILE_BYTES))
    sys.stdout.buffer.write(sha256(canonical).hex().encode() + b"\n" if digest else canonical)
    sys.stdout.buffer.flush()
    return DONE


def _print_names(output: Output) -> None:
    names = [name for name in catalog.schema_names() if name != "common"]
    about = {name: str(catalog.bundled(name)["description"]) for name in names}
    lines = [f"{name:<24} {text}" for name, text in about.items()]
    output.result(about, lambda console: console.print("\n".join(lines)))
