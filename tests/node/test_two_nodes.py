"""Two nodes as two operators run them: by the command line, over real HTTP, in processes of their own."""

from __future__ import annotations

import json
import os
import pty
import selectors
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.home import Home
from entrepot_node.qr_code import qr_text
from entrepot_schema.canonical import read_canonical
from entrepot_schema.fingerprint import six_words
from entrepot_schema.keys import SigningKey
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint
from entrepot_sync.evidence import make_fork_evidence
from entrepot_sync.note import VerifierKey

PROFILE = {
    "type": "company",
    "name": {"en": "Acme Bio", "zh-Hans": "顶点生物"},
    "locations": [{"country": "DE"}],
    "status": "active",
    "updated": "2026-11-23",
}


def entrepot(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "entrepot_node.cli", *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False)


def answer(folder: Path, *arguments: str, code: int = 0) -> Any:
    done = entrepot(folder, *arguments, "--json")
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class Served:
    """A running node and the folder it lives in."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        listen = self.url.removeprefix("http://")
        founded = answer(
            folder, "init", "biomed.example", "--name", "Biomed", "--base-url", self.url, "--listen", listen,
            "--takedown-email", "info@biomed.example", "--home", "a",
        )  # fmt: skip
        self.fingerprint = founded["fingerprint"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "entrepot_node.cli", "serve", "--home", "a"],
            cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self.process.stdout, selectors.EVENT_READ)
            assert selector.select(30), "the node did not say that it serves"
        assert self.url in self.process.stdout.readline()

    def get(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as response:
            return bytes(response.read())

    def stop(self) -> None:
        self.process.terminate()
        self.process.communicate()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    node = Served(tmp_path_factory.mktemp("two-nodes"))
    yield node
    node.stop()


@pytest.fixture(scope="module")
def follower(served: Served) -> Path:
    answer(
        served.folder, "init", "lifepark.example", "--takedown-email", "info@lifepark.example", "--home", "b"
    )
    return served.folder


def publish(served: Served, profile: dict[str, Any]) -> str:
    (served.folder / "p.json").write_text(json.dumps(profile), "utf-8")
    published = answer(served.folder, "publish", "p.json", "--home", "a")
    return str(published["items"][0]["subject"])


def test_a_record_travels_is_corrected_withdrawn_and_erased(served: Served, follower: Path) -> None:
    """LOG-51, LOG-20: what is withdrawn at its origin is gone at who follows, after the next pull."""
    subject = publish(served, PROFILE)
    wrong = answer(
        follower,
        "follow",
        served.url,
        "--allow-private",
        "--fingerprint",
        "Qm" + "1" * 44,
        "--home",
        "b",
        code=2,
    )
    assert wrong["error"]["code"] == "follow.fingerprint"
    unasked = answer(follower, "follow", served.url, "--allow-private", "--home", "b", code=2)
    assert unasked["error"]["code"] == "follow.unconfirmed"

    first = answer(
        follower, "follow", served.url, "--allow-private", "--fingerprint", served.fingerprint, "--home", "b"
    )
    assert (first[0]["ok"], first[0]["stored"], first[0]["missing"]) == (True, 1, 0)
    assert first[0]["fingerprint"] == served.fingerprint
    assert tuple(first[0]["words"]) == six_words(served.fingerprint)

    publish(served, {**PROFILE, "id": subject, "name": {"en": "Acme Biotech"}})
    second = answer(follower, "sync", "--home", "b")
    assert second[0]["requests"] <= 3
    shown = answer(follower, "show", subject, "--home", "b")
    assert [version["revision"] for version in shown["versions"] if version["live"]] == [2]

    answer(served.folder, "withdraw", subject, "--yes", "--home", "a")
    answer(follower, "sync", "biomed.example", "--home", "b")
    gone = answer(follower, "show", subject, "--home", "b")
    assert {version["status"] for version in gone["versions"]} == {"erased"}
    digest = gone["versions"][0]["digest"]
    with pytest.raises(urllib.error.HTTPError) as refused:
        served.get(f"/feed/addenda/{digest[:2]}/{digest[2:4]}/{digest}")
    refused.value.close()
    assert refused.value.code == 410

    again = publish(served, {**PROFILE, "id": subject})
    answer(follower, "sync", "--home", "b")
    back = answer(follower, "show", subject, "--home", "b")
    assert again == subject
    assert [(v["revision"], v["live"]) for v in back["versions"]] == [(3, True), (2, False), (1, False)]


def test_peers_and_pages_and_api_tell_the_same(served: Served, follower: Path) -> None:
    publish(served, PROFILE)
    rows = answer(follower, "peers", "--home", "b")
    api = json.loads(served.get("/api/v1/peers"))["items"]
    lines = served.get("/api/v1/records.jsonl").splitlines()

    assert rows[0]["origin"] == "lifepark.example"
    assert api[0]["counts"]["stored"] == len(lines) > 0
    assert b"biomed.example" in served.get("/")


def test_a_whole_node_is_verified_from_outside(served: Served) -> None:
    publish(served, PROFILE)
    verdict = answer(served.folder, "verify", served.url, "--allow-private")

    assert verdict["kind"] == "node"
    assert served.fingerprint in verdict["notShown"][0]


def test_a_record_is_verified_with_the_pinned_keys(served: Served, follower: Path) -> None:
    subject = publish(served, PROFILE)
    line = next(raw for raw in served.get("/api/v1/records.jsonl").splitlines() if subject.encode() in raw)
    (served.folder / "record.json").write_bytes(line + b"\n")
    (served.folder / "keys.jsonl").write_bytes(served.get("/feed/keys.jsonl"))
    verdict = answer(served.folder, "verify", "record.json", "--key-log", "keys.jsonl")
    assert verdict["kind"] == "record"
    assert any("true" in sentence for sentence in verdict["notShown"])

    (served.folder / "record.json").write_bytes(line.replace(b"Acme", b"Acne"))
    changed = answer(served.folder, "verify", "record.json", "--key-log", "keys.jsonl", code=1)
    assert changed["error"]["code"] == "key.signature"
    assert read_canonical(line)["issuer"] == "did:web:biomed.example"


def test_evidence_of_a_fork_is_confirmed_and_a_made_up_one_is_not(served: Served) -> None:
    """LOG-63: anybody can check an evidence file offline."""
    name = "biomed.example/feed/1"
    key = SigningKey.from_seed(b"\7" * 32)
    heads = tuple(sign_checkpoint(Checkpoint(name, 5, bytes([number]) * 32), name, key) for number in (1, 2))
    raw = make_fork_evidence(name, (heads[0], heads[1]), [VerifierKey(name, key.public)])
    (served.folder / "fork.json").write_bytes(raw)
    (served.folder / "keys.jsonl").write_bytes(served.get("/feed/keys.jsonl"))

    alone = answer(served.folder, "verify", "fork.json", "--home", "nowhere")
    against = answer(served.folder, "verify", "fork.json", "--key-log", "keys.jsonl", code=1)

    assert (alone["kind"], len(alone["notShown"])) == ("fork", 1)
    assert against["error"]["code"] == "log.evidence"
    (served.folder / "fork.json").write_bytes(raw.replace(b'"feed":', b'"feee":'))
    assert (
        answer(served.folder, "verify", "fork.json", "--home", "nowhere", code=1)["error"]["code"]
        == "log.evidence"
    )


def test_unfollow_drops_what_was_held(served: Served, tmp_path: Path) -> None:
    answer(tmp_path, "init", "parks.example", "--takedown-email", "info@parks.example", "--home", "c")
    follow = ("follow", served.url, "--allow-private", "--fingerprint", served.fingerprint, "--home", "c")
    answer(tmp_path, *follow)
    answer(tmp_path, "unfollow", "biomed.example", "--yes", "--home", "c")

    assert [row["origin"] for row in answer(tmp_path, "peers", "--home", "c")] == ["parks.example"]


def test_a_follow_that_the_running_server_pulls_already_is_done(served: Served, tmp_path: Path) -> None:
    """The lease is held by another process, as by a server that was faster: the peer is pinned, and pulled there."""
    answer(tmp_path, "init", "third.example", "--takedown-email", "info@third.example", "--home", "c")
    follow = ("follow", served.url, "--allow-private", "--fingerprint", served.fingerprint, "--home", "c")
    answer(tmp_path, *follow, "--no-sync")
    store = Home(tmp_path / "c").open_store()
    (row,) = store.follows()
    assert store.lease_follow(row.feed_id, "a server", now=row.added_at, until=row.added_at + 3600)
    store.close()

    (pinned,) = answer(tmp_path, *follow)
    said = entrepot(tmp_path, *follow)

    assert (pinned["ok"], pinned["leased"], pinned["fingerprint"]) == (True, True, served.fingerprint)
    assert said.returncode == 0
    assert "The running server pulls it now." in said.stdout


@pytest.mark.parametrize(("typed", "code", "followed"), [(b"y\n", 0, 1), (b"n\n", 1, 0)])
def test_a_person_sees_words_and_qr_code_before_anything_is_pinned(
    served: Served, tmp_path: Path, typed: bytes, code: int, followed: int
) -> None:
    answer(tmp_path, "init", "third.example", "--takedown-email", "info@third.example", "--home", "c")
    terminal, theirs = pty.openpty()
    os.write(terminal, typed)
    command = [
        sys.executable,
        "-m",
        "entrepot_node.cli",
        "follow",
        served.url,
        "--allow-private",
        "--home",
        "c",
    ]

    done = subprocess.run(command, stdin=theirs, stdout=subprocess.PIPE, text=True, cwd=tmp_path, check=False)

    os.close(terminal)
    os.close(theirs)
    asked = done.stdout.partition("Is it the same?")[0]
    assert done.returncode == code
    assert served.fingerprint in asked
    assert " ".join(six_words(served.fingerprint)) in asked
    assert qr_text(served.fingerprint) in asked
    assert asked.index("biomed.example") < asked.index("It calls itself: Biomed")
    store = Home(tmp_path / "c").open_store()
    assert len(store.follows()) == followed
    store.close()


def test_f06_a_node_does_not_follow_itself(served: Served) -> None:
    """EXC-30."""
    follow = ("follow", served.url, "--allow-private", "--fingerprint", served.fingerprint, "--home", "a")

    assert answer(served.folder, *follow, code=2)["error"]["code"] == "peer.self"
