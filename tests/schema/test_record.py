"""The record (SIG-20 to SIG-30): golden records, older cases, every rule, and random damage under a good signature."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import socket
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from apsig import ProofVerifier
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema import record as record_module
from entrepot_schema import usual_record
from entrepot_schema.canonical import canonical_bytes, sha256
from entrepot_schema.errors import Refused
from entrepot_schema.file_check import check_file
from entrepot_schema.key_log import parse_key_log
from entrepot_schema.key_state import assertion_key, parse_state
from entrepot_schema.keys import PublicKey, SigningKey
from entrepot_schema.proof import add_proof, proof_message
from entrepot_schema.record import CONTEXT, Record, RecordRules, Statement, sign_record, verify_record
from entrepot_schema.strict_json import MAX_RECORD_BYTES

ROOT = Path(__file__).parents[2]
GOLDEN = json.loads((ROOT / "conformance_tests" / "vectors" / "records.json").read_text("utf-8"))
CASES = Path(__file__).parent / "vectors" / "profile-cases"
VERDICTS = json.loads((CASES / "expected.json").read_text("utf-8"))
DOCUMENTS = json.loads((CASES / "did-documents.json").read_text("utf-8"))
CASE_RULES = RecordRules(
    context=["https://www.w3.org/ns/credentials/v2", "https://cluster-exchange.example/ns/v1"],
    wire_form=False,
    envelope=False,
    schema=False,
)

ORIGIN = "biomed.example"
KEY = SigningKey.from_seed(hashlib.sha256(b"a key of these tests").digest())
OTHER = SigningKey.from_seed(hashlib.sha256(b"another key of these tests").digest())
TIME = "2026-11-23T09:30:00Z"
NONCE = "AAAAAAAAAAAAAAAAAAAAAA"

Document = dict[str, Any]


def profile(name: str = "company-minimal") -> Document:
    document: Document = json.loads((ROOT / "schema" / "examples" / f"{name}.json").read_text("utf-8"))
    return document


SUBJECT = profile()["id"]
STATEMENT = Statement(SUBJECT, "company", TIME, 1)


def signed(body: Document | None = None, statement: Statement = STATEMENT, origin: str = ORIGIN) -> bytes:
    return sign_record(body or profile(), statement, key=KEY, origin=origin, license="CC0-1.0", nonce=NONCE)


def verify(
    raw: bytes, statement: Statement | None = STATEMENT, key: PublicKey = KEY.public, origin: str = ORIGIN
) -> Record:
    return verify_record(raw, statement, origin=origin, key=key)


def resigned(document: Document, signer: SigningKey = KEY) -> bytes:
    """The document as its owner would sign it, whatever is in it; the proof options are those it has."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    options = {name: value for name, value in document["proof"].items() if name != "proofValue"}
    return canonical_bytes({**bare, "proof": add_proof(bare, options, signer)})


def changed(edit: Callable[[Document], Any]) -> bytes:
    document = json.loads(signed())
    edit(document)
    return resigned(document)


def code_of(raw: bytes, statement: Statement | None = STATEMENT, key: PublicKey = KEY.public) -> str:
    with pytest.raises(Refused) as refusal:
        verify(raw, statement, key)
    return refusal.value.code


# --- signing and verifying


@pytest.mark.parametrize(
    "name",
    ["company", "company-chinese", "company-minimal", "cluster", "institution", "relation", "opportunity"],
)
def test_a_record_is_signed_and_verified(name: str) -> None:
    """SIG-20 to SIG-29 hold for what we write."""
    body = profile(name)
    statement = Statement(body["id"], body["type"], TIME, 7)
    origin = body["id"].split("/")[2]
    raw = signed(body, statement, origin)
    found = verify(raw, statement, origin=origin)

    assert found.raw == raw
    assert found.digest == hashlib.sha256(raw).digest()
    assert found.statement == statement
    assert found.profile == body
    assert found.document["id"] == f"{body['id']}/7"


