"""The key log (SIG-40 to SIG-49): golden logs, forgeries, public did:webvh logs, and random damage."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes, sha256
from entrepot_schema.errors import Refused
from entrepot_schema.key_log import (
    MAX_LINES,
    KeyLog,
    create_key_log,
    entry_hash,
    extend_key_log,
    multihash,
    parse_key_log,
)
from entrepot_schema.key_state import build_state, replace_text
from entrepot_schema.keys import PublicKey, SigningKey
from entrepot_schema.proof import SUITE, add_proof, verify_detached
from entrepot_schema.strict_json import read_json

GOLDEN = Path(__file__).parents[2] / "conformance_tests" / "vectors" / "key-logs"
EXPECTED = json.loads((GOLDEN / "expected.json").read_text("utf-8"))
PUBLIC = Path(__file__).parent / "vectors" / "didwebvh"
ORIGIN = "biomed.example"
FEED = f"{ORIGIN}/feed/1"
TIMES = ["2026-05-01T08:00:00Z", "2026-05-09T08:00:00Z", "2026-06-02T08:00:00Z"]

Line = dict[str, Any]


def key(name: str) -> SigningKey:
    return SigningKey.from_seed(hashlib.sha256(f"{name} of these tests".encode()).digest())


UPDATE, CARD_A, CARD_B, CARD_C, CARD_D = map(key, ["update key", "card A", "card B", "card C", "card D"])
RECORD_1, RECORD_2, LOG_KEY = map(key, ["record key 1", "record key 2", "log key"])


def vkey() -> str:
    raw = b"\x01" + LOG_KEY.public.raw
    return f"{FEED}+{sha256(f'{FEED}{chr(10)}'.encode() + raw)[:4].hex()}+{base64.b64encode(raw).decode()}"


def state(record_key: SigningKey = RECORD_1, origin: str = ORIGIN) -> Line:
    return build_state(origin, record_key.public, {1: vkey()})


def first() -> KeyLog:
    return create_key_log(state(), cards=(CARD_A.public, CARD_B.public), update_key=UPDATE, time=TIMES[0])


def second(log: KeyLog | None = None) -> KeyLog:
    next_cards = (CARD_C.public, CARD_B.public)
    return extend_key_log(log or first(), state(RECORD_2), card=CARD_A, next_cards=next_cards, time=TIMES[1])


def code_of(raw: bytes, origin: str | None = ORIGIN) -> str:
    with pytest.raises(Refused) as refusal:
        parse_key_log(raw, origin=origin)
    return refusal.value.code


# --- lines made with another hand than the code under test


def prove(line: Line, signer: SigningKey, **options: Any) -> Line:
    name = f"did:key:{signer.public.multikey}#{signer.public.multikey}"
    proof = {
        **SUITE,
        "created": line["versionTime"],
        "proofPurpose": "assertionMethod",
        "verificationMethod": name,
        **options,
    }
    proof = {member: value for member, value in proof.items() if value is not None}
    bare = {member: value for member, value in line.items() if member != "proof"}
    return {**bare, "proof": [add_proof(bare, proof, signer)]}


def hash_of(line: Line) -> str:
    raw = json.dumps(line, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
    return multihash(raw)


def genesis(
    edit: Callable[[Line], Any] = lambda draft: None, signer: SigningKey = UPDATE, **options: Any
) -> Line:
    """Line 1, edited while `{SCID}` still stands in it, then hashed, chained and signed."""
    draft: Line = {
        "parameters": {
            "method": "did:webvh:1.0",
            "nextKeyHashes": [multihash(card.public.multikey.encode()) for card in (CARD_A, CARD_B)],
            "portable": True,
            "scid": "{SCID}",
            "updateKeys": [UPDATE.public.multikey],
        },
        "state": state(),
        "versionId": "{SCID}",
        "versionTime": TIMES[0],
    }
    edit(draft)
    scid = hash_of(draft)
    line: Line = replace_text(draft, "{SCID}", scid)
    line["versionId"] = f"1-{hash_of({**line, 'versionId': scid})}"
    return prove(line, signer, **options)


def rotation(
    edit: Callable[[Line], Any] = lambda draft: None,
    signer: SigningKey = CARD_A,
    number: int = 2,
    before: str = "",
    **options: Any,
) -> Line:
    """Line 2 after `genesis()`, edited, then chained and signed."""
    one = genesis()
    draft: Line = {
        "parameters": {
            "nextKeyHashes": [multihash(card.public.multikey.encode()) for card in (CARD_C, CARD_B)],
            "updateKeys": [CARD_A.public.multikey],
        },
        "state": replace_text(state(RECORD_2), "{SCID}", one["parameters"]["scid"]),
        "versionTime": TIMES[1],
    }
    edit(draft)
    draft["versionId"] = f"{number}-{hash_of({**draft, 'versionId': before or one['versionId']})}"
    return prove(draft, signer, **options)


def file(*lines: Line) -> bytes:
    return b"".join(canonical_bytes(line) + b"\n" for line in lines)


def test_the_two_hands_write_the_same() -> None:
    """SIG-41, SIG-42, SIG-44."""
    assert file(genesis()) == first().to_bytes()
    assert file(genesis(), rotation()) == second().to_bytes()


# --- golden key logs


@pytest.mark.parametrize("case", EXPECTED["cases"], ids=lambda case: str(case["name"]))
def test_golden_key_logs(case: dict[str, Any]) -> None:
    """SIG-40 to SIG-49: exactly the verdict and the code of vectors made by other code."""
    raw = (GOLDEN / case["file"]).read_bytes()
    code = ""
    try:
        log = parse_key_log(raw, origin=EXPECTED["origin"])
        if "pinned" in case:
            log.require_extension_of(parse_key_log((GOLDEN / case["pinned"]).read_bytes()))
    except Refused as refused:
        code = refused.code

    if case["expect"] == "accept":
        assert code == ""
        assert log.scid == EXPECTED["scid"]
        assert read_json(log.lines[-1])["versionId"] == case["version_id"]
        assert log.latest.record_key.multikey == case["assertion_key"]
        assert log.latest.feeds == {1: case["vkey"]}
    else:
        assert code == case["code"] or (case["code"] == "*" and code)


# --- making and reading


def test_a_key_log_is_made_and_read_back() -> None:
    """SIG-40 to SIG-48."""
    log = second()

    assert parse_key_log(log.to_bytes(), origin=ORIGIN) == log
    assert log.origin == ORIGIN
    assert [s.record_key for s in log.states] == [RECORD_1.public, RECORD_2.public]
    assert log.latest.record_key == RECORD_2.public
    for line in log.lines:
        assert catalog.validator("key-log-line").is_valid(read_json(line))


def test_ten_rotations_with_a_fresh_card_each() -> None:
    """SIG-43: a card is used once; the other one of the pair may stay."""
    log, card = first(), CARD_A
    for number in range(10):
        fresh = key(f"card {number}")
        log = extend_key_log(
            log, state(RECORD_2), card=card, next_cards=(fresh.public, CARD_B.public), time=TIMES[1]
        )
        card = fresh

    assert len(log.lines) == 11
    log.require_extension_of(first())


def test_a_lost_card_is_replaced_with_the_other() -> None:
    """K07. SIG-43."""
    log = extend_key_log(
        first(), state(RECORD_2), card=CARD_B, next_cards=(CARD_C.public, CARD_D.public), time=TIMES[1]
    )

    assert log.latest.record_key == RECORD_2.public


def test_writing_with_a_card_nobody_committed_to_is_refused() -> None:
    """SIG-43: the writer reads back what it wrote."""
    with pytest.raises(Refused) as refusal:
        extend_key_log(
            first(), state(), card=CARD_C, next_cards=(CARD_D.public, CARD_B.public), time=TIMES[1]
        )
    assert refusal.value.code == "key.log-prerotation"


# --- line 1 (SIG-40, SIG-41)

PARAMETER_FAULTS: dict[str, Callable[[Line], Any]] = {
    "no method": lambda p: p.pop("method"),
    "an older method": lambda p: p.update(method="did:webvh:0.5"),
    "not portable": lambda p: p.update(portable=False),
    "portable missing": lambda p: p.pop("portable"),
    "portable as a number": lambda p: p.update(portable=1),
    "no update keys": lambda p: p.pop("updateKeys"),
    "empty update keys": lambda p: p.update(updateKeys=[]),
    "update keys null": lambda p: p.update(updateKeys=None),
    "update keys a text": lambda p: p.update(updateKeys=UPDATE.public.multikey),
    "no cards": lambda p: p.pop("nextKeyHashes"),
    "empty cards": lambda p: p.update(nextKeyHashes=[]),
    "one card": lambda p: p["nextKeyHashes"].pop(),
    "the same card twice": lambda p: p.update(nextKeyHashes=p["nextKeyHashes"][:1] * 2),
    "three cards": lambda p: p["nextKeyHashes"].append(multihash(b"third")),
    "a card that is no text": lambda p: p.update(nextKeyHashes=[1, 2]),
    "witnesses": lambda p: p.update(witness={"threshold": 1, "witnesses": []}),
    "deactivated": lambda p: p.update(deactivated=True),
}


@pytest.mark.parametrize("fault", PARAMETER_FAULTS)
def test_line_1_names_method_portable_scid_keys_and_two_cards(fault: str) -> None:
    """SIG-40."""
    assert (
        code_of(file(genesis(lambda draft: PARAMETER_FAULTS[fault](draft["parameters"]))))
        == "key.log-parameters"
    )


def test_the_scid_is_the_hash_of_line_1() -> None:
    """SIG-41: `{SCID}` in its place everywhere, versionId included; computed here with plain json and hashlib."""
    line = read_json(first().lines[0])
    scid = line["parameters"]["scid"]
    text = json.dumps(
        {**line, "versionId": "{SCID}"}, ensure_ascii=False, separators=(",", ":"), sort_keys=True
    )
    bare = json.loads(text.replace(scid, "{SCID}"))
    del bare["proof"]

    assert hash_of(bare) == scid == first().scid
    assert scid.startswith("Qm")
    assert len(scid) == 46


@pytest.mark.parametrize(
    "scid", [multihash(b"something else"), "Qm", "", "{SCID}", "x" * 46, None, 1, [], "é"]
)
def test_another_scid_is_refused(scid: Any) -> None:
    """SIG-41: although line and signature fit it."""
    line = (
        replace_text(genesis(), genesis()["parameters"]["scid"], scid) if isinstance(scid, str) else genesis()
    )
    line["parameters"]["scid"] = scid
    line["versionId"] = f"1-{hash_of({n: v for n, v in line.items() if n != 'proof'} | {'versionId': scid})}"

    assert code_of(file(prove(line, UPDATE))) == "key.log-scid"


# --- the chain (SIG-42, SIG-45)


@pytest.mark.parametrize(
    "line",
    [
        rotation(before=genesis()["parameters"]["scid"]),
        rotation(before="1-" + multihash(b"other")),
        rotation(number=3),
        rotation(number=1),
        rotation(lambda draft: draft.update(versionTime=TIMES[0].replace("08:00:00", "07:59:59"))),
        rotation(lambda draft: draft.update(versionTime="2026-05-09T08:00:00+00:00")),
        rotation(lambda draft: draft.update(versionTime=1), created=TIMES[1]),
    ],
    ids=[
        "from the SCID",
        "from another line",
        "number 3",
        "number 1",
        "time back",
        "time with offset",
        "no time",
    ],
)
def test_a_line_is_chained_to_the_line_before(line: Line) -> None:
    """SIG-42, SIG-45."""
    assert code_of(file(genesis(), line)) == "key.log-chain"


@pytest.mark.parametrize("version_id", ["", "1", "1-", "01-", "2-", None, 1, []])
def test_the_version_id_of_line_1(version_id: Any) -> None:
    """SIG-42."""
    line = genesis()
    known = line["versionId"].removeprefix("1-")
    line["versionId"] = (
        f"{version_id}{known}" if isinstance(version_id, str) and version_id != "1-" else version_id
    )

    assert code_of(file(prove(line, UPDATE))) == "key.log-chain"


def test_the_version_id_is_the_hash_with_the_one_before_in_its_place() -> None:
    """SIG-42."""
    log = second()
    one, two = map(read_json, log.lines)

    assert one["versionId"] == "1-" + entry_hash(one, log.scid)
    assert two["versionId"] == "2-" + entry_hash(two, one["versionId"])
    assert entry_hash(one, log.scid) == hash_of(
        {n: v for n, v in one.items() if n != "proof"} | {"versionId": log.scid}
    )


def test_two_lines_of_the_same_second_are_in_order() -> None:
    """SIG-45: not back, but not necessarily on."""
    line = rotation(lambda draft: draft.update(versionTime=TIMES[0]))

    assert len(parse_key_log(file(genesis(), line)).lines) == 2


def test_lines_swapped_doubled_or_left_out_are_refused() -> None:
    """SIG-42, SIG-40."""
    one, two = second().lines

    assert code_of(two + b"\n" + one + b"\n") == "key.log-parameters"
    assert code_of(two + b"\n") == "key.log-parameters"
    assert code_of(b"\n".join([one, two, two, b""])) == "key.log-prerotation"
    assert code_of(b"\n".join([one, one, b""])) == "key.log-prerotation"


# --- pre-rotation (SIG-43)


@pytest.mark.parametrize(
    ("edit", "signer"),
    [
        (lambda p: p.pop("updateKeys"), CARD_A),
        (lambda p: p.update(updateKeys=[]), CARD_A),
        (lambda p: p.update(updateKeys=None), CARD_A),
        (lambda p: p.pop("nextKeyHashes"), CARD_A),
        (lambda p: p.update(nextKeyHashes=[]), CARD_A),
        (lambda p: p.update(nextKeyHashes={}), CARD_A),
        (lambda p: p.update(updateKeys=[UPDATE.public.multikey]), UPDATE),
        (lambda p: p.update(updateKeys=[CARD_C.public.multikey]), CARD_C),
        (lambda p: p["updateKeys"].append(CARD_C.public.multikey), CARD_A),
        (lambda p: p["updateKeys"].append(CARD_C.public.multikey), CARD_C),
    ],
    ids=["no keys", "empty keys", "null keys", "no cards", "empty cards", "cards an object", "the old key",
         "a stranger's key", "a stranger beside the card", "a stranger beside the card signs"],
)  # fmt: skip
def test_a_later_line_is_written_with_a_committed_card(
    edit: Callable[[Line], Any], signer: SigningKey
) -> None:
    """K06. SIG-43: a thief of the server, who has no card, cannot write one."""
    line = rotation(lambda draft: edit(draft["parameters"]), signer)

    assert code_of(file(genesis(), line)) == "key.log-prerotation"


def test_both_cards_may_be_named_and_one_signs() -> None:
    """SIG-43."""
    line = rotation(lambda draft: draft["parameters"]["updateKeys"].append(CARD_B.public.multikey), CARD_B)

    assert len(parse_key_log(file(genesis(), line)).lines) == 2


@pytest.mark.parametrize(
    "member", [{"scid": "{SCID}"}, {"portable": False}, {"method": "did:webvh:0.5"}, {"ttl": 1}]
)
def test_a_later_line_does_not_change_the_parameters_of_line_1(member: Line) -> None:
    """SIG-40."""
    line = rotation(lambda draft: draft["parameters"].update(replace_text(member, "{SCID}", first().scid)))

    assert code_of(file(genesis(), line)) == "key.log-parameters"


# --- the proof (SIG-44)


def test_s08_a_line_carries_one_proof_in_an_array() -> None:
    """SIG-44 (S12)."""
    line = genesis()
    for proof in ([], line["proof"] * 2, line["proof"] * 100, line["proof"][0], None, "", [None], [[]], [{}]):
        assert code_of(file({**line, "proof": proof})) == "key.log-proof"
    del line["proof"]
    assert code_of(file(line)) == "key.log-parameters"


@pytest.mark.parametrize(
    "options",
    [{"cryptosuite": "eddsa-rdfc-2022"}, {"type": "Ed25519Signature2020"}, {"proofPurpose": "authentication"},
     {"created": "2026-05-01"}, {"created": None}, {"@context": []}, {"domain": "x"}, {"proofPurpose": None},
     {"verificationMethod": f"did:key:{UPDATE.public.multikey}"}, {"verificationMethod": f"#{UPDATE.public.multikey}"},
     {"verificationMethod": f"did:key:{CARD_A.public.multikey}#{CARD_A.public.multikey}"}, {"verificationMethod": None},
     {"verificationMethod": "https://attacker.example/key"}, {"verificationMethod": []}],
    ids=str,
)  # fmt: skip
def test_s09_the_options_of_the_proof_are_constants(options: Line) -> None:
    """SIG-44: suite, purpose, no context, and did:key of one of the line's own keys (S06, S07)."""
    assert code_of(file(genesis(**options))) == "key.log-proof"


