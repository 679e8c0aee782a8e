"""The hello as a document: what is signed, and all that is refused of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_node.storage.contract_feed import extended, key_log_of, key_of
from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.errors import EntrepotError, Misuse, PeerFault, Refused
from entrepot_schema.key_log import KeyLog
from entrepot_schema.keys import SigningKey
from entrepot_sync.hello import (
    MAX_HELLO_BYTES,
    WINDOW_SECONDS,
    HelloRefused,
    parse_hello,
    say_hello,
    verify_hello,
    write_hello,
)
from entrepot_sync.transport import Posted

SENDER, US = "sender.example", "us.example"
URL = "https://node.sender.example"
KEY_LOG = key_log_of(SENDER)
KEY = key_of(f"record of {SENDER}")
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC).timestamp()
SAID = "2026-11-23T09:30:00Z"


def hello(
    *, to: str = US, url: str = URL, key_log: KeyLog = KEY_LOG, key: SigningKey = KEY, time: str = SAID
) -> bytes:
    return write_hello(to, url, key_log, key=key, time=time)


RAW = hello()


def changed(**members: Any) -> bytes:
    """The hello with other members under the same signature; None drops one."""
    document = {**json.loads(RAW), **members}
    return canonical_bytes({name: value for name, value in document.items() if value is not None})


def proof(**members: Any) -> bytes:
    return changed(proof={**json.loads(RAW)["proof"], **members})


def code_of(raw: bytes, *, recipient: str = US, now: float = NOW) -> str:
    try:
        verify_hello(parse_hello(raw, recipient=recipient, now=now))
    except (Refused, HelloRefused) as refused:
        return refused.code
    return ""


def test_a_hello_says_who_where_and_when() -> None:
    """FED-60, FED-61: canonical bytes, and nothing of it is lost on the way."""
    said = verify_hello(parse_hello(RAW, recipient=US, now=NOW))

    assert canonical_bytes(json.loads(RAW)) == RAW
    assert (said.origin, said.base_url, said.time) == (SENDER, URL, int(NOW))
    assert said.key_log == KEY_LOG


def test_the_key_of_the_newest_line_signs() -> None:
    """FED-61: a record key that was replaced says hello no more."""
    longer = extended(KEY_LOG)

    assert code_of(hello(key_log=longer, key=key_of("new record key"))) == ""
    assert code_of(hello(key_log=longer, key=KEY)) == "key.unknown"


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (RAW + b"\n", "json.not-canonical"),
        (b"[]", "json.not-an-object"),
        (b" " * (MAX_HELLO_BYTES + 1), "json.too-large"),
        (changed(more="x"), "hello.request"),
        (changed(origin=None), "hello.request"),
        (changed(type="EntrepotRecord"), "hello.request"),
        (changed(keyLog=[]), "hello.request"),
        (changed(origin="Sender.example"), "hello.request"),
        (changed(origin="sender"), "hello.request"),
        (changed(baseUrl="https://sender.example/"), "hello.request"),
        (changed(baseUrl="https://u:p@sender.example"), "hello.request"),
        (changed(baseUrl="javascript:alert(1)"), "hello.request"),
        (changed(baseUrl="https://sender.example/" + "a" * 500), "hello.request"),
        (changed(time="2026-11-23T09:30:00+00:00"), "hello.request"),
        (changed(time="2026-02-30T09:30:00Z"), "hello.request"),
        (changed(recipient="other.example"), "hello.recipient"),
        (changed(keyLog="x\n"), "json.syntax"),
        (changed(keyLog=KEY_LOG.to_bytes().decode().rstrip()), "key.log-chain"),
        (changed(keyLog=key_log_of("b.example").to_bytes().decode()), "key.log-identity"),
        (changed(baseUrl="https://evil.example"), "key.signature"),
        (changed(proof=[]), "key.proof-members"),
        (proof(domain="x"), "key.proof-members"),
        (proof(type="Ed25519Signature2020"), "key.proof-members"),
        (proof(cryptosuite="eddsa-rdfc-2022"), "key.suite"),
        (proof(proofPurpose="authentication"), "key.purpose"),
        (proof(created="2026-11-23T09:30:01Z"), "key.time"),
        (proof(verificationMethod="did:web:sender.example#z6Mk"), "key.unknown"),
        (proof(proofValue="z1"), "key.proof-value"),
        (hello(key=key_of("another")), "key.unknown"),
    ],
)  # fmt: skip
def test_what_is_no_hello_of_its_sender_is_refused(raw: bytes, code: str) -> None:
    """FED-60, FED-61."""
    assert code_of(raw) == code


def test_a_hello_to_another_node_is_of_no_use_here() -> None:
    """FED-61: whoever got one cannot carry it on, nor is a node its own follower."""
    assert code_of(RAW, recipient="other.example") == "hello.recipient"
    assert code_of(hello(to=SENDER), recipient=SENDER) == "peer.self"


@pytest.mark.parametrize(("late", "code"), [(0, ""), (1, "hello.time")])
def test_a_hello_is_good_for_ten_minutes_before_and_after(late: int, code: str) -> None:
    """FED-61."""
    assert code_of(RAW, now=NOW + WINDOW_SECONDS + late) == code
    assert code_of(RAW, now=NOW - WINDOW_SECONDS - late) == code


def test_what_signs_for_something_else_is_no_hello() -> None:
    """FED-61: a signature is over all members, the type among them; a record's proof has another form."""
    assert code_of(proof(**{"@context": ["https://www.w3.org/ns/credentials/v2"]})) == "key.proof-members"