def test_a_node_document_is_signed_and_verified() -> None:
    """No entry names it: subject did:web of the origin, time and revision its own (SIG-22, SIG-24)."""
    body = {**profile("node-minimal"), "id": f"did:web:{ORIGIN}"}
    body["feed"] = f"{ORIGIN}/feed/1"
    statement = Statement(f"did:web:{ORIGIN}", "node", TIME, 3)
    found = verify(signed(body, statement), None)

    assert found.statement == statement
    assert found.profile == body


def test_the_same_record_is_signed_to_the_same_bytes() -> None:
    """SIG-09: members in any order."""
    backwards = dict(reversed(profile().items()))

    assert signed(backwards) == signed()
    assert signed() == canonical_bytes(json.loads(signed()))


def test_the_signed_bytes_are_h1_and_h2() -> None:
    """SIG-27: computed here with plain json, hashlib and the signature's own verification."""
    document = json.loads(signed())
    proof = document.pop("proof")
    value = proof.pop("proofValue")
    hashes = [
        hashlib.sha256(
            json.dumps(part, ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode()
        ).digest()
        for part in (proof, document)
    ]

    assert proof_message(document, proof) == b"".join(hashes)
    assert value == json.loads(signed())["proof"]["proofValue"]
    assert code_of(changed(lambda d: d["proof"].update(created=TIME)), key=OTHER.public) == "key.unknown"


@pytest.mark.parametrize(
    "spoil",
    [{"founded": 1998.5}, {"founded": 1.0}, {"founded": 2**53}, {"é": "x"}, {"name": {"en": "\0"}}],
    ids=str,
)
def test_nothing_is_signed_that_everybody_would_refuse(spoil: Document) -> None:
    """SIG-04 to SIG-06: a writer does not trust its caller."""
    with pytest.raises(Refused) as refusal:
        signed({**profile(), **spoil})
    assert refusal.value.layer == "J"


def test_a_record_too_long_is_not_signed() -> None:
    """SIG-02."""
    with pytest.raises(Refused) as refusal:
        signed({**profile(), "summary": {"en": "x" * 66_000}})
    assert refusal.value.code == "json.too-large"
    assert refusal.value.hint


# --- golden records


def golden_verdict(case: Document) -> str:
    state = GOLDEN["states"][case["state"]]["state"]
    entry = case["entry"]
    statement = Statement(entry["subject"], entry["type"], entry["time"], entry["revision"])
    raw = base64.b64decode(case["raw"])
    assert sha256(raw).hex() == entry["digest"]
    try:
        key = parse_state(state, GOLDEN["scid"]).record_key
        verify_record(raw, statement, origin=GOLDEN["origin"], key=key)
    except Refused as refused:
        return refused.code
    return "accept"


@pytest.mark.parametrize("case", GOLDEN["cases"], ids=lambda case: str(case["name"]))
def test_golden_records(case: Document) -> None:
    """SIG-01 to SIG-30, PRO-02, PRO-20 to PRO-24: exactly the verdict and code of vectors made by other code."""
    found = golden_verdict(case)
    wanted = {"accept": "accept", "kept": "schema.unknown-version"}.get(case["expect"], case.get("code"))

    assert found != "accept" or wanted == "accept"
    assert wanted in {found, "*"} or (wanted.endswith(".*") and found.startswith(wanted[:-1]))


# --- the older 27 cases


def case_key(file: str) -> PublicKey:
    """The key of the issuer, from its DID document; a weak one is refused when it is loaded."""
    small_order = file.startswith("08-")
    return assertion_key(
        DOCUMENTS["did:web:smallorder.example" if small_order else "did:web:cluster.example.org"]
    )


@pytest.mark.parametrize("row", VERDICTS, ids=lambda row: str(row["file"]))
def test_profile_cases(row: dict[str, str]) -> None:
    """S01, S02, S07, S08, S09, S11, S15: duplicates, floats, appended contexts, weak keys and more, by their bytes."""
    raw = (CASES / row["file"]).read_bytes()
    try:
        verify_record(raw, None, origin="cluster.example.org", key=case_key(row["file"]), rules=CASE_RULES)
        verdict = "accept"
    except Refused:
        verdict = "reject"

    assert len(VERDICTS) == 27
    assert verdict == row["strict_profile"]


def test_the_canonical_form_of_the_valid_case() -> None:
    """SIG-09."""
    text = (CASES / "00-valid.canonical.txt").read_bytes().removesuffix(b"\n")

    assert canonical_bytes(json.loads((CASES / "00-valid.json").read_bytes())) == text
    verify_record(text, None, origin="cluster.example.org", key=case_key("00"), rules=CASE_RULES)


# --- layer J on the way in (SIG-01 to SIG-09)


def test_s10_only_the_exact_bytes_that_were_signed_are_taken() -> None:
    """SIG-09: the signature fits all of these, their bytes are not the record's."""
    raw = signed()
    for spoiled in (
        raw + b"\n",
        raw.replace(b":", b": ", 1),
        json.dumps(json.loads(raw)).encode(),
        b" " + raw,
    ):
        assert code_of(spoiled) == "json.not-canonical"


def test_j01_a_second_profile_under_the_same_name_is_refused() -> None:
    """SIG-03: whichever one a lenient reader would take."""
    raw = signed().replace(b'"revision":1', b'"revision":1,"revision":1')

    assert code_of(raw) == "json.duplicate-member"


def test_j11_a_record_too_long_is_refused_unread() -> None:
    """SIG-02."""
    assert code_of(b"x" * (MAX_RECORD_BYTES + 1)) == "json.too-large"
    assert (
        code_of(changed(lambda d: d["credentialSubject"]["profile"].update(sectors=["x"] * 100_000)))
        == "json.too-large"
    )


# --- exactly these members (SIG-20)


@pytest.mark.parametrize("member", sorted(json.loads(signed())))
def test_s08_no_member_may_be_missing(member: str) -> None:
    """SIG-20."""
    document = json.loads(changed(lambda d: d.pop(member) if member != "proof" else None))
    if member == "proof":
        del document["proof"]

    assert code_of(canonical_bytes(document)) == "schema.members"


@pytest.mark.parametrize(
    "member", ["validUntil", "name", "evidence", "credentialStatus", "$schema", "Proof", "ID", ""]
)
def test_j10_no_member_may_be_added(member: str) -> None:
    """SIG-20."""
    assert code_of(changed(lambda d: d.update({member: "x"}))) == "schema.members"


@pytest.mark.parametrize("member", sorted(json.loads(signed())["proof"]))
def test_s08_no_member_of_the_proof_may_be_missing(member: str) -> None:
    """SIG-20, SIG-26."""
    document = json.loads(signed())
    del document["proof"][member]

    assert code_of(canonical_bytes(document)) == "key.proof-members"


@pytest.mark.parametrize("member", ["domain", "challenge", "nonce", "id", "expires", "previousProof"])
def test_s11_no_member_of_the_proof_may_be_added(member: str) -> None:
    """SIG-20."""
    assert code_of(changed(lambda d: d["proof"].update({member: "x"}))) == "key.proof-members"


@pytest.mark.parametrize("proof", [None, [], {}, "", 1, True])
def test_s08_what_is_no_proof_is_refused(proof: Any) -> None:
    """SIG-26: S08 and S12, a list of proofs among them."""
    document = json.loads(signed())

    assert code_of(canonical_bytes({**document, "proof": proof})) == "key.proof-members"
    assert code_of(canonical_bytes({**document, "proof": [document["proof"]] * 50})) == "key.proof-members"


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d.update(nonce=NONCE[:-1]),
        lambda d: d.update(nonce=NONCE[:-1] + "B"),
        lambda d: d.update(license=""),
        lambda d: d.update(license=["CC0-1.0"]),
        lambda d: d.update(type="VerifiableCredential"),
        lambda d: d.update(type=["VerifiableCredential"]),
        lambda d: d.update(type=["VerifiableCredential", "ClusterCredential"]),
        lambda d: d.update(credentialSchema={"id": d["credentialSchema"]["id"]}),
        lambda d: d["credentialSchema"].update(type="JsonSchemaCredential"),
        lambda d: d["credentialSchema"].update(id="https://attacker.example/1.0/company-credential.json"),
        lambda d: d["credentialSchema"].update(id=d["credentialSchema"]["id"].replace("company", "cluster")),
        lambda d: d["credentialSubject"].update(name="x"),
        lambda d: d["credentialSubject"].update(profile=None),
        lambda d: d.update(credentialSubject=[d["credentialSubject"]]),
    ],
)
def test_the_members_have_their_values(edit: Callable[[Document], Any]) -> None:
    """SIG-20, SIG-28: as in the schema of the credential."""
    assert code_of(changed(edit)).startswith("schema.")