def test_s04_the_signature_is_that_of_the_key_it_names() -> None:
    """SIG-44."""
    name = f"did:key:{UPDATE.public.multikey}#{UPDATE.public.multikey}"

    assert code_of(file(genesis(signer=CARD_A, verificationMethod=name))) == "key.log-proof"
    assert code_of(file(genesis(signer=CARD_A))) == "key.log-proof"


def test_s11_what_the_proof_covers_cannot_be_changed() -> None:
    """SIG-44."""
    line = copy.deepcopy(genesis())
    line["proof"][0]["created"] = TIMES[1]

    assert code_of(file(line)) == "key.log-proof"


@pytest.mark.parametrize(
    ("multikey", "code"),
    [("z6MkeXATEjyXENzBXBxgC5EHk2JE5aqd7qMGGtDpLUH1e2Sj", "key.weak"), ("k", "key.multikey")],
)
def test_s02_a_weak_update_key_is_refused(multikey: str, code: str) -> None:
    """SIG-11."""
    line = genesis(
        lambda draft: draft["parameters"].update(updateKeys=[multikey]),
        verificationMethod=f"did:key:{multikey}#{multikey}",
    )

    assert code_of(file(line)) == code


# --- identity and state (SIG-46)


def test_a_key_log_belongs_to_its_origin() -> None:
    """SIG-46."""
    assert parse_key_log(first().to_bytes()).origin == ORIGIN
    assert code_of(first().to_bytes(), "other.example") == "key.log-identity"


