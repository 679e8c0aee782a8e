"""What is wrong with one profile: the layers S, C and P, for laptop, importer, form, API and write path alike.

Layers build on each other: a profile that breaks its schema gets no findings of later layers. Errors keep a profile
from being signed; warnings and information are shown beside it. `now` is an argument: nothing here asks a clock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.classifications import classification_findings
from entrepot_schema.code_lists import code_findings
from entrepot_schema.dates import date_findings
from entrepot_schema.extensions import extension_findings
from entrepot_schema.field_values import FieldValues, field_values
from entrepot_schema.findings import Finding, finding
from entrepot_schema.identifier_rules import identifier_findings
from entrepot_schema.languages import language_findings
from entrepot_schema.mailboxes import mailbox_findings
from entrepot_schema.places import place_findings
from entrepot_schema.privacy import privacy_findings
from entrepot_schema.record_size import count_findings, size_findings
from entrepot_schema.schema_check import schema_refusals
from entrepot_schema.strict_json import MAX_RECORD_BYTES
from entrepot_schema.telephones import telephone_findings
from entrepot_schema.texts import text_findings
from entrepot_schema.web_addresses import web_address_findings
from entrepot_schema.wire_rules import keeps_wire_rules, wire_refusals

_MOST_LISTED = 200


def profile_findings(profile: Any, *, now: datetime) -> list[Finding]:
    """Every finding about a profile, without file and line; with no error among them it may be signed."""
    if not isinstance(profile, dict):
        return [finding("schema.type", "a profile is a JSON object", hint="Write an object in { }.")]
    kind = profile.get("type")
    if kind not in catalog.TYPES:
        hint = "One of: " + ", ".join(catalog.TYPES)
        message = f"{str(kind)[:40]!r} is no record type"
        return [finding("schema.unknown-type", message, pointer="/type", hint=hint)]
    raw = canonical_bytes(profile)
    is_large = len(raw) > MAX_RECORD_BYTES
    if is_large and (too_many := list(count_findings(profile))):
        return too_many
    refused = list(schema_refusals(profile, catalog.profile_validator(kind)))
    if refused:
        return [Finding.of(fault) for fault in refused]
    if is_large:
        return list(size_findings(profile))
    wire = [] if keeps_wire_rules(profile, raw) else list(wire_refusals(profile))
    found = [*(Finding.of(fault) for fault in wire), *_publishing_findings(profile, now)]
    return _in_order(found) if len(found) > 1 else found


def _publishing_findings(profile: dict[str, Any], now: datetime) -> Iterator[Finding]:
    """The rules of layers C and P that gate publishing only (PRO-30 to PRO-69)."""
    values = field_values(profile)
    yield from date_findings(profile, now)
    for judge in _JUDGES:
        yield from judge(values)
    yield from identifier_findings(profile)
    yield from extension_findings(profile)


_JUDGES: tuple[Callable[[FieldValues], Iterator[Finding]], ...] = (
    language_findings,
    text_findings,
    place_findings,
    code_findings,
    classification_findings,
    web_address_findings,
    mailbox_findings,
    telephone_findings,
    privacy_findings,
)


def _in_order(found: list[Finding]) -> list[Finding]:
    """By pointer and code; of very many the errors first, so that a cut list still says that there are some."""
    if len(found) > _MOST_LISTED:
        found = sorted(found, key=lambda fault: fault.severity != "error")[:_MOST_LISTED]
    return sorted(found, key=lambda fault: (fault.pointer, fault.code))


def has_error(findings: Iterable[Finding]) -> bool:
    """Answer whether anything among the findings keeps a profile from being signed."""
    return any(found.severity == "error" for found in findings)


def same_profile(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Answer whether two profiles state the same."""
    return canonical_bytes(first) == canonical_bytes(second)
