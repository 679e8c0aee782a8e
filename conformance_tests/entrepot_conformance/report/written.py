"""Writing all forms of a report into a folder."""

from __future__ import annotations

import json
from pathlib import Path

from .badge import badge
from .html_page import html_page
from .junit import junit
from .run_report import Report
from .signature import sign_report
from .traced import trace


def write_report(folder: Path, report: Report, key_file: Path | None) -> Path:
    """Write report.json (signed if there is a key), report.html, junit.xml, badge.svg; return the page's path."""
    folder.mkdir(parents=True, exist_ok=True)
    signed = sign_report(report, key_file) if key_file else report
    (folder / "report.json").write_text(json.dumps(signed, ensure_ascii=False, indent=1) + "\n", "utf-8")
    (folder / "junit.xml").write_bytes(junit(report))
    (folder / "badge.svg").write_text(badge(report), "utf-8")
    page = folder / "report.html"
    page.write_text(html_page(report, trace(report)), "utf-8")
    return page
