"""`entrepot publish` and `entrepot withdraw`."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import typer

from entrepot_node.commands.check_report import print_findings
from entrepot_node.commands.node import open_node
from entrepot_node.commands.output import DONE, FOUND_FAULTS, Output
from entrepot_node.drafts import Draft
from entrepot_node.orders import PublishRefused, Receipt
from entrepot_node.package import read_publications
from entrepot_schema.errors import Misuse


def run_publish(path: Path, files: list[Path], *, license: str, as_json: bool) -> int:
    """Publish all profiles of some files in one go."""
    output = Output(as_json=as_json)
    with open_node(path) as node:
        drafts: list[Draft] = []
        for file in files:
            # Nothing here holds on to the bytes of the file: in memory they are as much again as its drafts.
            drafts += read_publications(
                _read(file), str(file), default_license=node.settings.license, wanted_license=license
            )
        try:
            with node.publisher() as publisher, output.progress("Publishing") as progress:
                receipts = publisher.publish(drafts, progress)
        except PublishRefused as refused:
            findings = [
                fault.within(file=", ".join(map(str, files)), prefix=f"record {place + 1}: ")
                for place, fault in refused.faults
            ]
            print_findings(output, findings, len(drafts))
            return FOUND_FAULTS
    _report(output, receipts)
    return DONE


def run_withdraw(path: Path, subjects: list[str], *, yes: bool, as_json: bool) -> int:
    """Withdraw subjects after asking."""
    output = Output(as_json=as_json)
    if not yes and not typer.confirm(
        f"Erase {len(subjects)} subject(s) here and at all peers? This can't be undone."
    ):
        return FOUND_FAULTS
    with open_node(path) as node, node.publisher() as publisher:
        receipts = publisher.withdraw(subjects)
    _report(output, receipts, "withdrawn")
    return DONE


def _read(file: Path) -> bytes:
    if str(file) == "-":
        return sys.stdin.buffer.read()
    try:
        return file.read_bytes()
    except OSError as error:
        raise Misuse("publish.file", f"{file} cannot be read: {error.strerror}") from error


def _report(output: Output, receipts: Sequence[Receipt], word: str = "published") -> None:
    done = [receipt for receipt in receipts if receipt.index is not None]
    document = {
        word: len(done),
        "unchanged": len(receipts) - len(done),
        "items": [asdict(r) for r in receipts],
    }
    lines = [f"{len(done)} {word}, {len(receipts) - len(done)} unchanged."]
    lines += [f"  {receipt.type}  {receipt.subject}  revision {receipt.revision}" for receipt in done[:20]]
    if len(done) > 20:
        lines.append(f"  … and {len(done) - 20} more (--json lists all)")
    output.result(document, lambda console: console.print("\n".join(lines)))