def test_a_later_line_cannot_move_to_another_origin() -> None:
    """SIG-46."""

    def move(draft: Line) -> None:
        name = "other.example/feed/1"
        raw = b"\x01" + LOG_KEY.public.raw
        other = (
            f"{name}+{sha256(f'{name}{chr(10)}'.encode() + raw)[:4].hex()}+{base64.b64encode(raw).decode()}"
        )
        draft["state"] = build_state("other.example", RECORD_2.public, {1: other}, first().scid)

    assert code_of(file(genesis(), rotation(move)), None) == "key.log-identity"


# --- the file


@pytest.mark.parametrize(
    "spoil",
    [lambda raw: raw[:-1], lambda raw: raw + b"\n", lambda raw: b"\n" + raw, lambda raw: b"", lambda raw: b"\n",
     lambda raw: raw.replace(b"\n", b"\r\n"), lambda raw: raw.replace(b'":', b'": ', 1), lambda raw: b"\xef\xbb\xbf" + raw,
     lambda raw: raw.replace(b"{", b'{"a":1,"a":1,', 1), lambda raw: b"[]\n", lambda raw: b"[" * 100_000 + b"\n"],
    ids=["no LF at the end", "empty line after", "empty line before", "empty", "one LF", "CR LF", "white space", "BOM",
         "member twice", "array", "brackets"],
)  # fmt: skip
def test_each_line_is_canonical_json_and_ends_with_lf(spoil: Callable[[bytes], bytes]) -> None:
    """SIG-09, and SIG-01 to SIG-08 as for records."""
    assert code_of(spoil(first().to_bytes()))


