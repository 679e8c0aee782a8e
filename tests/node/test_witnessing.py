"""Our witness over HTTP: whom it cosigns, what it answers, and what it never forgets."""

from __future__ import annotations

import asyncio
import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from entrepot_node.commands.verify import run_verify
from entrepot_node.cosigner import make_cosigner, open_cosigner
from entrepot_node.cosigner_states import StateFolder
from entrepot_node.head_gate import stored_hashes
from entrepot_node.keyring import WITNESS
from entrepot_node.problems import install_problems
from entrepot_node.routes.witness import witness_routes
from entrepot_node.storage.sql_store import SqlStore
from entrepot_node.witnessing import Witness
from entrepot_schema.errors import Misuse
from entrepot_schema.keys import SigningKey
from entrepot_sync import note
from entrepot_sync.checkpoint import Checkpoint, sign_checkpoint
from entrepot_sync.cosignature import cosign, cosignatures_of
from entrepot_sync.evidence import verify_fork_evidence
from entrepot_sync.merkle import EMPTY_ROOT, consistency_proof
from entrepot_sync.note import VerifierKey
from entrepot_sync.witness import LogHead, WitnessRefused, write_add_checkpoint

from .federation import Federation, Member, listening

TABLE = json.loads(
    (Path(__file__).parents[1] / "sync" / "vectors" / "witness-update-table.json").read_text("utf-8")
)
# The table's checkpoints are signed by its own key; two cases want others, which a second key of that log signs here.
OURS = SigningKey.from_seed(b"m" * 32)
LOGS = [TABLE["log_vkey"], str(VerifierKey("monkeys", OURS.public))]


@pytest.fixture
def pair(federation: Federation) -> tuple[Member, Member]:
    """A witness that follows and has pulled a log."""
    witness, origin, _ = federation
    origin.publish("One", "Two")
    witness.follow(origin)
    witness.pull(origin)
    return witness, origin


def hash_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def request_of(origin: Member, old: int) -> bytes:
    """What the origin pushes now to who cosigned its feed at a size."""
    feed = origin.feed
    proof = consistency_proof(old, feed.head.size, stored_hashes(origin.store, feed.id)) if old else ()
    return write_add_checkpoint(old, proof, feed.head.note)


def forged(origin: Member, size: int, letter: bytes = b"x", name: str = "") -> bytes:
    """A head that the log key of the origin signed, whatever its tree is."""
    feed_name = name or origin.feed.name
    return sign_checkpoint(Checkpoint(feed_name, size, letter * 32), feed_name, origin.log_key)


# --- the public table, over a socket


@pytest.fixture(scope="module")
def table_answers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, httpx.Response]:
    """Send each case of the table to a witness of the state it names, by real HTTP."""
    folder = tmp_path_factory.mktemp("table")
    (folder / "keys").mkdir()
    store = SqlStore.open(folder / "entrepot.db")
    answers = {}
    for case in TABLE["cases"]:
        cosigner = open_cosigner(
            "w.example",
            make_cosigner(folder / "keys", StateFolder(folder / "state"), WITNESS),
            StateFolder(folder / "state"),
        )
        state = case["state"]
        if state["size"]:
            held = LogHead("monkeys", state["size"], bytes.fromhex(state.get("root_hex", "00" * 32)))
            assert (
                cosigner.cosign(LogHead("monkeys", 0, EMPTY_ROOT), held, b"note\n\n", now=1_000) is not None
            )
        app = FastAPI(redirect_slashes=False)
        install_problems(app, lambda _request: None)
        app.include_router(witness_routes(Witness(store, cosigner, LOGS, now=lambda: 2_000.0)))
        with listening(app) as url:
            answers[case["name"]] = httpx.post(f"{url}/witness/add-checkpoint", content=body_of(case))
    store.close()
    return answers


