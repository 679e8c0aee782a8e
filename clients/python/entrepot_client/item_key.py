"""What an item of a list is known by when its page is read again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def item_key(item: Mapping[str, Any]) -> str:
    """The digest of its place in a log, which stays while its state may change; without one, of all of it."""
    known = [item[name] for name in ("feed", "index") if name in item]
    text = json.dumps(known if len(known) > 1 else item, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:16]