def test_a_line_is_not_longer_than_64_kib() -> None:
    """SIG-02."""
    line = genesis(lambda draft: draft["state"].update(x="x" * 65_536))

    assert code_of(file(line)) == "json.too-large"


def test_a_key_log_has_a_thousand_lines_at_most() -> None:
    assert code_of(b"x\n" * (MAX_LINES + 1)) == "key.log-chain"


# --- history (SIG-49)


def test_a_log_extends_the_pinned_one() -> None:
    """SIG-49."""
    second().require_extension_of(first())
    first().require_extension_of(first())


def test_a_shorter_or_other_log_is_refused() -> None:
    """SIG-49: also one that is valid by itself."""
    by_card_b = extend_key_log(
        first(), state(), card=CARD_B, next_cards=(CARD_C.public, CARD_D.public), time=TIMES[1]
    )
    other = create_key_log(state(), cards=(CARD_C.public, CARD_D.public), update_key=UPDATE, time=TIMES[0])

    for offered, pinned in [(first(), second()), (by_card_b, second()), (other, first())]:
        with pytest.raises(Refused) as refusal:
            offered.require_extension_of(pinned)
        assert refusal.value.code == "key.log-history"


# --- public did:webvh logs


@pytest.mark.parametrize("name", ["own-prerotation-valid", "didwebvh-py-did"])
def test_hashes_of_public_logs(name: str) -> None:
    """SIG-41, SIG-42, SIG-43, SIG-44: SCID, entry hashes, commitments and proofs as others compute them."""
    lines = [json.loads(line) for line in (PUBLIC / f"{name}.jsonl").read_text("utf-8").splitlines()]
    scid = lines[0]["parameters"]["scid"]
    bare = {member: value for member, value in lines[0].items() if member != "proof"}
    before = scid

    assert multihash(canonical_bytes({**replace_text(bare, scid, "{SCID}"), "versionId": "{SCID}"})) == scid
    for number, line in enumerate(lines, start=1):
        assert line["versionId"] == f"{number}-{entry_hash(line, before)}"
        before = line["versionId"]
        for proof in line["proof"]:
            signer = proof["verificationMethod"].partition("#")[2]
            assert signer in line["parameters"]["updateKeys"]
            verify_detached(
                {m: v for m, v in line.items() if m != "proof"}, proof, PublicKey.from_multikey(signer)
            )
    for earlier, later in pairwise(lines):
        for update_key in later["parameters"]["updateKeys"]:
            assert multihash(update_key.encode()) in earlier["parameters"]["nextKeyHashes"]


