"""Witnesses and logs of other software: litewitness vouches for us, our witness for the table of others and for a Tessera log."""

from __future__ import annotations

import json
import shutil
import sqlite3
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from entrepot_schema.keys import SigningKey
from entrepot_sync import note
from entrepot_sync.merkle import EMPTY_ROOT
from entrepot_sync.note import VerifierKey
from entrepot_sync.witness import LogHead, write_add_checkpoint

from ..waiting import await_true  # noqa: TID252  pytest puts no folder of tests on the path
from .conftest import Figures
from .go_programs import GoPrograms
from .nodes import LiveNode, await_port, ended, found_node, free_port, serving

VECTORS = Path(__file__).resolve().parents[1] / "sync" / "vectors"
TABLE = json.loads((VECTORS / "witness-update-table.json").read_text("utf-8"))
EXAMPLES = json.loads((VECTORS / "c2sp-spec-examples.json").read_text("utf-8"))
LITEWITNESS = "litewitness.example/w1"


# --- litewitness vouches for us


@contextmanager
def litewitness(go: GoPrograms, node: LiveNode, folder: Path) -> Iterator[tuple[str, str, Path]]:
    """A witness that knows our log, as a process; gives its vkey, its URL and its database.

    Logs are written into its database: `witnessctl`, which is meant for that, needs a module that is not to be had everywhere.
    """
    short = Path(tempfile.mkdtemp(prefix="w"))  # the path of a socket has at most 107 bytes
    socket, database, port = short / "agent", folder / "litewitness.db", free_port()
    agent_command = [go.path("agent"), str(socket), LITEWITNESS]
    pipe = subprocess.PIPE
    try:
        with ended(subprocess.Popen(agent_command, stdin=pipe, stdout=pipe)) as agent:
            assert agent.stdout is not None
            key = json.loads(agent.stdout.readline())
            command = [
                go.path("litewitness"), "-db", str(database), "-name", LITEWITNESS, "-key", key["fingerprint"],
                "-ssh-agent", str(socket), "-listen", f"127.0.0.1:{port}",
            ]  # fmt: skip
            with (
                (folder / "litewitness.log").open("wb") as log,
                ended(subprocess.Popen(command, stderr=log)) as witness,
            ):
                await_port(port, witness)
                yield key["vkey"], f"http://127.0.0.1:{port}", database
    finally:
        shutil.rmtree(short)


def configure(database: Path, origin: str, vkey: str) -> None:
    empty = note.encode_base64(EMPTY_ROOT)
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("INSERT INTO log (origin, tree_size, tree_hash) VALUES (?, 0, ?)", (origin, empty))
        connection.execute("INSERT INTO key (origin, key) VALUES (?, ?)", (origin, vkey))


def size_seen(database: Path, origin: str) -> int:
    with closing(sqlite3.connect(database)) as connection:
        (size,) = connection.execute("SELECT tree_size FROM log WHERE origin = ?", (origin,)).fetchone()
    return int(size)


def test_litewitness_cosigns_our_pushes_and_stands_under_our_checkpoint(
    go: GoPrograms, tmp_path: Path, figures: Figures
) -> None:
    """FED-10, FED-02, FED-06: each head, by consistency proofs, and nothing waits for it after a restart."""
    node = found_node(tmp_path, "biomed.example")
    origin = f"{node.home.name}/feed/1"
    with serving(node):
        log_vkey = node.log_vkey
    with litewitness(go, node, tmp_path) as (vkey, url, database):
        configure(database, origin, log_vkey)
        node.set(witnesses=[f"{vkey} {url} private"])
        for batch in ([300, 1, 5], [700]):  # each in a process of its own
            with serving(node):
                for count in batch:
                    node.publish(*(f"Company {count} {number}" for number in range(count)))
                    opened = cosigned(go, node, log_vkey, vkey)
                    assert opened["origin"] == origin
                    assert size_seen(database, origin) == opened["size"]
                    figures.add("heads of ours cosigned by litewitness")
    (own,) = node.command("peers")
    assert [one["cosigned"] for one in own["cosigned"]["witnesses"]] == [True]
    assert own["size"] == 1 + 300 + 1 + 5 + 700


def cosigned(go: GoPrograms, node: LiveNode, log_vkey: str, vkey: str) -> dict[str, Any]:
    """Our checkpoint as Go opens it, once the witness's line is under it."""
    name = vkey.partition("+")[0]
    (own,) = node.command("peers")

    def is_there() -> bool:
        raw = node.get("/feed/checkpoint")
        return f"\n{own['size']}\n".encode() in raw and f"\n— {name} ".encode() in raw

    await_true(is_there, f"the line of {name}")
    opened = go.open(node.get("/feed/checkpoint"), log_vkey, vkey)
    assert sorted(opened["signers"]) == sorted([f"{node.home.name}/feed/1", name])
    assert opened["size"] == own["size"]
    return opened


