"""A feed in a bucket: published to a real S3-compatible server (rclone) in a process of its own, and followed from there."""

from __future__ import annotations

import gzip
import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import obstore
import pytest
from obstore.store import MemoryStore, S3Store
from typer.testing import CliRunner

from entrepot_node.cli import app
from entrepot_node.static_copy.bucket import Bucket, open_bucket
from entrepot_node.static_copy.bucket_lock import LOCK, BucketLock
from entrepot_node.static_copy.manifest import NAME
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import Conflict, EntrepotError, Misuse

from .plain_host import plain_host
from .served_nodes import entrepot, until
from .static_copies import Crash, Dying, files_of, found_in, pull, write_copy

Company = Callable[..., dict[str, Any]]
KEY, SECRET = "AKIAENTREPOTTEST", "not-for-any-message"
CANARY = b"Kanarienvogel"
MINUTE = "max-age=60, must-revalidate"


@dataclass(frozen=True, slots=True)
class Server:
    """An object store of this machine, with one bucket whose objects lie in a folder."""

    endpoint: str
    folder: Path

    def open(self) -> S3Store:
        return S3Store(
            "records", prefix="copy", endpoint=self.endpoint, region="us-east-1",
            client_options={"allow_http": True},
        )  # fmt: skip

    @property
    def arguments(self) -> tuple[str, ...]:
        return ("s3://records/copy", "--endpoint", self.endpoint)


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    folder = tmp_path / "objects" / "records"
    folder.mkdir(parents=True)
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{one.getsockname()[1]}"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", KEY)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    command = [str(Path(sys.executable).with_name("rclone")), "serve", "s3", str(folder.parent)]
    command += ["--addr", address, "--auth-key", f"{KEY},{SECRET}", "--config", str(tmp_path / "none")]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    for line in process.stderr:
        if "Starting s3 server" in line:
            break
    drain = threading.Thread(target=process.stderr.read)  # or it would stop where the pipe is full
    drain.start()
    yield Server(f"http://{address}", folder / "copy")
    process.terminate()
    process.wait()
    drain.join()
    process.stderr.close()


@pytest.fixture
def url(server: Server) -> Iterator[str]:
    with plain_host(server.folder) as base:
        yield base


def profile(name: str, **more: Any) -> str:
    return json.dumps({
        "type": "company", "name": {"en": name}, "locations": [{"country": "DE"}], "status": "active",
        "updated": "2026-11-23", **more,
    })  # fmt: skip


def publish(folder: Path, *profiles: str) -> list[dict[str, Any]]:
    (folder / "p.jsonl").write_text("\n".join(profiles) + "\n", "utf-8")
    items: list[dict[str, Any]] = entrepot(folder, "publish", "p.jsonl", "--home", "a")["items"]
    return items


def found(folder: Path, origin: str, home: str) -> str:
    made = entrepot(folder, "init", origin, "--takedown-email", f"info@{origin}", "--home", home)
    fingerprint: str = made["fingerprint"]
    return fingerprint


def refused(folder: Path, *arguments: str) -> tuple[str, str]:
    """Run a command that must fail; return its code and all it says."""
    with chdir(folder):
        done = CliRunner().invoke(app, [*arguments, "--json"])
    assert isinstance(done.exception, EntrepotError), done.output
    return done.exception.code, f"{done.exception.message} {done.exception.hint} {done.output}"


def test_a_bucket_is_followed_takes_only_changes_and_keeps_nothing_withdrawn(
    tmp_path: Path, server: Server, url: str
) -> None:
    """EXC-95, EXC-97, EXC-99."""
    fingerprint = found(tmp_path, "biomed.example", "a")
    items = publish(
        tmp_path, *(profile(f"Company {number}") for number in range(12)), profile(CANARY.decode())
    )
    write = ("static", *server.arguments, "--base-url", url, "--home", "a")
    dry = entrepot(tmp_path, *write, "--dry-run")
    assert not server.folder.exists()
    first = entrepot(tmp_path, *write)
    again = entrepot(tmp_path, *write)
    found(tmp_path, "lifepark.example", "b")
    pin = ("--allow-private", "--fingerprint", fingerprint, "--home", "b")
    followed = entrepot(tmp_path, "follow", url, *pin)

    assert (dry["written"], first["written"], first["keeps_versions"]) == (
        first["written"],
        dry["written"],
        False,
    )
    assert (again["written"], again["removed"]) == (0, 0)
    assert (followed[0]["stored"], followed[0]["missing"], followed[0]["refused"]) == (13, 0, 0)
    assert not (server.folder / LOCK).exists()

    before = files_of(server.folder)
    publish(tmp_path, profile("Renamed", id=items[5]["subject"]))
    changed = entrepot(tmp_path, *write)
    pulled = entrepot(tmp_path, "sync", "--home", "b")
    after = files_of(server.folder)
    touched = {path for path in after if before.get(path) != after[path]}
    assert changed["written"] == len(touched) < first["written"] / 2
    assert {path for path in touched if path.startswith("record/")} == {
        f"record/{items[5]['subject'][-26:]}/index.html"
    }
    assert (pulled[0]["stored"], pulled[0]["missing"], changed["removed"]) == (
        1,
        0,
        len(set(before) - set(after)),
    )

    (digest,) = (Path(path).name for path in found_in(server.folder, [CANARY]) if "/addenda/" in path)
    entrepot(tmp_path, "withdraw", items[12]["subject"], "--yes", "--home", "a")
    entrepot(tmp_path, *write)
    listed = gzip.decompress((server.folder / NAME).read_bytes())
    assert found_in(server.folder, [CANARY, digest.encode()]) == []
    assert [word for word in (CANARY, digest.encode()) if word in listed] == []
    assert entrepot(tmp_path, "sync", "--home", "b")[0]["size_after"] == 16
    assert entrepot(tmp_path, "verify", url, "--allow-private")["kind"] == "node"


