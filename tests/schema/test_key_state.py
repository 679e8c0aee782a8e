"""The state in a key-log line: one record key and the feeds' log keys (SIG-25, SIG-46 to SIG-48)."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes, sha256
from entrepot_schema.errors import Refused
from entrepot_schema.key_log import multihash, parse_key_log
from entrepot_schema.key_state import assertion_key, build_state, did_web_document, parse_state, replace_text
from entrepot_schema.keys import SigningKey

KEY_LOGS = Path(__file__).parents[2] / "conformance_tests" / "vectors" / "key-logs"
ORIGIN = "biomed.example"
SCID = multihash(b"line 1")
DID = f"did:webvh:{SCID}:{ORIGIN}"
KEY = SigningKey.from_seed(hashlib.sha256(b"a key of these tests").digest()).public
OTHER = SigningKey.from_seed(hashlib.sha256(b"another key of these tests").digest()).public

State = dict[str, Any]


def vkey(name: str, raw: bytes = KEY.raw, kind: bytes = b"\x01") -> str:
    key_id = sha256(f"{name}\n".encode() + kind + raw)[:4].hex()
    return f"{name}+{key_id}+{base64.b64encode(kind + raw).decode()}"


def good() -> State:
    return build_state(ORIGIN, KEY, {1: vkey(f"{ORIGIN}/feed/1"), 3: vkey(f"{ORIGIN}/feed/3")}, SCID)


def services(count: int) -> Any:
    feeds = {number: vkey(f"{ORIGIN}/feed/{number}") for number in range(1, count + 1)}
    return build_state(ORIGIN, KEY, feeds, SCID)["service"]


def code_of(state: Any) -> str:
    with pytest.raises(Refused) as refusal:
        parse_state(state, SCID)
    return refusal.value.code


def test_a_state_is_built_and_read_back() -> None:
    """SIG-46, SIG-47, SIG-48: the highest feed number is the live one."""
    state = parse_state(good(), SCID)

    assert state.origin == ORIGIN
    assert state.record_key == KEY
    assert state.feeds == {1: vkey(f"{ORIGIN}/feed/1"), 3: vkey(f"{ORIGIN}/feed/3")}
    assert state.live_feed == 3
    assert state.verification_method == f"did:web:{ORIGIN}#{KEY.multikey}"
    assert catalog.validator("key-document").is_valid(good())


@pytest.mark.parametrize(
    "did",
    [f"did:webvh:{multihash(b'other')}:{ORIGIN}", f"did:webvh:{SCID}:Biomed.example", f"did:webvh:{SCID}:{ORIGIN}:path",
     f"did:webvh:{SCID}:{ORIGIN}%3A443", f"did:webvh:{SCID}:{ORIGIN}.", f"did:webvh:{SCID}:localhost", f"did:web:{ORIGIN}",
     f"did:webvh:{{SCID}}:{ORIGIN}", f"did:webvh:{SCID}:192.0.2.7", f"{DID}\n", "", None, 1, [], {}],
)  # fmt: skip
def test_the_id_is_did_webvh_of_scid_and_origin(did: Any) -> None:
    """SIG-46."""
    assert code_of({**good(), "id": did}) == "key.log-identity"


def method(**members: Any) -> Callable[[State], Any]:
    return lambda s: s["verificationMethod"][0].update(members)


def feed(**members: Any) -> Callable[[State], Any]:
    return lambda s: s["service"][0]["serviceEndpoint"].update(members)


def listed(value: Any) -> Callable[[State], Any]:
    return lambda s: s.update(assertionMethod=value)


def with_method(key: Any) -> dict[str, str]:
    return {"id": f"{DID}#{key}", "type": "Multikey", "controller": DID, "publicKeyMultibase": key}


RECORD_KEY_FAULTS: dict[str, Callable[[State], Any]] = {
    "no list": listed(None),
    "empty list": listed([]),
    "two keys": listed([f"{DID}#{KEY.multikey}", f"{DID}#{OTHER.multikey}"]),
    "the same key twice": listed([f"{DID}#{KEY.multikey}"] * 2),
    "by value": listed([with_method(KEY.multikey)]),
    "a key that stands nowhere": listed([f"{DID}#{OTHER.multikey}"]),
    "a relative reference": listed([f"#{KEY.multikey}"]),
    "a text": listed(f"{DID}#{KEY.multikey}"),
    "no methods": lambda s: s.update(verificationMethod=[]),
    "methods no list": lambda s: s.update(verificationMethod={}),
    "two methods of one id": lambda s: s["verificationMethod"].append(with_method(KEY.multikey)),
    "another controller": method(controller=f"did:web:{ORIGIN}"),
    "no controller": lambda s: s["verificationMethod"][0].pop("controller"),
    "another type": method(type="Ed25519VerificationKey2020"),
    "another key under the id": method(publicKeyMultibase=OTHER.multikey),
    "the key no text": method(publicKeyMultibase=1),
    "a short fragment": lambda s: (method(id=f"{DID}#key-1")(s), listed([f"{DID}#key-1"])(s)),
    "a method that is no object": lambda s: s.update(verificationMethod=["x"]),
}


@pytest.mark.parametrize("fault", RECORD_KEY_FAULTS)
def test_s07_exactly_one_key_speaks_for_the_origin(fault: str) -> None:
    """SIG-47, SIG-25: listed by reference, a Multikey, controlled by the state's id, named by itself."""
    state = good()
    RECORD_KEY_FAULTS[fault](state)

    assert code_of(state) == "key.log-state"


