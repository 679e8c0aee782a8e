"""The action and the hook that docs/check.md promises in three lines: what they run works, on real files."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PROFILE = {
    "id": "https://biomed.example/id/" + "a" * 26, "type": "company", "name": {"en": "Acme Bio"},
    "locations": [{"country": "DE"}], "status": "active", "updated": "2026-11-23", "founded": "2019-02-30",
}  # fmt: skip


def load(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text("utf-8"))


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """What a runner gives the steps; the installed command is the one of this working copy."""
    command = tmp_path / "runner" / "entrepot" / "bin" / "entrepot"
    command.parent.mkdir(parents=True)
    command.write_text(f'#!/bin/sh\nexec {sys.executable} -m entrepot_node.cli "$@"\n')
    command.chmod(0o755)
    (tmp_path / "work" / "a b").mkdir(parents=True)
    (tmp_path / "work" / "a b" / "p.json").write_text(json.dumps(PROFILE))
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "RUNNER_TEMP": str(tmp_path / "runner"), "PATH": path}


def test_the_action_is_composite_and_its_inputs_reach_scripts_as_variables_alone() -> None:
    action = load("action.yml")
    steps = action["runs"]["steps"]

    assert {"name", "description", "inputs", "runs"} <= set(action)
    assert action["runs"]["using"] == "composite"
    assert steps[0]["uses"].startswith("actions/setup-python@v")
    for step in steps[1:]:
        assert step["shell"] == "bash"
        assert "${{" not in step["run"]
    used = re.findall(r"inputs\.([a-z-]+)", (ROOT / "action.yml").read_text("utf-8"))
    assert set(used) == set(action["inputs"])
    assert all({"description", "default"} <= set(given) for given in action["inputs"].values())


def test_the_script_of_the_action_checks_each_path_and_writes_sarif(
    environment: dict[str, str], tmp_path: Path
) -> None:
    script = load("action.yml")["runs"]["steps"][-1]["run"]
    inputs = {"PATHS": "a b\n$(touch hacked)\n", "STRICT": "false", "SARIF": "found.sarif"}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
        env=environment | inputs, cwd=tmp_path / "work", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 2, done.stderr
    assert "::error file=a b/p.json,line=1,title=code.date::" in done.stdout
    assert "::error file=$(touch hacked),title=check.file::" in done.stdout
    results = json.loads((tmp_path / "work" / "found.sarif").read_text())["runs"][0]["results"]
    assert [result["ruleId"] for result in results] == ["code.date"]
    assert not (tmp_path / "work" / "hacked").exists()


def test_the_hook_takes_json_files_and_its_entry_judges_them(
    environment: dict[str, str], tmp_path: Path
) -> None:
    (hook,) = load(".pre-commit-hooks.yaml")
    taken = [name for name in ("a.json", "b.jsonl", "c.yaml", "json") if re.search(hook["files"], name)]
    done = subprocess.run(
        [*shlex.split(hook["entry"]), "a b/p.json"],
        env=environment, cwd=tmp_path / "work", capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert {"id", "name", "entry", "language", "files"} <= set(hook)
    assert (hook["language"], taken) == ("python", ["a.json", "b.jsonl"])
    assert (done.returncode, "[C code.date]" in done.stdout) == (1, True)


def test_the_three_lines_of_the_page_are_what_the_files_offer() -> None:
    page = (ROOT / "docs" / "check.md").read_text("utf-8")
    blocks = [yaml.safe_load(block) for block in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]

    (workflow, config) = blocks
    assert set(workflow[1]["with"]) <= set(load("action.yml")["inputs"])
    assert config[0]["hooks"][0]["id"] == load(".pre-commit-hooks.yaml")[0]["id"]
