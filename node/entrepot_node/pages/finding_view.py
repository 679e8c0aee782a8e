"""What a check of a profile finds, told to its readers in the words of the page. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from markupsafe import Markup

from entrepot_node.pages.change_view import field_label
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.shapes import Shape
from entrepot_node.reasons import meaning
from entrepot_schema.findings import Finding

MAX_FINDINGS = 20
_SIGNS = {"error": "▲", "warning": "△", "information": "○"}
_RANK = list(_SIGNS)


@dataclass(frozen=True, slots=True)
class Note:
    """One finding. `sign` and `severity` say how grave it is, without colour too."""

    severity: str
    sign: str
    severity_text: Markup
    field: Markup
    text: str
    code: str
    pointer: str


def notes(findings: Iterable[Finding], shapes: Mapping[str, Shape], messages: Messages) -> tuple[Note, ...]:
    """Write findings for a reader, the gravest first; the same said of several places stands once for each."""
    ranked = sorted(findings, key=lambda found: (_RANK.index(found.severity), found.pointer))
    return tuple(_note(found, shapes, messages) for found in ranked[:MAX_FINDINGS])


def _note(found: Finding, shapes: Mapping[str, Shape], messages: Messages) -> Note:
    field = field_label(found.pointer, shapes, messages)
    return Note(
        found.severity,
        _SIGNS[found.severity],
        messages(f"finding.{found.severity}"),
        field,
        # The sentence of the finding itself is English: it serves where there are no words for its code.
        meaning(found.code, messages.language) or found.message,
        found.code,
        found.pointer,
    )
