"""How a client behaves towards a node: how long it waits, how often it tries, how it names itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Manners:
    """How patient a client is. `retries` counts tries after the first; `longest_wait` is for one pause, in seconds."""

    timeout_seconds: float = 30.0
    retries: int = 4
    longest_wait: float = 60.0
    user_agent: str = "entrepot-client"


PATIENT = Manners()