# --- constants and names


@pytest.mark.parametrize(
    "context",
    [[*CONTEXT, "https://attacker.example/ns"], CONTEXT[:1], CONTEXT[::-1], CONTEXT[1], [], None, [CONTEXT], CONTEXT * 2,
     [CONTEXT[0], {"@vocab": "https://attacker.example/"}]],
)  # fmt: skip
def test_both_contexts_are_the_constant_list(context: Any) -> None:
    """SIG-21: in the record, in the proof, and in both."""
    assert code_of(changed(lambda d: d.update({"@context": context}))) == "key.context"
    assert code_of(changed(lambda d: d["proof"].update({"@context": context}))) == "key.context"
    both = changed(lambda d: (d.update({"@context": context}), d["proof"].update({"@context": context})))
    assert code_of(both) == "key.context"


def test_a_context_appended_after_signing_is_refused() -> None:
    """SIG-21: W3C's own check lets it through."""
    document = json.loads(signed())
    document["@context"].append("https://attacker.example/ns")

    assert code_of(canonical_bytes(document)) == "key.context"


@pytest.mark.parametrize(
    "issuer",
    ["did:web:other.example", f"did:web:{ORIGIN}:x", f"did:web:{ORIGIN}#x", ORIGIN, f"https://{ORIGIN}", None,
     {"id": f"did:web:{ORIGIN}"}, f"DID:web:{ORIGIN}", f"did:web:{ORIGIN.upper()}", f"did:web:{ORIGIN}."],
)  # fmt: skip
def test_the_issuer_is_the_origin_of_the_feed(issuer: Any) -> None:
    """SIG-22."""
    assert code_of(changed(lambda d: d.update(issuer=issuer))) == "key.issuer"


