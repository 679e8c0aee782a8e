"""Profile `document`: a tool that reads a file and says what is wrong with it, judged by every document case.

The tool prints one JSON object with a list `findings`; each names `layer`, `code`, `pointer`, `severity` and, if it can, `line`. Their
order is its own. Its exit code does not matter.
"""

from __future__ import annotations

import json
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from entrepot_conformance.case_folders import cases_folder, documents_of, read_case_folders
from entrepot_conformance.document_cases import DocumentCase, ExpectedFinding, made_cases, stored_cases
from entrepot_conformance.document_clauses import clauses_of
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.suite.outcome import Skipped
from entrepot_conformance.suite.target import Target

PATIENCE_SECONDS = 120.0


def cases() -> list[Case]:
    """One case a file, in the order of their names, then those that are a folder each."""
    folders = documents_of(read_case_folders(cases_folder()))
    return [_case(one) for one in [*stored_cases(), *made_cases(), *folders]]


def _case(one: DocumentCase) -> Case:
    side = Side.ACCEPT if one.is_valid else Side.REFUSE

    def run(target: Target) -> None:
        _judge(one, _findings(one, target))

    title = f"gives {one.file} the findings it is owed: {one.why}"
    return Case(
        f"document.{one.name.lower()}", title, clauses_of(one), run, frozenset({side}), side_by_side=True
    )


def _findings(one: DocumentCase, target: Target) -> list[Mapping[str, Any]]:
    if not target.checker and target.staying_checker is None:
        raise Skipped("no tool for files: give its command with --checker")
    path = target.work / "documents" / one.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(one.read())
    try:
        if target.staying_checker is not None:
            said = target.staying_checker.ask(path, one.now, PATIENCE_SECONDS)
        else:
            said = _run(target.checker, path, one.now)
    finally:
        path.unlink()
    found = said.get("findings")
    assert isinstance(found, list), f"the tool printed no JSON object with findings: {str(said)[:200]}"
    return found


def _run(command: tuple[str, ...], path: Path, now: str) -> Mapping[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603 - the command is what the user asked us to run
            _command(command, path, now), capture_output=True, timeout=PATIENCE_SECONDS, check=False
        )
        said = json.loads(done.stdout)
    except OSError as error:
        raise AssertionError(f"the tool can't be started: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise AssertionError(f"the tool did not end within {PATIENCE_SECONDS:g} s") from error
    except ValueError as error:
        words = done.stderr.decode("utf-8", "replace")[-500:]
        raise AssertionError(f"the tool printed no JSON ({done.returncode}): {words}") from error
    return said if isinstance(said, dict) else {}


def _command(words: tuple[str, ...], path: Path, now: str) -> list[str]:
    """Fill in `{file}` and `{now}`; a command without `{file}` gets it at its end."""
    filled = [word.replace("{file}", str(path)).replace("{now}", now) for word in words]
    return filled if filled != [word.replace("{now}", now) for word in words] else [*filled, str(path)]


def _judge(one: DocumentCase, found: list[Mapping[str, Any]]) -> None:
    given: Counter[Any] = Counter(
        (f.get("layer"), f.get("code"), f.get("pointer"), f.get("severity")) for f in found
    )
    owed: Counter[Any] = Counter((f.layer, f.code, f.pointer, f.severity) for f in one.findings)
    assert given == owed, _difference(owed - given, given - owed)
    for finding in found:
        assert _is_line_right(finding, one.findings), (
            f"{finding.get('code')} at line {finding.get('line')}, which is another"
        )


def _difference(missing: Counter[Any], surplus: Counter[Any]) -> str:
    parts = [("owed", missing), ("not owed", surplus)]
    return "; ".join(f"{word}: {sorted(map(str, some))}" for word, some in parts if some)


def _is_line_right(finding: Mapping[str, Any], owed: tuple[ExpectedFinding, ...]) -> bool:
    """A tool may name no line; one that it names has to be the line."""
    line = finding.get("line") or 0
    same = [one for one in owed if (one.code, one.pointer) == (finding.get("code"), finding.get("pointer"))]
    return not line or any(one.line == line for one in same)