def test_a_key_log_that_is_too_long_is_not_sent() -> None:
    """FED-60."""
    longer = KeyLog(KEY_LOG.origin, KEY_LOG.scid, KEY_LOG.lines * 60, KEY_LOG.states)

    with pytest.raises(Misuse, match="too long"):
        hello(key_log=longer)


@given(st.data())
def test_only_declared_errors_leave_the_reader(data: st.DataObject) -> None:
    """FED-61: whatever bytes are put in place of some."""
    at = data.draw(st.integers(0, len(RAW)))
    put = data.draw(st.binary(max_size=12) | st.sampled_from([b"null", b"{}", b'"', b"1e9", b"\\ud800"]))
    cut = data.draw(st.integers(0, 12))
    raw = RAW[:at] + put + RAW[at + cut :]

    try:
        verify_hello(parse_hello(raw, recipient=US, now=NOW))
    except EntrepotError:
        return
    assert raw == RAW


MEMBER = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@given(st.sampled_from(sorted(json.loads(RAW))), MEMBER)
def test_a_member_of_another_kind_is_refused(name: str, value: Any) -> None:
    """FED-61."""
    try:
        raw = changed(**{name: value})
    except TypeError:  # not to be written as JSON: half a surrogate pair
        return

    assert code_of(raw) != ""


@dataclass
class Door:
    """A node that gives one answer to whatever is posted."""

    answer: Posted
    asked: list[tuple[str, bytes, str]] = field(default_factory=list)

    async def post(self, path: str, body: bytes, *, media_type: str, max_bytes: int) -> Posted:
        self.asked.append((path, body, media_type))
        return self.answer

    async def aclose(self) -> None:
        raise AssertionError("whoever opened it closes it")


def test_a_hello_is_posted_as_it_is_and_the_answer_read() -> None:
    """FED-60."""
    door = Door(Posted(200, b'{"more":1,"state":"approved"}', "application/json"))

    assert asyncio.run(say_hello(door, RAW)) == "approved"
    assert door.asked == [("/hello", RAW, "application/json")]


@pytest.mark.parametrize(
    ("status", "body", "told"),
    [
        (422, b'{"code":"hello.time","detail":"set your clock"}', "the node answered 422: hello.time"),
        (422, b'{"code":"\\u001b[2J"}', "the node answered 422"),
        (422, b'{"code":["hello.time"]}', "the node answered 422"),
        (422, b"\xff", "the node answered 422"),
        (200, b'{"state":"friends"}', "the node does not say what becomes of the hello"),
    ],
)
def test_of_another_answer_only_a_code_is_told(status: int, body: bytes, told: str) -> None:
    """FED-68: what a stranger writes is not repeated to our operator."""
    with pytest.raises(PeerFault) as caught:
        asyncio.run(say_hello(Door(Posted(status, body, "text/html")), RAW))

    assert (caught.value.code, caught.value.message) == ("hello.answer", told)
