"""Where the time of publishing and pulling goes, and the bytes of one change: `python -m bench.profiling WHAT`.

    python -m bench.profiling publish     # own time of functions in the write path, and whole time of its steps
    python -m bench.profiling pull        # the same for a first sync; the publisher serves from another process
    python -m bench.profiling steps       # the steps of signing and verifying one record, without a profiler
    python -m bench.profiling change      # heads and bodies of the requests after one changed record

cProfile slows Python functions down more than the C they call, so shares of small Python functions look larger
than they are. What counts is the order; rates come from `python -m bench`.
"""

from __future__ import annotations

import argparse
import asyncio
import cProfile
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from bench.exchange import FOLLOWER, await_answer, changed, found, write_lines
from bench.generator import ORIGIN, generate
from bench.process import Server, entrepot
from entrepot_node import publish
from entrepot_node.commands.node import open_node, open_transport
from entrepot_node.package import read_publications
from entrepot_node.parallel_check import _check_job
from entrepot_node.routes.codings import DELTA
from entrepot_node.searching.document import document_of
from entrepot_schema import catalog
from entrepot_schema.canonical import read_canonical, sha256
from entrepot_schema.keys import SigningKey
from entrepot_schema.profile_check import profile_findings
from entrepot_schema.proof import verify_proof
from entrepot_schema.record import Statement, sign_record, verify_record
from entrepot_schema.schema_check import require_schema
from entrepot_schema.wire_rules import require_wire_rules
from entrepot_sync.entry import Entry, parse_entry
from entrepot_sync.transport import Fetched, PeerTransport

_TOP = 10
_PASSES = 5
_JOB_RECORDS = 128
_MESSAGE = bytes(64)
_TODAY = 739_000
_STEPS: dict[str, Sequence[str]] = {
    "publish": (
        "publish.py:publish", "publishable.py:require_publishable", "publish.py:_sign", "batch.py:add",
        "chunk.py:decide", "content_check.py:check_contents", "sql_store.py:append",
    ),
    "pull": (
        "pull.py:_store_group", "chunk.py:decide", "content_check.py:check_contents", "sql_store.py:append", "transport.py:fetch",
    ),
}  # fmt: skip


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.profiling")
    parser.add_argument("what", choices=("publish", "pull", "steps", "change"))
    parser.add_argument("--records", type=int, default=10_000)
    chosen = parser.parse_args()
    if chosen.what == "steps":
        _time_steps(chosen.records)
        return
    with tempfile.TemporaryDirectory(prefix="entrepot-bench-") as folder:
        if chosen.what == "publish":
            _profile_publish(Path(folder), chosen.records)
        else:
            _with_follower(
                Path(folder), chosen.records, _profile_pull if chosen.what == "pull" else _weigh_change
            )


def _profile_publish(folder: Path, records: int) -> None:
    found(folder / "publisher", ORIGIN)
    file = write_lines(folder / "profiles.jsonl", generate(records))
    with open_node(folder / "publisher") as node, node.publisher() as publisher:
        drafts = read_publications(file.read_bytes(), str(file), default_license="CC-BY-4.0")
        publish.MANY = records + 1  # in one process, where the profiler sees all of it
        _report("publish", lambda: publisher.publish(drafts))


def _with_follower(folder: Path, records: int, measure: Callable[[Path, str, int], None]) -> None:
    """Publish, serve from another process, follow without pulling, and measure in this process."""
    url, fingerprint = found(folder / "publisher", ORIGIN)
    found(folder / "follower", FOLLOWER)
    file = write_lines(folder / "profiles.jsonl", generate(records))
    entrepot("publish", str(file), "--home", str(folder / "publisher"))
    with Server(folder / "publisher") as server:
        await_answer(server, f"{url}/feed/checkpoint")
        pin = ("--fingerprint", fingerprint, "--allow-private", "--no-sync")
        entrepot("follow", url, *pin, "--home", str(folder / "follower"))
        measure(folder, url, records)


def _profile_pull(folder: Path, _url: str, _records: int) -> None:
    with open_node(folder / "follower") as node:
        (follow,) = node.store.follows()
        _report("pull", lambda: asyncio.run(node.puller().pull(follow)))


