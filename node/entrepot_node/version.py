"""The version of this software, as installed."""

from __future__ import annotations

from functools import cache


@cache
def version() -> str:
    """The version of the installed distribution."""
    from importlib.metadata import version as installed

    return installed("entrepot")
