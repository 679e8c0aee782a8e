"""The real organisations of each demo node, as `build.py` wrote them."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

from entrepot_node.demo_data.invented import NODES

LICENSE = "CC0-1.0"
"""The licence of these records, from their source; it goes into what is published."""


def load_organisations(node: str) -> list[dict[str, Any]]:
    """Load the profiles of real organisations that a demo node publishes, without id.

    KeyError for an unknown node.
    """
    text = (resources.files(__package__) / NODES[node].file).read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]