@pytest.mark.parametrize(
    "name", ["own-prerotation-forged-signed-by-attacker-key", "own-prerotation-forged-signed-by-old-key"]
)
def test_forged_public_logs(name: str) -> None:
    """SIG-43, SIG-44: line 2 is signed by a key that line 1 did not commit to, or that line 2 does not name."""
    one, two = (json.loads(line) for line in (PUBLIC / f"{name}.jsonl").read_text("utf-8").splitlines())
    signer = two["proof"][0]["verificationMethod"].partition("#")[2]
    committed = multihash(signer.encode()) in one["parameters"]["nextKeyHashes"]

    assert not (committed and signer in two["parameters"]["updateKeys"])


@pytest.mark.parametrize(
    ("name", "code"),
    [("own-prerotation-valid", "key.log-parameters"), ("own-prerotation-forged-signed-by-attacker-key", "key.log-parameters"),
     ("own-prerotation-forged-signed-by-old-key", "key.log-parameters"), ("didwebvh-py-did", "json.not-canonical")],
)  # fmt: skip
def test_public_logs_do_not_meet_our_profile(name: str, code: str) -> None:
    """SIG-40, SIG-09: they are not portable, have witnesses, or are not canonical."""
    assert code_of((PUBLIC / f"{name}.jsonl").read_bytes(), None) == code


