"""What our node computes from profiles: states of relations and levels, for `conformance_judge`."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from entrepot_schema.level import level_of
from entrepot_schema.profile_check import profile_findings
from entrepot_schema.relation_state import relation_state

Members = dict[str, Any]


def judge_relation(relation: Members, others: list[Members], now: str) -> Members:
    """Compare a relation with what else was published."""
    found = relation_state(relation, others, now=datetime.fromisoformat(now))
    return {
        "state": found.state,
        "commitment": found.commitment,
        "counterpart": found.counterpart,
        "differences": list(found.differences),
        "stale": found.is_stale,
    }


def judge_level(profile: Members, now: str) -> Members:
    """The level of a profile, by all findings about it."""
    at = datetime.fromisoformat(now)
    return {"level": level_of(profile, profile_findings(profile, now=at), now=at).level.name.lower()}
