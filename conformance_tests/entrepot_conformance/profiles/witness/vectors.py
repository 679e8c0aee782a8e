"""The requests of the golden vectors (`add-checkpoint.json`), each made anew about a log that the node follows.

The keys of the vectors are published, and a node follows nobody who uses them: so another key signs, and nothing else differs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from entrepot_conformance.making.witness_cases import Log, requests_about

from .rows import ACCEPT, REFUSE, Row
from .scene import WitnessScene
from .watched import body_of

_WORDS = {200: "It cosigns", 400: "It finds malformed", 403: "It finds unsigned", 404: "It does not know",
          409: "It finds stale", 413: "It finds too large", 422: "It finds inconsistent"}  # fmt: skip


def rows() -> Iterator[Row]:
    """Yield a row for each vector."""
    for family in requests_about(Log()):
        yield from map(_row, family)


def _row(case: dict[str, Any]) -> Row:
    name, status = case["name"], case["status"]
    slug = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")
    state = case["state"]["size"]
    title = f"{_WORDS[status]}, after size {state}: {name}"

    def act(scene: WitnessScene) -> None:
        _ask(scene, name, state, status, case.get("code", ""))

    return Row(slug, title, " ".join(case["ids"]), act, ACCEPT if status == 200 else REFUSE)


def _ask(scene: WitnessScene, name: str, state: int, status: int, code: str) -> None:
    log = scene.log_at(state)
    body = body_of(log.vectors[name])
    if status == 200:
        size = int(body.partition(b"\n\n")[2].split(b"\n")[1])
        scene.check_now(scene.accept(log, body, size))
    else:
        scene.refuse(log, body, status, code=code)
    if status != 422:  # two histories may have stopped it
        scene.put_back(log)