LETTERS = "a" * 26


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d["credentialSubject"].update(id=f"https://{ORIGIN}/id/{LETTERS}"),
        lambda d: d["credentialSubject"]["profile"].update(id=f"https://{ORIGIN}/id/{LETTERS}"),
        lambda d: d["credentialSubject"]["profile"].update(id=f"https://other.example/id/{SUBJECT[-26:]}"),
        lambda d: d["credentialSubject"]["profile"].update(type="cluster"),
        lambda d: d["credentialSubject"]["profile"].pop("type"),
        lambda d: d["credentialSubject"]["profile"].pop("id"),
        lambda d: d.update(id=SUBJECT),
        lambda d: d.update(id=f"{SUBJECT}/2"),
        lambda d: d.update(id=f"{SUBJECT}/01"),
        lambda d: d.update(id=f"https://{ORIGIN}/id/{LETTERS}/1"),
        lambda d: d.update(id=None),
    ],
)
def test_subject_id_and_type_are_those_of_the_entry(edit: Callable[[Document], Any]) -> None:
    """SIG-23."""
    assert code_of(changed(edit)) == "key.subject"


def test_a_record_of_another_subject_of_the_origin_is_refused_here() -> None:
    """SIG-23: correctly signed, but not what the entry says (LOG-21)."""
    other = Statement(f"https://{ORIGIN}/id/{LETTERS}", "company", TIME, 1)

    assert code_of(signed(), other) == "key.subject"