def body_of(case: dict[str, Any]) -> bytes:
    hashes = {"consistency_5_to_8": [bytes.fromhex(line) for line in TABLE["consistency_5_to_8_hex"]]}
    given = case.get("proof", [bytes.fromhex(line) for line in case.get("proof_hex", [])])
    proof = hashes[given] if isinstance(given, str) else given
    if "submit" in case:
        return write_add_checkpoint(case["old"], proof, TABLE[case["submit"]].encode())
    head = LogHead("monkeys", case["submit_size"], bytes.fromhex(case["submit_root_hex"]))
    return write_add_checkpoint(case["old"], proof, note.sign_note(head.text(), "monkeys", OURS))


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["name"])
def test_the_answers_are_those_of_the_public_table(
    case: dict[str, Any], table_answers: dict[str, httpx.Response]
) -> None:
    """LOG-73 to LOG-78, EXC-90: status, body and media type of every case, over real HTTP, for a log of other software."""
    answer = table_answers[case["name"]]

    assert answer.status_code == (400 if isinstance(case["status"], str) else case["status"])
    if answer.status_code == 409:
        assert answer.text == case["body"]
        assert answer.headers["content-type"] == case["content_type"]
    if answer.status_code == 200:
        (line,) = note.parse_signature_lines(answer.content)
        assert int.from_bytes(line.payload[:8], "big") == 2_000


# --- what is cosigned


def test_a_push_of_a_followed_peer_is_answered_with_one_line_that_verifies(
    pair: tuple[Member, Member],
) -> None:
    """EXC-90: the body is the signature line and nothing else."""
    witness, origin = pair
    size = origin.feed.size
    origin.publish("Three")

    answer = witness.add_checkpoint(request_of(origin, size))

    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    lines = note.parse_signature_lines(answer.content)
    text = note.split(origin.feed.head.note).text
    (cosignature,) = cosignatures_of(note.Note(text, lines), [witness.witness.public])
    assert cosignature.time == int(witness.federation.now())
    assert witness.witness.seen(origin.feed.name).size == origin.feed.size


def test_a_pushed_head_that_grew_asks_for_a_pull_and_one_that_did_not_asks_for_none(
    pair: tuple[Member, Member],
) -> None:
    """FED-09."""
    witness, origin = pair
    witness.add_checkpoint(request_of(origin, origin.feed.size))
    assert witness.news == []

    size = origin.feed.size
    origin.publish("Three")
    witness.add_checkpoint(request_of(origin, size))

    assert witness.news == [origin.feed.name]


def test_the_same_head_again_gets_a_fresh_time(pair: tuple[Member, Member]) -> None:
    witness, origin = pair
    witness.federation.clock.move(seconds=90)

    answer = witness.add_checkpoint(request_of(origin, origin.feed.size))

    (line,) = note.parse_signature_lines(answer.content)
    assert int.from_bytes(line.payload[:8], "big") == int(witness.federation.now())


def test_d14_a_clock_set_back_never_turns_a_cosignature_back(pair: tuple[Member, Member]) -> None:
    """L28, LOG-78."""
    witness, origin = pair
    before = int(witness.federation.now())
    witness.federation.clock.move(hours=-5)

    answer = witness.add_checkpoint(request_of(origin, origin.feed.size))

    (line,) = note.parse_signature_lines(answer.content)
    assert int.from_bytes(line.payload[:8], "big") == before