def test_s07_a_key_that_is_only_a_verification_method_is_not_the_record_key() -> None:
    """SIG-25: what is listed under assertionMethod counts, in whatever order the methods stand."""
    state = good()
    state["verificationMethod"].insert(0, with_method(OTHER.multikey))

    assert parse_state(state, SCID).record_key == KEY


@pytest.mark.parametrize(
    ("multikey", "code"), [("z6MkeXATEjyXENzBXBxgC5EHk2JE5aqd7qMGGtDpLUH1e2Sj", "key.weak"), ("z6Mk", "key.multikey")]
)  # fmt: skip
def test_s02_a_weak_record_key_is_refused_when_the_state_is_read(multikey: str, code: str) -> None:
    """SIG-11, SIG-10."""
    state = good()
    state["verificationMethod"] = [with_method(multikey)]
    state["assertionMethod"] = [f"{DID}#{multikey}"]

    assert code_of(state) == code


NAME = f"{ORIGIN}/feed/1"
FEED_FAULTS: dict[str, Callable[[State], Any]] = {
    "no service": lambda s: s.update(service=[]),
    "services no list": lambda s: s.update(service={}),
    "65 feeds": lambda s: s.update(service=services(65)),
    "a feed twice": lambda s: s["service"].append(copy.deepcopy(s["service"][0])),
    "a service that is no object": lambda s: s["service"].append("x"),
    "a service with more members": lambda s: s["service"][0].update(x=1),
    "another type": lambda s: s["service"][0].update(type="LinkedDomains"),
    "an absolute id": lambda s: s["service"][0].update(id=f"{DID}#feed-1"),
    "another number in the id": lambda s: s["service"][0].update(id="#feed-2"),
    "an endpoint that is a text": lambda s: s["service"][0].update(serviceEndpoint="https://biomed.example"),
    "an endpoint with more members": feed(x=1),
    "a feed of another origin": feed(feed="other.example/feed/1", vkey=vkey("other.example/feed/1")),
    "a feed name in capitals": feed(feed="BIOMED.example/feed/1"),
    "feed 0": feed(feed=f"{ORIGIN}/feed/0"),
    "a feed that is no text": feed(feed=1),
    "a vkey that is no text": feed(vkey=None),
    "a vkey of another feed": feed(vkey=vkey(f"{ORIGIN}/feed/2")),
    "a vkey with the id of another name": feed(vkey=vkey(f"{ORIGIN}/feed/2").replace("feed/2", "feed/1")),
    "a vkey of another type": feed(vkey=vkey(NAME, kind=b"\x04")),
    "a vkey of 31 bytes": feed(vkey=vkey(NAME, KEY.raw[:31])),
    "a vkey of 33 bytes": feed(vkey=vkey(NAME, KEY.raw + b"\0")),
    "a vkey with a weak key": feed(vkey=vkey(NAME, b"\x01" + bytes(31))),
    "a vkey with a line end": feed(vkey=vkey(NAME) + "\n"),
    "a vkey with the id in capitals": feed(vkey=f"{NAME}+{vkey(NAME).split('+')[1].upper()}X+{vkey(NAME).split('+', 2)[2]}"),
    "a vkey without a key": feed(vkey=f"{NAME}++"),
    "a vkey of other letters": feed(vkey=f"{NAME}+00000000+{'é' * 44}"),
    "an endless vkey": feed(vkey=f"{NAME}+{'0' * 60_000}"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FEED_FAULTS)
def test_each_feed_is_named_with_its_log_key(fault: str) -> None:
    """SIG-48: of this origin, under `#feed-<n>`, with a sound vkey of that very name (S16, LOG-36)."""
    state = good()
    FEED_FAULTS[fault](state)

    assert code_of(state) == "key.log-state"


@pytest.mark.parametrize(
    "member", ["@context", "alsoKnownAs", "assertionMethod", "id", "service", "verificationMethod"]
)
def test_a_state_has_exactly_six_members(member: str) -> None:
    """SIG-47, as the schema `key-document`."""
    short = {name: value for name, value in good().items() if name != member}

    assert code_of(short) == "key.log-state"
    assert code_of({**good(), "x": 1}) == "key.log-state"


@pytest.mark.parametrize(
    ("member", "value"),
    [("@context", []), ("@context", "https://www.w3.org/ns/did/v1"), ("alsoKnownAs", []), ("alsoKnownAs", ["did:web:other.example"]),
     ("alsoKnownAs", [f"did:web:{ORIGIN}", "did:web:other.example"]), ("alsoKnownAs", f"did:web:{ORIGIN}")],
)  # fmt: skip
def test_context_and_other_name_are_constants(member: str, value: Any) -> None:
    assert code_of({**good(), member: value}) == "key.log-state"


@pytest.mark.parametrize("state", [None, [], "", 1, True, {}])
def test_j12_what_is_no_state(state: Any) -> None:
    assert code_of(state) == "key.log-state"


# --- did.json


def test_the_did_web_twin() -> None:
    """did.json: the did:web names, the did:webvh beside, the implicit services written out, all ids absolute."""
    document = did_web_document(parse_state(good(), SCID))
    text = canonical_bytes(document).decode()

    assert document["id"] == f"did:web:{ORIGIN}"
    assert document["alsoKnownAs"] == [DID]
    assert text.count("did:webvh:") == 1
    assert [service["id"] for service in document["service"]] == [
        f"did:web:{ORIGIN}#{name}" for name in ("feed-1", "feed-3", "files", "whois")
    ]
    assert assertion_key(document) == KEY


def test_the_twin_of_the_golden_key_log() -> None:
    """The golden did.json writes service ids relative, which means the same."""
    expected = json.loads((KEY_LOGS / "expected.json").read_text("utf-8"))
    wanted = json.loads((KEY_LOGS / "did.json").read_text("utf-8"))
    log = parse_key_log((KEY_LOGS / expected["did_json_of"]).read_bytes(), origin=expected["origin"])
    found = did_web_document(log.latest)
    for service in wanted["service"]:
        service["id"] = found["id"] + service["id"].removeprefix(found["id"])

    assert found == wanted


def test_text_is_replaced_in_values_at_any_depth_and_not_in_names() -> None:
    value = {"a": ["x{S}y", {"{S}": "{S}{S}"}], "b": 1, "c": None}

    assert replace_text(value, "{S}", "1") == {"a": ["x1y", {"{S}": "11"}], "b": 1, "c": None}
