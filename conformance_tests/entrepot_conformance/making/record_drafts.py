"""The good record of the vectors, and cases made from it by one change."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Callable
from typing import Any

from entrepot_conformance.reader.strict_json import canonical

from . import lines
from .files import base64_text
from .profiles import Record, profile, sign, unsigned
from .seeds import subject_id

TIME = "2026-05-04T09:30:00Z"
KEY = lines.RECORD_1
Edit = Callable[[Record], object]
Case = dict[str, Any]


def draft(**members: Any) -> Record:
    """Return the good record of the vectors without proof."""
    body = profile(
        "acme",
        summary={
            "en": "Family-run maker of carbon-fibre parts for rail interiors and medical devices.",
            "de": "Inhabergeführter Hersteller von Bauteilen aus Carbonfaser für Züge und Medizintechnik.",
        },
        website="https://brightwell-composites.example",
        founded="1998",
        languages=["de", "en"],
    )
    return unsigned(body | members, revision=1, time=TIME, name="acme 1")


def case(name: str, raw: bytes, ids: str, code: str = "", *, state: str = "line 1", **entry: Any) -> Case:
    """Build a case; keyword arguments replace what the entry says."""
    facts = {"subject": subject_id("acme"), "type": "company", "time": TIME, "revision": 1}
    facts |= {"digest": hashlib.sha256(raw).hexdigest(), **entry}
    verdict = {"expect": "refuse", "code": code} if code else {"expect": "accept"}
    return {
        "name": name,
        "ids": ids.split(),
        **verdict,
        "state": state,
        "entry": facts,
        "raw": base64_text(raw),
    }


def edited(name: str, edit: Edit, ids: str, code: str, **more: Any) -> Case:
    """Build a case from the good draft, edited and then signed."""
    record = draft()
    edit(record)
    return case(name, canonical(sign(record, KEY)), ids, code, **more)


def proof_edited(name: str, ids: str, code: str, **members: Any) -> Case:
    """Build a case whose proof has other members, signed that way."""
    return case(name, canonical(sign(draft(), KEY, **members)), ids, code)


GOOD = sign(draft(), KEY)
GOOD_BYTES = canonical(GOOD)


def tampered(name: str, edit: Edit, ids: str, code: str, **more: Any) -> Case:
    """Build a case from the good record, changed after signing."""
    record = copy.deepcopy(GOOD)
    edit(record)
    return case(name, canonical(record), ids, code, **more)


def profile_of(record: Record) -> Record:
    """Return the profile inside a record."""
    found: Record = record["credentialSubject"]["profile"]
    return found