# --- our witness, asked by others

# Two cases of the table want checkpoints that only the secret key of its log could sign: here a second key of it does.
OURS = SigningKey.from_seed(b"m" * 32)
OTHER_LOG, FORKED_LOG = "monkeys/2", "monkeys/3"
SOFA = "example.com/behind-the-sofa"


@pytest.fixture(scope="module")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    """A served node whose witness knows the log of the table, two others and that of the specification's example."""
    node = found_node(tmp_path_factory.mktemp("witness"), "lifepark.example")
    keys = [VerifierKey(name, OURS.public) for name in ("monkeys", OTHER_LOG, FORKED_LOG, SOFA)]
    node.set(witness_logs=[TABLE["log_vkey"], *map(str, keys)])
    with serving(node):
        yield node


@pytest.fixture(scope="module")
def answers(witness: LiveNode) -> dict[str, tuple[int, str, bytes]]:
    """Bring the witness into the state that each case wants, one after the other, and send it."""
    cases = {case["name"]: case for case in TABLE["cases"]}
    found = {}

    def ask(*names: str) -> None:
        for name in names:
            found[name] = add_checkpoint(witness, body_of(cases[name]))

    ask("from empty with a non-empty proof")
    assert add_checkpoint(witness, write_add_checkpoint(0, [], TABLE["checkpoint_size5"].encode()))[0] == 200
    ask(
        "old size differs from state",
        "resubmit the same checkpoint",
        "proof hashes of two bytes",
        "happy path",
        "submitted checkpoint smaller than old size",
    )
    # This one begins at size 4, where the log of the table has no checkpoint: on a log of its own.
    root = bytes.fromhex(TABLE["root5_hex"])
    start = note.sign_note(LogHead(OTHER_LOG, 4, root).text(), OTHER_LOG, OURS)
    assert add_checkpoint(witness, write_add_checkpoint(0, [], start))[0] == 200
    name = "proof missing (sign with the test seed)"
    found[name] = add_checkpoint(witness, body_of(cases[name], origin=OTHER_LOG))
    # And this one proves a fork: what that does to a log is not what the other cases ask about.
    start = note.sign_note(LogHead(FORKED_LOG, 5, root).text(), FORKED_LOG, OURS)
    assert add_checkpoint(witness, write_add_checkpoint(0, [], start))[0] == 200
    name = "same size, other root (sign with the test seed)"
    found[name] = add_checkpoint(witness, body_of(cases[name], origin=FORKED_LOG))
    assert set(found) == set(cases)
    return found


def body_of(case: dict[str, Any], origin: str = "monkeys") -> bytes:
    """The request of a case. Its hashes may be none, so the lines are written here."""
    proof = (
        TABLE["consistency_5_to_8_hex"]
        if case.get("proof") == "consistency_5_to_8"
        else case.get("proof_hex", [])
    )
    lines = "".join(f"{note.encode_base64(bytes.fromhex(line))}\n" for line in proof)
    if "submit" in case:
        checkpoint = TABLE[case["submit"]].encode()
    else:
        head = LogHead(origin, case["submit_size"], bytes.fromhex(case["submit_root_hex"]))
        checkpoint = note.sign_note(head.text(), origin, OURS)
    return f"old {case['old']}\n{lines}\n".encode() + checkpoint