@pytest.mark.parametrize(
    "subject", ["https://other.example/id/" + LETTERS, f"https://{ORIGIN}/id/a", f"did:web:{ORIGIN}", ""]
)
def test_a_subject_of_another_origin_is_refused(subject: str) -> None:
    """SIG-23: also when record and entry agree."""
    statement = Statement(subject, "company", TIME, 1)

    assert code_of(signed({**profile(), "id": subject}, statement), statement) == "key.subject"


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d.update(validFrom="2026-11-23T09:30:01Z"),
        lambda d: d["proof"].update(created="2026-11-23T09:30:01Z"),
        lambda d: (
            d.update(validFrom="2026-11-23T09:30:01Z"),
            d["proof"].update(created="2026-11-23T09:30:01Z"),
        ),
        lambda d: d.update(validFrom="2026-11-23T09:30:00+00:00"),
        lambda d: d.update(validFrom=None),
        lambda d: d["proof"].update(created="2026-11-23T09:30:00"),
        lambda d: d["proof"].update(created=1),
    ],
)
def test_j15_all_three_times_are_equal(edit: Callable[[Document], Any]) -> None:
    """SIG-24."""
    assert code_of(changed(edit)) == "key.time"


def test_j15_a_time_that_is_none_is_refused_although_the_entry_has_it() -> None:
    """SIG-24, LOG-16."""
    statement = Statement(SUBJECT, "company", "2026-02-30T09:30:00Z", 1)

    assert code_of(signed(statement=statement), statement) == "key.time"


@pytest.mark.parametrize(("revision", "counted"), [(2, 1), (1, 2), (0, 1), (7, 8)])
def test_the_revision_is_the_one_the_feed_counts(revision: int, counted: int) -> None:
    """LOG-21."""
    raw = signed(statement=Statement(SUBJECT, "company", TIME, revision))

    assert code_of(raw, Statement(SUBJECT, "company", TIME, counted)) == "log.revision"


@pytest.mark.parametrize("revision", [True, "1", None, [], {}, [1]])
def test_j12_the_revision_is_an_integer(revision: Any) -> None:
    """LOG-21, SIG-20."""
    assert code_of(changed(lambda d: d.update(revision=revision)))
    same = changed(lambda d: d.update(revision=revision, id=f"{SUBJECT}/{revision}"))
    assert code_of(same) == "log.revision"


def test_an_unknown_type_of_record_is_refused() -> None:
    """SIG-28, PRO-02: the type is looked up, not tried."""
    statement = Statement(SUBJECT, "spaceship", TIME, 1)

    assert code_of(signed({**profile(), "type": "spaceship"}, statement), statement) == "schema.unknown-type"
    assert code_of(signed(), Statement(SUBJECT, "node", TIME, 1)) == "schema.unknown-type"


# --- keys (SIG-25 to SIG-27)


@pytest.mark.parametrize(
    "method",
    [f"did:web:{ORIGIN}#{OTHER.public.multikey}", f"did:web:other.example#{KEY.public.multikey}", f"did:web:{ORIGIN}",
     f"#{KEY.public.multikey}", f"did:web:{ORIGIN}#key-1", KEY.public.multikey, f"did:web:{ORIGIN}#{KEY.public.multikey} ",
     f"did:key:{KEY.public.multikey}#{KEY.public.multikey}", "https://attacker.example/keys/1", "", None, [], {"id": "x"}],
)  # fmt: skip
def test_s06_the_record_names_the_one_key_in_force(method: Any) -> None:
    """SIG-25: a key is never fetched because a record names it (S07)."""
    assert code_of(changed(lambda d: d["proof"].update(verificationMethod=method))) == "key.unknown"


