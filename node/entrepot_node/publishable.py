"""What keeps profiles from being signed: the findings of each, of all together, and of the records they would become.

Each draft is judged by itself, here or in a worker; what they say of one another is judged where all of them are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from entrepot_node.drafts import Draft, read_strictly
from entrepot_node.orders import PublishRefused
from entrepot_node.workers import Workers
from entrepot_schema import catalog
from entrepot_schema.cross_record import CrossRecord
from entrepot_schema.findings import Finding, finding
from entrepot_schema.licences import licence_findings
from entrepot_schema.origin import subject_origin
from entrepot_schema.profile_check import has_error, profile_findings
from entrepot_schema.strict_json import MAX_RECORD_BYTES

_ENVELOPE_BYTES = 1_400  # of a record around its profile, beside the origins in it
_ORIGINS = 8
_JOB_DRAFTS = 128


class Judgement(NamedTuple):
    """The errors of a draft by itself: of the profile, and of the record it would become. `fits`: it fits its schema."""

    fits: bool = True
    own: Sequence[Finding] = ()
    envelope: Sequence[Finding] = ()


SOUND = Judgement()


def require_publishable(
    drafts: Sequence[Draft],
    origin: str,
    types: Mapping[str, str],
    now: datetime,
    workers: Workers | None = None,
) -> None:
    """Raise `PublishRefused`, with all faults, where any draft may not be signed. `types`: those of known subjects."""
    judgements = judge_drafts(drafts, origin, now, workers)
    found = list(_faults(drafts, judgements, origin, types, now))
    errors = [fault for fault in found if fault[1].severity == "error"]
    if errors:
        raise PublishRefused(sorted(errors, key=lambda fault: fault[0]))


def judge_drafts(
    drafts: Sequence[Draft], origin: str, now: datetime, workers: Workers | None
) -> Iterator[Judgement]:
    """Judge each draft, in order; what workers do not answer is judged here."""
    jobs = [drafts[begin : begin + _JOB_DRAFTS] for begin in range(0, len(drafts), _JOB_DRAFTS)]
    if workers is None:
        for job in jobs:
            yield from (judge_draft(draft, origin, now) for draft in job)
        return
    asked = [workers.ask(_judge_job, job, origin, now) for job in jobs]
    for job, answer in zip(jobs, asked, strict=True):
        told = answer.result()
        if told is None or len(told) != len(job):
            told = _judge_job(job, origin, now)
        yield from (SOUND if judgement is None else judgement for judgement in told)


def _judge_job(drafts: Sequence[Draft], origin: str, now: datetime) -> list[Judgement | None]:
    """Judge some drafts; None for those without a fault, since nearly all are."""
    judged = (judge_draft(draft, origin, now) for draft in drafts)
    return [None if judgement is SOUND else judgement for judgement in judged]


def judge_draft(draft: Draft, origin: str, now: datetime) -> Judgement:
    """Judge one draft by itself."""
    profile, found = read_strictly(draft)
    if not found:
        found = profile_findings(profile, now=now)
    fits = all(one.layer not in ("J", "S") for one in found)
    if has_error(found):
        return Judgement(fits, [one for one in found if one.severity == "error"])
    envelope = [one for one in _envelope_findings(draft, origin) if one.severity == "error"]
    return Judgement(fits, (), envelope) if envelope or not fits else SOUND


def _faults(
    drafts: Sequence[Draft],
    judgements: Iterable[Judgement],
    origin: str,
    types: Mapping[str, str],
    now: datetime,
) -> Iterator[tuple[int, Finding]]:
    """All faults of drafts that are published together, each with the place of its draft."""
    together = CrossRecord()
    theirs: dict[str, str] = {}
    for place, (draft, judgement) in enumerate(zip(drafts, judgements, strict=True)):
        profile = draft.profile
        together.add(profile, fits=judgement.fits)
        yield from ((place, fault) for fault in judgement.own)
        if judgement.own:
            continue
        yield from ((place, fault) for fault in _subject_faults(profile, theirs, types, origin))
        yield from ((place, fault) for fault in judgement.envelope)
    # Without a head: what they refer to may be live already, so only what they say of one another counts.
    yield from ((place or 0, fault) for place, fault in together.findings(None, now=now))


def _subject_faults(
    profile: dict[str, Any], theirs: dict[str, str], types: Mapping[str, str], origin: str
) -> Iterator[Finding]:
    subject, kind = profile["id"], profile["type"]
    if subject_origin(subject) != origin:
        yield finding("key.subject", f"the id is not one of {origin}", pointer="/id")
    before = theirs.setdefault(subject, types.get(subject, kind))
    if before != kind:
        yield finding("log.type", f"{subject} is of type {before} for ever", pointer="/type")


def _envelope_findings(draft: Draft, origin: str) -> Iterator[Finding]:
    """What only the whole record could break, found before anything is signed."""
    form = catalog.schema("common")["$defs"]["license"]
    license = draft.license
    if len(license) > form["maxLength"] or not re.fullmatch(form["pattern"], license):
        hint = "An SPDX identifier, such as CC0-1.0 or CC-BY-4.0."
        yield finding("schema.pattern", f"{license[:60]!r} is no licence", pointer="/license", hint=hint)
    else:
        yield from licence_findings(license)
    size = len(draft.raw)
    if size + _ENVELOPE_BYTES + _ORIGINS * len(origin) > MAX_RECORD_BYTES:
        hint = "Shorten texts or drop languages; long material belongs on the organisation's own web site."
        yield finding("json.too-large", f"the profile has {size} bytes; too many for a record", hint=hint)
