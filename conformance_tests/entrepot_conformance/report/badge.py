"""A badge: which profiles were passed, as an SVG that needs nothing else."""

from __future__ import annotations

from html import escape

from .run_report import Report

_CHARACTER = 7
_PADDING = 8
_PASSED, _FAILED, _EMPTY = "#0b6e4f", "#a4262c", "#5c5c5c"


def badge(report: Report) -> str:
    """Name the profiles that were passed whole; red if the run failed, grey if nothing was judged."""
    label = f"Entrepot {report['spec']}"
    judged = [name for name, found in report["profiles"].items() if found.get("pass") or found.get("fail")]
    if not judged:
        text, colour = "not judged", _EMPTY
    elif not report["passed"]:
        text, colour = "not conforming", _FAILED
    else:
        text, colour = ", ".join(judged), _PASSED
    left, right = (len(words) * _CHARACTER + 2 * _PADDING for words in (label, text))
    title = escape(f"{label}: {text}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{title}">'
        f"<title>{title}</title>"
        f'<rect width="{left}" height="20" fill="#333"/><rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
        f'<g fill="#fff" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="{_PADDING}" y="14">{escape(label)}</text><text x="{left + _PADDING}" y="14">{escape(text)}</text>'
        "</g></svg>\n"
    )
