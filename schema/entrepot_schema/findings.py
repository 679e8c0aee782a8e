"""What a check tells people: one finding a fault, with place, reason and hint."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from entrepot_schema.errors import LAYERS, Refused

Severity = Literal["error", "warning", "information"]


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of one document. `line` counts from 1; 0 where there is no line to name."""

    file: str
    pointer: str
    line: int
    layer: str
    code: str
    message: str
    hint: str
    severity: Severity = "error"

    @classmethod
    def of(cls, refused: Refused, *, file: str = "", line: int = 0, prefix: str = "") -> Finding:
        """Make a finding of a refusal; `prefix` is the pointer of the refused part within the file."""
        pointer = prefix + refused.pointer
        return cls(file, pointer, line, refused.layer, refused.code, refused.message, refused.hint)

    def within(self, *, file: str, line: int = 0, prefix: str = "") -> Finding:
        """The same finding, placed in a file; `prefix` is the pointer of the judged part within the file."""
        return replace(self, file=file, line=line, pointer=prefix + self.pointer)

    def to_json(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        return asdict(self)


def finding(
    code: str, message: str, *, pointer: str = "", hint: str = "", severity: Severity = "error"
) -> Finding:
    """Make a finding that no file places yet. Its layer is that of the code's family."""
    return Finding("", pointer, 0, LAYERS[code.partition(".")[0]], code, message, hint, severity)