def test_s04_another_enrolled_key_does_not_sign_for_this_origin() -> None:
    """SIG-25, SIG-27: neither under its own name nor under ours."""
    document = json.loads(signed())
    theirs = sign_record(profile(), STATEMENT, key=OTHER, origin=ORIGIN, license="CC0-1.0", nonce=NONCE)

    assert code_of(theirs) == "key.unknown"
    assert code_of(resigned(document, OTHER)) == "key.signature"
    assert code_of(signed(), key=OTHER.public) == "key.unknown"


@pytest.mark.parametrize(
    "purpose", ["authentication", "keyAgreement", "AssertionMethod", "", None, 1, ["assertionMethod"]]
)
def test_s07_another_purpose_is_refused_although_signed(purpose: Any) -> None:
    """SIG-26."""
    assert code_of(changed(lambda d: d["proof"].update(proofPurpose=purpose))) == "key.purpose"


def test_s09_another_suite_or_type_is_refused_although_signed() -> None:
    """SIG-26."""
    assert code_of(changed(lambda d: d["proof"].update(cryptosuite="eddsa-rdfc-2022"))) == "key.suite"
    assert code_of(changed(lambda d: d["proof"].update(type="Ed25519Signature2020"))) == "key.proof-members"


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if isinstance(value, dict | list) and value:
        for step in value if isinstance(value, dict) else range(len(value)):
            yield from leaves(value[step], (*path, step))
    else:
        yield path


def put(document: Document, path: tuple[Any, ...], value: Any) -> Document:
    result: Document = copy.deepcopy(document)
    target: Any = result
    for step in path[:-1]:
        target = target[step]
    target[path[-1]] = value
    return result


@pytest.mark.parametrize("path", list(leaves(json.loads(signed()))), ids=str)
def test_s11_no_value_can_be_changed_after_signing(path: tuple[Any, ...]) -> None:
    """SIG-27: not one."""
    assert code_of(canonical_bytes(put(json.loads(signed()), path, "x")))


def test_s11_the_signature_covers_the_profile() -> None:
    """SIG-27."""
    raw = signed().replace("示例".encode(), "示范".encode())

    assert raw != signed()
    assert code_of(raw) == "key.signature"


# --- schema and wire rules (SIG-28), only after the signature


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"status": "sleeping"}, "schema.enum"),
        ({"unknown": "x"}, "schema.additionalProperties"),
        ({"name": {}}, "schema.minProperties"),
        ({"name": "x"}, "schema.type"),
        ({"founded": None}, "schema.type"),
        ({"updated": "2026-02-30"}, "code.date"),
        ({"name": {"en": "x\u202e"}}, "code.text"),
        ({"identifiers": [{"scheme": "LEI", "id": "529900T8BM49AURSDO56"}]}, "code.identifier"),
        ({"ext": {"lab": {"schema": "https://x.example/s", "firstName": "Ada"}}}, "privacy.property-name"),
    ],
)
def test_the_profile_fits_its_schema_and_the_wire_rules(change: Document, code: str) -> None:
    """SIG-28: with a pointer for people."""
    with pytest.raises(Refused) as refusal:
        verify(signed({**profile(), **change}))

    assert refusal.value.code == code


def test_nobody_speaks_for_others() -> None:
    """SIG-28, PRO-23."""
    body = {**profile("relation"), "from": f"https://other.example/id/{LETTERS}"}
    statement = Statement(body["id"], "relation", TIME, 1)

    assert code_of(signed(body, statement), statement) == "code.owner"


def test_an_unsigned_profile_is_never_judged_by_its_schema() -> None:
    """SIG-27 before SIG-28: schema checks see only what the right key signed."""
    raw = signed({**profile(), "status": "sleeping"}).replace(b"sleeping", b"slippers")

    assert code_of(raw) == "key.signature"


# --- newer versions (SIG-30)


