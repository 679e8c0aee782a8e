"""`key-logs/`: valid key logs and forged ones, one fault each (SIG-40 to SIG-49)."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from entrepot_conformance.reader.encodings import multihash, multikey_encode
from entrepot_conformance.reader.key_state import did_web_twin
from entrepot_conformance.reader.strict_json import canonical

from . import lines
from .files import Files, json_file
from .lines import LINE_1, LINE_2, LINE_3, SCID, Line, encode
from .seeds import FEED, ORIGIN, OTHER_ORIGIN, TestKey

ABOUT = (
    "Key logs of one origin, one file each; the bytes of the file are the key log. `pinned` names the "
    "key log that the reader has pinned before, if any. A `code` of `*` means: refused, the spec "
    "names no code."
)


def make_key_logs() -> Files:
    """Return every file of the folder."""
    cases = [*_valid(), *_genesis(), *_rotation(), *_states(), *_proofs(), *_files(), *_histories()]
    index = [{key: value for key, value in case.items() if key != "raw"} for case in cases]
    twin = did_web_twin(LINE_3["state"], SCID, ORIGIN)
    files = {f"key-logs/{case['file']}": case["raw"] for case in cases}
    files["key-logs/did.json"] = canonical(twin)
    expected = {"origin": ORIGIN, "scid": SCID, "did_json_of": "valid-3-lines.jsonl", "cases": index}
    return files | {"key-logs/expected.json": json_file(ABOUT, **expected)}


def _case(name: str, raw: bytes, ids: str, code: str = "", **more: Any) -> dict[str, Any]:
    verdict = {"expect": "refuse", "code": code} if code else {"expect": "accept"}
    return {"name": name, "file": f"{name}.jsonl", "ids": ids.split(), **verdict, **more, "raw": raw}


def _valid() -> list[dict[str, Any]]:
    def facts(line: Line) -> dict[str, Any]:
        key = line["state"]["assertionMethod"][0].partition("#")[2]
        return {
            "version_id": line["versionId"],
            "assertion_key": key,
            "feed": FEED,
            "vkey": lines.LOG.vkey(FEED),
        }

    return [
        _case("valid-genesis", lines.KEY_LOG_1, "SIG-40 SIG-41 SIG-42", **facts(LINE_1)),
        _case(
            "valid-2-lines", lines.KEY_LOG_2, "SIG-43 SIG-44", pinned="valid-genesis.jsonl", **facts(LINE_2)
        ),
        _case(
            "valid-3-lines", lines.KEY_LOG_3, "SIG-43 SIG-44", pinned="valid-2-lines.jsonl", **facts(LINE_3)
        ),
        _case("valid-unchanged", lines.KEY_LOG_2, "SIG-49", pinned="valid-2-lines.jsonl", **facts(LINE_2)),
    ]


def _edited_genesis(edit: Callable[[Line], object]) -> bytes:
    draft = lines.genesis_draft()
    edit(draft)
    return encode(lines.finish_genesis(draft))


def _genesis() -> list[dict[str, Any]]:
    def edited(name: str, edit: Callable[[Line], object]) -> dict[str, Any]:
        return _case(name, _edited_genesis(edit), "SIG-40", "key.log-parameters")

    wrong_scid = multihash(b"some other first line")
    chained = copy.deepcopy(LINE_1)
    chained["versionId"] = f"1-{multihash(b'some other line')}"
    chained = lines.sign_line(chained, lines.GENESIS)
    return [
        edited("genesis-not-portable", lambda d: d["parameters"].update(portable=False)),
        edited("genesis-portable-missing", lambda d: d["parameters"].pop("portable")),
        edited("genesis-other-method", lambda d: d["parameters"].update(method="did:webvh:0.5")),
        edited("genesis-one-card", lambda d: d["parameters"]["nextKeyHashes"].pop()),
        edited("genesis-no-cards", lambda d: d["parameters"].pop("nextKeyHashes")),
        edited("genesis-no-update-keys", lambda d: d["parameters"].pop("updateKeys")),
        _case(
            "genesis-scid-mismatch",
            encode(lines.finish_genesis(lines.genesis_draft(), scid=wrong_scid)),
            "SIG-41",
            "key.log-scid",
        ),
        _case("genesis-chain-broken", encode(chained), "SIG-42", "key.log-chain"),
    ]


def _second(edit: Callable[[Line], object], signer: TestKey = lines.CARD_A, **proof: Any) -> bytes:
    draft = lines.rotation_draft(SCID, lines.CARD_A, lines.CARD_C, lines.CARD_B)
    edit(draft)
    return encode(LINE_1, lines.finish(draft, LINE_1["versionId"], 2, signer, **proof))


def _rotation() -> list[dict[str, Any]]:
    def keys(signer: TestKey) -> Callable[[Line], object]:
        return lambda d: d["parameters"].update(updateKeys=[signer.multikey])

    def refused(name: str, raw: bytes, ids: str, code: str) -> dict[str, Any]:
        return _case(name, raw, ids, code, pinned="valid-genesis.jsonl")

    broken = copy.deepcopy(LINE_2)
    broken["versionId"] = f"2-{multihash(b'some other line')}"
    skipped = lines.finish(
        lines.rotation_draft(SCID, lines.CARD_A, lines.CARD_C, lines.CARD_B),
        LINE_1["versionId"],
        3,
        lines.CARD_A,
    )
    detached = lines.finish(
        lines.rotation_draft(SCID, lines.CARD_A, lines.CARD_C, lines.CARD_B), SCID, 2, lines.CARD_A
    )
    prerotation, proof, chain = "key.log-prerotation", "key.log-proof", "key.log-chain"
    old, attacker = lines.GENESIS, lines.ATTACKER
    return [
        refused("forged-by-old-key", _second(lambda _: None, old), "SIG-44", proof),
        refused("forged-by-old-key-named", _second(keys(old), old), "SIG-43", prerotation),
        refused("forged-by-attacker", _second(lambda _: None, attacker), "SIG-44", proof),
        refused("forged-by-attacker-named", _second(keys(attacker), attacker), "SIG-43", prerotation),
        refused(
            "forged-by-attacker-beside-card",
            _second(lambda d: d["parameters"]["updateKeys"].append(attacker.multikey), attacker),
            "SIG-43",
            prerotation,
        ),
        refused(
            "update-keys-missing", _second(lambda d: d["parameters"].pop("updateKeys")), "SIG-43", prerotation
        ),
        refused(
            "next-hashes-missing",
            _second(lambda d: d["parameters"].pop("nextKeyHashes")),
            "SIG-43",
            prerotation,
        ),
        refused(
            "next-hashes-empty",
            _second(lambda d: d["parameters"].update(nextKeyHashes=[])),
            "SIG-43",
            prerotation,
        ),
        refused("chain-broken", encode(LINE_1, lines.sign_line(broken, lines.CARD_A)), "SIG-42", chain),
        refused("chain-from-scid", encode(LINE_1, detached), "SIG-42", chain),
        refused("number-skipped", encode(LINE_1, skipped), "SIG-42", chain),
        refused(
            "time-back", _second(lambda d: d.update(versionTime="2026-04-30T08:00:00Z")), "SIG-45", chain
        ),
    ]


def _states() -> list[dict[str, Any]]:
    """States that are wrong from the first line on."""

    def refused(
        name: str, edit: Callable[[Line], object], ids: str, code: str = "key.log-state"
    ) -> dict[str, Any]:
        return _case(name, _edited_genesis(lambda d: edit(d["state"])), ids, code)

    def second_key(s: Line) -> None:
        method = copy.deepcopy(s["verificationMethod"][0])
        key = lines.RECORD_2.multikey
        method.update(id=f"{s['id']}#{key}", publicKeyMultibase=key)
        s["verificationMethod"].append(method)
        s["assertionMethod"].append(method["id"])

    def weak(s: Line) -> None:
        key = multikey_encode(b"\x01" + bytes(31))
        s["verificationMethod"][0].update(id=f"{s['id']}#{key}", publicKeyMultibase=key)
        s["assertionMethod"] = [f"{s['id']}#{key}"]

    def short_fragment(s: Line) -> None:
        s["verificationMethod"][0]["id"] = s["assertionMethod"][0] = f"{s['id']}#key-1"

    def method(**members: str) -> Callable[[Line], object]:
        return lambda s: s["verificationMethod"][0].update(members)

    def feed(**members: str) -> Callable[[Line], object]:
        return lambda s: s["service"][0]["serviceEndpoint"].update(members)

    other = f"{OTHER_ORIGIN}/feed/1"
    return [
        refused("state-other-origin", _move_state, "SIG-46", "key.log-identity"),
        refused("state-two-assertion-keys", second_key, "SIG-47"),
        refused("state-no-assertion-key", lambda s: s["assertionMethod"].clear(), "SIG-47"),
        refused(
            "state-assertion-by-value",
            lambda s: s.update(assertionMethod=[copy.deepcopy(s["verificationMethod"][0])]),
            "SIG-47",
        ),
        refused("state-other-controller", method(controller=f"did:web:{ORIGIN}"), "SIG-47"),
        refused("state-other-method-type", method(type="Ed25519VerificationKey2020"), "SIG-47"),
        refused("state-short-fragment", short_fragment, "SIG-47"),
        refused("state-weak-key", weak, "SIG-11 SIG-47", "key.weak"),
        refused("state-no-feed", lambda s: s["service"].clear(), "SIG-48"),
        refused("state-feed-of-other-origin", feed(feed=other, vkey=lines.LOG.vkey(other)), "SIG-48"),
        refused("state-feed-number-differs", lambda s: s["service"][0].update(id="#feed-2"), "SIG-48"),
        refused("state-vkey-of-other-feed", feed(vkey=lines.LOG.vkey(f"{ORIGIN}/feed/2")), "SIG-48"),
    ]


def _move_state(state: Line) -> None:
    state.update(lines.state("{SCID}", lines.RECORD_1, origin=OTHER_ORIGIN, feed=f"{OTHER_ORIGIN}/feed/1"))


def _proofs() -> list[dict[str, Any]]:
    def refused(name: str, line: Line, code: str = "key.log-proof") -> dict[str, Any]:
        return _case(name, encode(line), "SIG-44", code)

    flipped = copy.deepcopy(LINE_1)
    flipped["proof"] = copy.deepcopy(
        lines.sign_line({**LINE_1, "versionTime": lines.TIMES[1]}, lines.GENESIS)
    )["proof"]
    flipped["proof"][0]["created"] = LINE_1["versionTime"]
    two = copy.deepcopy(LINE_1)
    two["proof"] *= 2
    alone = copy.deepcopy(LINE_1)
    alone["proof"] = alone["proof"][0]
    context = {"@context": LINE_1["state"]["@context"]}
    return [
        refused("proof-of-other-bytes", flipped),
        refused("proof-twice", two),
        refused("proof-not-an-array", alone),
        refused("proof-missing", {k: v for k, v in LINE_1.items() if k != "proof"}, "*"),
        refused("proof-with-context", lines.sign_line(LINE_1, lines.GENESIS, **context)),
        refused("proof-other-suite", lines.sign_line(LINE_1, lines.GENESIS, cryptosuite="eddsa-rdfc-2022")),
    ]


def _files() -> list[dict[str, Any]]:
    spaced = lines.KEY_LOG_1.replace(b'"portable":true', b'"portable": true')
    line = lines.KEY_LOG_1[:-1]
    twice = line.replace(b'"versionTime"', b'"versionTime":"2026-05-01T08:00:00Z","versionTime"')
    return [
        _case("line-not-canonical", spaced, "SIG-09", "json.not-canonical"),
        _case("line-duplicate-member", twice + b"\n", "SIG-03", "json.duplicate-member"),
        _case("line-without-lf", line, "SIG-40", "*"),
        _case("empty-line", lines.KEY_LOG_1 + b"\n", "SIG-40", "*"),
        _case("no-line", b"", "SIG-40", "*"),
    ]


def _histories() -> list[dict[str, Any]]:
    """Build valid key logs that do not extend the pinned one (SIG-49)."""
    by_card_b = lines.finish(
        lines.rotation_draft(SCID, lines.CARD_B, lines.CARD_D, lines.CARD_A),
        LINE_1["versionId"],
        2,
        lines.CARD_B,
    )
    second_genesis = lines.genesis_draft()
    second_genesis["parameters"]["nextKeyHashes"] = lines.hashes(lines.CARD_C, lines.CARD_D)
    raw = encode(lines.finish_genesis(second_genesis))
    code = "key.log-history"
    return [
        _case("history-shortened", lines.KEY_LOG_1, "SIG-49", code, pinned="valid-2-lines.jsonl"),
        _case(
            "history-other-second-line",
            encode(LINE_1, by_card_b),
            "SIG-49",
            code,
            pinned="valid-2-lines.jsonl",
        ),
        _case("history-other-scid", raw, "SIG-49", code, pinned="valid-genesis.jsonl"),
    ]