def test_what_was_cosigned_can_be_read_with_the_lines_of_log_and_witness_alone(
    pair: tuple[Member, Member],
) -> None:
    """L18, EXC-91: byte for byte what was answered; nothing that a stranger added."""
    witness, origin = pair
    size = origin.feed.size
    origin.publish("Three")
    stranger = SigningKey.from_seed(b"s" * 32)
    text = note.split(origin.feed.head.note).text
    extra = str(cosign(text, "stranger.example/witness/1", stranger, time=5))
    answer = witness.add_checkpoint(request_of(origin, size) + extra.encode())

    read = witness.federation.get(f"{witness.url}/witness/{hash_of(origin.feed.name)}/checkpoint")

    assert read.content == origin.feed.head.note + answer.content
    assert read.headers["cache-control"] == "max-age=1, must-revalidate"
    again = witness.federation.get(str(read.url), **{"if-none-match": read.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    "path", ["0" * 64, hash_of("a.example/feed/1"), hash_of("b.example/feed/1").upper(), "x", "b.example"]
)
def test_of_what_is_not_witnessed_there_is_nothing_to_read(pair: tuple[Member, Member], path: str) -> None:
    """EXC-91: not even of our own feed."""
    witness, _ = pair

    answer = witness.federation.get(f"{witness.url}/witness/{path}/checkpoint")

    assert (answer.status_code, answer.json()["code"]) == (404, "witness.unknown-log")


# --- what is refused


def test_a_node_that_is_not_followed_is_not_found_and_neither_are_we(federation: Federation) -> None:
    """LOG-74."""
    witness, origin, _ = federation

    assert witness.add_checkpoint(request_of(origin, 0)).status_code == 404
    assert witness.add_checkpoint(request_of(witness, 0)).status_code == 404


def test_l08_a_head_under_another_feed_name_is_not_found(pair: tuple[Member, Member]) -> None:
    """The key is right, the origin line is not: `feed/2` is no feed that the pinned key log names."""
    witness, origin = pair

    answer = witness.add_checkpoint(write_add_checkpoint(0, (), forged(origin, 9, name="b.example/feed/2")))

    assert answer.status_code == 404


def test_l09_s04_a_head_signed_by_another_followed_peer_is_forbidden(
    federation: Federation, pair: tuple[Member, Member]
) -> None:
    """LOG-74: keys count for their own log only, and a cosignature of a witness is no signature of a log."""
    witness, origin = pair
    third = federation.members["c.example"]
    witness.follow(third)
    text = note.split(origin.feed.head.note).text
    by_third = note.sign_note(text, origin.feed.name, third.log_key)
    by_witness = text + b"\n" + str(cosign(text, witness.witness.name, third.log_key, time=9)).encode()

    for raw in (by_third, by_witness):
        answer = witness.add_checkpoint(write_add_checkpoint(origin.feed.size, (), raw))
        assert (answer.status_code, answer.json()["code"]) == (403, "witness.signature")


def test_l10_a_known_key_that_signs_wrongly_spoils_the_note(pair: tuple[Member, Member]) -> None:
    witness, origin = pair
    raw = origin.feed.head.note
    name, key = origin.feed.name, VerifierKey(origin.feed.name, origin.log_key.public)
    bad = note.SignatureLine(name, key.key_id, bytes(64))

    answer = witness.add_checkpoint(write_add_checkpoint(origin.feed.size, (), raw + str(bad).encode()))

    assert answer.status_code == 403


def test_a_replay_of_an_older_push_is_answered_with_our_size_and_moves_nothing(
    pair: tuple[Member, Member],
) -> None:
    """P04, LOG-76."""
    witness, origin = pair
    old = request_of(origin, 0)
    size = origin.feed.size
    origin.publish("Three")
    witness.add_checkpoint(request_of(origin, size))
    news = list(witness.news)

    answer = witness.add_checkpoint(old)

    assert (answer.status_code, answer.text) == (409, f"{origin.feed.size}\n")
    assert answer.headers["content-type"] == "text/x.tlog.size"
    assert witness.witness.seen(origin.feed.name).size == origin.feed.size
    assert (witness.news, witness.copy_of(origin).state) == (news, "live")


def test_l05_size_0_is_cosigned_with_the_root_of_the_empty_tree_only(federation: Federation) -> None:
    """LOG-77."""
    witness, origin, _ = federation
    witness.follow(origin)
    empty = sign_checkpoint(Checkpoint(origin.feed.name, 0, EMPTY_ROOT), origin.feed.name, origin.log_key)
    text = f"{origin.feed.name}\n0\n{note.encode_base64(b'x' * 32)}\n".encode()
    other = note.sign_note(text, origin.feed.name, origin.log_key)

    assert witness.add_checkpoint(write_add_checkpoint(0, (), other)).status_code == 422
    assert witness.add_checkpoint(write_add_checkpoint(0, (), empty)).status_code == 200
    assert witness.add_checkpoint(write_add_checkpoint(0, (), other)).status_code == 422
    witness.pull(origin)
    stale = witness.add_checkpoint(write_add_checkpoint(0, (), other))
    assert (stale.status_code, stale.text) == (409, f"{origin.feed.size}\n")


def test_l07_a_size_that_no_feed_can_have_is_malformed(pair: tuple[Member, Member]) -> None:
    """LOG-31: 2^53 fits a witness of any log, but no feed."""
    witness, origin = pair
    text = f"{origin.feed.name}\n{2**53}\n{note.encode_base64(b'x' * 32)}\n".encode()
    raw = note.sign_note(text, origin.feed.name, origin.log_key)

    assert witness.add_checkpoint(write_add_checkpoint(origin.feed.size, (), raw)).status_code == 400


def test_l04_a_larger_head_that_is_not_shown_to_extend_ours_is_not_cosigned(
    pair: tuple[Member, Member],
) -> None:
    """LOG-77."""
    witness, origin = pair
    size = origin.feed.size

    answer = witness.add_checkpoint(write_add_checkpoint(size, [b"p" * 32], forged(origin, size + 4)))

    assert (answer.status_code, answer.json()["code"]) == (422, "witness.inconsistent")
    assert witness.witness.seen(origin.feed.name).size == size
    assert witness.copy_of(origin).state == "live"


# --- evidence


def evidence_of(witness: Member, origin: Member) -> bytes:
    (raw,) = witness.store.evidence(witness.copy_of(origin).id)
    assert len(raw) <= 4096
    return raw


@pytest.mark.parametrize("old", ["right", "wrong"])
def test_l02_another_root_at_our_size_is_evidence_whatever_is_answered(
    pair: tuple[Member, Member], old: str
) -> None:
    """FED-12, FED-14: also when the old size is wrong and 409 is the answer."""
    witness, origin = pair
    size = origin.feed.size

    answer = witness.add_checkpoint(
        write_add_checkpoint(size if old == "right" else size - 1, (), forged(origin, size))
    )

    assert answer.status_code == (422 if old == "right" else 409)
    proof = verify_fork_evidence(evidence_of(witness, origin))
    assert (proof.feed_name, proof.smaller.size) == (origin.feed.name, size)
    assert witness.copy_of(origin).state == "forked"


def test_l02_another_root_at_a_smaller_size_is_evidence(pair: tuple[Member, Member]) -> None:
    """FED-12: the hashes come from our own copy of the tree."""
    witness, origin = pair

    answer = witness.add_checkpoint(write_add_checkpoint(0, (), forged(origin, 2)))

    assert answer.status_code == 409
    proof = verify_fork_evidence(evidence_of(witness, origin))
    assert (proof.smaller.size, proof.larger.size) == (2, origin.feed.size)


def test_l02_a_fork_against_a_head_that_was_only_pushed_is_evidence(pair: tuple[Member, Member]) -> None:
    witness, origin = pair
    size = origin.feed.size
    origin.publish("Three")
    witness.add_checkpoint(request_of(origin, size))

    witness.add_checkpoint(write_add_checkpoint(size, (), forged(origin, origin.feed.size)))

    assert verify_fork_evidence(evidence_of(witness, origin)).smaller.size == origin.feed.size


def test_a_feed_that_has_forked_is_never_cosigned_again_and_others_are(
    federation: Federation, pair: tuple[Member, Member]
) -> None:
    """FED-14: only that feed."""
    witness, origin = pair
    third = federation.members["c.example"]
    witness.follow(third)
    size = origin.feed.size
    witness.add_checkpoint(write_add_checkpoint(size, (), forged(origin, size)))

    assert witness.add_checkpoint(request_of(origin, size)).status_code == 422
    assert witness.add_checkpoint(request_of(third, 0)).status_code == 200


def test_what_a_stranger_signs_is_no_evidence(pair: tuple[Member, Member]) -> None:
    """A fork is what the log's own key signed, or anybody could stop a feed."""
    witness, origin = pair
    stranger = SigningKey.from_seed(b"s" * 32)
    size = origin.feed.size
    raw = sign_checkpoint(Checkpoint(origin.feed.name, size, b"x" * 32), origin.feed.name, stranger)

    assert witness.add_checkpoint(write_add_checkpoint(size, (), raw)).status_code == 403
    assert witness.copy_of(origin).state == "live"


# --- floods and bounds


def test_l11_a_body_beyond_the_bound_is_refused_unread(pair: tuple[Member, Member]) -> None:
    """EXC-90."""
    witness, _ = pair

    assert witness.add_checkpoint(b"x" * 65_536).status_code == 400
    answer = witness.add_checkpoint(b"x" * 65_537)
    assert (answer.status_code, answer.json()["code"]) == (413, "witness.request")


def test_a_flood_of_repeats_is_slowed_down_and_does_not_keep_growth_out(
    federation: Federation, pair: tuple[Member, Member]
) -> None:
    """P04, EXC-92: anybody can replay a head; only the log can make a new one. Other logs do not notice."""
    witness, origin = pair
    third = federation.members["c.example"]
    witness.follow(third)
    repeat = request_of(origin, origin.feed.size)

    answers = [witness.add_checkpoint(repeat) for _ in range(40)]

    assert [answer.status_code for answer in answers] == [200] * 30 + [429] * 10
    assert answers[-1].headers["retry-after"] == "1"
    size = origin.feed.size
    origin.publish("Three")
    assert witness.add_checkpoint(request_of(origin, size)).status_code == 200
    assert witness.add_checkpoint(request_of(third, 0)).status_code == 200
    witness.federation.clock.move(seconds=1)
    assert witness.add_checkpoint(request_of(origin, origin.feed.size)).status_code == 200


def test_a_new_head_that_strangers_push_with_wrong_proofs_does_not_keep_its_log_out(
    pair: tuple[Member, Member],
) -> None:
    """P04, EXC-92: who sees a head before its witness does can send it first, but cannot prove that it grew."""
    witness, origin = pair
    size = origin.feed.size
    origin.publish("Three", "Four")
    wrong = write_add_checkpoint(size, [b"p" * 32] * 3, origin.feed.head.note)

    answers = [witness.add_checkpoint(wrong).status_code for _ in range(40)]

    assert answers == [422] * 30 + [429] * 10
    assert witness.add_checkpoint(request_of(origin, size)).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/witness/add-checkpoint/", 404), ("POST", "/witness/add-checkpoint%0a", 404),
        ("POST", "/Witness/add-checkpoint", 404), ("GET", "/witness/add-checkpoint", 405),
        ("PUT", "/witness/add-checkpoint", 405), ("GET", "/witness/" + "0" * 64 + "/checkpoint/", 404),
    ],
)  # fmt: skip
def test_another_spelling_of_a_path_is_not_redirected(
    federation: Federation, method: str, path: str, status: int
) -> None:
    """EXC-93: a redirect would be followed with the body, or not at all."""
    witness, _, _ = federation

    answer = asyncio.run(federation._send(method, witness.url + path, b"", {}))

    assert answer.status_code == status


