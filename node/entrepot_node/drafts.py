"""Drafts: profiles that are to be signed, as their canonical bytes, which take little memory and travel between processes.

Bytes that were read strictly are known to read back as what was meant. Values that a program has made have to show it.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

import orjson

from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.errors import Refused
from entrepot_schema.findings import Finding, finding
from entrepot_schema.strict_json import MAX_DEPTH, MAX_RECORD_BYTES, read_json

_AROUND = b'{"credentialSubject":{"profile":%b}}'
_AROUND_BYTES = len(_AROUND) - len(b"%b")
_AROUND_DEPTH = 2


class Draft(NamedTuple):
    """A profile to publish. `subject`: None where a new one is to be minted, empty where the id is no text.

    `by_default`: nobody named the licence, so a live record keeps the one it has. `is_read`: the bytes were made of what the
    strict reader gave. `fault`: why there is no form of it in JSON.
    """

    raw: bytes
    license: str
    by_default: bool = False
    is_read: bool = False
    subject: str | None = None
    type: str = ""
    country: str = ""
    fault: Finding | None = None

    @property
    def profile(self) -> dict[str, Any]:
        """The profile, read anew each time."""
        profile: dict[str, Any] = orjson.loads(self.raw)
        return profile

    def named(self, subject: str) -> Draft:
        """The same with the id of its subject."""
        if self.fault is not None:
            return self._replace(subject=subject)
        return self._replace(raw=canonical_bytes({**self.profile, "id": subject}), subject=subject)


def read_draft(profile: dict[str, Any], license: str, *, by_default: bool) -> Draft:
    """A draft of what the strict reader has read."""
    # A copy has the memory it needs; orjson asks for up to twice as much and leaves holes.
    raw = bytes(memoryview(canonical_bytes(profile)))
    return _draft(profile, license, by_default)._replace(raw=raw, is_read=True)


def made_draft(profile: dict[str, Any], license: str, *, by_default: bool) -> Draft:
    """A draft of values made in memory; where they are none of JSON's, it has a fault and only its id counts."""
    draft = _draft(profile, license, by_default)
    try:
        raw = canonical_bytes(profile)
    except TypeError as error:
        fault = finding("json.syntax", f"the profile cannot be written as JSON: {error}")
        return draft._replace(fault=fault, raw=_only_id(draft))
    if orjson.loads(raw) == profile:
        return draft._replace(raw=raw)
    _, found = read_strictly(draft._replace(raw=raw))
    unlike = finding(
        "json.syntax", "the profile holds values that JSON has no form for, such as NaN or dates"
    )
    return draft._replace(fault=found[0] if found else unlike, raw=_only_id(draft))


def read_strictly(draft: Draft) -> tuple[dict[str, Any], list[Finding]]:
    """The profile of a draft, and the findings of layer J: what is signed must read back as what was meant.

    As deep as it will stand, in the record. What was read strictly before can only be too deep or too large there.
    """
    if draft.fault is not None:
        return {}, [draft.fault]
    raw = draft.raw
    brackets = raw.count(b"{") + raw.count(b"[")
    if (
        draft.is_read
        and brackets + _AROUND_DEPTH <= MAX_DEPTH
        and len(raw) + _AROUND_BYTES <= MAX_RECORD_BYTES
    ):
        return draft.profile, []
    try:
        stated = read_json(_AROUND % raw)
    except Refused as refused:
        return {}, [Finding.of(refused)]
    profile: dict[str, Any] = stated["credentialSubject"]["profile"]
    return profile, []


def _draft(profile: dict[str, Any], license: str, by_default: bool) -> Draft:
    subject = profile.get("id") if "id" in profile else None
    return Draft(
        b"",
        license,
        by_default,
        subject=None if "id" not in profile else subject if isinstance(subject, str) else "",
        type=_shared(profile.get("type")),
        country=_shared(_country(profile)),
    )


def _only_id(draft: Draft) -> bytes:
    try:
        return canonical_bytes({"id": draft.subject} if draft.subject else {})
    except TypeError:
        return b"{}"  # the id is what cannot be written


def _shared(value: Any) -> str:
    """One text in memory for all drafts that have it; short ones only, as it stays."""
    return sys.intern(str(value)) if isinstance(value, str) and len(value) <= 32 else ""


def _country(profile: dict[str, Any]) -> Any:
    """The first country, of any profile: whether it fits its schema is not known yet."""
    places = profile.get("locations")
    first = places[0] if isinstance(places, list) and places else None
    return first.get("country") if isinstance(first, dict) else None
