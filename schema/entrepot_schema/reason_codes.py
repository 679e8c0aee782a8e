"""What the reason codes mean, read from the one table of them: `spec/codes.md`, which ships with this package.

reason_codes()["json.bom"].meaning    # starts with a byte order mark
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_ROW = re.compile(r"^\| `([^`]+)` \| (\S+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ReasonCode:
    """One row of the table. `layer` is one letter, `–` for what is no rule of the standard."""

    code: str
    layer: str
    meaning: str
    actor: str


@cache
def reason_codes() -> dict[str, ReasonCode]:
    """Every code with its meaning, in the order of the table. Callers MUST NOT change it."""
    return {code: ReasonCode(code, layer, meaning, actor) for code, layer, meaning, actor in reason_rows()}


def reason_rows() -> list[tuple[str, str, str, str]]:
    """The rows of the table as they stand: code, layer, meaning, who acts."""
    return _ROW.findall(_table().read_text("utf-8"))


def _table() -> Path:
    """Where the table lies: beside this module when installed, in `spec` in a working copy."""
    here = Path(__file__).resolve().parent
    installed = here / "codes.md"
    return installed if installed.is_file() else here.parents[1] / "spec" / "codes.md"
