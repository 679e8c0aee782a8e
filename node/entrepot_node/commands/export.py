"""`entrepot export`: live records as a package or as signed lines, to standard output or to a file written whole."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from entrepot_node.commands.node import Node, open_node, utc_now
from entrepot_node.commands.output import DONE, Output, Progress, printable
from entrepot_node.exporting import Selection, head_of, profiles_of, survey
from entrepot_node.live_feed import live_feeds
from entrepot_schema.errors import Misuse
from entrepot_schema.timestamp import format_timestamp


def run_export(
    path: Path,
    *,
    origin: str,
    everything: bool,
    type: str,
    license: str,
    form: str,
    publisher: str,
    file: Path | None,
) -> int:
    """Write the live records of our feed, of one origin or of all; `form` is `json`, `jsonl` or `signed`."""
    output = Output(as_json=False)
    with open_node(path) as node:
        selection = _selection(node, origin, everything, type, license)
        owner = origin or node.settings.origin
        with _target(file) as target, output.progress("Exporting") as progress:
            lines = _lines(selection, form, owner, publisher)
            count = _write(target, lines, _total(node, selection), progress)
    if file:
        output.result(None, lambda console: console.print(f"{count:,} records in {printable(str(file))}."))
    return DONE


def _selection(node: Node, origin: str, everything: bool, type: str, license: str) -> Selection:
    feeds = live_feeds(node.store)
    if not everything:
        wanted = origin or node.settings.origin
        feeds = [feed for feed in feeds if feed.origin == wanted]
        if not feeds:
            hint = "`entrepot peers` lists the feeds that are held here."
            raise Misuse("export.origin", f"no feed of {wanted[:80]} is held here", hint=hint)
    return Selection(node.store, feeds, type, license)


def _lines(selection: Selection, form: str, origin: str, publisher: str) -> Iterator[tuple[bytes, int]]:
    """What is written, piece by piece, each with how many records are in it."""
    if form == "signed":
        yield from ((raw + b"\n", 1) for raw in selection.signed())
        return
    head = head_of(
        survey(selection), origin=origin, publisher=publisher, published=format_timestamp(utc_now())
    )
    profiles = (_json(profile) for profile in profiles_of(selection, head["license"]))
    if form == "jsonl":
        yield _json({**head, "records": []}) + b"\n", 0
        yield from ((profile + b"\n", 1) for profile in profiles)
        return
    yield _json_head(head), 0
    for number, profile in enumerate(profiles):
        yield (b",\n    " if number else b"\n    ") + profile, 1
    yield b"\n  ]\n}\n", 0


def _json_head(head: dict[str, Any]) -> bytes:
    """The beginning of a package, a member a line, up to its first record."""
    members = "".join(f"  {json.dumps(name)}: {_json(value).decode()},\n" for name, value in head.items())
    return f'{{\n{members}  "records": ['.encode()


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()


def _total(node: Node, selection: Selection) -> int:
    return sum(node.store.counts(feed.id).stored for feed in selection.feeds)


def _write(target: BinaryIO, lines: Iterator[tuple[bytes, int]], total: int, progress: Progress) -> int:
    written = 0
    for line, records in lines:
        target.write(line)
        written += records
        progress(written, total)
    return written


@contextmanager
def _target(file: Path | None) -> Iterator[BinaryIO]:
    """Standard output, or a file that is there whole or not at all: half a package would read as a small one."""
    if file is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    draft = file.with_name(f"{file.name}.new")
    try:
        with draft.open("wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        draft.replace(file)
    except OSError as error:
        raise Misuse("export.file", f"{file} cannot be written: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
