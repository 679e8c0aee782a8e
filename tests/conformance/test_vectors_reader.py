"""The suite's own reader agrees with every golden vector."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.make_vectors import make_all
from entrepot_conformance.making.files import Files
from entrepot_conformance.reader import ed25519, encodings, merkle, notes, tiles, witness
from entrepot_conformance.reader.contents import (
    check_delta_range,
    check_keys,
    decode_delta,
    encode_contents,
    encode_delta,
    match_contents,
)
from entrepot_conformance.reader.cosignatures import counted, parse_cosigner_vkey
from entrepot_conformance.reader.entries import FeedState, digest_of
from entrepot_conformance.reader.key_log import KeyLine, check_extends, read_key_log
from entrepot_conformance.reader.key_state import did_web_twin, read_state
from entrepot_conformance.reader.record_proofs import verify_proof_file
from entrepot_conformance.reader.records import Expected, expected_of, verify_record
from entrepot_conformance.reader.rule_error import RuleError
from entrepot_conformance.reader.schemas import Schemas, find_schemas
from entrepot_conformance.reader.strict_json import canonical
from entrepot_conformance.vectors_folder import vectors_folder

FOLDER = vectors_folder()


def load(name: str) -> Any:
    return json.loads((FOLDER / name).read_text("utf-8"))


def cases(name: str, *path: str) -> list[Any]:
    """Return the rows of one list in a vector file, each with a readable id."""
    rows = load(name)
    for step in path:
        rows = rows[step]
    return [
        pytest.param(row, id=str(row.get("name") or row.get("path") or index))
        for index, row in enumerate(rows)
    ]


def verdict_of(function: Any, *arguments: Any) -> tuple[str, str, Any]:
    try:
        return "accept", "", function(*arguments)
    except RuleError as error:
        return "refuse", error.code, None


def assert_as_expected(case: dict[str, Any], verdict: tuple[str, str, Any]) -> Any:
    kind, code, result = verdict
    assert kind == case["expect"], (case["expect"], case.get("code"), code)
    if kind == "refuse":
        wanted = case["code"]
        assert wanted == "*" or code == wanted or (wanted.endswith(".*") and code.startswith(wanted[:-1]))
    return result


def test_making_the_vectors_again_gives_the_same_bytes() -> None:
    files: Files = make_all()
    stored = {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file()}
    written_by_hand = {name for name in stored if name == "README.md" or name.startswith("documents/")}

    assert stored - set(files) == written_by_hand
    assert [name for name, content in files.items() if (FOLDER / name).read_bytes() != content] == []


# --- keys.json


@pytest.mark.parametrize("case", cases("keys.json", "multikeys"))
def test_multikeys(case: dict[str, Any]) -> None:
    def read(text: str) -> bytes:
        public_key = encodings.multikey_decode(text)
        ed25519.check_public_key(public_key)
        return public_key

    public_key = assert_as_expected(case, verdict_of(read, case["multikey"]))

    if public_key:
        assert public_key.hex() == case["public_key"]
        assert encodings.multikey_encode(public_key) == case["multikey"]


@pytest.mark.parametrize("case", cases("keys.json", "signatures"))
def test_signatures(case: dict[str, Any]) -> None:
    parts = [bytes.fromhex(case[name]) for name in ("public_key", "message", "signature")]

    assert_as_expected(case, verdict_of(ed25519.verify, *parts))


@pytest.mark.parametrize("case", cases("keys.json", "proof_values"))
def test_proof_values(case: dict[str, Any]) -> None:
    assert_as_expected(case, verdict_of(encodings.proof_value_decode, case["proof_value"]))


@pytest.mark.parametrize("case", cases("keys.json", "vkeys"))
def test_vkeys(case: dict[str, Any]) -> None:
    assert_as_expected(case, verdict_of(notes.parse_vkey, case["vkey"]))


# --- entries.json


@pytest.mark.parametrize("case", cases("entries.json", "cases"))
def test_entries(case: dict[str, Any]) -> None:
    state = FeedState("biomed.example")
    kinds = [state.take(bytes.fromhex(raw)).kind for raw in case["before"]]

    outcome = state.take(bytes.fromhex(case["entry"]))

    assert [i for i, kind in enumerate(kinds) if kind == "inert"] == case.get("before_inert", [])
    assert "stop" not in kinds
    assert (outcome.kind, outcome.code) == (case["expect"], case.get("code", ""))


@pytest.mark.parametrize("case", cases("entries.json", "sequences"))
def test_sequences_of_entries(case: dict[str, Any]) -> None:
    state = FeedState("biomed.example")
    for step in case["steps"]:
        outcome = state.take(bytes.fromhex(step["entry"]))
        assert (outcome.kind, outcome.code) == (step["expect"], step.get("code", ""))
        assert len(state.key_entries()) == step["key_line_in_force"]
        assert (outcome.entry.revision if outcome.entry else 0) == step.get("revision", 0)

    assert {e.subject: e.index for e in state.live()} == case["live"]
    assert [e.index for e in state.withdrawn()] == case["withdrawn"]


@pytest.mark.parametrize("case", cases("entries.json", "feeds"))
def test_keys_entries_against_the_key_log(case: dict[str, Any]) -> None:
    state = FeedState("biomed.example")
    for raw in case["entries"]:
        state.take(bytes.fromhex(raw))
    kind, code, result = verdict_of(check_keys, state, case["key_log"].encode().split(b"\n")[:-1])

    code = "log.keys-missing" if result == "wait" else code
    assert ({"accept": result, "refuse": "stop"}[kind], code) == (case["expect"], case.get("code", ""))


# --- records.json


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    found = find_schemas()
    assert found.names
    return found


@pytest.mark.parametrize("case", cases("records.json", "cases"))
def test_records(case: dict[str, Any], schemas: Schemas) -> None:
    document = load("records.json")
    entry, raw = case["entry"], base64.b64decode(case["raw"], validate=True)

    def verify() -> str:
        state = read_state(document["states"][case["state"]]["state"], document["scid"], document["origin"])
        assert state.assertion_key == document["states"][case["state"]]["assertion_key"]
        expected = Expected(
            document["origin"],
            entry["subject"],
            entry["type"],
            state.assertion_key,
            entry["time"],
            entry["revision"],
        )
        return verify_record(raw, expected, schemas)

    kind, code, result = verdict_of(verify)

    assert digest_of(raw).hex() == entry["digest"]
    assert_as_expected(case, (result or kind, code, None))


def test_every_older_case_has_a_twin() -> None:
    twins = [case["twin_of"] for case in load("records.json")["cases"] if "twin_of" in case]

    assert twins == [f"{number:02d}" for number in range(27)]


# --- key-logs/


@pytest.mark.parametrize("case", cases("key-logs/expected.json", "cases"))
def test_key_logs(case: dict[str, Any]) -> None:
    raw = (FOLDER / "key-logs" / case["file"]).read_bytes()

    def read() -> list[KeyLine]:
        if "pinned" in case:
            pinned = (FOLDER / "key-logs" / case["pinned"]).read_bytes()
            result = read_key_log(raw, "biomed.example")
            check_extends(pinned, raw)
            return result
        return read_key_log(raw, "biomed.example")

    lines = assert_as_expected(case, verdict_of(read))

    if lines:
        assert lines[-1].fields["versionId"] == case["version_id"]
        assert lines[-1].state.assertion_key == case["assertion_key"]
        assert lines[-1].state.log_keys[lines[-1].state.live_feed] == notes.parse_vkey(case["vkey"])


def test_the_did_web_twin_of_a_key_log() -> None:
    expected = load("key-logs/expected.json")
    lines = read_key_log((FOLDER / "key-logs" / expected["did_json_of"]).read_bytes(), expected["origin"])
    twin = did_web_twin(lines[-1].state.document, expected["scid"], expected["origin"])

    assert canonical(twin) == (FOLDER / "key-logs" / "did.json").read_bytes()
    assert twin["id"] == "did:web:biomed.example"
    assert twin["alsoKnownAs"] == [f"did:webvh:{expected['scid']}:biomed.example"]
    assert [service["id"] for service in twin["service"]] == [
        f"did:web:biomed.example#{name}" for name in ("feed-1", "files", "whois")
    ]


# --- checkpoints.json


@pytest.mark.parametrize("case", cases("checkpoints.json", "cases"))
def test_checkpoints(case: dict[str, Any]) -> None:
    verifier = notes.parse_vkey(load("checkpoints.json")["vkey"])
    head = assert_as_expected(
        case, verdict_of(notes.open_checkpoint, base64.b64decode(case["raw"]), verifier)
    )

    if head:
        assert (head.size, head.root.hex()) == (case["size"], case["root"])


@pytest.mark.parametrize("case", cases("checkpoints.json", "heads"))
def test_heads_after_a_trusted_one(case: dict[str, Any]) -> None:
    verifier = notes.parse_vkey(load("checkpoints.json")["vkey"])
    trusted, offered = (
        notes.open_checkpoint(base64.b64decode(case[k]), verifier) for k in ("trusted", "offered")
    )

    assert_as_expected(case, verdict_of(notes.check_succession, trusted, offered))


# --- cosignatures.json, add-checkpoint.json


@pytest.mark.parametrize("case", cases("cosignatures.json", "cases"))
def test_cosignatures(case: dict[str, Any]) -> None:
    document = load("cosignatures.json")
    raw = base64.b64decode(case["raw"])
    keys = [parse_cosigner_vkey(vkey) for vkey in document["cosigners"]]

    notes.open_checkpoint(raw, notes.parse_vkey(document["vkey"]))
    found = [{"name": one.name, "time": one.time} for one in counted(notes.parse_note(raw), keys)]

    assert found == case["counted"]


@pytest.mark.parametrize("case", cases("add-checkpoint.json", "cases"))
def test_add_checkpoint(case: dict[str, Any]) -> None:
    logs = {origin: notes.parse_vkey(vkey) for origin, vkey in load("add-checkpoint.json")["vkeys"].items()}
    state = witness.State(case["state"]["size"], bytes.fromhex(case["state"]["root"]))

    given = witness.answer(base64.b64decode(case["body"]), logs, state)

    assert (given.status, given.code, given.size) == (case["status"], case.get("code", ""), case.get("size"))


# --- tiles.json, proofs.json, bundles.json, deltas.json


@pytest.mark.parametrize("case", cases("tiles.json", "paths"))
def test_tile_paths(case: dict[str, Any]) -> None:
    parsed = assert_as_expected(case, verdict_of(tiles.parse_tile_path, case["path"]))

    if parsed:
        assert parsed == (case["level"], case["index"], case["width"])


@pytest.mark.parametrize("case", cases("tiles.json", "trees"))
def test_tiles_of_larger_trees(case: dict[str, Any]) -> None:
    leaves = [merkle.leaf_hash(f"entry {index}".encode()) for index in range(case["size"])]
    named = {tiles.tile_path(*tile): tile for tile in tiles.implied_tiles(case["size"])}

    assert merkle.root(leaves).hex() == case["root"]
    assert len(named) == case["number_of_tiles"]
    for row in case["tiles"]:
        data = tiles.tile_bytes(leaves, *named[row["path"]])
        assert (len(data), hashlib.sha256(data).hexdigest()) == (row["bytes"], row["sha256"])


@pytest.mark.parametrize("case", cases("proofs.json", "inclusion"))
def test_inclusion_proofs(case: dict[str, Any]) -> None:
    leaf, root = bytes.fromhex(case["leaf"]), bytes.fromhex(case["root"])
    proof = [bytes.fromhex(item) for item in case["proof"]]

    assert_as_expected(
        case, verdict_of(merkle.verify_inclusion, case["index"], case["size"], leaf, proof, root)
    )


@pytest.mark.parametrize("case", cases("proofs.json", "consistency"))
def test_consistency_proofs(case: dict[str, Any]) -> None:
    roots = bytes.fromhex(case["old_root"]), bytes.fromhex(case["new_root"])
    proof = [bytes.fromhex(item) for item in case["proof"]]

    assert_as_expected(case, verdict_of(merkle.verify_consistency, case["old"], case["new"], proof, *roots))


@pytest.mark.parametrize("case", cases("record-proofs.json", "cases"))
def test_record_proofs(case: dict[str, Any], schemas: Schemas) -> None:
    key_log = read_key_log((FOLDER / "feed/keys.jsonl").read_bytes(), "biomed.example")
    raw = base64.b64decode(case["raw"])

    assert_as_expected(case, verdict_of(verify_proof_file, raw, key_log, "biomed.example", schemas))


@pytest.mark.parametrize("case", cases("bundles.json", "cases"))
def test_bundles(case: dict[str, Any]) -> None:
    entries = assert_as_expected(
        case, verdict_of(tiles.decode_bundle, bytes.fromhex(case["raw"]), case["count"])
    )

    if entries:
        assert [entry.hex() for entry in entries] == case["entries"]


@pytest.mark.parametrize("case", cases("bundles.json", "encode"))
def test_lengths_of_entries(case: dict[str, Any]) -> None:
    assert_as_expected(case, verdict_of(tiles.encode_bundle, [bytes(case["length"])]))


@pytest.mark.parametrize("case", cases("deltas.json", "ranges"))
def test_ranges_of_deltas(case: dict[str, Any]) -> None:
    kind, code, _ = verdict_of(check_delta_range, case["query"], case["size"])

    assert (200 if kind == "accept" else int(code)) == case["status"]


@pytest.mark.parametrize("case", cases("deltas.json", "readings"))
def test_deltas_that_are_refused(case: dict[str, Any]) -> None:
    assert_as_expected(case, verdict_of(decode_delta, base64.b64decode(case["raw"]), case["count"]))


# --- feed/


def contents_of_the_feed() -> dict[bytes, bytes]:
    files = [path for path in (FOLDER / "feed" / "addenda").rglob("*") if path.is_file()]
    assert all(path.name == digest_of(path.read_bytes()).hex() for path in files)
    return {bytes.fromhex(path.name): path.read_bytes() for path in files}


@pytest.mark.parametrize("size", range(21))
def test_the_feed_at_every_size(size: int) -> None:
    feed, folder = load("feed/feed.json"), FOLDER / "feed"
    facts = feed["sizes"][size]
    entries = [bytes.fromhex(entry["entry"]) for entry in feed["entries"][:size]]
    leaves = [merkle.leaf_hash(entry) for entry in entries]
    state = FeedState(feed["origin"])
    assert all(state.take(entry).kind == "effective" for entry in entries)

    head = notes.open_checkpoint(
        (folder / "checkpoint" / str(size)).read_bytes(), notes.parse_vkey(feed["vkey"])
    )
    assert (head.size, head.root) == (size, merkle.root(leaves))
    assert head.root.hex() == facts["root"]
    assert [item.hex() for item in merkle.frontier(leaves)] == facts["frontier"]
    if size:
        assert (folder / tiles.tile_path(0, 0, size)).read_bytes() == b"".join(leaves)
        assert (
            tiles.decode_bundle((folder / tiles.tile_path("entries", 0, size)).read_bytes(), size) == entries
        )
    live = [{"subject": e.subject, "index": e.index, "digest": (e.digest or b"").hex()} for e in state.live()]
    assert live == facts["live"]
    assert [e.index for e in state.withdrawn()] == facts["erased"]
    assert len(state.key_entries()) == facts["key_line"]
    answer = encode_contents(state.live(), contents_of_the_feed(), 0, size)
    assert hashlib.sha256(answer).hexdigest() == facts["contents_sha256"]
    assert [
        digest.hex() for digest in match_contents(answer, [e.digest or b"" for e in state.live()])
    ] == facts["contents"]


def test_every_record_of_the_feed_verifies_under_the_key_in_force(schemas: Schemas) -> None:
    feed, contents = load("feed/feed.json"), contents_of_the_feed()
    lines = read_key_log((FOLDER / "feed" / "keys.jsonl").read_bytes(), feed["origin"])
    state = FeedState(feed["origin"])
    types = set()
    for fact in feed["entries"]:
        entry = state.take(bytes.fromhex(fact["entry"])).entry
        assert entry is not None
        assert fact["key_line"] == len(state.key_entries())
        if entry.op == "publish":
            key = lines[len(state.key_entries()) - 1].state.assertion_key
            record = contents[bytes.fromhex(fact["digest"])]
            assert verify_record(record, expected_of(entry, feed["origin"], key), schemas) == "accept"
            types.add(entry.type)

    assert types == {"cluster", "company", "institution"}
    assert check_keys(state, [line.raw for line in lines]) == "believed"


def test_the_node_document_of_the_feed(schemas: Schemas) -> None:
    feed = load("feed/feed.json")
    key = read_key_log((FOLDER / "feed" / "keys.jsonl").read_bytes(), feed["origin"])[-1].state.assertion_key
    expected = Expected(feed["origin"], f"did:web:{feed['origin']}", "node", key)

    assert verify_record((FOLDER / "feed" / "node.json").read_bytes(), expected, schemas) == "accept"


@pytest.mark.parametrize("case", cases("deltas.json", "answers"))
def test_answers_of_deltas(case: dict[str, Any]) -> None:
    feed, raw = load("feed/feed.json"), base64.b64decode(case["raw"])
    entries = [bytes.fromhex(fact["entry"]) for fact in feed["entries"]]
    state = FeedState(feed["origin"])
    for entry in entries:
        state.take(entry)

    found, _ = decode_delta(raw, case["to"] - case["from"])

    assert found == entries[case["from"] : case["to"]]
    assert raw == encode_delta(entries, state.live(), contents_of_the_feed(), case["from"], case["to"])
    assert hashlib.sha256(raw).hexdigest() == case["sha256"]


def test_the_vectors_are_described() -> None:
    text = (FOLDER / "README.md").read_text("utf-8")
    names = {path.name for path in Path(FOLDER).iterdir()} - {"README.md"}

    assert [name for name in sorted(names) if name not in text] == []
    assert "CC0" in text
