"""What one record says of its place among others and cannot mean (layer X)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from entrepot_schema.dates import is_before
from entrepot_schema.findings import Finding, finding
from entrepot_schema.package_head import reserved_prefix_findings

_PARTS = {
    "smes": ("companies", "total"),
    "companies": ("total",),
    "research": ("total",),
    "public": ("total",),
}


def own_findings(profile: dict[str, Any]) -> Iterator[Finding]:
    """Yield the findings of layer X that need no other record. The profile fits its schema."""
    if profile["type"] == "relation":
        yield from _to_itself(profile)
    yield from _memberships(profile.get("memberOf", ()))
    yield from _counts(profile.get("memberCounts", {}))
    yield from _lineage(profile)
    yield from reserved_prefix_findings(profile)


def _to_itself(profile: dict[str, Any]) -> Iterator[Finding]:
    if profile["from"] == profile["to"]:
        hint = "Name the other cluster."
        yield finding("cross.self", "a cluster has no relation to itself", pointer="/to", hint=hint)


def _memberships(memberships: list[dict[str, Any]]) -> Iterator[Finding]:
    for place, membership in enumerate(memberships):
        since, until = membership.get("since"), membership.get("until")
        if since and until and is_before(until, since):
            message = f"the membership ends ({until}) before it begins ({since})"
            hint = "One of the two is wrong; look for swapped dates."
            yield finding("cross.date-order", message, pointer=f"/memberOf/{place}/until", hint=hint)


def _counts(counts: dict[str, Any]) -> Iterator[Finding]:
    """A part is never more than the whole, as far as both are counted."""
    for part, wholes in _PARTS.items():
        whole = next((name for name in wholes if name in counts), part)
        if counts.get(part, 0) > counts.get(whole, 0):
            message = (
                f"{part} ({counts[part]}) are more than {whole} ({counts[whole]}), of which they are a part"
            )
            hint = "Count anew, or leave out what is not known."
            yield finding("cross.counts", message, pointer=f"/memberCounts/{part}", hint=hint)


def _lineage(profile: dict[str, Any]) -> Iterator[Finding]:
    if profile.get("partOf") == profile["id"]:
        hint = "Name the cluster above it, or leave partOf out."
        yield finding("cross.part-of", "a cluster is no part of itself", pointer="/partOf", hint=hint)
    successors = profile.get("succeededBy", [])
    if successors and profile["status"] == "active":
        hint = "Set status to merged or dissolved, or leave succeededBy out."
        message = "an active organisation has no successor"
        yield finding("cross.succeeded-by", message, pointer="/succeededBy", hint=hint)
    if profile["id"] in successors:
        place = successors.index(profile["id"])
        message = "an organisation is not its own successor"
        hint = "Name the organisation that took over, or leave succeededBy out."
        yield finding("cross.succeeded-by", message, pointer=f"/succeededBy/{place}", hint=hint)
