"""`entrepot show`: the node, or one subject with its provenance."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from entrepot_node.commands.node import open_node
from entrepot_node.commands.output import DONE, Output, printable
from entrepot_node.commands.peers import cosigned_text, feed_rows
from entrepot_node.storage.reading import VersionRow
from entrepot_schema.canonical import read_canonical
from entrepot_schema.errors import Misuse


def run_show(path: Path, subject: str, *, as_json: bool) -> int:
    """Show one subject or the node."""
    output = Output(as_json=as_json)
    with open_node(path) as node:
        if not subject:
            rows = feed_rows(node)
            document = {
                "home": str(path),
                "origin": node.settings.origin,
                "name": node.settings.name,
                "feeds": rows,
            }
            output.result(document, lambda console: console.print(_node_text(document)))
            return DONE
        versions = node.store.versions(subject)
        hidden = node.store.is_hidden(subject)
    if not versions:
        raise Misuse("record.unknown", f"there is no subject {subject} here")
    shown = {
        "id": subject,
        "type": versions[0].type,
        "hidden": hidden,
        "versions": [_version(row) for row in versions],
    }
    output.result(shown, lambda console: console.print(_subject_text(versions, hidden=hidden)))
    return DONE


def _version(row: VersionRow) -> dict[str, Any]:
    return {
        "origin": row.origin,
        "feed": row.feed_name,
        "index": row.index,
        "revision": row.revision,
        "digest": row.digest.hex(),
        "status": row.status.value,
        "live": row.live,
        "code": row.code,
        "record": read_canonical(row.raw) if row.raw else None,
    }


def _node_text(document: dict[str, Any]) -> str:
    lines = [f"{document['origin']}  {document['name']}  ({document['home']})"]
    for row in document["feeds"]:
        lines.append(
            f"  {row['feed']}: {row['records']} records, {row['size']} entries, {row['state']}, "
            f"fingerprint {row['fingerprint']}"
            + (f", cosigned by {cosigned_text(row)}" if row["cosigned"] else "")
        )
    return "\n".join(printable(line) for text in lines for line in text.split("\n"))


def _subject_text(versions: list[VersionRow], *, hidden: bool) -> str:
    lines = [versions[0].subject + (" (hidden here from readers)" if hidden else "")]
    for row in versions:
        live = "live" if row.live else "history"
        code = f" ({row.code} {row.pointer})" if row.code else ""
        lines.append(
            f"  revision {row.revision}: entry {row.index} of {row.feed_name}, {live}, {row.status.value}{code}, "
            f"sha256 {row.digest.hex()}"
        )
    newest = next((row for row in versions if row.live and row.raw), None)
    if newest and newest.raw:
        profile = read_canonical(newest.raw)["credentialSubject"]["profile"]
        lines.append(json.dumps(profile, ensure_ascii=False, indent=2))
    return "\n".join(printable(line) for text in lines for line in text.split("\n"))
