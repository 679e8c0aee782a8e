"""Proofs of records through the doors of a node: its API, `entrepot prove` and `entrepot verify`."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.commands.verify import run_verify
from entrepot_node.commands.verify_proof import verify_proof
from entrepot_node.proving import prove_record
from entrepot_node.self_check import check_store
from entrepot_node.storage.contract_feed import PEER, subject_id
from entrepot_schema.errors import Misuse, Refused
from entrepot_schema.keys import SigningKey
from entrepot_sync import note
from entrepot_sync.cosignature import CosignerKey, cosign
from entrepot_sync.evidence import make_fork_evidence
from entrepot_sync.feed_store import FeedRow
from entrepot_sync.note import VerifierKey
from entrepot_sync.record_proof import parse_record_proof, verify_record_proof

Company = Callable[..., dict[str, Any]]
WITNESS = SigningKey.from_seed(b"\x17" * 32)
COSIGNER = CosignerKey("lifepark.example/witness/1", WITNESS.public)
NOW = 1_795_426_200.0  # a moment of 2026-11-23


def anywhere(_feed: FeedRow) -> None:
    """Lets any head leave: what is signed here is no matter of these tests."""


def path_of(subject: str) -> str:
    return "/api/v1/subjects/" + subject.removeprefix("https://").replace("/id/", "/") + "/proof"


def test_the_api_proves_a_live_record(held: Any) -> None:
    """LOG-83, LOG-84: with the key log of the node and nothing else."""
    answer = held.get(path_of(subject_id(3)))
    proven = verify_record_proof(parse_record_proof(answer.body), held.feed.key_log)

    assert (answer.status, answer.headers["content-type"]) == (200, "text/plain; charset=utf-8")
    assert (proven.entry.subject, proven.index) == (subject_id(3), 9)
    assert proven.record.profile["name"] == {"en": "Company 3, renamed"}
    assert answer.body == prove_record(held.store, subject_id(3), anywhere).to_bytes()


@pytest.mark.parametrize(
    ("subject", "status", "code"),
    [
        (subject_id(5), 410, "record.withdrawn"),
        (subject_id(99), 404, "record.unknown"),
        (subject_id(2, PEER), 404, "prove.not-held"),
        (subject_id(3, PEER), 404, "prove.not-held"),
        (subject_id(4, PEER), 404, "prove.not-held"),
        (subject_id(5, PEER), 410, "record.withdrawn"),
    ],
)
def test_what_is_not_held_is_not_proven(held: Any, subject: str, status: int, code: str) -> None:
    """EXC-02, EXC-42."""
    answer = held.get(path_of(subject))

    assert (answer.status, answer.json()["code"]) == (status, code)


def test_a_record_of_a_peer_is_proven_from_the_copy_held_here(
    node: Any, add_peer: Callable[..., Any], company: Company
) -> None:
    theirs = {**company("Theirs"), "id": subject_id(1, "photonics.example")}
    feed = add_peer("photonics.example", theirs)

    proven = verify_record_proof(parse_record_proof(node.get(path_of(theirs["id"])).body), feed.key_log)

    assert proven.checkpoint.feed_name == feed.name
    assert proven.record.profile["name"] == {"en": "Theirs"}


def verdict(home: Path, raw: bytes, *witnesses: str, key_log: Path | None = None) -> Any:
    return verify_proof(raw, home, key_log, witnesses, now=NOW)


def test_the_verdict_says_in_words_what_was_and_was_not_shown(node: Any, company: Company) -> None:
    """LOG-85, LOG-86."""
    node.publish(company("Acme", 1))
    proof = prove_record(node.store, subject_id(1), anywhere)
    line = cosign(note.split(proof.proof.checkpoint).text, COSIGNER.name, WITNESS, time=1_795_426_200)
    raw = proof.to_bytes() + str(line).encode()

    alone = verdict(node.home.path, raw)
    vouched = verdict(node.home.path, raw, str(COSIGNER))

    assert alone.kind == "proof"
    assert "biomed.example/feed/1 at 2 entries" in alone.shown[0]
    assert subject_id(1) in alone.shown[1]
    assert "line 1 of 1" in alone.shown[3]
    unshown = " ".join(alone.not_shown)
    for word in ("live", "true", "effect", "no witness"):
        assert word in unshown
    assert "lifepark.example/witness/1 vouched at 2026-11-23T" in vouched.shown[-1]
    assert not any("witness" in line for line in vouched.not_shown)


@pytest.mark.parametrize("time", [int(NOW) + 601, 253_402_300_800, 2**63 - 1])
def test_l28_a_cosignature_of_a_time_to_come_is_told_and_not_counted(
    node: Any, company: Company, time: int
) -> None:
    """LOG-85: a witness may name any time, also one that no calendar has."""
    node.publish(company("Acme", 1))
    proof = prove_record(node.store, subject_id(1), anywhere)
    line = cosign(note.split(proof.proof.checkpoint).text, COSIGNER.name, WITNESS, time=time)

    told = verdict(node.home.path, proof.to_bytes() + str(line).encode(), str(COSIGNER))

    assert not any("vouched" in line for line in told.shown)
    assert "still to come" in told.not_shown[-1]


def test_l27_a_witness_that_signs_or_is_named_twice_is_told_once(node: Any, company: Company) -> None:
    """LOG-72, LOG-85."""
    node.publish(company("Acme", 1))
    proof = prove_record(node.store, subject_id(1), anywhere)
    text = note.split(proof.proof.checkpoint).text
    lines = [str(cosign(text, COSIGNER.name, WITNESS, time=int(NOW) - ago)) for ago in (0, 9)]

    told = verdict(node.home.path, proof.to_bytes() + "".join(lines).encode(), str(COSIGNER), str(COSIGNER))

    assert sum("vouched" in line for line in told.shown) == 1


def test_f23_proofs_hold_when_contents_are_erased(node: Any, company: Company) -> None:
    """LOG-51, LOG-82: the entries stay, and with them every proof that was given, and every one that others ask for."""
    node.publish(company("Acme", 1), company("Other", 2))
    before = prove_record(node.store, subject_id(1), anywhere)
    entries = node.store.entries(node.feed.id, 0, node.feed.size)
    node.withdraw(subject_id(1))

    assert node.get(path_of(subject_id(1))).status == 410
    assert node.store.entries(node.feed.id, 0, len(entries)) == entries
    assert check_store(node.store, node.feed)
    for proof in (before, prove_record(node.store, subject_id(2), anywhere)):
        assert verify_record_proof(proof, node.feed.key_log).record


def test_a_proof_without_known_keys_is_not_judged(node: Any, company: Company, tmp_path: Path) -> None:
    """LOG-82: keys that came with it would be the forger's."""
    node.publish(company("Acme", 1))
    raw = prove_record(node.store, subject_id(1), anywhere).to_bytes()

    with pytest.raises(Misuse) as refused:
        verdict(tmp_path / "nowhere", raw)
    assert refused.value.code == "verify.no-keys"

    keys = tmp_path / "keys.jsonl"
    keys.write_bytes(node.feed.key_log.to_bytes())
    assert verdict(tmp_path / "nowhere", raw, key_log=keys).kind == "proof"


