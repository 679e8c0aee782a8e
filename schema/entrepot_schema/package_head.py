"""What the head of a package says, against the clock and its records (PRO-82 to PRO-85)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.dates import is_before, newest_day
from entrepot_schema.findings import Finding, finding
from entrepot_schema.licences import licence_findings

RESERVED_PREFIXES = frozenset({"core", "entrepot", "ext", "node", "package", *catalog.TYPES})
_AHEAD = timedelta(days=1)


def fitting_head(head: dict[str, Any] | None) -> dict[str, Any] | None:
    """The head if it fits its schema; one that does not says nothing that can be relied on."""
    if head is None or not isinstance(head.get("records"), list):
        return None
    return head if catalog.validator("package").is_valid({**head, "records": []}) else None


class HeadCheck:
    """What records hold that the head must agree with."""

    def __init__(self) -> None:
        self._updated: dict[str, list[int]] = {}
        self._extensions: dict[tuple[str, str], list[int]] = {}

    def add(self, index: int, profile: dict[str, Any]) -> None:
        """Take in a profile that fits its schema."""
        self._updated.setdefault(profile["updated"], []).append(index)
        for prefix, extension in profile.get("ext", {}).items():
            self._extensions.setdefault((prefix, extension["schema"]), []).append(index)

    def findings(self, head: dict[str, Any], *, now: datetime) -> Iterator[tuple[int | None, Finding]]:
        """Yield what does not agree; the head fits its schema."""
        yield from ((None, found) for found in licence_findings(head["license"]))
        published = _time(head["published"])
        if published is None:
            message = f"{head['published']} is no time of the calendar"
            hint = "Look for a typing error in the day."
            yield None, finding("code.date", message, pointer="/published", hint=hint)
        else:
            if published > now + _AHEAD:
                message = f"{head['published']} is in the future"
                hint = "Write when the package was put together, with Z or the distance from UTC."
                yield None, finding("code.future-date", message, pointer="/published", hint=hint)
            yield from self._later_than(published)
        yield from _declarations(head)
        yield from self._undeclared(head)

    def _later_than(self, published: datetime) -> Iterator[tuple[int | None, Finding]]:
        last = _newest_day(published)
        for updated, places in self._updated.items():
            if is_before(last, updated):
                message = f"updated {updated} is later than the day the package was put together"
                hint = "Bring published of the package up to date, or correct updated."
                for index in places:
                    yield index, finding("code.date-order", message, pointer="/updated", hint=hint)

    def _undeclared(self, head: dict[str, Any]) -> Iterator[tuple[int | None, Finding]]:
        declared = {one["prefix"]: one["schema"] for one in reversed(head.get("extensions", []))}
        for (prefix, schema), places in self._extensions.items():
            if prefix not in declared:
                message = f"the extension {prefix} is not declared in the package"
                hint = f"Add it to `extensions` of the package, with the schema {schema[:200]}."
            elif declared[prefix] != schema:
                message = f"the package declares another schema for {prefix}"
                hint = f"There it is {declared[prefix][:200]}."
            else:
                continue
            for index in places:
                yield index, finding("code.extension", message, pointer=f"/ext/{prefix}", hint=hint)


def reserved_prefix_findings(profile: dict[str, Any]) -> Iterator[Finding]:
    """Yield the extensions of a profile that take a word of the standard as prefix."""
    for prefix in profile.get("ext", {}):
        if prefix in RESERVED_PREFIXES:
            yield _reserved(prefix, f"/ext/{prefix}")


def _declarations(head: dict[str, Any]) -> Iterator[tuple[None, Finding]]:
    seen: set[str] = set()
    for place, extension in enumerate(head.get("extensions", ())):
        prefix, pointer = extension["prefix"], f"/extensions/{place}/prefix"
        if prefix in seen:
            message = f"the extension {prefix} is declared twice"
            hint = "Keep one of the two; another extension needs another prefix."
            yield None, finding("code.extension", message, pointer=pointer, hint=hint)
        elif prefix in RESERVED_PREFIXES:
            yield None, _reserved(prefix, pointer)
        seen.add(prefix)


def _reserved(prefix: str, pointer: str) -> Finding:
    message = f"{prefix} is a word of the standard and no prefix of an extension"
    return finding("code.extension", message, pointer=pointer, hint="Choose another prefix.")


def _time(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _newest_day(published: datetime) -> str:
    """The last day that can have begun anywhere when a package was put together."""
    try:
        return newest_day(published)
    except OverflowError:  # in the last hours of the year 9999, or the first of the year 1
        return published.date().isoformat()