def _weigh_change(folder: Path, url: str, records: int) -> None:
    """Publish one changed record and show each answer's body and what HTTP adds to it."""
    (profile,) = changed(generate(records), 1)
    entrepot("publish", str(write_lines(folder / "one.json", [profile])), "--home", str(folder / "publisher"))
    size = records + 2  # the key log's line, the records, the change

    async def fetch() -> list[tuple[str, Fetched]]:
        transport: PeerTransport = open_transport(url, allow_private=True)
        try:
            paths = ("/feed/checkpoint", f"/feed/delta?from={size - 1}&to={size}")
            return [(path, await transport.fetch(path, max_bytes=1_000_000)) for path in paths]
        finally:
            await transport.aclose()

    for path, fetched in asyncio.run(fetch()):
        body = fetched.body
        packed = len(DELTA[0].pack(body)) if "delta" in path else len(body)
        print(f"{path}: body {len(body)} B, on the wire {packed} B, heads {fetched.wire_bytes - packed} B")
    others = ", ".join(f"{coding.name} {len(coding.pack(body))} B" for coding in DELTA[1:])
    print(f"the delta's body in other codings: {others}")


def _time_steps(records: int) -> None:
    """Time each step over the same records, one step after the other; the median of five passes, in CPU time."""
    key, profiles = SigningKey.from_seed(bytes(32)), generate(records)
    statements = [Statement(p["id"], p["type"], "2026-11-24T00:00:00Z", 1) for p in profiles]

    def sign(place: int) -> bytes:
        return sign_record(
            profiles[place], statements[place], key=key, origin=ORIGIN, license="CC-BY-4.0", nonce="A" * 22
        )

    raws = [sign(place) for place in range(records)]
    documents = [read_canonical(raw) for raw in raws]
    entries = [
        Entry("publish", one.subject, one.type, one.time, None, sha256(raw)).to_bytes()
        for one, raw in zip(statements, raws, strict=True)
    ]
    validators = [catalog.record_validator(statement.type) for statement in statements]
    now, signature = datetime.now(UTC), key.sign(_MESSAGE)
    pairs = list(zip(entries, raws, strict=True))

    def check_jobs(place: int) -> None:
        if place % _JOB_RECORDS == 0:
            _check_job(pairs[place : place + _JOB_RECORDS], ORIGIN, key.public, _TODAY)

    steps: dict[str, Callable[[int], object]] = {
        "`profile_findings`: a draft, before it is signed": lambda place: profile_findings(
            profiles[place], now=now
        ),
        "`sign_record`": sign,
        "`_check_job`: all that a worker does, 128 at a time": check_jobs,
        "`verify_record`: one by one": lambda place: verify_record(
            raws[place], statements[place], origin=ORIGIN, key=key.public
        ),
        "`read_canonical`": lambda place: read_canonical(raws[place]),
        "`verify_proof`, by steps": lambda place: verify_proof(documents[place], key.public),
        "`require_schema`, by steps": lambda place: require_schema(documents[place], validators[place]),
        "`require_wire_rules`, by steps": lambda place: require_wire_rules(
            documents[place]["credentialSubject"]["profile"]
        ),
        "`PublicKey.verify`: libsodium": lambda place: key.public.verify(signature, _MESSAGE),
        "`document_of`: what searching needs": lambda place: document_of(documents[place], today=_TODAY),
        "`parse_entry`": lambda place: parse_entry(entries[place]),
    }
    print("| step | µs a record |\n| --- | ---: |")
    for name, step in steps.items():
        passes = []
        for _ in range(_PASSES):
            started = time.process_time()
            for place in range(records):
                step(place)
            passes.append((time.process_time() - started) / records)
        print(f"| {name} | {statistics.median(passes) * 1e6:.0f} |")


def _report(what: str, work: Callable[[], Any]) -> None:
    profile = cProfile.Profile()
    profile.runcall(work)
    stats = pstats.Stats(profile)
    entries = stats.stats  # type: ignore[attr-defined]  # not in the stubs; (calls, primitive calls, own, cumulative, callers)
    whole = sum(entry[2] for entry in entries.values())
    print(
        f"{what}: {whole:.2f} s under the profiler\n\n| function | own time | share | calls |\n| --- | ---: | ---: | ---: |"
    )
    for place, entry in sorted(entries.items(), key=lambda item: item[1][2], reverse=True)[:_TOP]:
        print(f"| {_name(place)} | {entry[2]:.2f} s | {entry[2] / whole:.0%} | {entry[1]:,} |")
    print("\n| step | time with all it calls | share |\n| --- | ---: | ---: |")
    for step in _STEPS[what]:
        for place, entry in entries.items():
            if _name(place) == f"`{step}`":
                print(f"| `{step}` | {entry[3]:.2f} s | {entry[3] / whole:.0%} |")


def _name(place: tuple[str, int, str]) -> str:
    file, _, function = place
    return f"`{function}`" if file == "~" else f"`{Path(file).name}:{function}`"


if __name__ == "__main__":
    main()
