"""The report as JUnit XML, for continuous integration."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from .run_report import Report

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> bytes:
    """One suite a profile. A failure that was announced counts as skipped; a pass that was not due as a failure."""
    root = ET.Element("testsuites", name="entrepot-conformance", time=_seconds(report["cases"]))
    for profile in report["profiles"]:
        cases = [case for case in report["cases"] if case["profile"] == profile]
        suite = ET.SubElement(root, "testsuite", name=profile, tests=str(len(cases)), time=_seconds(cases))
        totals = {"failures": 0, "errors": 0, "skipped": 0}
        for case in cases:
            kind = _add_case(suite, case)
            if kind:
                totals[kind] += 1
        for name, total in totals.items():
            suite.set(name, str(total))
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))


def _add_case(suite: ET.Element, case: Report) -> str:
    element = ET.SubElement(
        suite, "testcase", classname=case["profile"], name=case["name"], time=_seconds([case])
    )
    kind, tag = _kind(case)
    if tag:
        ids = ", ".join(case["ids"])
        told = ET.SubElement(element, tag, message=_clean(f"{case['title']} ({ids})"))
        told.text = _clean("\n\n".join([case.get("reason", ""), *case.get("messages", ())]))
    return kind


def _kind(case: Report) -> tuple[str, str]:
    status, announced = case["status"], case.get("expectedFailure")
    if announced:
        return ("skipped", "skipped") if status == "fail" else ("failures", "failure")
    return {
        "pass": ("", ""),
        "fail": ("failures", "failure"),
        "error": ("errors", "error"),
    }.get(status, ("skipped", "skipped"))


def _seconds(cases: list[Report]) -> str:
    return f"{sum(case['milliseconds'] for case in cases) / 1000:.3f}"


def _clean(text: str) -> str:
    """Replace what XML can't hold: a node may have sent any character."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