def add_checkpoint(witness: LiveNode, body: bytes) -> tuple[int, str, bytes]:
    """Post a request by plain HTTP: status, media type and body of the answer."""
    request = urllib.request.Request(f"{witness.url}/witness/add-checkpoint", data=body)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.headers["content-type"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["content-type"], error.read()


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_a_running_node_answers_as_the_public_table(
    go: GoPrograms,
    witness: LiveNode,
    answers: dict[str, tuple[int, str, bytes]],
    case: dict[str, Any],
    figures: Figures,
) -> None:
    """LOG-73 to LOG-78, EXC-90; what it cosigned opens with the libraries of Go."""
    status, media_type, body = answers[case["name"]]

    assert status == (400 if isinstance(case["status"], str) else case["status"])
    if status == 409:
        assert (media_type, body.decode()) == (case["content_type"], case["body"])
    if status == 200:
        checkpoint = TABLE[case["submit"]].encode()
        opened = go.open(checkpoint + body, TABLE["log_vkey"], witness.witness_vkey)
        assert opened["signers"] == ["monkeys", "lifepark.example/witness/1"]
        assert opened["times"]["lifepark.example/witness/1"] > 1_700_000_000
        with pytest.raises(AssertionError, match="signature"):
            go.open(
                checkpoint.replace(b"\n8\n", b"\n9\n").replace(b"\n5\n", b"\n6\n") + body, TABLE["log_vkey"]
            )
    figures.add("answers of our witness to the public table")


def test_the_head_it_cosigned_is_read_and_opened(
    go: GoPrograms, witness: LiveNode, answers: dict[str, tuple[int, str, bytes]]
) -> None:
    """EXC-91: at the hash of the log's origin."""
    assert answers
    raw = witness.get(f"/witness/{sha256(b'monkeys').hexdigest()}/checkpoint")

    opened = go.open(raw, TABLE["log_vkey"], witness.witness_vkey)

    assert (opened["size"], opened["signers"]) == (8, ["monkeys", "lifepark.example/witness/1"])


def test_the_request_of_the_specification_is_read(witness: LiveNode) -> None:
    """tlog-witness gives no key for its example: read whole, it is refused for its signature and for nothing before that."""
    body = EXAMPLES["add_checkpoint_request"]["body"].encode()

    assert add_checkpoint(witness, body)[0] == 403
    assert add_checkpoint(witness, body.replace(SOFA.encode(), b"example.com/elsewhere"))[0] == 404
    assert add_checkpoint(witness, body.replace(b"old 20852014\n", b"old 020852014\n"))[0] == 400
    assert add_checkpoint(witness, body.replace(b"PlRNC", b"PlRN"))[0] == 400
    assert add_checkpoint(witness, body.replace(b"\n\n", b"\n", 1))[0] == 400


# --- a log of other software, witnessed by us


class TesseraLog:
    """A log in a folder that Tessera writes, and that publishes only what our witness cosigned."""

    def __init__(self, go: GoPrograms, folder: Path, name: str) -> None:
        seed = sha256(name.encode()).digest()
        self.key = VerifierKey(name, SigningKey.from_seed(seed).public)
        self.folder = folder / "log"
        self._go = go
        self._files = folder
        secret = note.encode_base64(b"\x01" + seed)
        (folder / "log.key").write_text(f"PRIVATE+KEY+{name}+{self.key.key_id.hex()}+{secret}", "ascii")

    def ask(self, witness: LiveNode) -> None:
        """Name its witness, in the form of tlog-policy."""
        policy = f"witness w1 {witness.witness_vkey} {witness.url}/witness\nquorum w1\n"
        (self._files / "policy").write_text(policy, "ascii")

    def append(self, *texts: str, fail_open: bool = False) -> None:
        """Add entries and wait until a checkpoint with them is published."""
        entries = Path(tempfile.mkdtemp(dir=self._files))
        for number, text in enumerate(texts):
            (entries / f"{number:06d}").write_text(text, "utf-8")
        done = self._go.run(
            "posix-oneshot", f"--storage_dir={self.folder}", f"--entries={entries}/*",
            f"--private_key={self._files / 'log.key'}", f"--witness_policy_file={self._files / 'policy'}",
            f"--witness_fail_open={str(fail_open).lower()}", "--witness_timeout=20s", "--logtostderr",
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()

    @property
    def checkpoint(self) -> bytes:
        return (self.folder / "checkpoint").read_bytes()


def test_a_tessera_log_is_cosigned_by_us_until_it_forks(
    go: GoPrograms, tmp_path: Path, figures: Figures
) -> None:
    """LOG-73 to LOG-78: Tessera's own client asks, recovers from 409, verifies our line and publishes with it."""
    node = found_node(tmp_path, "lifepark.example")
    log = TesseraLog(go, tmp_path, "tessera.example/log")
    node.set(witness_logs=[str(log.key)])
    with serving(node):
        vkey = node.witness_vkey
        both = [log.key.name, vkey.partition("+")[0]]
        log.ask(node)
        log.append(*(f"entry {number}" for number in range(300)))
        first = go.open(log.checkpoint, str(log.key), vkey)
        shutil.copytree(log.folder, tmp_path / "before")
        log.append("one more")
        second = go.open(log.checkpoint, str(log.key), vkey)
        assert [(one["size"], one["signers"]) for one in (first, second)] == [(300, both), (301, both)]
        path = f"/witness/{sha256(log.key.name.encode()).hexdigest()}/checkpoint"
        assert go.open(node.get(path), str(log.key), vkey)["size"] == 301
        figures.add("heads of a Tessera log cosigned by our witness", 2)

        shutil.rmtree(log.folder)
        (tmp_path / "before").rename(log.folder)
        log.append("another one", "and another", fail_open=True)

        forked = go.open(log.checkpoint, str(log.key), vkey)
        assert (forked["size"], forked["signers"]) == (302, both[:1])
        assert go.open(node.get(path), str(log.key), vkey)["size"] == 301
