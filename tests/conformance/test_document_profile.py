"""The profile `document` takes a tool that is right, and tells every way to be wrong."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from entrepot_conformance.document_cases import DocumentCase, stored_cases
from entrepot_conformance.profiles import document
from entrepot_conformance.suite.case import Side
from entrepot_conformance.suite.outcome import Status
from entrepot_conformance.suite.runner import run_case, run_cases
from entrepot_conformance.suite.staying_checker import StayingChecker
from entrepot_conformance.suite.target import Target

Findings = list[dict[str, Any]]
STORED = {f"document.{one.name.lower()}": one for one in stored_cases()}
CASES = {one.name: one for one in document.cases() if one.name in STORED}
TOLD = next(name for name, one in STORED.items() if len(one.findings) > 1)


def owed(one: DocumentCase) -> Findings:
    return [
        {
            "layer": f.layer,
            "code": f.code,
            "pointer": f.pointer,
            "line": f.line,
            "severity": f.severity,
        }
        for f in one.findings
    ]


def printing(text: str, folder: Path, code: int = 0) -> tuple[str, ...]:
    """A tool that prints one text, whatever file it gets."""
    tool = folder / "tool.py"
    tool.write_text(f"import sys\nsys.stdout.write({text!r})\nsys.exit({code})")
    return (sys.executable, str(tool), "{file}")


def judged(name: str, said: str, folder: Path, code: int = 0) -> tuple[Status, str]:
    return run_case(CASES[name], Target(checker=printing(said, folder, code), work=folder))


@pytest.mark.parametrize("name", [TOLD, *list(CASES)[:2], *list(CASES)[-2:]])
def test_the_right_findings_pass_whatever_the_exit_code(name: str, tmp_path: Path) -> None:
    findings = owed(STORED[name])

    assert judged(name, json.dumps({"findings": findings}), tmp_path, code=1) == (Status.PASS, "")


def test_their_order_and_missing_lines_do_not_matter(tmp_path: Path) -> None:
    findings = [{**finding, "line": None} for finding in reversed(owed(STORED[TOLD]))]

    assert judged(TOLD, json.dumps({"findings": findings}), tmp_path)[0] is Status.PASS


CHANGES: list[Callable[[Findings], object]] = [
    lambda findings: findings.pop(),
    lambda findings: findings.append(findings[0]),
    lambda findings: findings[0].update(code="json.nothing"),
    lambda findings: findings[0].update(pointer="/elsewhere"),
    lambda findings: findings[0].update(layer="Z"),
    lambda findings: findings[0].update(severity="hint"),
    lambda findings: findings[0].update(line=9_999),
    lambda findings: findings.clear(),
]


@pytest.mark.parametrize("change", CHANGES)
def test_one_finding_too_few_too_many_or_another_fails(
    change: Callable[[Findings], object], tmp_path: Path
) -> None:
    findings = owed(STORED[TOLD])
    change(findings)

    assert judged(TOLD, json.dumps({"findings": findings}), tmp_path)[0] is Status.FAIL


@pytest.mark.parametrize("said", ["", "Traceback", "[]", "{}", '{"findings": 3}'])
def test_a_tool_that_prints_no_findings_fails(said: str, tmp_path: Path) -> None:
    assert judged(TOLD, said, tmp_path)[0] is Status.FAIL


def test_every_case_fails_a_tool_that_finds_one_thing_in_all_files(tmp_path: Path) -> None:
    """So each of them can fail."""
    said = json.dumps(
        {"findings": [{"layer": "J", "code": "json.odd", "pointer": "/x", "severity": "error"}]}
    )
    target = Target(checker=printing(said, tmp_path), work=tmp_path)

    outcomes = list(run_cases(list(CASES.values())[::25], target))

    assert {outcome.status for outcome in outcomes} == {Status.FAIL}


def test_without_a_tool_every_case_is_skipped(tmp_path: Path) -> None:
    outcomes = list(run_cases(list(CASES.values()), Target(work=tmp_path)))

    assert {outcome.status for outcome in outcomes} == {Status.SKIP}


def test_both_sides_are_tried() -> None:
    sides = [next(iter(one.sides)) for one in CASES.values()]

    assert sides.count(Side.ACCEPT) > 20
    assert sides.count(Side.REFUSE) > 200


def test_a_tool_that_stays_is_asked_for_all_files_and_starts_again_where_it_broke(tmp_path: Path) -> None:
    """It ends at the first file of a name that it does not like; the next file gets a new process."""
    names = [TOLD, *list(CASES)[:2]]
    said = {f"{STORED[name].file}": {"findings": owed(STORED[name])} for name in names}
    tool = tmp_path / "tool.py"
    tool.write_text(
        "import json, pathlib, sys\n"
        f"said = json.loads({json.dumps(json.dumps(said))})\n"
        "pathlib.Path(sys.argv[1]).open('a').write('started\\n')\n"
        "for line in sys.stdin:\n"
        "    print(json.dumps(said[pathlib.Path(json.loads(line)['file']).name]), flush=True)\n"
    )
    starts = tmp_path / "starts"
    staying = StayingChecker((sys.executable, str(tool), str(starts)), tmp_path / "stderr")
    target = Target(staying_checker=staying, work=tmp_path)
    target.at_close(staying.close)

    first = list(run_cases([CASES[name] for name in names], target))
    broken = run_case(CASES[list(CASES)[5]], target)
    again = run_case(CASES[names[0]], target)
    target.close()

    assert {one.status for one in first} == {Status.PASS}
    assert broken[0] is Status.FAIL
    assert "KeyError" in broken[1]
    assert again[0] is Status.PASS
    assert starts.read_text().count("started") == 2


def test_a_tool_that_stays_and_cannot_be_started_fails_every_case(tmp_path: Path) -> None:
    staying = StayingChecker((str(tmp_path / "nothing"),), tmp_path / "stderr")

    (outcome,) = run_cases([CASES[TOLD]], Target(staying_checker=staying, work=tmp_path))

    assert outcome.status is Status.FAIL
    assert "can't be started" in outcome.reason


def test_our_tool_that_stays_finds_what_our_command_finds(tmp_path: Path) -> None:
    """One run of the command over some files, one line for each to the tool."""
    cases = [STORED[name] for name in list(STORED)[::40]]
    files = [tmp_path / one.file for one in cases]
    for one, path in zip(cases, files, strict=True):
        path.write_bytes(one.read())
    command = [sys.executable, "-m", "entrepot_node.cli", "check", "--json", "--now", cases[0].now]
    done = subprocess.run([*command, *map(str, files)], capture_output=True, text=True, check=False)
    staying = StayingChecker((sys.executable, "-m", "entrepot_node.conformance_checker"), tmp_path / "stderr")
    try:
        said = [staying.ask(path, cases[0].now, 60)["findings"] for path in files]
    finally:
        staying.close()

    assert list(chain.from_iterable(said)) == json.loads(done.stdout)["findings"] != []
