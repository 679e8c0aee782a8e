"""What keeps profiles from being signed: the findings of each, of all together, and of the records they would become."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from entrepot_node.orders import Publication, PublishRefused
from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.cross_record import CrossRecord
from entrepot_schema.errors import Refused
from entrepot_schema.findings import Finding, finding
from entrepot_schema.licences import licence_findings
from entrepot_schema.origin import subject_origin
from entrepot_schema.profile_check import has_error, profile_findings
from entrepot_schema.strict_json import MAX_RECORD_BYTES, read_json

_ENVELOPE_BYTES = 1_400  # of a record around its profile, beside the origins in it
_ORIGINS = 8

Draft = tuple[dict[str, Any], str]
"""A profile and the licence it is to have."""


def require_publishable(
    drafts: Sequence[Publication], origin: str, types: Mapping[str, str], now: datetime
) -> None:
    """Raise `PublishRefused`, with all faults, where any draft may not be signed. `types`: those of known subjects."""
    found = draft_faults([(draft.profile, draft.license) for draft in drafts], origin, types, now)
    errors = [fault for fault in found if fault[1].severity == "error"]
    if errors:
        raise PublishRefused(sorted(errors, key=lambda fault: fault[0]))


def draft_faults(
    drafts: Sequence[Draft], origin: str, types: Mapping[str, str], now: datetime
) -> Iterator[tuple[int, Finding]]:
    """Judge drafts that are published together; each fault with the place of its draft. `types`: those of known subjects."""
    together = CrossRecord()
    theirs: dict[str, str] = {}
    for place, (profile, license) in enumerate(drafts):
        found = list(_json_findings(profile)) or profile_findings(profile, now=now)
        together.add(profile, fits=all(one.layer not in ("J", "S") for one in found))
        yield from ((place, fault) for fault in found)
        if has_error(found):
            continue
        subject, kind = profile["id"], profile["type"]
        if subject_origin(subject) != origin:
            yield place, finding("key.subject", f"the id is not one of {origin}", pointer="/id")
        before = theirs.setdefault(subject, types.get(subject, kind))
        if before != kind:
            yield place, finding("log.type", f"{subject} is of type {before} for ever", pointer="/type")
        yield from ((place, fault) for fault in _envelope_findings(profile, license, origin))
    # Without a head: what they refer to may be live already, so only what they say of one another counts.
    yield from ((place or 0, fault) for place, fault in together.findings(None, now=now))


def _envelope_findings(profile: dict[str, Any], license: str, origin: str) -> Iterator[Finding]:
    """What only the whole record could break, found before anything is signed."""
    form = catalog.schema("common")["$defs"]["license"]
    if len(license) > form["maxLength"] or not re.fullmatch(form["pattern"], license):
        hint = "An SPDX identifier, such as CC0-1.0 or CC-BY-4.0."
        yield finding("schema.pattern", f"{license[:60]!r} is no licence", pointer="/license", hint=hint)
    else:
        yield from licence_findings(license)
    size = len(canonical_bytes(profile))
    if size + _ENVELOPE_BYTES + _ORIGINS * len(origin) > MAX_RECORD_BYTES:
        hint = "Shorten texts or drop languages; long material belongs on the organisation's own web site."
        yield finding("json.too-large", f"the profile has {size} bytes; too many for a record", hint=hint)


def _json_findings(profile: dict[str, Any]) -> Iterator[Finding]:
    """Layer J for values that were made in memory: what is signed must read back as what was meant, as deep as it will stand."""
    stated = {"credentialSubject": {"profile": profile}}
    try:
        if read_json(canonical_bytes(stated)) != stated:
            yield finding(
                "json.syntax", "the profile holds values that JSON has no form for, such as NaN or dates"
            )
    except Refused as refused:
        yield Finding.of(refused)
    except TypeError as error:
        yield finding("json.syntax", f"the profile cannot be written as JSON: {error}")
