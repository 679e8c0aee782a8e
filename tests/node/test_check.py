"""`entrepot check` as people and their tools use it: what is read, what is printed, and what the exit code says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_node.commands.check_github import github_lines
from entrepot_node.commands.check_report import CheckReport, text_lines
from entrepot_node.commands.check_sarif import sarif
from entrepot_schema.findings import Finding
from entrepot_schema.reason_codes import reason_codes

Run = Callable[..., subprocess.CompletedProcess[str]]
NOW = ("--now", "2026-11-24")
PROFILE = {
    "id": "https://biomed.example/id/" + "a" * 26,
    "type": "company",
    "name": {"en": "Acme Bio"},
    "locations": [{"country": "DE"}],
    "status": "active",
    "updated": "2026-11-23",
}
WRONG = {**PROFILE, "founded": "2019-02-30"}

# What SARIF 2.1.0 asks of the members used here, after its own schema: everything else is refused.
TEXT = {"type": "object", "required": ["text"], "additionalProperties": False,
        "properties": {"text": {"type": "string", "minLength": 1}, "markdown": {"type": "string"}}}  # fmt: skip
LEVEL = {"enum": ["none", "note", "warning", "error"]}
LOCATIONS = {
    "type": "array", "minItems": 1,
    "items": {
        "type": "object", "additionalProperties": False, "required": ["physicalLocation"],
        "properties": {
            "physicalLocation": {
                "type": "object", "additionalProperties": False, "required": ["artifactLocation"],
                "properties": {
                    "artifactLocation": {
                        "type": "object", "additionalProperties": False, "required": ["uri"],
                        "properties": {"uri": {"type": "string", "format": "uri-reference", "pattern": r"^[!#-;=?-\[\]_a-z~%]+$"}},
                    },
                    "region": {
                        "type": "object", "additionalProperties": False, "required": ["startLine"],
                        "properties": {"startLine": {"type": "integer", "minimum": 1}},
                    },
                },
            },
            "logicalLocations": {
                "type": "array",
                "items": {"type": "object", "additionalProperties": False, "properties": {"fullyQualifiedName": {"type": "string"}}},
            },
        },
    },
}  # fmt: skip
RULE = {
    "type": "object", "additionalProperties": False, "required": ["id"],
    "properties": {
        "id": {"type": "string"}, "shortDescription": TEXT, "fullDescription": TEXT, "help": TEXT,
        "properties": {"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True, "items": {"type": "string"}}}},
    },
}  # fmt: skip
SARIF = {
    "type": "object", "additionalProperties": False, "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "items": {
                "type": "object", "additionalProperties": False, "required": ["tool"],
                "properties": {
                    "tool": {
                        "type": "object", "additionalProperties": False, "required": ["driver"],
                        "properties": {
                            "driver": {
                                "type": "object", "additionalProperties": False, "required": ["name"],
                                "properties": {
                                    "name": {"type": "string"},
                                    "semanticVersion": {"type": "string"},
                                    "rules": {"type": "array", "uniqueItems": True, "items": RULE},
                                },
                            }
                        },
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "invocations": {
                        "type": "array",
                        "items": {
                            "type": "object", "additionalProperties": False, "required": ["executionSuccessful"],
                            "properties": {
                                "executionSuccessful": {"type": "boolean"},
                                "toolExecutionNotifications": {
                                    "type": "array",
                                    "items": {
                                        "type": "object", "additionalProperties": False, "required": ["message"],
                                        "properties": {
                                            "descriptor": {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}},
                                            "level": LEVEL, "message": TEXT, "locations": LOCATIONS,
                                        },
                                    },
                                },
                            },
                        },
                    },
                    "results": {
                        "type": "array",
                        "items": {
                            "type": "object", "additionalProperties": False, "required": ["message"],
                            "properties": {
                                "ruleId": {"type": "string"}, "ruleIndex": {"type": "integer", "minimum": 0},
                                "level": LEVEL, "message": TEXT, "locations": LOCATIONS,
                            },
                        },
                    },
                },
            },
        },
    },
}  # fmt: skip


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "entrepot_node.cli", "check", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=tmp_path, check=False)

    return run


@pytest.fixture
def server() -> Iterator[str]:
    """A web server of somebody else with a few files."""
    answers = {
        "/ok.json": (200, json.dumps(PROFILE)),
        "/wrong.json": (200, json.dumps(WRONG)),
        "/moved": (302, ""),
    }

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body = answers.get(self.path, (404, ""))
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def write(path: Path, *documents: Any) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(json.dumps(document) for document in documents), "utf-8")
    return path.name


def test_sound_data_is_silent_but_for_the_sum_and_answers_zero(run: Run) -> None:
    done = run("-", *NOW, stdin=json.dumps(PROFILE))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("1 document, 0 errors")
    assert done.stdout.count("\n") == 1


def test_a_problem_is_one_line_with_place_pointer_layer_and_code(run: Run, tmp_path: Path) -> None:
    done = run(write(tmp_path / "p.jsonl", PROFILE, {**WRONG, "id": f"{PROFILE['id'][:-1]}b"}), *NOW)

    assert done.returncode == 1
    assert "p.jsonl:2 /founded [C code.date] " in done.stdout
    assert done.stdout.splitlines()[-1].startswith("2 documents, 1 error")


def test_a_folder_is_read_with_all_below_it_but_nothing_hidden(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "data" / "a.json", PROFILE)
    write(tmp_path / "data" / "deep" / "b.JSONL", WRONG)
    for name in (".git/c.json", "deep/notes.txt", "deep/.d.json"):
        write(tmp_path / "data" / name, WRONG)
    (tmp_path / "data" / "deep" / "loop").symlink_to(tmp_path / "data", target_is_directory=True)
    done = run("data", *NOW, "--json")

    assert [json.loads(done.stdout)[name] for name in ("documents", "errors")] == [2, 1]
    assert json.loads(done.stdout)["findings"][0]["file"] == str(Path("data", "deep", "b.JSONL"))


def test_what_cannot_be_read_is_an_error_and_the_others_go_on(run: Run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run("nowhere.json", "empty", write(tmp_path / "p.json", WRONG), *NOW, "--json")
    answer = json.loads(done.stdout)

    assert done.returncode == 2
    assert [(u["file"], u["code"]) for u in answer["unread"]] == [
        ("nowhere.json", "check.file"),
        ("empty", "check.nothing"),
    ]
    assert (answer["documents"], answer["errors"]) == (1, 1)
    assert "nowhere.json" in done.stderr


def test_a_file_name_that_is_no_text_can_be_shown_in_every_format(run: Run, tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"\xff.json")).write_text(json.dumps(WRONG))
    for format in ("text", "json", "sarif", "github"):
        done = run(".", *NOW, "--format", format)
        assert (done.returncode, done.stderr) == (1, ""), format
        assert "xff.json" in done.stdout


def test_the_sum_tells_how_far_profiles_have_come_and_what_is_next_for_one(run: Run, tmp_path: Path) -> None:
    """PRO-94: levels never keep a record from anything; they say what to add next."""
    one = run("-", *NOW, stdin=json.dumps(PROFILE)).stdout
    several = run(write(tmp_path / "p.jsonl", PROFILE, {**WRONG, "id": PROFILE["id"][:-1] + "b"}), *NOW)
    answer = json.loads(run("p.jsonl", *NOW, "--json").stdout)

    assert " Level: sound. Next: " in one
    assert several.stdout.splitlines()[-1].endswith(" Levels: 1 valid, 1 sound.")
    assert answer["levels"] == {"readable": 0, "valid": 1, "sound": 1, "findable": 0}


def test_the_time_to_judge_at_can_be_given_and_must_be_one(run: Run, tmp_path: Path) -> None:
    assert run(write(tmp_path / "p.json", PROFILE), "--now", "2026-11-24T08:00:00+08:00").returncode == 0
    for time in ("yesterday", "0001-01-01", "9999-12-31T23:59:59-14:00"):
        wrong = run(write(tmp_path / "p.json", PROFILE), "--now", time)

        assert (wrong.returncode, "[check.time]" in wrong.stderr) == (2, True)


def test_a_url_is_fetched_with_the_guards_of_a_pull(run: Run, server: str) -> None:
    """EXC-20 to EXC-25: no private address without the flag, no redirect, and one bad address stops no other."""
    refused = run(f"{server}/ok.json", "--json", *NOW)
    fetched = run(
        f"{server}/wrong.json", f"{server}/moved", f"{server}/gone", "--allow-private", "--json", *NOW
    )
    answer = json.loads(fetched.stdout)

    assert (refused.returncode, json.loads(refused.stdout)["unread"][0]["code"]) == (2, "peer.url")
    assert answer["findings"][0]["file"] == f"{server}/wrong.json"
    assert [unread["code"] for unread in answer["unread"]] == ["peer.redirect", "check.file"]


def test_github_gets_workflow_commands_and_sarif_is_whole(run: Run, tmp_path: Path) -> None:
    name = write(tmp_path / "a b.json", WRONG)
    github, scan = run(name, *NOW, "--format", "github"), run(name, *NOW, "--format", "sarif")
    document = json.loads(scan.stdout)

    assert github.stdout.startswith("::error file=a b.json,line=1,title=code.date::/founded [C] ")
    assert (github.returncode, scan.returncode) == (1, 1)
    jsonschema.Draft202012Validator(SARIF).validate(document)
    assert document["runs"][0]["results"][0]["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "a%20b.json"},
        "region": {"startLine": 1},
    }


def test_check_loads_no_module_of_server_store_or_network(tmp_path: Path) -> None:
    write(tmp_path / "p.json", WRONG)
    probe = (
        "import sys; from entrepot_node.commands.check import run_check;"
        f"[run_check([{str(tmp_path / 'p.json')!r}], format=f) for f in ('text', 'json', 'sarif', 'github')];"
        "print(sorted({m.partition('.')[0] for m in sys.modules} & {'fastapi', 'starlette', 'uvicorn', 'sqlalchemy',"
        "'alembic', 'apscheduler', 'httpx', 'httpcore', 'anyio', 'asyncio', 'entrepot_sync', 'jinja2'}))"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert done.stdout.splitlines()[-1] == "[]"


def warning(**fields: Any) -> Finding:
    given = {"file": "p.json", "pointer": "/name", "line": 3, "layer": "C", "code": "code.text", "message": "m",
             "hint": "h", "severity": "warning", **fields}  # fmt: skip
    return Finding(**given)


def test_strict_takes_warnings_for_errors_and_quiet_shows_errors_alone() -> None:
    report = CheckReport(1, [warning(), warning(severity="information")])

    assert text_lines(report) == [
        "p.json:3 /name [C code.text] warning: m → h",
        "p.json:3 /name [C code.text] information: m → h",
        "1 document, 0 errors, 1 warning, 1 for information.",
    ]
    assert [found.severity for found in report.strict().findings] == ["error", "information"]
    assert report.errors_only().findings == []
    assert len(report.strict().errors_only().findings) == 1


hostile = st.text(st.characters() | st.sampled_from(",:%=\r\n"))


@given(hostile, hostile, hostile, hostile)
def test_no_text_of_a_file_becomes_a_command_or_a_line_of_its_own(
    file: str, pointer: str, message: str, hint: str
) -> None:
    """Names and values come from strangers: a line end in them must not forge an annotation."""
    report = CheckReport(1, [warning(file=file, pointer=pointer, message=message, hint=hint)])
    lines = list(github_lines(report))

    assert len(lines) == 2
    assert lines[0].isprintable()
    properties = lines[0].removeprefix("::warning ").split("::")[0]
    assert [part.partition("=")[0] for part in properties.split(",")] == ["file", "line", "title"]
    assert all(line.isprintable() for line in text_lines(report))


def test_every_rule_of_sarif_says_what_the_table_of_codes_says() -> None:
    codes = [code for code, row in reason_codes().items() if row.layer != "–"]
    document = sarif(CheckReport(1, [warning(code=code, line=0, pointer="") for code in codes]))
    driver = document["runs"][0]["tool"]["driver"]

    jsonschema.Draft202012Validator(SARIF).validate(document)
    assert {rule["id"]: rule["shortDescription"]["text"] for rule in driver["rules"]} == {
        code: reason_codes()[code].meaning for code in codes
    }
    for result in document["runs"][0]["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