def test_objects_come_with_their_types_and_freshness(tmp_path: Path, server: Server) -> None:
    """EXC-03, EXC-32: so that a bucket serves followers and browsers right; nothing is packed (EXC-07)."""
    found(tmp_path, "biomed.example", "a")
    publish(tmp_path, profile("Acme"))
    entrepot(tmp_path, "static", *server.arguments, "--base-url", "https://biomed.example", "--home", "a")
    store = server.open()
    for path, kind, cache in (
        (".well-known/entrepot", "application/json", MINUTE),
        (".well-known/did.json", "application/did+json", MINUTE),
        ("feed/keys.jsonl", "application/jsonl", MINUTE),
        ("feed/checkpoint", "text/plain; charset=utf-8", "max-age=1, must-revalidate"),
        ("feed/tile/0/000.p/2", "application/octet-stream", "max-age=31536000, immutable"),
        ("feed/tile/entries/000.p/2", "application/octet-stream", "max-age=31536000, immutable"),
        ("feed/contents/0", "application/jsonl", MINUTE),
        ("index.html", "text/html; charset=utf-8", MINUTE),
        ("entrepot.css", "text/css; charset=utf-8", MINUTE),
        ("schema.org.jsonld", "application/ld+json", MINUTE),
    ):
        attributes = obstore.get(store, path).attributes
        assert attributes == {"Content-Type": kind, "Cache-Control": cache}, path


def test_an_upload_that_is_killed_goes_on(tmp_path: Path, server: Server, url: str) -> None:
    """EXC-04: no head stands there before what it implies; what was left is taken up at once, on the same machine."""
    fingerprint = found(tmp_path, "biomed.example", "a")
    publish(tmp_path, *(profile(f"Company {number}") for number in range(120)))
    write = ("static", *server.arguments, "--base-url", url, "--home", "a")
    command = [sys.executable, "-m", "entrepot_node.cli", *write]
    killed = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    addenda = server.folder / "feed" / "addenda"
    assert until(lambda: sum(len(names) for _, _, names in os.walk(addenda)) >= 10)
    killed.kill()
    killed.wait()
    assert not (server.folder / "feed" / "checkpoint").exists()
    assert (server.folder / LOCK).exists()
    # What the server was still writing when the upload died has a name of its own and is gone in a moment.
    whole = [
        path for path in addenda.rglob("*") if path.is_file() and re.fullmatch("[0-9a-f]{64}", path.name)
    ]
    sent = {path: path.stat().st_mtime_ns for path in whole}
    assert sent

    entrepot(tmp_path, *write)

    assert {path: path.stat().st_mtime_ns for path in sent} == sent  # none of them is sent again
    found(tmp_path, "lifepark.example", "b")
    pin = ("--allow-private", "--fingerprint", fingerprint, "--home", "b")
    followed = entrepot(tmp_path, "follow", url, *pin)
    assert (followed[0]["stored"], followed[0]["missing"]) == (120, 0)
    assert not (server.folder / LOCK).exists()
    assert entrepot(tmp_path, *write)["written"] == 0


def test_a_run_on_another_machine_is_not_disturbed_until_it_is_dead(tmp_path: Path, server: Server) -> None:
    found(tmp_path, "biomed.example", "a")
    write = ("static", *server.arguments, "--base-url", "https://biomed.example", "--home", "a")
    held = json.dumps({"machine": "another", "process": 1, "token": "0"}).encode()
    obstore.put(server.open(), LOCK, held)

    assert refused(tmp_path, *write)[0] == "static.locked"
    assert (server.folder / LOCK).read_bytes() == held

    past = time.time() - 601
    os.utime(server.folder / LOCK, (past, past))
    assert entrepot(tmp_path, *write)["written"] > 0
    assert not (server.folder / LOCK).exists()


def test_a_bucket_with_somebody_elses_objects_is_refused(tmp_path: Path, server: Server) -> None:
    found(tmp_path, "biomed.example", "a")
    obstore.put(server.open(), "record/mine.txt", b"mine")
    write = ("static", *server.arguments, "--base-url", "https://biomed.example", "--home", "a")

    assert refused(tmp_path, *write)[0] == "static.foreign"
    assert files_of(server.folder) == {"record/mine.txt": b"mine"}