@pytest.mark.parametrize("version", ["1.1", "2.0", "1.10", "9999.0"])
def test_a_record_of_an_unknown_version_has_a_code_of_its_own(version: str) -> None:
    """SIG-30: the code on which a node keeps the record instead of refusing it."""
    raw = changed(
        lambda d: d["credentialSchema"].update(id=d["credentialSchema"]["id"].replace("1.0", version))
    )

    assert code_of(raw) == "schema.unknown-version"


def test_a_newer_version_may_have_other_members() -> None:
    """SIG-30: asked before anything that a newer version could change."""
    raw = changed(
        lambda d: d.update(
            credentialSchema={"id": "https://w3id.org/entrepot/schema/2.0/robot-credential.json"},
            newMember={},
        )
    )

    assert code_of(raw) == "schema.unknown-version"


@pytest.mark.parametrize("schema_id", ["https://w3id.org/entrepot/schema/2.0/../x.json", "https://attacker.example/2.0/x.json",
    "https://w3id.org/entrepot/schema/2/company-credential.json", "", None])  # fmt: skip
def test_what_is_no_schema_of_ours_is_no_newer_version(schema_id: Any) -> None:
    """SIG-30, SIG-20."""
    raw = changed(lambda d: d["credentialSchema"].update(id=schema_id))

    assert code_of(raw) in {"schema.const", "schema.enum", "schema.type", "schema.pattern"}


# --- no network (SIG-29)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every way to the network raises, and is noted."""
    tried: list[str] = []

    def refuse(*arguments: Any, **options: Any) -> Any:
        tried.append(repr(arguments))
        raise AssertionError("the network was asked")

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    return tried


ATTACKER = "https://attacker.example/x"


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d.update({"@context": [*CONTEXT, ATTACKER]}),
        lambda d: d["proof"].update({"@context": [ATTACKER]}),
        lambda d: d["credentialSchema"].update(id=ATTACKER),
        lambda d: d["proof"].update(verificationMethod=ATTACKER),
        lambda d: d.update(issuer="did:web:attacker.example"),
        lambda d: d.update({"$schema": ATTACKER}),
        lambda d: d["credentialSubject"]["profile"].update({"$schema": ATTACKER}),
        lambda d: d["credentialSubject"]["profile"].update({"$ref": ATTACKER}),
    ],
)
def test_j14_nothing_that_a_record_names_is_fetched(
    edit: Callable[[Document], Any], no_network: list[str]
) -> None:
    """SIG-29, SIG-25: S06, contexts, schemas and keys at an attacker's address are refused unread."""
    raw = changed(edit)

    assert code_of(raw)
    check_file(raw, "x.json", now=datetime(2026, 11, 24, tzinfo=UTC))
    assert no_network == []


def test_j14_a_good_record_needs_no_network(no_network: list[str]) -> None:
    """SIG-29: its website and the schema of its extension are not looked at."""
    extension = {"lab": {"schema": ATTACKER}}
    raw = signed({**profile(), "website": ATTACKER, "ext": extension})

    assert verify(raw).profile["ext"] == extension
    findings = check_file(raw, "x.json", now=datetime(2026, 11, 24, tzinfo=UTC)).findings
    assert [(found.code, found.severity) for found in findings] == [("code.extension", "information")]
    assert parse_key_log(
        (ROOT / "conformance_tests" / "vectors" / "key-logs" / "valid-3-lines.jsonl").read_bytes()
    )
    assert no_network == []


# --- failing closed (S14)


BY_STEPS = ("read_canonical", "verify_proof", "require_schema", "require_wire_rules", "is_timestamp")
AT_ONCE = ("is_timestamp", "decode_signature", "sha256", "read_again", "keeps_wire_rules")


