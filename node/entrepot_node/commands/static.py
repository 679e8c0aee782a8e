"""`entrepot static`: the own feed as files for any web host, in a folder or in a bucket."""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict
from pathlib import Path

from entrepot_node.commands.node import Node, open_node, utc_now
from entrepot_node.commands.output import DONE, Output
from entrepot_node.node_document import refresh_node_document
from entrepot_node.static_copy.folder import Folder
from entrepot_node.static_copy.place import CopyPlace
from entrepot_node.static_copy.writing import CopyReport, StaticCopy
from entrepot_schema.errors import Misuse
from entrepot_schema.origin import parse_feed_name
from entrepot_sync.peer_url import parse_base_url

_SCHEME = "s3://"


def run_static(path: Path, target: str, *, base_url: str, endpoint: str, dry_run: bool, as_json: bool) -> int:
    """Write or refresh the copy and say what that took."""
    output = Output(as_json=as_json)
    started = time.monotonic()
    with open_node(path) as node:
        url = base_url or node.settings.static_url or node.settings.base_url
        parse_base_url(url, allow_private=True)
        document = _node_document(node, url)
        place = _place(target, endpoint)
        with place.faults(), output.progress(f"Writing {target}") as progress:
            place.make(path, dry=dry_run)
            copy = StaticCopy(
                node.store, node.settings, place, document, url, node.signing_gate().keep, progress
            )
            if dry_run:
                report = copy.run(dry=True)
            else:
                with place.alone():
                    report = copy.run()
    document_out = {
        **asdict(report),
        "folder": target,
        "base_url": url,
        "dry_run": dry_run,
        "keeps_versions": place.keeps_versions,
        "seconds": round(time.monotonic() - started, 2),
    }
    sentence = _sentence(report, target, url, dry=dry_run) + (_VERSIONS if place.keeps_versions else "")
    output.result(document_out, lambda console: console.print(sentence))
    return DONE


_VERSIONS = (
    "\nThis bucket keeps old versions: what is withdrawn stays readable there. Turn versioning off, or give old "
    "versions a short life."
)


def _place(target: str, endpoint: str) -> CopyPlace:
    if not target.startswith(_SCHEME):
        if endpoint:
            raise Misuse("static.bucket", f"--endpoint is for buckets, and {target} is a folder")
        return Folder(Path(target))
    try:
        from entrepot_node.static_copy.bucket import open_bucket
    except ImportError as error:
        hint = "Install it with: pip install 'entrepot[s3]'"
        raise Misuse("static.bucket", "object stores need the extra s3", hint=hint) from error
    return open_bucket(target, endpoint)


def _node_document(node: Node, url: str) -> bytes:
    feed = node.feed
    return refresh_node_document(
        node.store,
        node.settings.model_copy(update={"base_url": url}),
        feed,
        node.home.keyring(parse_feed_name(feed.name).number, node.settings.passphrase),
        now=utc_now,
        random_bytes=secrets.token_bytes,
        static=True,
    )


def _sentence(report: CopyReport, target: str, url: str, *, dry: bool) -> str:
    if not report.written and not report.removed:
        return f"{target} shows {report.feed_name} at {report.size} entries already; nothing to do."
    done = "would be " if dry else ""
    return (
        f"{report.feed_name}: {report.size} entries, {report.records} live records. {report.written:,} files "
        f"{done}written, {report.removed:,} {done}removed, {report.unchanged:,} left as they were.\n"
        f"Serve {target} at {url}; docs/static.md says how."
    )
