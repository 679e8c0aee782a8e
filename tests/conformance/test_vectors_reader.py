"""Golden vectors and the suite's own reader: what is true of them beyond the verdicts that test_bytes_profile compares."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.make_vectors import make_all
from entrepot_conformance.making.files import Files
from entrepot_conformance.reader import ed25519, encodings, merkle, notes, tiles
from entrepot_conformance.reader.contents import (
    check_keys,
    decode_delta,
    encode_contents,
    encode_delta,
    match_contents,
)
from entrepot_conformance.reader.entries import FeedState, digest_of
from entrepot_conformance.reader.key_log import read_key_log
from entrepot_conformance.reader.key_state import did_web_twin
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


# --- entries.json


@pytest.mark.parametrize("case", cases("entries.json", "cases"))
def test_entries(case: dict[str, Any]) -> None:
    state = FeedState("biomed.example")
    kinds = [state.take(bytes.fromhex(raw)).kind for raw in case["before"]]

    outcome = state.take(bytes.fromhex(case["entry"]))

    assert [i for i, kind in enumerate(kinds) if kind == "inert"] == case.get("before_inert", [])
    assert "stop" not in kinds
    assert (outcome.kind, outcome.code) == (case["expect"], case.get("code", ""))


# --- records.json


@pytest.fixture(scope="module")
def schemas() -> Schemas:
    found = find_schemas()
    assert found.names
    return found


def test_every_older_case_has_a_twin() -> None:
    twins = [case["twin_of"] for case in load("records.json")["cases"] if "twin_of" in case]

    assert twins == [f"{number:02d}" for number in range(27)]


# --- key-logs/


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