def test_a_wrong_vkey_of_a_witness_is_named(node: Any, company: Company) -> None:
    node.publish(company("Acme", 1))
    raw = prove_record(node.store, subject_id(1), anywhere).to_bytes()

    with pytest.raises(Refused) as refused:
        verdict(node.home.path, raw, "lifepark.example/witness/1+00000000+AAAA")

    assert refused.value.code == "log.vkey"


def test_what_a_file_says_steers_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """LOG-63: anybody can sign two heads under a name of any letters."""
    name = "log.example/\x9b2J\u202e"
    heads = [
        note.sign_note(f"{name}\n1\n{note.encode_base64(bytes([root]) * 32)}\n".encode(), name, WITNESS)
        for root in (1, 2)
    ]
    evidence = make_fork_evidence(name, (heads[0], heads[1]), [VerifierKey(name, WITNESS.public)])
    (tmp_path / "fork.json").write_bytes(evidence)

    run_verify(
        tmp_path / "nowhere", str(tmp_path / "fork.json"), key_log=None, witnesses=[], allow_private=False,
        as_json=False,
    )  # fmt: skip

    said = capsys.readouterr().out
    assert "log.example/" in said
    assert said.replace("\n", "").isprintable()


def test_a_file_that_is_too_long_is_not_read_whole(tmp_path: Path) -> None:
    """LOG-81: it came from somebody else; 256 GB of it do not fit in memory."""
    with (tmp_path / "long.tlog-proof").open("wb") as file:
        file.write(b"c2sp.org/tlog-proof@v1\n")
        file.truncate(1 << 38)

    with pytest.raises(Refused) as refused:
        run_verify(
            tmp_path / "nowhere", str(tmp_path / "long.tlog-proof"), key_log=None, witnesses=[],
            allow_private=False, as_json=False,
        )  # fmt: skip

    assert refused.value.code == "log.proof-file"


def entrepot(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "entrepot_node.cli", *arguments]
    return subprocess.run(command, capture_output=True, cwd=folder, check=False)


def test_a_proof_is_written_carried_and_checked_by_the_command_line(
    node: Any, company: Company, tmp_path: Path
) -> None:
    node.publish(company("Acme", 1))
    node.store.close()
    home = ("--home", str(node.home.path))
    written = entrepot(tmp_path, "prove", subject_id(1), "-o", "acme.tlog-proof", *home)
    raw = (tmp_path / "acme.tlog-proof").read_bytes()
    good = entrepot(tmp_path, "verify", "acme.tlog-proof", "--json", *home)
    extra = raw.split(b"\n")[1].removeprefix(b"extra ")
    forged = base64.b64encode(base64.b64decode(extra).replace(b'"record":"ey', b'"record":"fy'))
    (tmp_path / "acme.tlog-proof").write_bytes(raw.replace(extra, forged))
    bad = entrepot(tmp_path, "verify", "acme.tlog-proof", "--json", *home)
    unknown = entrepot(tmp_path, "prove", subject_id(9), *home)

    assert written.returncode == 0, written.stderr
    assert json.loads(good.stdout)["kind"] == "proof"
    assert (bad.returncode, json.loads(bad.stdout)["error"]["code"]) == (1, "log.proof-record")
    assert (unknown.returncode, b"record.unknown" in unknown.stderr) == (2, True)
