"""Reports say what happened, in every form, whatever a hostile node put into them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from entrepot_conformance.__main__ import main
from entrepot_conformance.reader.rule_error import RuleError
from entrepot_conformance.report.badge import badge
from entrepot_conformance.report.html_page import html_page
from entrepot_conformance.report.junit import junit
from entrepot_conformance.report.run_report import make_report
from entrepot_conformance.report.signature import sign_report, verify_report
from entrepot_conformance.report.table import markdown_table, read_report
from entrepot_conformance.report.traced import Clause, spec_clauses, trace
from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Outcome, Status
from entrepot_conformance.suite.traffic import Traffic, redacted, without_secrets
from entrepot_conformance.suite.usage import Usage
from entrepot_conformance.toy_feed import golden_feed
from entrepot_conformance.toy_node import Response, ToyNode, serving

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\x00\x1b[31m ]]> | \udcff".encode("utf-8", "replace").decode()


def case(name: str, profile: str = "puller") -> Case:
    return Case(f"{profile}.{name}", f"the node {HOSTILE}", ("LOG-63",), lambda target: None, attack="L02")


RESULTS = [
    (case("good"), Outcome("puller.good", Status.PASS, seconds=0.25, usage=Usage(5, 0.5, 3, 2, 1))),
    (case("bad"), Outcome("puller.bad", Status.FAIL, HOSTILE, 0.5, messages=(HOSTILE,))),
    (case("away"), Outcome("puller.away", Status.SKIP, "not offered")),
    (case("slip"), Outcome("puller.slip", Status.ERROR, "Traceback")),
    (case("known"), Outcome("puller.known", Status.FAIL, "as said", expected_failure="release 2")),
    (case("mended"), Outcome("puller.mended", Status.PASS, expected_failure="release 2")),
    (case("fine", "reader"), Outcome("reader.fine", Status.PASS)),
]


def report(*, passed: bool = False) -> dict[str, Any]:
    return make_report({"name": "A|B <node>"}, RESULTS, seed=7, started=NOW, passed=passed)


def test_the_json_form_counts_states_by_profile() -> None:
    made = json.loads(json.dumps(report()))

    assert made["counts"] == {"pass": 3, "fail": 2, "skip": 1, "error": 1}
    assert made["profiles"]["reader"] == {"pass": 1}
    assert made["cases"][0]["usage"]["cpu_milliseconds"] == 500
    assert made["cases"][1]["reason"] == HOSTILE
    assert (made["started"], made["seed"]) == ("2026-11-26T09:00:00Z", 7)


def test_the_junit_form_is_xml_and_tells_failures_from_errors() -> None:
    puller, reader = ET.fromstring(junit(report())).findall("testsuite")

    assert [puller.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["6", "2", "1", "2"]
    by_name = {element.get("name"): element for element in puller}
    assert by_name["puller.bad"].find("failure") is not None
    assert by_name["puller.known"].find("skipped") is not None
    assert by_name["puller.mended"].find("failure") is not None, "a pass that was announced as a failure"
    assert reader.get("failures") == "0"


def test_the_page_holds_no_markup_of_a_node_and_loads_nothing() -> None:
    made = report()
    page = html_page(made, trace(made))

    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "default-src 'none'" in page
    assert re.findall(r"(?:src|href|url)\s*[=(]", page) == []
    assert "LOG-63" in page
    assert "What was sent and received" in page
    assert "not offered</span>: not offered" in page, "why a case was skipped"


@pytest.mark.parametrize(("passed", "word"), [(True, "puller, reader"), (False, "not conforming")])
def test_the_badge_names_profiles_only_of_a_run_that_passed(passed: bool, word: str) -> None:
    svg = ET.fromstring(badge(report(passed=passed)))

    assert word in (svg.get("aria-label") or "")


def test_a_run_that_judged_nothing_gets_no_badge_of_conformance() -> None:
    nothing = make_report({}, [RESULTS[2]], seed=0, started=NOW, passed=True)

    assert "not judged" in badge(nothing)


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key.pem"
    key = Ed25519PrivateKey.generate()
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


def test_a_signed_report_tells_its_signer_and_no_change_goes_unseen(key_file: Path) -> None:
    signed = sign_report(report(), key_file)

    assert verify_report(signed).startswith("z6Mk")
    changes: list[Callable[[dict[str, Any]], object]] = [
        lambda one: one.update(passed=True),
        lambda one: one["cases"].pop(),
        lambda one: one["proof"].update(created="2026-11-27T09:00:00Z"),
        lambda one: one["proof"].update(verificationMethod="did:key:z6Mk#z6Mk"),
        lambda one: one["proof"].update(cryptosuite="none"),
        lambda one: one.pop("proof"),
    ]
    for change in changes:
        changed = json.loads(json.dumps(signed))
        change(changed)
        with pytest.raises(RuleError):
            verify_report(changed)


def test_the_table_names_signers_and_forgeries(key_file: Path, tmp_path: Path) -> None:
    signed = sign_report(report(passed=True), key_file)
    forged = json.loads(json.dumps(signed))
    forged["cases"] = []
    table = markdown_table([signed, forged, report()])

    assert table.count("A\\|B &lt;node>") == 3
    assert table.count("2 of 4") == 3
    assert table.count("**forged**") == 1
    assert table.count("nobody") == 1
    assert table.count("`z6Mk") == 1


@pytest.mark.parametrize("text", ["[]", "{}", '{"format": "other/1"}', "no json"])
def test_what_is_no_report_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(text)

    with pytest.raises(ValueError):  # noqa: PT011 - also what is no JSON
        read_report(path)


def test_every_clause_of_the_specification_is_traced() -> None:
    clauses = {clause.id: clause for clause in trace(report())}

    assert len(clauses) > 200
    assert list(clauses) == list(spec_clauses())
    assert [name for name, _ in clauses["LOG-63"].results] == [one.name for one, _ in RESULTS]
    assert clauses["LOG-01"].reason == "no case of this run"
    assert clauses["SIG-54"].reason.startswith("no case: A kill in the middle of a rotation")
    assert clauses["EXC-73"].reason.startswith("no case that accepts: ")
    assert clauses["LOG-63"].reason.startswith("no case that accepts: ")
    page = html_page(report(), list(clauses.values()))
    assert "no case that refuses: Lines that match no entry are ignored, not refused." in page


def test_many_cases_of_one_clause_are_counted_and_folded() -> None:
    results = tuple((f"bytes.x-{number}", "fail" if number == 3 else "pass") for number in range(9))
    page = html_page(report(), [Clause("LOG-31", "It MUST be.", results)])

    assert '<summary>1 <span class="fail">FAILED</span>, 8 <span class="pass">passed</span></summary>' in page
    assert (
        "<details><summary>"
        not in html_page(report(), [Clause("LOG-31", "It MUST be.", results[:8])]).partition("Clauses of")[2]
    )


@pytest.mark.parametrize(
    "secret",
    ["Authorization: Bearer abc123", '{"token": "abc123"}', "https://me:abc123@node.example/", "Cookie: abc123",
     "/home/abc123/keys"],
)  # fmt: skip
def test_traffic_is_redacted(secret: str) -> None:
    assert "abc123" not in redacted(secret)


def test_a_trace_names_files_but_no_folders() -> None:
    said = without_secrets(
        '  File "/srv/abc/venv/lib/http.py", line 3, in get\n  File "C:\\abc\\shim.py", line 9'
    )

    assert "abc" not in said
    assert 'File "http.py", line 3' in said
    assert 'File "shim.py", line 9' in said


def test_traffic_is_bounded() -> None:
    traffic = Traffic()
    for number in range(500):
        traffic.note_answer(f"/{number}", 200, {"etag": "x", "x-secret": "y"}, b"\xff" * 100_000)

    assert len(traffic.taken()) == 40
    assert all(len(one) < 700 and "x-secret" not in one for one in traffic.taken())


def test_a_run_leaves_every_form_behind(tmp_path: Path, key_file: Path) -> None:
    def fault(target: str, response: Response) -> Response:
        return Response(404) if target.startswith("/feed/delta") else response

    folder = tmp_path / "out"
    arguments = ["--profile", "publisher", "--report", str(folder), "--sign", str(key_file), "--name", "toy"]
    with serving(ToyNode(golden_feed(), fault).respond) as url:
        assert main(["--node-url", url, *arguments]) == 1

    assert {path.name for path in folder.iterdir()} == {
        "report.json",
        "report.html",
        "junit.xml",
        "badge.svg",
    }
    made = read_report(folder / "report.json")
    assert verify_report(made)
    assert made["counts"] == {"pass": 8, "fail": 2}, "delta, and caching of it"
    assert "GET /feed/delta" in "".join(
        message for entry in made["cases"] for message in entry.get("messages", ())
    )


def test_the_command_prints_the_table(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report()))

    assert main(["--table", str(path), str(path)]) == 0
    assert capsys.readouterr().out.count("does not") == 2


def test_a_report_names_programs_but_not_where_they_lie(tmp_path: Path) -> None:
    main(
        [
            "--checker",
            "/srv/abc/bin/tool check --now {now}",
            "--only",
            "document.001",
            "--report",
            str(tmp_path),
        ]
    )

    made = read_report(tmp_path / "report.json")
    assert made["target"] == {"checker": "tool check --now {now}"}
    assert [case["status"] for case in made["cases"]] == ["fail"], "a tool that can't be started"
