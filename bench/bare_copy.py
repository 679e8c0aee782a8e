"""The yardstick of a first sync: the same contents into the same store and index, nothing verified.

    python -m bench.bare_copy HOME URL ORIGIN

Streams `records.jsonl`, parses each line, inserts it. No entry, no tree, no signature, no schema: what is left is what any
replicator has to do that ends with the same searchable store.
"""

from __future__ import annotations

import json
import sys
import time
import urllib.request
import zlib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import orjson

from entrepot_node.home import Home
from entrepot_node.storage.engine import writing
from entrepot_node.storage.search_index import add_records
from entrepot_node.storage.tables import changes, subjects, versions
from entrepot_schema.key_log import parse_key_log

_BATCH = 1_024


def main(home: Path, url: str, origin: str) -> None:
    """Copy, and print how many records are there."""
    store = Home(home).open_store()
    with urllib.request.urlopen(f"{url}/feed/keys.jsonl") as answer:
        feed = store.add_feed(f"{origin}/feed/1", parse_key_log(answer.read(), origin=origin), own=False)
    count = 0
    for batch in _batches(_lines(f"{url}/api/v1/records.jsonl?origin={origin}")):
        with writing(store._engine) as connection:
            parsed = [orjson.loads(raw) for raw in batch]
            names = [record["credentialSubject"]["id"] for record in parsed]
            indexes = range(count, count + len(batch))
            connection.execute(
                versions.insert(),
                [
                    {"feed_id": feed.id, "idx": index, "subject": name, "revision": record["revision"],
                     "digest": sha256(raw).digest(), "status": "stored", "raw": raw, "code": "", "pointer": ""}
                    for index, name, record, raw in zip(indexes, names, parsed, batch, strict=True)
                ],
            )  # fmt: skip
            connection.execute(
                subjects.insert(),
                [
                    {"feed_id": feed.id, "subject": name, "type": record["credentialSubject"]["profile"]["type"],
                     "last_index": index, "publishes": 1, "live_index": index, "withdrawn_at": None}
                    for index, name, record in zip(indexes, names, parsed, strict=True)
                ],
            )  # fmt: skip
            connection.execute(changes.insert(), [{"feed_id": feed.id, "idx": index} for index in indexes])
            places = zip([feed.id] * len(batch), indexes, names, batch, strict=True)
            add_records(connection, places, now=time.time())
        count += len(batch)
    store.close()
    print(json.dumps({"records": count}))


def _lines(url: str) -> Iterator[bytes]:
    request = urllib.request.Request(url, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as answer:
        inflate = zlib.decompressobj(31) if answer.headers.get("Content-Encoding") == "gzip" else None
        rest = b""
        while part := answer.read(1 << 16):
            lines = (rest + (inflate.decompress(part) if inflate else part)).split(b"\n")
            rest = lines.pop()
            yield from lines
        if inflate:
            rest += inflate.flush()
        yield from rest.split(b"\n")[:-1]


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