@pytest.mark.parametrize("step", [*BY_STEPS, *(f"usual.{step}" for step in AT_ONCE)])
@pytest.mark.parametrize("error", [MemoryError, RuntimeError, ValueError, StopIteration])
def test_s14_an_error_inside_a_check_never_yields_a_record(
    step: str, error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A check that breaks down is not passed over, whether rules are asked one by one or all at once."""

    def fail(*arguments: Any, **options: Any) -> Any:
        raise error

    raw = signed()
    if step.startswith("usual."):
        monkeypatch.setattr(usual_record, step.removeprefix("usual."), fail)
    else:
        monkeypatch.setattr(record_module, "usual_document", lambda *arguments, **options: None)
        monkeypatch.setattr(record_module, step, fail)

    with pytest.raises(error):
        verify(raw)


RETYPED = [
    None,
    True,
    False,
    0,
    -1,
    2**53 - 1,
    "",
    "x",
    "\u202e",
    [],
    {},
    [[]],
    [None],
    {"a": {}},
    ["x"] * 9,
    {"schema": 1},
]


def every_path(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    if isinstance(value, dict | list):
        for step in value if isinstance(value, dict) else range(len(value)):
            yield from every_path(value[step], (*path, step))


FULL = json.loads(signed({**profile("company")}, Statement(profile("company")["id"], "company", TIME, 1)))
PATHS = list(every_path(FULL))


@given(st.sampled_from(PATHS), st.sampled_from(RETYPED), st.booleans())
def test_s14_a_member_dropped_or_of_another_type(path: tuple[Any, ...], value: Any, sign_again: bool) -> None:
    """J12: a record or `Refused`, whoever signed the damage."""
    damaged = put(FULL, path, value)
    again = sign_again and isinstance(damaged["proof"], dict)
    raw = resigned(damaged) if again else canonical_bytes(damaged)
    try:
        found = verify(raw, Statement(FULL["credentialSubject"]["id"], "company", TIME, 1))
    except Refused as refused:
        assert refused.layer in "JSCPKL"
    else:
        assert found.raw == raw
        assert again or damaged == FULL


@given(st.integers(0, 100_000), st.integers(0, 255), st.integers(0, 2))
def test_s14_a_byte_changed_dropped_or_put_in(place: int, byte: int, kind: int) -> None:
    """SIG-27: any single damage of the bytes is refused."""
    raw = bytearray(signed())
    place %= len(raw)
    if kind == 0:
        raw[place] ^= byte or 1
    elif kind == 1:
        del raw[place]
    else:
        raw.insert(place, byte)

    assert code_of(bytes(raw))


@given(st.binary(max_size=300))
def test_s14_any_bytes_are_refused(raw: bytes) -> None:
    assert code_of(raw)
    assert code_of(raw, None)


@given(st.sampled_from(PATHS), st.sampled_from(RETYPED))
def test_s14_a_damaged_node_document(path: tuple[Any, ...], value: Any) -> None:
    """Without an entry, everything comes from the document itself."""
    damaged = put(FULL, path, value)
    with pytest.raises(Refused):
        verify(canonical_bytes(damaged), None)


# --- an independent verifier


@pytest.mark.parametrize("name", ["company", "company-chinese", "cluster", "relation", "opportunity"])
def test_apsig_verifies_our_records(name: str) -> None:
    """SIG-27: PyPI apsig takes the record and refuses it changed."""
    body = profile(name)
    document = json.loads(signed(body, Statement(body["id"], body["type"], TIME, 1)))
    verifier = ProofVerifier(KEY.public.multikey)
    tampered = put(document, ("credentialSubject", "profile", "updated"), "2026-01-01")
    later = put(document, ("proof", "created"), "2027-01-01T00:00:00Z")

    assert verifier.verify(copy.deepcopy(document)) == f"did:web:{ORIGIN}#{KEY.public.multikey}"
    assert verifier.verify(copy.deepcopy(tampered)) is None
    assert verifier.verify(copy.deepcopy(later)) is None
    assert ProofVerifier(OTHER.public.multikey).verify(copy.deepcopy(document)) is None
