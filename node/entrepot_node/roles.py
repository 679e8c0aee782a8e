"""What a process of a node does: all of it, or a part where several processes share one store."""

from __future__ import annotations

from typing import Literal

Role = Literal["all", "web", "pull"]
ALL: Role = "all"
WEB: Role = "web"
"""Answers requests."""
PULL: Role = "pull"
"""Pulls, pushes and tends."""
