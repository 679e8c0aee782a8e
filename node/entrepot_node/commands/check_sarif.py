"""A report as SARIF 2.1.0 (OASIS), which code scanning of GitHub, GitLab, Azure and editors read."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from entrepot_node.commands.check_report import CheckReport, Unread
from entrepot_node.commands.check_sources import is_url
from entrepot_node.version import version
from entrepot_schema.findings import Finding
from entrepot_schema.reason_codes import reason_codes

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"error": "error", "warning": "warning", "information": "note"}
_LAYERS = {
    "J": "JSON",
    "S": "schema",
    "C": "codes and identifiers",
    "X": "records beside each other",
    "P": "privacy",
    "K": "signature and key",
    "L": "log",
}


def sarif(report: CheckReport) -> dict[str, Any]:
    """One run with a rule for every code that occurs."""
    codes = sorted({found.code for found in report.findings})
    places = {code: place for place, code in enumerate(codes)}
    run = {
        "tool": {
            "driver": {
                "name": "entrepot",
                "semanticVersion": version(),
                "rules": [_rule(code) for code in codes],
            }
        },
        "invocations": [
            {
                "executionSuccessful": not report.unread,
                "toolExecutionNotifications": [_notification(unread) for unread in report.unread],
            }
        ],
        "columnKind": "unicodeCodePoints",
        "results": [_result(found, places[found.code]) for found in report.findings],
    }
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, Any]:
    known = reason_codes().get(code)
    meaning = known.meaning if known else code
    layer = _LAYERS.get(known.layer, "") if known else ""
    text = f"Layer {known.layer}, {layer}. Who acts: {known.actor.strip()}." if known and layer else meaning
    return {
        "id": code,
        "shortDescription": {"text": meaning},
        "fullDescription": {"text": meaning},
        "help": {"text": f"{meaning}. {text}", "markdown": f"{meaning}. {text}"},
        "properties": {"tags": [layer] if layer else []},
    }


def _result(found: Finding, rule: int) -> dict[str, Any]:
    location = {
        "physicalLocation": {
            "artifactLocation": {"uri": artifact_uri(found.file)},
            "region": {"startLine": found.line or 1},
        },
        "logicalLocations": [{"fullyQualifiedName": found.pointer or "/"}],
    }
    hint = f"\n{found.hint}" if found.hint else ""
    return {
        "ruleId": found.code,
        "ruleIndex": rule,
        "level": _LEVELS[found.severity],
        "message": {"text": f"{found.message}{hint}"},
        "locations": [location],
    }


def _notification(unread: Unread) -> dict[str, Any]:
    return {
        "descriptor": {"id": unread.error.code},
        "level": "error",
        "message": {"text": unread.error.message},
        "locations": [{"physicalLocation": {"artifactLocation": {"uri": artifact_uri(unread.file)}}}],
    }


def artifact_uri(name: str) -> str:
    """The name of a file as a URI reference: relative where the file was named so."""
    if is_url(name):
        return name
    path = Path(name)
    return path.as_uri() if path.is_absolute() else quote(path.as_posix())
