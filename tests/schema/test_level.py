"""Levels of records, and the next step."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot_schema import catalog
from entrepot_schema.findings import finding
from entrepot_schema.level import Level, level_of, steps
from entrepot_schema.profile_check import profile_findings

NOW = datetime(2026, 11, 24, tzinfo=UTC)
EXAMPLES = Path(__file__).parents[2] / "schema" / "examples"
TWO = {"it": "Facciamo.", "en": "We do."}
Profile = dict[str, Any]

# What makes the minimal example of a type findable, in the order in which it is asked for.
ADDED: dict[str, list[tuple[str, Profile]]] = {
    "cluster": [
        ("summary-languages", {"summary": TWO}),
        ("external-service", {"services": [{"service": "events", "audience": "external"}]}),
        ("international-contact", {"contacts": [{"role": "international", "form": "https://biomed.example/ask"}]}),
    ],
    "company": [
        ("summary-languages", {"summary": TWO}),
        ("capability", {"capabilities": ["discovery"]}),
        ("sectors", {"sectors": ["biopharma"]}),
        ("contact", {"website": "https://acme.example/"}),
        ("name-abroad", {"name": {"zh-Hans": "示例", "en": "Example"}}),
    ],
    "institution": [
        ("summary-languages", {"summary": TWO}),
        ("expertise", {"expertise": TWO}),
        ("sectors", {"sectors": ["biopharma"]}),
        ("contact", {"website": "https://acme.example/"}),
    ],
    "relation": [
        ("entry-point", {"entryPoint": {"service": "events", "contactRole": "international"}}),
        ("summary-languages", {"summary": TWO}),
        ("sectors", {"sectors": ["biopharma"]}),
    ],
    "opportunity": [
        ("title-languages", {"title": TWO, "summary": TWO}),
        ("partner-sought", {"partnerSought": {"kinds": ["company"]}}),
    ],
}  # fmt: skip


def minimal(kind: str) -> Profile:
    profile: Profile = json.loads((EXAMPLES / f"{kind}-minimal.json").read_text("utf-8"))
    return {**profile, "updated": "2026-11-01"}


def next_step(profile: Profile) -> str:
    found = profile_findings(profile, now=NOW)
    assert [one for one in found if one.severity == "error"] == []
    standing = level_of(profile, found, now=NOW)
    assert (standing.next is None) == (standing.level == Level.FINDABLE)
    return standing.next.key if standing.next else ""


def findable(kind: str) -> Profile:
    profile = minimal(kind)
    for _, more in ADDED[kind]:
        profile |= more
    return profile


@pytest.mark.parametrize("kind", catalog.TYPES)
def test_from_sound_to_findable_step_by_step(kind: str) -> None:
    """PRO-95, PRO-96."""
    profile = minimal(kind)
    for name in ("sectors", "entryPoint") if kind == "relation" else ():
        profile.pop(name, None)
    for key, more in ADDED[kind]:
        assert next_step(profile) == key
        profile |= more
    assert next_step(profile) == ""


@pytest.mark.parametrize("kind", catalog.TYPES)
def test_a_record_of_last_year_waits_to_be_confirmed(kind: str) -> None:
    """PRO-95: the warning about its age does not make it less than sound."""
    assert next_step({**findable(kind), "updated": "2025-11-01"}) == "confirm"


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ({"summary": {"zh-Hans": "生物", "zh-Latn-pinyin": "shengwu"}}, "summary-languages"),
        ({"summary": {"en": "We do.", "und": "Facciamo."}}, "summary-languages"),
        ({"name": {"zh-Hans": "生物园区"}}, "name-abroad"),
        ({"name": {"zh-Hans": "生物园区", "zh-Latn-pinyin": "Shēngwù yuánqū"}}, ""),
        ({"name": {"zh-Hans": "生物园区", "ja": "生物園区"}}, ""),
        ({"name": {"de": "Größe & Söhne 2"}}, ""),
        (
            {"services": [{"service": "events", "audience": "members"}, {"service": "events"}]},
            "external-service",
        ),
        ({"services": [{"service": "events", "audience": "both"}]}, ""),
        ({"contacts": [{"role": "general", "form": "https://biomed.example/ask"}]}, "international-contact"),
    ],
)
def test_what_counts_for_a_cluster(change: Profile, key: str) -> None:
    """PRO-95."""
    assert next_step({**findable("cluster"), **change}) == key


def test_an_opportunity_that_is_over_is_not_findable() -> None:
    """PRO-95."""
    over = {**findable("opportunity"), "opens": "2026-01-01", "closes": "2026-11-01"}

    assert next_step(over) == "open"
    assert next_step({**findable("opportunity"), "status": "fulfilled"}) == "open"


def test_errors_come_first() -> None:
    """PRO-94: and warnings lower nothing."""
    profile = findable("company")

    def level(*codes: str, severity: Any = "error") -> tuple[int, str]:
        found = [finding(code, "wrong", severity=severity) for code in codes]
        standing = level_of(profile, found, now=NOW)
        return int(standing.level), standing.next.key if standing.next else ""

    assert level() == (3, "")
    assert level("code.stale", "cross.member-of", severity="warning") == (3, "")
    assert [level(code) for code in ("code.date", "cross.self", "privacy.mobile")] == [(1, "mend-rules")] * 3
    assert level("code.date", "schema.enum") == (0, "mend-schema")
    assert level_of(7, profile_findings(7, now=NOW), now=NOW).level == Level.READABLE


def test_every_step_has_one_key_and_one_sentence() -> None:
    keys = [step.key for step in steps()]

    assert len(keys) == len(set(keys)) > 10
    assert all(step.sentence.endswith(".") for step in steps())
    assert {key for checks in ADDED.values() for key, _ in checks} <= set(keys)