def test_faults_are_told_in_words_and_without_secrets(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    found(tmp_path, "biomed.example", "a")
    write = ("--base-url", "https://biomed.example", "--home", "a")
    said = [
        refused(tmp_path, "static", "s3://elsewhere", "--endpoint", server.endpoint, *write),
        refused(tmp_path, "static", "folder", "--endpoint", server.endpoint, *write),
        *(
            refused(tmp_path, "static", address, *write)
            for address in ("s3://", "s3://a/../b", "s3://records//x")
        ),
    ]
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "wrong-and-secret")
    said.append(refused(tmp_path, "static", *server.arguments, *write))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    said.append(refused(tmp_path, "static", *server.arguments, *write))
    monkeypatch.delitem(sys.modules, "entrepot_node.static_copy.bucket")
    monkeypatch.setitem(sys.modules, "obstore.store", None)
    said.append(refused(tmp_path, "static", *server.arguments, *write))

    assert {code for code, _ in said} == {"static.bucket"}
    assert "entrepot[s3]" in said[-1][1]
    assert "AWS_ACCESS_KEY_ID" in said[-2][1]
    assert [text for _, text in said if SECRET in text or "wrong-and-secret" in text or KEY in text] == []
    assert not server.folder.exists()


# --- conditional writes and deaths, on a store that knows conditions


class DyingBucket(Dying, Bucket):
    """A bucket whose process dies at its k-th write or removal."""

    def __init__(self, store: MemoryStore, survives: int) -> None:
        super().__init__(store, "s3://memory")
        self.left = survives

    def put(self, name: str, raw: bytes) -> None:
        self._live()
        super().put(name, raw)

    def _flush_removals(self) -> None:
        if self._gone:
            self._live()
        super()._flush_removals()


def unpacked(store: MemoryStore, folder: Path) -> Path:
    """Lay the objects down as a host would serve them."""
    for batch in obstore.list(store):
        for one in batch:
            path = folder / one["path"]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(bytes(obstore.get(store, one["path"]).bytes()))
    return folder


@pytest.mark.parametrize("survives", [0, 1, 2, 3, 5, 8, 12, 16, 20])
def test_a_run_that_dies_anywhere_leaves_a_copy_that_verifies(
    full: Any, company: Company, tmp_path: Path, survives: int
) -> None:
    """EXC-95, EXC-97: and the next run mends it."""
    bucket = MemoryStore()
    write_copy(full, Bucket(bucket, "s3://memory"))
    full.publish(company("Renamed", 3), company("More", 30))
    full.withdraw(company(number=4)["id"])
    try:
        write_copy(full, DyingBucket(bucket, survives))
        died = False
    except Crash:
        died = True
    store = SqlStore.open(tmp_path / "follower.db")
    try:
        first = pull(unpacked(bucket, tmp_path / "dead"), store)
        write_copy(full, Bucket(bucket, "s3://memory"))
        second = pull(unpacked(bucket, tmp_path / "mended"), store)
    finally:
        store.close()

    assert first.refused == 0
    assert (second.size_after, second.missing, second.refused) == (full.feed.size, 0, 0)
    assert died or survives > 15
    assert found_in(tmp_path / "mended", [b"Company 4"]) == []


def test_a_head_that_another_run_wrote_meanwhile_is_not_replaced() -> None:
    """EXC-98: two laptops at once, on a store that takes the conditions of a write."""
    memory = MemoryStore()
    slow = Bucket(memory, "s3://memory")
    with slow.alone():
        assert slow.read("feed/checkpoint") is None
        obstore.put(memory, "feed/checkpoint", b"of another")
        with pytest.raises(Conflict, match="meanwhile"):
            slow.put("feed/checkpoint", b"ours")
    assert bytes(obstore.get(memory, "feed/checkpoint").bytes()) == b"of another"
    with slow.alone():
        assert slow.read("feed/checkpoint") == b"of another"
        slow.put("feed/checkpoint", b"ours")
    assert bytes(obstore.get(memory, "feed/checkpoint").bytes()) == b"ours"


def test_a_run_whose_lock_was_taken_writes_no_head_and_takes_none_away() -> None:
    memory = MemoryStore()
    slow = Bucket(memory, "s3://memory")
    quick = BucketLock(memory, "s3://memory")
    with slow.alone():
        quick.take()  # it holds ours to be left behind: it is of the same process
        with pytest.raises(Conflict, match="another run"):
            slow.put("feed/checkpoint", b"ours")
    quick.require()
    quick.give_back()


@pytest.mark.parametrize(
    "address", ["s3://ab", "s3:/abc", "s3://ABC", "s3://abc/.hidden", "s3://abc/x y", "s3://abc?x"]
)
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(Misuse, match="no address"):
        open_bucket(address, "")
