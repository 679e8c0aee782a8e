"""Our reader and our witness give the verdicts of the golden vectors, which other code has made (LOG-70 to LOG-77)."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from entrepot_sync import note
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.cosignature import cosignatures_of, parse_cosigner_vkey
from entrepot_sync.note import parse_vkey
from entrepot_sync.witness import (
    MAX_REQUEST_BYTES,
    LogHead,
    WitnessRefused,
    judge_growth,
    parse_add_checkpoint,
    require_known_signer,
)

FOLDER = Path(__file__).parents[2] / "conformance_tests" / "vectors"
COSIGNATURES = json.loads((FOLDER / "cosignatures.json").read_text("utf-8"))
REQUESTS = json.loads((FOLDER / "add-checkpoint.json").read_text("utf-8"))


@pytest.mark.parametrize("case", COSIGNATURES["cases"], ids=lambda case: case["name"])
def test_the_lines_that_count(case: dict[str, Any]) -> None:
    raw = base64.b64decode(case["raw"])
    keys = [parse_cosigner_vkey(vkey) for vkey in COSIGNATURES["cosigners"]]

    open_checkpoint(raw, COSIGNATURES["feed"], [parse_vkey(COSIGNATURES["vkey"])])
    found = cosignatures_of(note.split(raw), keys)

    assert [{"name": one.key.name, "time": one.time} for one in found] == case["counted"]


@pytest.mark.parametrize("case", REQUESTS["cases"], ids=lambda case: case["name"])
def test_the_answers_of_a_witness(case: dict[str, Any]) -> None:
    body = base64.b64decode(case["body"])
    keys = {origin: [parse_vkey(vkey)] for origin, vkey in REQUESTS["vkeys"].items()}
    try:
        request = parse_add_checkpoint(body)
        require_known_signer(request, keys.get)
        state = case["state"]
        judge_growth(request, LogHead(request.head.origin, state["size"], bytes.fromhex(state["root"])))
        found = (200, "", None)
    except WitnessRefused as refused:
        status = 413 if len(body) > MAX_REQUEST_BYTES else refused.status  # the route has not read so far
        found = (status, refused.code, refused.size)

    assert found == (case["status"], case.get("code", ""), case.get("size"))