# --- settings


def test_a_log_of_other_software_is_witnessed_by_its_vkey(federation: Federation, tmp_path: Path) -> None:
    """EXC-94."""
    witness, _, _ = federation
    key = SigningKey.from_seed(b"k" * 32)
    vkey = str(VerifierKey("sum.golang.org", key.public))
    text = f"go.sum database tree\n7\n{note.encode_base64(b'r' * 32)}\n".encode()
    desk = Witness(witness.store, witness.witness, [f"go.sum database tree {vkey}"], now=federation.now)

    line = desk.add_checkpoint(write_add_checkpoint(0, (), note.sign_note(text, "sum.golang.org", key)))

    assert (
        len(cosignatures_of(note.Note(text, note.parse_signature_lines(line)), [witness.witness.public])) == 1
    )
    assert desk.checkpoint(hash_of("go.sum database tree")) is not None


def test_l02_a_fork_of_a_log_that_is_only_witnessed_is_evidence(
    federation: Federation, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """FED-72: kept once, shown on the page of peers, checked offline; that log alone is cosigned no more."""
    member, _, _ = federation
    name, key = "go.sum database tree", SigningKey.from_seed(b"g" * 32)
    vkeys = [f"{name} {VerifierKey('sum.golang.org', key.public)}", TABLE["log_vkey"]]

    def desk() -> Witness:
        return Witness(member.store, member.witness, vkeys, now=federation.now)

    def push(old: int, size: int, letter: bytes) -> int:
        signed = note.sign_note(LogHead(name, size, letter * 32).text(), "sum.golang.org", key)
        try:
            desk().add_checkpoint(write_add_checkpoint(old, (), signed))
        except WitnessRefused as refused:
            return refused.status
        return 200

    assert push(0, 7, b"x") == 200
    assert push(6, 7, b"y") == 409  # what our witness saw decides, not what the request says of it
    assert [push(7, 7, b"y"), push(7, 7, b"x"), push(0, 7, b"x")] == [422, 422, 422]

    ((log, raw),) = member.store.log_evidence()
    proof = verify_fork_evidence(raw)
    assert (log, proof.feed_name, proof.smaller.size, proof.larger.size) == (name, name, 7, 7)
    assert proof.keys == (VerifierKey("sum.golang.org", key.public),)
    path = f"/evidence/{hashlib.sha256(raw).hexdigest()}"
    assert federation.get(member.url + path).content == raw
    page = federation.get(f"{member.url}/peers", accept="text/html").text
    assert name in page
    assert path in page

    file = tmp_path / "evidence.json"
    file.write_bytes(raw)
    run_verify(member.home.path, str(file), key_log=None, witnesses=(), allow_private=False, as_json=False)
    told = " ".join(capsys.readouterr().out.split())
    assert "signed root 7878787878787878… for size 7 and root" in told
    assert f"these are the keys of {name}: compare" in told
    assert desk().add_checkpoint(write_add_checkpoint(0, (), TABLE["checkpoint_size5"].encode()))


def test_a_followed_feed_is_judged_by_its_pinned_keys_whatever_the_settings_say(
    pair: tuple[Member, Member],
) -> None:
    witness, origin = pair
    other = SigningKey.from_seed(b"k" * 32)
    vkey = str(VerifierKey(origin.feed.name, other.public))
    desk = Witness(witness.store, witness.witness, [vkey], now=witness.federation.now)
    head = Checkpoint(origin.feed.name, origin.feed.size + 1, b"x" * 32)
    raw = sign_checkpoint(head, origin.feed.name, other)

    with pytest.raises(Exception, match="no signature") as refused:
        desk.add_checkpoint(write_add_checkpoint(origin.feed.size, (), raw))

    assert getattr(refused.value, "status", None) == 403


@pytest.mark.parametrize("line", ["", "x", "name+00000000+AAAA", "a b", "go.sum database tree"])
def test_a_setting_that_is_no_vkey_is_named(federation: Federation, line: str) -> None:
    witness, _, _ = federation

    with pytest.raises(Misuse) as misuse:
        Witness(witness.store, witness.witness, [line], now=federation.now)

    assert "witness_logs" in misuse.value.message


# --- crashes and races


def test_l25_of_many_pushes_at_once_the_largest_stays(pair: tuple[Member, Member]) -> None:
    """LOG-78, with real threads and real requests."""
    witness, origin = pair
    size = origin.feed.size
    requests: list[bytes] = []
    for name in ("Three", "Four", "Five"):
        origin.publish(name)
        requests.append(request_of(origin, size))
    statuses: list[int] = []

    def send(body: bytes) -> None:
        statuses.append(witness.add_checkpoint(body).status_code)

    run_all([lambda body=body: send(body) for body in requests])  # type: ignore[misc]  mypy infers no type for a default of a lambda

    assert sorted(statuses) == [200, 409, 409]
    seen = witness.witness.seen(origin.feed.name).size
    final = witness.add_checkpoint(request_of(origin, seen))
    assert (final.status_code, witness.witness.seen(origin.feed.name).size) == (200, origin.feed.size)


def run_all(calls: list[Callable[[], None]]) -> None:
    threads = [threading.Thread(target=call) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_a_witness_killed_between_its_state_and_its_answer_gives_the_line_next_time(
    pair: tuple[Member, Member],
) -> None:
    """LOG-78: the answer is lost, not the head. The pusher sees 409 with the new size, and then gets its line."""
    witness, origin = pair
    size = origin.feed.size
    origin.publish("Three")
    seen = witness.witness.seen(origin.feed.name)
    after = LogHead(origin.feed.name, origin.feed.size, origin.feed.head.root)
    assert witness.witness.cosign(seen, after, origin.feed.head.note, now=1.0) is not None  # and then it died

    first = witness.add_checkpoint(request_of(origin, size))
    assert (first.status_code, first.text) == (409, f"{origin.feed.size}\n")
    second = witness.add_checkpoint(request_of(origin, int(first.text)))
    assert second.status_code == 200
