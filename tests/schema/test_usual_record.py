"""Records in the usual form are judged as the rules asked one by one judge them (SIG-01 to SIG-29, PRO-20 to PRO-25)."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.envelope import CONTEXT, unsigned_document
from entrepot_schema.errors import Refused
from entrepot_schema.keys import SigningKey, encode_signature
from entrepot_schema.proof import add_proof
from entrepot_schema.record import RecordRules, Statement, sign_judged, verify_record
from entrepot_schema.strict_json import MAX_DEPTH, MAX_INTEGER, MAX_RECORD_BYTES
from entrepot_schema.usual_record import usual_document

from .mutants import mutants, sample

KEY = SigningKey.from_seed(hashlib.sha256(b"a key of these tests").digest())
TIME = "2026-11-23T09:30:00Z"
NONCE = "AAAAAAAAAAAAAAAAAAAAAA"
BY_STEPS = RecordRules(context=CONTEXT)  # equal to those of nodes, and another object
OF_EACH_TYPE = 300
EVERY = 19  # of the changes that one example admits
EXAMPLES = [name for name in catalog.example_names() if name.partition("-")[0] in catalog.TYPES]

Document = dict[str, Any]


def statement_of(profile: Document, revision: int = 1) -> Statement:
    return Statement(str(profile.get("id")), str(profile.get("type")), TIME, revision)


def origin_of(profile: Document) -> str:
    return str(profile["id"]).split("/")[2]


def signed(profile: Document, *, license: str = "CC0-1.0", nonce: str = NONCE, revision: int = 1) -> bytes:
    """What a careless signer writes: nothing is judged."""
    statement = statement_of(profile, revision)
    return sign_judged(profile, statement, key=KEY, origin=origin_of(profile), license=license, nonce=nonce)


def resigned(record: Document) -> bytes:
    bare = {name: value for name, value in record.items() if name != "proof"}
    options = {name: value for name, value in record["proof"].items() if name != "proofValue"}
    return canonical_bytes({**bare, "proof": add_proof(bare, options, KEY)})


def by_steps(raw: bytes, statement: Statement, origin: str) -> Document | tuple[str, str]:
    try:
        return verify_record(raw, statement, origin=origin, key=KEY.public, rules=BY_STEPS).document
    except Refused as refused:
        return refused.code, refused.pointer


def assert_agrees(raw: bytes, statement: Statement, origin: str) -> bool:
    """Hold both ways to one verdict; answer whether the short way was taken."""
    usual = usual_document(raw, statement, origin=origin, key=KEY.public)
    wanted = by_steps(raw, statement, origin)
    if usual is not None:
        assert usual == wanted
        assert json.dumps(usual) == json.dumps(wanted)  # members in the same order, and 1 is not 1.0
    return usual is not None


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_are_usual_records(name: str) -> None:
    profile = catalog.example(name)

    assert assert_agrees(signed(profile), statement_of(profile), origin_of(profile))


@pytest.mark.parametrize("kind", catalog.TYPES)
def test_mutants_of_profiles_get_one_verdict(kind: str) -> None:
    """PRO-02: what fits the schema of profiles fits, in a usual envelope, that of records."""
    profile = catalog.example(kind)
    found = [
        {**mutant.document, "id": profile["id"]} for mutant in list(mutants(kind, profile, seed=1))[::EVERY]
    ]
    taken = [assert_agrees(signed(changed), statement_of(changed), origin_of(profile)) for changed in found]

    assert 0 < sum(taken) < len(taken)


@pytest.mark.parametrize("kind", catalog.TYPES)
def test_mutants_of_envelopes_get_one_verdict(kind: str) -> None:
    """SIG-20 to SIG-29."""
    profile = catalog.example(f"{kind}-minimal")
    statement, origin = statement_of(profile), origin_of(profile)
    record = read_canonical(signed(profile))
    for mutant in sample(f"{kind}-credential", OF_EACH_TYPE):
        for member in mutant.where[:1]:
            changed = {**record, member: mutant.document.get(member)}
            if isinstance(changed["proof"], dict):
                assert_agrees(resigned(changed), statement, origin)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.text(max_size=4))
def test_whatever_stands_in_an_extension_gets_one_verdict(value: Any, name: str) -> None:
    """SIG-04 to SIG-07: only there a profile that fits its schema may hold any names, numbers and levels."""
    profile = {
        **catalog.example("company-minimal"),
        "ext": {"local": {"schema": "https://example.org/x", name: value}},
    }
    try:
        raw = signed(profile)
    except TypeError:
        return  # no UTF-8, or an integer of more than 64 bits

    assert_agrees(raw, statement_of(profile), origin_of(profile))


@pytest.mark.parametrize("levels", [MAX_DEPTH - 6, MAX_DEPTH - 5])
def test_an_extension_is_as_deep_as_any_document(levels: int) -> None:
    """SIG-07."""
    value: Any = "deep"
    for _ in range(levels):
        value = [value]
    profile = {
        **catalog.example("company-minimal"),
        "ext": {"local": {"schema": "https://example.org/x", "v": value}},
    }

    assert_agrees(signed(profile), statement_of(profile), origin_of(profile))


@pytest.mark.parametrize("number", ["1.0", "1e0", "-0", "9007199254740992", "1E2", "0.5"])
@pytest.mark.parametrize("member", ["revision", "companies"])
def test_j05_no_other_spelling_of_a_number_is_usual(member: str, number: str) -> None:
    """SIG-04: signed as it stands, by somebody who writes numbers as they like."""
    profile = catalog.example("cluster")
    raw = signed(profile)
    bent = re.sub(rb'"%b":[0-9]+' % member.encode(), b'"%b":%b' % (member.encode(), number.encode()), raw)
    assert bent != raw
    at, end = bent.index(b'"proof":'), bent.index(b'"revision":')
    options = {name: value for name, value in json.loads(raw)["proof"].items() if name != "proofValue"}
    message = (
        hashlib.sha256(canonical_bytes(options)).digest() + hashlib.sha256(bent[:at] + bent[end:]).digest()
    )
    proof = canonical_bytes({**options, "proofValue": encode_signature(KEY.sign(message))})
    assert not assert_agrees(
        bent[:at] + b'"proof":' + proof + b"," + bent[end:], statement_of(profile), origin_of(profile)
    )
    assert by_steps(bent, statement_of(profile), origin_of(profile)) == ("json.number", "")


@given(st.data())
def test_damaged_bytes_get_one_verdict(data: st.DataObject) -> None:
    profile = catalog.example("company")
    raw = bytearray(signed(profile))
    at = data.draw(st.integers(0, len(raw)))
    raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))

    taken = assert_agrees(bytes(raw), statement_of(profile), origin_of(profile))
    assert taken == (bytes(raw) == signed(profile))


@given(
    st.text(max_size=5) | st.sampled_from(["CC0-1.0", "x" * 64, "x" * 65, "-", "?"]),
    st.text(max_size=3) | st.just(NONCE),
)
def test_any_licence_and_nonce_get_one_verdict(license: str, nonce: str) -> None:
    profile = catalog.example("company-minimal")
    try:
        raw = signed(profile, license=license, nonce=nonce)
    except TypeError:
        return  # half of a surrogate pair

    assert_agrees(raw, statement_of(profile), origin_of(profile))


STATEMENTS = {
    "another subject": Statement("https://biomed.example/id/" + "a" * 26, "company", TIME, 1),
    "another type": Statement("", "institution", TIME, 1),
    "an unknown type": Statement("", "?", TIME, 1),
    "another time": Statement("", "company", "2026-11-23T09:30:01Z", 1),
    "no time": Statement("", "company", "?", 1),
    "another revision": Statement("", "company", TIME, 2),
    "revision 0": Statement("", "company", TIME, 0),
    "the largest revision": Statement("", "company", TIME, MAX_INTEGER),
    "a revision too large": Statement("", "company", TIME, MAX_INTEGER + 1),
}


@pytest.mark.parametrize("name", STATEMENTS)
def test_another_entry_gets_one_verdict(name: str) -> None:
    """SIG-23, SIG-24, LOG-21: what the entry says counts, with a record that agrees with it and one that does not."""
    profile = catalog.example("company-minimal")
    stated = STATEMENTS[name]
    statement = Statement(stated.subject or profile["id"], stated.type, stated.time, stated.revision)
    record = unsigned_document(profile, statement, origin=origin_of(profile), license="CC0-1.0", nonce=NONCE)
    options = read_canonical(signed(profile))["proof"]
    del options["proofValue"]
    own = canonical_bytes({**record, "proof": add_proof(record, {**options, "created": stated.time}, KEY)})

    for raw in (signed(profile), own):
        assert_agrees(raw, statement, origin_of(profile))
    assert assert_agrees(own, statement, origin_of(profile)) == (
        name in ("another time", "another revision", "the largest revision")
    )


@pytest.mark.parametrize("origin", ["biomed.example", "other.example", "biomed.example/", ""])
def test_another_origin_or_key_is_not_usual(origin: str) -> None:
    """SIG-22, SIG-25."""
    profile = catalog.example("company-minimal")
    raw, statement = signed(profile), statement_of(profile)
    other = SigningKey.from_seed(bytes(32)).public

    assert assert_agrees(raw, statement, origin) == (origin == origin_of(profile))
    assert usual_document(raw, statement, origin=origin_of(profile), key=other) is None


def test_a_profile_inside_of_an_extension_is_not_the_record_s() -> None:
    """What stands around a profile may stand inside of it too, as anything may in an extension."""
    profile = catalog.example("company-minimal")
    inner = read_canonical(signed(profile))
    outer = {**profile, "ext": {"local": {"schema": "https://example.org/x", "record": inner}}}

    assert assert_agrees(signed(outer), statement_of(outer), origin_of(outer))


@pytest.mark.parametrize("extra", [0, 1])
def test_a_record_is_no_larger_than_any_document(extra: int) -> None:
    """SIG-02."""
    profile = {
        **catalog.example("company-minimal"),
        "ext": {"local": {"schema": "https://example.org/x", "text": ""}},
    }
    room = MAX_RECORD_BYTES - len(signed(profile))
    profile["ext"]["local"]["text"] = "x" * room
    raw = signed(profile)
    assert len(raw) == MAX_RECORD_BYTES
    if extra:
        raw = raw.replace(b'"text":"', b'"text":"x', 1)

    assert assert_agrees(raw, statement_of(profile), origin_of(profile)) == (not extra)


# --- why the schema of profiles is enough


@pytest.mark.parametrize("kind", catalog.TYPES)
def test_the_schema_of_a_record_adds_the_envelope_and_nothing_else(kind: str) -> None:
    """SIG-28: all else that it asks for is constant, or what an entry can say, or compared in one expression."""
    bundle = copy.deepcopy(catalog.bundled(f"{kind}-credential"))
    own = copy.deepcopy(catalog.bundled(kind))
    definitions = bundle.pop("$defs")
    profile = definitions.pop(kind)
    subject = bundle["properties"]["credentialSubject"]

    assert subject["properties"]["profile"] == {"$ref": f"#/$defs/{kind}"}
    assert set(bundle) <= {
        "$schema",
        "$id",
        "title",
        "description",
        "type",
        "additionalProperties",
        "required",
        "properties",
    }
    assert all(definitions[name] == meant for name, meant in own.pop("$defs").items())
    for meta in ("$schema", "$id"):
        own.pop(meta)
        profile.pop(meta, None)
    assert profile == own
    common = catalog.schema("common")["$defs"]
    assert common["license"]["pattern"] == r"^[A-Za-z0-9][A-Za-z0-9.\u002b-]*$(?!\n)"
    assert common["license"]["maxLength"] == 64
    assert common["nonce"]["pattern"] == r"^[A-Za-z0-9_-]{21}[AQgw]$(?!\n)"


def objects_and_lists(node: Any, definitions: Document, level: int = 1) -> Iterator[tuple[Document, int]]:
    """Every schema of an object or list that a profile may hold outside of its extensions, with its level."""
    name = node.get("$ref", "").removeprefix("#/$defs/")
    if name == "ext":
        return
    node = definitions[name] if name else node
    if node.get("type") in ("object", "array"):
        yield node, level
    for inner in (*node.get("properties", {}).values(), node.get("items"), node.get("additionalProperties")):
        if isinstance(inner, dict):
            yield from objects_and_lists(inner, definitions, level + 1)


@pytest.mark.parametrize("kind", catalog.TYPES)
def test_what_fits_the_schema_of_a_profile_is_plain_but_for_extensions(kind: str) -> None:
    """SIG-04, SIG-06, SIG-07: names of the schema or tags of languages, whole numbers as members only, few levels."""
    bundle = catalog.bundled(kind)
    found = list(objects_and_lists(bundle, bundle["$defs"]))

    for node, level in found:
        assert level < MAX_DEPTH / 2
        if node["type"] == "array":
            item = node["items"]
            item = bundle["$defs"][item["$ref"].removeprefix("#/$defs/")] if "$ref" in item else item
            assert item.get("type") in ("string", "object") or all(
                isinstance(one, str) for one in item["enum"]
            )
        elif node.get("additionalProperties") is not False:
            assert node["propertyNames"] == {"$ref": "#/$defs/languageTag"}
        assert all(re.fullmatch("[ -~]*", name) for name in node.get("properties", {}))
    assert len(found) > 3
    assert not re.compile(bundle["$defs"]["languageTag"]["pattern"]).match("é")
