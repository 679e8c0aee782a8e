"""Records that break a rule on members and names: SIG-20 to SIG-24, LOG-21."""

from __future__ import annotations

import copy
from typing import Any

from entrepot_conformance.reader.records import CONTEXT
from entrepot_conformance.reader.strict_json import canonical

from .profiles import Record, profile, sign, unsigned
from .record_drafts import (
    GOOD,
    GOOD_BYTES,
    KEY,
    TIME,
    Case,
    Edit,
    case,
    draft,
    edited,
    profile_of,
    proof_edited,
    tampered,
)
from .seeds import OTHER_ORIGIN, subject_id


def member_cases() -> list[Case]:
    """SIG-20."""
    names = [
        "id",
        "license",
        "nonce",
        "revision",
        "credentialSchema",
        "credentialSubject",
        "issuer",
        "validFrom",
        "type",
    ]

    def missing(name: str) -> Case:
        record = copy.deepcopy(GOOD)
        del record[name]
        return case(f"members: no {name}", canonical(record), "SIG-20", "schema.*")

    def refused(name: str, edit: Edit) -> Case:
        return edited(f"members: {name}", edit, "SIG-20", "schema.*")

    def nonce(value: Any) -> Edit:
        return lambda r: r.update(nonce=value)

    return [
        *(missing(name) for name in names),
        tampered("members: no proof", lambda r: r.pop("proof"), "SIG-20", "*"),
        refused("validUntil added", lambda r: r.update(validUntil=TIME)),
        refused("nonce with another last letter", nonce(draft()["nonce"][:-1] + "B")),
        refused("nonce of 21 letters", nonce(draft()["nonce"][:-1])),
        refused("nonce with padding", nonce(draft()["nonce"] + "==")),
        refused("nonce in plain base64", nonce("+" * 21 + "A")),
        refused("nonce is null", nonce(None)),
        refused("license is empty", lambda r: r.update(license="")),
        refused("license is a list", lambda r: r.update(license=["CC0-1.0"])),
        refused("credentialSubject with name", lambda r: r["credentialSubject"].update(name="x")),
        refused("profile is null", lambda r: r["credentialSubject"].update(profile=None)),
        refused("credentialSchema in an array", lambda r: r.update(credentialSchema=[r["credentialSchema"]])),
        edited("members: type names another credential", _other_credential, "SIG-20", "*"),
        edited("members: type without VerifiableCredential", lambda r: r["type"].pop(0), "SIG-20", "*"),
        edited("members: issuer is an object", lambda r: r.update(issuer={"id": r["issuer"]}), "SIG-22", "*"),
        edited("members: revision is a string", lambda r: r.update(revision="1"), "SIG-20", "*"),
        edited("members: revision is true", lambda r: r.update(revision=True), "SIG-20", "*"),
        edited("members: revision is 0", lambda r: _revise(r, 0), "SIG-20", "*", revision=1),
    ]


def _other_credential(record: Record) -> None:
    record["type"][1] = "InstitutionCredential"


def _revise(record: Record, revision: int) -> None:
    record.update(revision=revision, id=f"{profile_of(record)['id']}/{revision}")


def _rename(record: Record, subject: str) -> None:
    record["credentialSubject"]["id"] = profile_of(record)["id"] = subject
    record["id"] = f"{subject}/1"


def name_cases() -> list[Case]:
    """SIG-21 to SIG-24, LOG-21."""
    foreign = subject_id("acme", OTHER_ORIGIN)
    beta = subject_id("beta")

    def foreign_record() -> bytes:
        record = draft()
        _rename(record, foreign)
        record["issuer"] = f"did:web:{OTHER_ORIGIN}"
        return canonical(sign(record, KEY, origin=OTHER_ORIGIN))

    institution = profile("acme", "institution")
    as_institution = unsigned(institution, revision=1, time=TIME, name="acme 1")
    context = "https://w3id.org/entrepot/ns/v1"
    subject, time, revision = "key.subject", "key.time", "log.revision"
    return [
        edited("names: second revision, well counted", lambda r: _revise(r, 2), "LOG-21", "", revision=2),
        edited("names: revision above the count", lambda r: _revise(r, 2), "LOG-21", revision),
        case("names: revision below the count", GOOD_BYTES, "LOG-21", revision, revision=2),
        edited(
            "names: id with another revision",
            lambda r: r.update(id=f"{subject_id('acme')}/2"),
            "SIG-23",
            subject,
        ),
        edited("names: id without revision", lambda r: r.update(id=subject_id("acme")), "SIG-23", subject),
        edited(
            "names: revision with leading zero in id",
            lambda r: r.update(id=f"{r['id'][:-1]}01"),
            "SIG-23",
            subject,
        ),
        case("names: everything of another origin", foreign_record(), "SIG-22", "*"),
        edited("names: subject of another origin", lambda r: _rename(r, foreign), "SIG-23", subject),
        edited("names: another subject than the entry's", lambda r: _rename(r, beta), "LOG-21", subject),
        edited(
            "names: profile about another subject", lambda r: profile_of(r).update(id=beta), "SIG-23", subject
        ),
        edited(
            "names: credentialSubject about another subject",
            lambda r: r["credentialSubject"].update(id=beta),
            "SIG-23",
            subject,
        ),
        edited(
            "names: profile of another type",
            lambda r: profile_of(r).update(type="institution"),
            "SIG-23",
            subject,
        ),
        case("names: another type than the entry's", canonical(sign(as_institution, KEY)), "LOG-21", subject),
        case("names: another time than the entry's", GOOD_BYTES, "LOG-21", time, time="2026-05-04T09:30:01Z"),
        proof_edited("names: created differs", "SIG-24", time, created="2026-05-04T09:30:01Z"),
        edited(
            "names: validFrom with offset",
            lambda r: r.update(validFrom="2026-05-04T09:30:00+00:00"),
            "SIG-24",
            "*",
        ),
        edited("names: context twice", lambda r: r["@context"].append(context), "SIG-21", "key.context"),
        edited("names: context in other order", lambda r: r["@context"].reverse(), "SIG-21", "key.context"),
        edited(
            "names: context is a string",
            lambda r: r.update({"@context": CONTEXT[0]}),
            "SIG-21",
            "key.context",
        ),
        proof_edited(
            "names: proof with another context", "SIG-21", "key.context", **{"@context": CONTEXT[:1]}
        ),
    ]
