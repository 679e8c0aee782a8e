"""How far a record has come, and the one thing that would help it most (PRO-94 to PRO-97).

    readable  it is JSON, but no valid profile
    valid     it fits its schema, but other rules are broken
    sound     no rule is broken
    findable  and strangers from other territories can find it, read it and answer

Levels never keep a record from being published; pages show them beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from typing import Any

from entrepot_schema.dates import is_before, is_stale, oldest_day
from entrepot_schema.findings import Finding

Profile = dict[str, Any]


class Level(IntEnum):
    """The four levels."""

    READABLE = 0
    VALID = 1
    SOUND = 2
    FINDABLE = 3


@dataclass(frozen=True, slots=True)
class Step:
    """The next thing to do. The key is stable, for translations; the sentence is in English."""

    key: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Standing:
    """The level of a record and the next step up; None at the top."""

    level: Level
    next: Step | None


_MEND_SCHEMA = Step("mend-schema", "Correct the fields that do not fit the schema.")
_MEND_RULES = Step("mend-rules", "Correct what the errors name; then the record can be published.")


def level_of(profile: Any, findings: Iterable[Finding], *, now: datetime) -> Standing:
    """Tell the level of a profile from all findings about it, and what to add next."""
    broken = {found.layer for found in findings if found.severity == "error"}
    if broken & {"J", "S"}:
        return Standing(Level.READABLE, _MEND_SCHEMA)
    if broken:
        return Standing(Level.VALID, _MEND_RULES)
    for step, is_done in _STEPS[profile["type"]]:
        if not is_done(profile, now):
            return Standing(Level.SOUND, step)
    return Standing(Level.FINDABLE, None)


def with_errors(standing: Standing) -> Standing:
    """The same, after an error in its place among other records became known."""
    return Standing(Level.VALID, _MEND_RULES) if standing.level > Level.VALID else standing


def _is_fresh(profile: Profile, now: datetime) -> bool:
    return not is_stale(profile["updated"], now)


def _has_two_languages(texts: dict[str, str]) -> bool:
    """Two languages; another script of one, such as pinyin, is none."""
    return len({tag.partition("-")[0] for tag in texts} - {"und"}) > 1


def _has_name_abroad(profile: Profile, _now: datetime) -> bool:
    """Answer whether a name can be read by strangers: in Latin letters, if only as pinyin, or in two languages."""
    return _has_two_languages(profile["name"]) or any(_is_latin(name) for name in profile["name"].values())


def _is_latin(text: str) -> bool:
    letters = [letter for letter in text if letter.isalpha()]
    return bool(letters) and all(letter < "\u0250" or "\u1e00" <= letter < "\u1f00" for letter in letters)


def _has_summaries(profile: Profile, _now: datetime) -> bool:
    return _has_two_languages(profile.get("summary", {}))


def _has_titles(profile: Profile, _now: datetime) -> bool:
    return _has_two_languages(profile["title"]) and _has_two_languages(profile["summary"])


def _serves_outsiders(profile: Profile, _now: datetime) -> bool:
    return any(service.get("audience") in ("external", "both") for service in profile.get("services", ()))


def _has_international_contact(profile: Profile, _now: datetime) -> bool:
    return any(contact["role"] == "international" for contact in profile.get("contacts", ()))


def _can_be_reached(profile: Profile, _now: datetime) -> bool:
    return any(profile.get(name) for name in ("contacts", "website", "memberOf"))


def _offers_something(profile: Profile, _now: datetime) -> bool:
    return bool(profile.get("expertise") or profile.get("openFacilities"))


def _has(name: str) -> Callable[[Profile, datetime], bool]:
    return lambda profile, now: name in profile


def _is_open(profile: Profile, now: datetime) -> bool:
    return bool(profile["status"] == "open" and not is_before(profile["closes"], oldest_day(now)))


_Check = tuple[Step, Callable[[Profile, datetime], bool]]

_CONFIRM = (Step("confirm", "Confirm the record: it is more than twelve months old."), _is_fresh)
_NAME = (
    Step(
        "name-abroad", "Add the name in a second language or in Latin letters, so that strangers can read it."
    ),
    _has_name_abroad,
)
_SUMMARY = (
    Step("summary-languages", "Add a summary in two languages, so that strangers can read it."),
    _has_summaries,
)
_SECTORS = (Step("sectors", "Add at least one sector: territories search by sectors."), _has("sectors"))
_REACH = (Step("contact", "Add a contact, a web site or the cluster to ask."), _can_be_reached)

# In this order: what helps a stranger most comes first.
_STEPS: dict[str, tuple[_Check, ...]] = {
    "cluster": (
        _SUMMARY,
        (
            Step("external-service", "Add a service that is open to outsiders: it is what they come for."),
            _serves_outsiders,
        ),
        (
            Step("international-contact", "Add a contact with the role international: whom partners abroad write to."),
            _has_international_contact,
        ),
        _NAME,
        _CONFIRM,
    ),
    "company": (
        _SUMMARY,
        (Step("capability", "Add a capability: the step of the value chain that you offer."), _has("capabilities")),
        _SECTORS,
        _REACH,
        _NAME,
        _CONFIRM,
    ),
    "institution": (
        _SUMMARY,
        (Step("expertise", "Add your expertise, or a facility that others may use."), _offers_something),
        _SECTORS,
        _REACH,
        _NAME,
        _CONFIRM,
    ),
    "relation": (
        (Step("entry-point", "Add an entry point: where a company turns to."), _has("entryPoint")),
        (
            Step("summary-languages", "Add a summary in two languages: what a small company gets from the relation."),
            _has_summaries,
        ),
        _SECTORS,
        _CONFIRM,
    ),
    "opportunity": (
        (Step("title-languages", "Add title and summary in two languages, so that strangers can read them."), _has_titles),
        (Step("partner-sought", "Say which partner is sought."), _has("partnerSought")),
        (Step("open", "Open it again or extend the date: answers are no longer welcome."), _is_open),
        _CONFIRM,
    ),
}  # fmt: skip


def steps() -> tuple[Step, ...]:
    """All steps there are, each once, for translations."""
    found = [_MEND_SCHEMA, _MEND_RULES, *(step for checks in _STEPS.values() for step, _ in checks)]
    return tuple({step.key: step for step in found}.values())
