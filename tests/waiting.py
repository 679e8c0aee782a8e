"""Waiting for what another process is about to do, when it tells nobody that it is done."""

from __future__ import annotations

import time
from collections.abc import Callable

_PATIENCE_SECONDS = 60.0  # after which a test gives up; nothing is asserted about time


def await_true(is_so: Callable[[], bool], what: str) -> None:
    """Look again and again until it is so."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < deadline, f"waited {_PATIENCE_SECONDS:g} seconds for {what}"
        time.sleep(0.05)  # between looks at what another process does
