"""The one exception of the reader."""

from __future__ import annotations


class RuleError(Exception):
    """Bytes that break a rule of the standard. `code` is the reason code of the spec, e.g. `json.number`."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.code = code


def require(condition: object, code: str, message: str) -> None:
    """Raise `RuleError(code, message)` unless `condition` holds."""
    if not condition:
        raise RuleError(code, message)
