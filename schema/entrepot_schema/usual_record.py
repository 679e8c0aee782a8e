"""Records as nearly all are: byte for byte what signing writes around a profile, and nothing to refuse.

`usual_document` checks such a record at half the price. The bytes around the profile are written anew and compared, so only
the profile is read, and nothing looks for what might be wrong. It keeps every rule that `record.verify_record` keeps one by
one. Where it answers None, those are asked: they refuse the record and say why, or take it all the same.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes, read_again, sha256
from entrepot_schema.envelope import Statement, proof_of, proof_options, record_document, unsigned_document
from entrepot_schema.errors import Refused
from entrepot_schema.keys import PublicKey, decode_signature
from entrepot_schema.origin import subject_origin
from entrepot_schema.strict_json import MAX_DEPTH, MAX_INTEGER, MAX_RECORD_BYTES, is_plainly_strict
from entrepot_schema.timestamp import is_timestamp
from entrepot_schema.wire_rules import keeps_wire_rules

_HOLE = "?"  # for texts that differ from record to record; nothing else in an envelope holds it
_NUMBER_HOLE = MAX_INTEGER  # for the revision; too long a number for anything else
_MOST_FRAMES = 256
# Licence and nonce as their schemas want them; neither needs an escape.
_BEFORE_PROOF = re.compile(rb'([0-9A-Za-z][0-9A-Za-z.+-]{0,63})","nonce":"([0-9A-Za-z_-]{21}[AQgw])')
_FRACTION = re.compile(rb'":-?[0-9]+[.eE]')
_LEVELS_AROUND_PROFILE = 2


class _Parts(NamedTuple):
    """What a record says beyond its entry, and the 64 bytes that were signed."""

    statement: Statement
    profile: bytes
    license: str
    nonce: str
    proof_value: str
    message: bytes


class _Frame(NamedTuple):
    """The bytes between whatever differs among the records that one batch has of one type."""

    before_subject: bytes
    before_profile: bytes
    before_id: bytes
    before_license: bytes
    before_proof: bytes
    after_proof: bytes
    before_revision: bytes
    end: bytes
    options_digest: bytes


def usual_document(raw: bytes, statement: Statement, *, origin: str, key: PublicKey) -> dict[str, Any] | None:
    """Read and check the bytes of a record at once; None where its rules have to be asked one by one."""
    return usual_documents([(raw, statement)], origin=origin, key=key)[0]


def usual_documents(
    records: Sequence[tuple[bytes, Statement]], *, origin: str, key: PublicKey
) -> list[dict[str, Any] | None]:
    """The same of many, in order. Each step goes through all of them before the next, and finds its code and tables near the processor."""
    taken = [_take_apart(raw, statement, origin, key) for raw, statement in records]
    signed = [parts if parts and _is_signed(parts, key) else None for parts in taken]
    profiles = [read_again(parts.profile) if parts else None for parts in signed]
    fit = [
        profile if parts and profile and _fits(profile, parts) else None
        for parts, profile in zip(signed, profiles, strict=True)
    ]
    good = [
        profile if parts and profile and keeps_wire_rules(profile, parts.profile) else None
        for parts, profile in zip(signed, fit, strict=True)
    ]
    return [
        _document(profile, parts, origin, key) if parts and profile else None
        for parts, profile in zip(signed, good, strict=True)
    ]


def _document(profile: dict[str, Any], parts: _Parts, origin: str, key: PublicKey) -> dict[str, Any]:
    return record_document(
        profile,
        parts.statement,
        origin=origin,
        license=parts.license,
        nonce=parts.nonce,
        proof=proof_of(parts.statement.time, origin, key, parts.proof_value),
    )


def _is_plain(statement: Statement, origin: str) -> bool:
    """Answer whether what the entry says may stand in a record, and stands in JSON as it is."""
    return (
        statement.type in catalog.TYPES
        and subject_origin(statement.subject) == origin
        and is_timestamp(statement.time)
        and 1 <= statement.revision <= MAX_INTEGER
    )


@lru_cache(maxsize=_MOST_FRAMES)
def _frame(kind: str, time: str, origin: str, key: PublicKey) -> _Frame:
    statement = Statement(_HOLE, kind, time, _NUMBER_HOLE)
    bare = unsigned_document(_HOLE, statement, origin=origin, license=_HOLE, nonce=_HOLE)
    options = proof_options(time, origin, key)
    before_subject, before_profile, before_id, _slash, before_license, _nonce, before_revision, end = _cut(
        bare
    )
    before_value, after_value = _cut({**options, "proofValue": _HOLE})
    # A profile has no quotation marks around it, as its hole has.
    return _Frame(
        before_subject,
        before_profile.removesuffix(b'"'),
        before_id.removeprefix(b'"'),
        before_license,
        b'","proof":' + before_value,
        after_value,
        before_revision,
        end,
        sha256(canonical_bytes(options)),
    )


def _cut(document: dict[str, Any]) -> list[bytes]:
    text = canonical_bytes(document).decode().replace(str(_NUMBER_HOLE), _HOLE)
    return [part.encode() for part in text.split(_HOLE)]


def _take_apart(raw: bytes, statement: Statement, origin: str, key: PublicKey) -> _Parts | None:
    """Find the parts between the bytes that must stand around them.

    Where all of those are there, it does not matter how they were found: put together again, they are the record.
    """
    if len(raw) > MAX_RECORD_BYTES or not _is_plain(statement, origin):
        return None
    frame = _frame(statement.type, statement.time, origin, key)
    subject, revision = statement.subject.encode(), b"%d" % statement.revision
    head = frame.before_subject + subject + frame.before_profile
    before_license = b"%b%b/%b%b" % (frame.before_id, subject, revision, frame.before_license)
    tail = frame.before_revision + revision + frame.end
    end = frame.after_proof + tail[1:]
    if not (raw.startswith(head) and raw.endswith(end)):
        return None
    rest, _, proof_value = raw[len(head) : -len(end)].rpartition(frame.before_proof)
    profile, _, two = rest.rpartition(before_license)
    found = _BEFORE_PROOF.fullmatch(two)
    if not profile or not found or not proof_value.isalnum():
        return None
    license, nonce = found.groups()
    bare = raw[: -len(frame.before_proof) - len(proof_value) - len(end)] + tail
    return _Parts(
        statement,
        profile,
        license.decode(),
        nonce.decode(),
        proof_value.decode(),
        frame.options_digest + sha256(bare),
    )


def _is_signed(parts: _Parts, key: PublicKey) -> bool:
    try:
        signature = decode_signature(parts.proof_value)
    except Refused:
        return False
    return key.verify(signature, parts.message)


def _fits(profile: dict[str, Any], parts: _Parts) -> bool:
    """Answer whether a profile is the entry's and fits its schema.

    One that fits has only names of the schema and tags of languages, and no more than a few levels. So what SIG-04, SIG-06 and SIG-07
    ask for, only a fraction such as 1.0 or an extension can break.
    """
    statement, raw = parts.statement, parts.profile
    return (
        profile.get("id") == statement.subject
        and profile.get("type") == statement.type
        and not _FRACTION.search(raw)
        and catalog.profile_validator(statement.type).is_valid(profile)
        and ("ext" not in profile or is_plainly_strict(raw, MAX_DEPTH - _LEVELS_AROUND_PROFILE))
    )
