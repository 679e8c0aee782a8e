"""All organisations of the demonstration, each list at an origin of its own: what tests of searching fill stores with."""

from __future__ import annotations

import functools
import json
from importlib.resources import files
from typing import Any

from entrepot_node.storage.contract_feed import subject_id

_LISTS = {"eu.example": "eu.jsonl", "cn.example": "cn.jsonl", "parks.example": "parks.jsonl"}


@functools.cache
def organisations() -> dict[str, list[dict[str, Any]]]:
    """Profiles by origin."""
    data = files("entrepot_node.demo_data")
    return {
        origin: [json.loads(line) for line in data.joinpath(name).read_text("utf-8").splitlines()]
        for origin, name in _LISTS.items()
    }


def unsigned(profile: dict[str, Any], number: int, origin: str, *, day: str = "2026-11-24") -> bytes:
    """As much of a record as a store reads."""
    named = {**profile, "id": subject_id(number, origin)}
    document = {"validFrom": f"{day}T00:00:00Z", "credentialSubject": {"profile": named}}
    return json.dumps(document, ensure_ascii=False).encode()
