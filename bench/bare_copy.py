"""The yardstick of a first sync: the same contents into the same store and index, nothing verified.

    python -m bench.bare_copy HOME URL ORIGIN

Streams `records.jsonl`, parses each line, inserts it. No entry, no tree, no signature, no schema: what is left is what any
replicator has to do that ends with the same searchable store.
"""

from __future__ import annotations

import gc
import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import orjson

from entrepot_node.home import Home
from entrepot_node.searching.document import PreparedDocument, document_of
from entrepot_node.storage.dialect import insert_rows
from entrepot_node.storage.engine import writing
from entrepot_node.storage.search_index import add_records
from entrepot_schema.key_log import parse_key_log
from entrepot_sync.content_coding import ZSTD, unpacker

_BATCH = 3_072  # as many as a pull takes into one transaction


def main(home: Path, url: str, origin: str) -> None:
    """Copy, and print how many records are there."""
    gc.set_threshold(20_000)  # as `entrepot` does
    store = Home(home).open_store()
    with urllib.request.urlopen(f"{url}/feed/keys.jsonl") as answer:
        feed = store.add_feed(f"{origin}/feed/1", parse_key_log(answer.read(), origin=origin), own=False)
    count = 0
    for batch in _batches(_lines(f"{url}/api/v1/records.jsonl?origin={origin}")):
        with writing(store._engine) as connection:
            parsed = [orjson.loads(raw) for raw in batch]
            names = [record["credentialSubject"]["id"] for record in parsed]
            indexes = range(count, count + len(batch))
            rows = [
                (feed.id, index, name, record["revision"], sha256(raw).digest(), "stored", raw, "", "")
                for index, name, record, raw in zip(indexes, names, parsed, batch, strict=True)
            ]
            columns = ("feed_id", "idx", "subject", "revision", "digest", "status", "raw", "code", "pointer")
            insert_rows(connection, "versions", columns, rows)
            states = [
                (feed.id, name, record["credentialSubject"]["profile"]["type"], index, 1, index, None)
                for index, name, record in zip(indexes, names, parsed, strict=True)
            ]
            columns = ("feed_id", "subject", "type", "last_index", "publishes", "live_index", "withdrawn_at")
            insert_rows(connection, "subjects", columns, states)
            insert_rows(connection, "changes", ("feed_id", "idx"), [(feed.id, index) for index in indexes])
            today = datetime.now(UTC).toordinal()
            prepared = {
                index: PreparedDocument(today, document_of(record, today=today))
                for index, record in zip(indexes, parsed, strict=True)
            }
            places = zip([feed.id] * len(batch), indexes, names, batch, strict=True)
            add_records(connection, places, now=time.time(), prepared=prepared)
        count += len(batch)
    store.close()
    print(json.dumps({"records": count}))


def _lines(url: str) -> Iterator[bytes]:
    request = urllib.request.Request(url, headers={"Accept-Encoding": ZSTD})
    with urllib.request.urlopen(request) as answer:
        inflate, rest = unpacker(ZSTD), b""
        while part := answer.read(1 << 16):
            lines = (rest + inflate.decompress(part, -1)).split(b"\n")
            rest = lines.pop()
            yield from lines


def _batches(lines: Iterator[bytes]) -> Iterator[list[bytes]]:
    batch: list[bytes] = []
    for line in lines:
        batch.append(line)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3])