# --- damage of every kind

RETYPED = [None, True, False, 0, -1, 2**53 - 1, "", "x", "{SCID}", [], {}, [[]], [None], {"a": {}}, ["x"] * 9]


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for step in value if isinstance(value, dict) else range(len(value)):
            yield from paths(value[step], (*path, step))


def mutate(document: Any, path: tuple[Any, ...], value: Any, *, drop: bool) -> Any:
    changed = copy.deepcopy(document)
    target = changed
    for step in path[:-1]:
        target = target[step]
    if drop:
        del target[path[-1]]
    else:
        target[path[-1]] = value
    return changed


def read_or_refuse(raw: bytes) -> None:
    """S14: whatever comes, a verified key log or `Refused`."""
    try:
        log = parse_key_log(raw, origin=ORIGIN)
    except Refused as refused:
        assert refused.layer in "JK"
    else:
        assert log.to_bytes() == raw


PATHS = list(paths(genesis()))


@given(st.sampled_from(PATHS), st.sampled_from(RETYPED), st.booleans())
def test_a_member_dropped_or_of_another_type(path: tuple[Any, ...], value: Any, drop: bool) -> None:
    """S14, J12: in a line whose proof no longer fits."""
    read_or_refuse(file(mutate(genesis(), path, value, drop=drop)))


DRAFT_PATHS = [path for path in PATHS if path[0] in {"parameters", "state"}]


@given(st.sampled_from(DRAFT_PATHS), st.sampled_from(RETYPED), st.booleans())
def test_a_member_dropped_or_of_another_type_then_signed(
    path: tuple[Any, ...], value: Any, drop: bool
) -> None:
    """S14, J12: by an owner who hashes, chains and signs the damage, so that every check is reached."""

    def damage(draft: Line) -> None:
        changed = mutate({"parameters": draft["parameters"], "state": draft["state"]}, path, value, drop=drop)
        draft.clear()
        draft.update(changed, versionId="{SCID}", versionTime=TIMES[0])

    read_or_refuse(file(genesis(damage)))


@given(st.integers(0, 10_000), st.integers(0, 7), st.integers(0, 2))
def test_a_bit_or_byte_changed(place: int, bit: int, kind: int) -> None:
    """S14: any single damage of the file is refused."""
    raw = bytearray(second().to_bytes())
    place %= len(raw)
    if kind == 0:
        raw[place] ^= 1 << bit
    elif kind == 1:
        del raw[place]
    else:
        raw.insert(place, bit)

    assert code_of(bytes(raw))


@given(st.binary(max_size=200))
def test_any_bytes(raw: bytes) -> None:
    """S14."""
    assert code_of(raw)
    assert code_of(raw + b"\n")
