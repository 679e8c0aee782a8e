"""The command line as a user types it: real processes, exit codes, text and JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., subprocess.CompletedProcess[str]]

PROFILE = {
    "type": "company",
    "name": {"en": "Acme Bio"},
    "locations": [{"country": "DE"}],
    "status": "active",
    "updated": "2026-11-23",
}


SUBJECTS = """
import sys
from pathlib import Path
from entrepot_node.home import Home
store = Home(Path(sys.argv[1])).open_store()
print(store.live_records(after=(-1, -1), limit=1)[0][1].subject)
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "entrepot_node.cli", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, cwd=tmp_path, check=False)

    return run


@pytest.fixture
def node(run: Run, tmp_path: Path) -> Path:
    done = run("init", "biomed.example", "--takedown-email", "info@biomed.example", "--home", "n", "--json")
    assert done.returncode == 0, done.stderr
    return tmp_path / "n"


def test_an_argument_that_is_no_text_is_refused_in_words(run: Run, node: Path) -> None:
    """Bytes that are no UTF-8 could not be written down; a file may have such a name."""
    override = run("recover", "--override", "\udcff", "--home", "n")
    file = node.parent / "\udcff.json"
    file.write_text("{}", "utf-8")

    assert override.returncode == 2
    assert "[command.text]" in override.stderr
    assert not (node / "overrides.log").exists()
    assert "command.text" not in run("check", file.name).stderr


def write(path: Path, document: Any) -> str:
    path.write_text(json.dumps(document, indent=1), "utf-8")
    return path.name


def test_help_lists_every_command_and_loads_nothing_heavy(run: Run) -> None:
    done = run("--help")
    commands = [
        "init",
        "serve",
        "demo",
        "publish",
        "withdraw",
        "import",
        "export",
        "schema",
        "example",
        "canonical",
        "follow",
        "unfollow",
        "peers",
        "hellos",
        "sync",
        "check",
        "verify",
        "show",
    ]

    assert done.returncode == 0
    assert [name for name in commands if f"  {name} " not in done.stdout] == []
    probe = "import sys, entrepot_node.cli; print([m for m in ('fastapi','sqlalchemy','httpx','alembic') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert loaded.stdout.strip() == "[]"


def test_serve_starts_without_what_it_does_not_need_at_once() -> None:
    """A start of a server is imports: `langcodes` is for a catalogue that somebody asks for, Alembic for an older store."""
    probe = "import sys, entrepot_node.commands.serve; print([m for m in ('langcodes','alembic') if m in sys.modules])"
    loaded = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"


def test_init_says_what_to_do_and_refuses_to_found_twice(run: Run, node: Path) -> None:
    again = run("init", "biomed.example", "--takedown-email", "info@biomed.example", "--home", "n")

    assert again.returncode == 2
    assert "init.exists" in again.stderr
    assert (node / "keys" / "record.pem").stat().st_mode & 0o077 == 0
    assert "Card key (secret)" in (node / "cards" / "card-a.txt").read_text()


def test_init_names_the_setting_that_is_missing(run: Run) -> None:
    done = run("init", "biomed.example", "--home", "n")

    assert done.returncode == 2
    assert "takedown" in done.stderr


@pytest.mark.parametrize(
    "origin", ["Biomed.example", "biomed", "https://biomed.example", "biomed.example:80", "1.2.3.4"]
)
def test_init_refuses_what_is_no_origin(run: Run, origin: str) -> None:
    done = run("init", origin, "--takedown-email", "info@biomed.example", "--home", "n", "--json")

    assert done.returncode in (1, 2)
    assert json.loads(done.stdout)["error"]["code"] in ("log.origin", "settings.wrong")


def test_a_profile_is_published_changed_withdrawn_and_shown(run: Run, node: Path, tmp_path: Path) -> None:
    first = run("publish", write(tmp_path / "p.json", PROFILE), "--home", "n", "--json")
    assert first.returncode == 0, first.stderr
    subject = json.loads(first.stdout)["items"][0]["subject"]

    same = run("publish", write(tmp_path / "p.json", {**PROFILE, "id": subject}), "--home", "n", "--json")
    assert (json.loads(same.stdout)["published"], json.loads(same.stdout)["unchanged"]) == (0, 1)

    changed = {**PROFILE, "id": subject, "name": {"en": "Acme Biotech"}}
    second = run("publish", write(tmp_path / "p.json", changed), "--home", "n", "--json")
    assert json.loads(second.stdout)["items"][0]["revision"] == 2

    shown = json.loads(run("show", subject, "--home", "n", "--json").stdout)
    assert [version["live"] for version in shown["versions"]] == [True, False]

    withdrawn = run("withdraw", subject, "--yes", "--home", "n", "--json")
    assert json.loads(withdrawn.stdout)["withdrawn"] == 1
    after = json.loads(run("show", subject, "--home", "n", "--json").stdout)
    assert [version["status"] for version in after["versions"]] == ["erased", "erased"]
    assert all(version["record"] is None for version in after["versions"])

    again = run("withdraw", subject, "--yes", "--home", "n", "--json")
    assert again.returncode == 2
    assert json.loads(again.stdout)["error"]["code"] == "publish.not-live"
    assert run("verify", "--home", "n").returncode == 0


def test_publish_refuses_a_bad_profile_and_publishes_nothing(run: Run, node: Path, tmp_path: Path) -> None:
    lines = [PROFILE, {**PROFILE, "sumary": {"en": "x"}}]
    (tmp_path / "p.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    done = run("publish", "p.jsonl", "--home", "n", "--json")

    assert done.returncode == 1
    assert json.loads(done.stdout)["findings"][0]["code"] == "schema.additionalProperties"
    assert json.loads(run("show", "--home", "n", "--json").stdout)["feeds"][0]["records"] == 0


def test_check_names_file_line_pointer_code_and_hint(run: Run, tmp_path: Path) -> None:
    write(tmp_path / "p.json", {**PROFILE, "sumary": {"en": "x"}, "founded": "2019-02-30"})
    write(
        tmp_path / "q.json",
        {**PROFILE, "id": "https://biomed.example/id/" + "a" * 26, "founded": "2019-02-30"},
    )
    done = run("check", "p.json", "q.json", "--json")
    found = json.loads(done.stdout)["findings"]

    assert done.returncode == 1
    assert any(f["code"] == "schema.additionalProperties" and "summary" in f["hint"] for f in found)
    date = next(f for f in found if f["code"] == "code.date")
    assert (date["file"], date["pointer"], date["line"] > 1, date["layer"]) == (
        "q.json",
        "/founded",
        True,
        "C",
    )


@pytest.mark.parametrize("command", [("show",), ("peers",), ("sync",), ("serve",)])
def test_a_command_without_a_node_says_how_to_make_one(run: Run, command: tuple[str, ...]) -> None:
    done = run(*command, "--home", "nowhere")

    assert done.returncode == 2
    assert "entrepot init" in done.stderr


def test_import_keeps_which_row_is_which_subject(run: Run, node: Path, tmp_path: Path) -> None:
    csv = tmp_path / "members.csv"
    csv.write_text("no,name,country\n1,Alpha,DE\n2,Beta,FR\n", "utf-8")
    first = run("import", "members.csv", "--key", "no", "--language", "en", "--home", "n", "--json")
    assert first.returncode == 0, first.stdout + first.stderr
    assert json.loads(first.stdout)["new"] == 2

    csv.write_text("no,name,country\n1,Alpha,DE\n2,Beta SA,FR\n3,Gamma,IT\n", "utf-8")
    dry = run(
        "import", "members.csv", "--key", "no", "--language", "en", "--dry-run", "--home", "n", "--json"
    )
    second = run("import", "members.csv", "--key", "no", "--language", "en", "--home", "n", "--json")
    third = run("import", "members.csv", "--key", "no", "--language", "en", "--home", "n", "--json")
    counts = [
        tuple(json.loads(r.stdout)[n] for n in ("new", "changed", "unchanged")) for r in (dry, second, third)
    ]

    assert counts == [(1, 1, 1), (1, 1, 1), (0, 0, 3)]
    assert json.loads(run("show", "--home", "n", "--json").stdout)["feeds"][0]["records"] == 3
    # keys entry, two rows, one changed, one new
    assert json.loads(run("show", "--home", "n", "--json").stdout)["feeds"][0]["size"] == 5


def test_an_imported_record_keeps_its_licence_where_the_row_names_none(
    run: Run, node: Path, tmp_path: Path
) -> None:
    """The node's licence is for new records: a changed row must not put an old one under it."""
    csv = tmp_path / "members.csv"
    command = ("import", "members.csv", "--key", "no", "--language", "en", "--home", "n", "--json")
    csv.write_text("no,name,country,license\n1,Alpha,DE,CC0-1.0\n", "utf-8")
    assert run(*command).returncode == 0
    csv.write_text("no,name,country,license\n1,Alpha SA,DE,\n2,Beta,DE,\n", "utf-8")
    assert json.loads(run(*command).stdout)["changed"] == 1

    lines = run("export", "--signed", "--home", "n").stdout.splitlines()
    told = {
        one["credentialSubject"]["profile"]["name"]["en"]: one["license"] for one in map(json.loads, lines)
    }
    assert told == {"Alpha SA": "CC0-1.0", "Beta": "CC-BY-4.0"}


def test_a_routine_import_does_not_bring_back_what_was_withdrawn(
    run: Run, node: Path, tmp_path: Path
) -> None:
    """LOG-51: a takedown outlives the spreadsheet it came from, until somebody says otherwise."""
    arguments = ("import", "members.csv", "--key", "no", "--language", "en", "--home", "n", "--json")
    csv = tmp_path / "members.csv"
    csv.write_text("no,name,country\n1,Alpha,DE\n", "utf-8")
    run(*arguments)
    record = json.loads(run("show", "--home", "n", "--json").stdout)["feeds"][0]
    assert record["records"] == 1
    changes = subprocess.run(
        [sys.executable, "-c", SUBJECTS, str(tmp_path / "n")], capture_output=True, text=True, check=True
    )
    assert run("withdraw", changes.stdout.strip(), "--yes", "--home", "n").returncode == 0

    csv.write_text("no,name,country\n1,Alpha GmbH,DE\n", "utf-8")
    routine, asked = json.loads(run(*arguments).stdout), json.loads(run(*arguments, "--again").stdout)

    assert (routine["changed"], routine["withdrawn"]) == (0, ["1"])
    assert (asked["changed"], asked["withdrawn"]) == (1, [])


def test_follow_never_trusts_without_a_confirmation(run: Run, node: Path) -> None:
    """Nobody answers at that port: the address is refused or unreachable before anything is pinned."""
    private = run("follow", "http://127.0.0.1:9", "--home", "n", "--json")
    unreachable = run("follow", "http://127.0.0.1:9", "--allow-private", "--home", "n", "--json")

    assert (private.returncode, json.loads(private.stdout)["error"]["code"]) == (2, "peer.url")
    assert (unreachable.returncode, json.loads(unreachable.stdout)["error"]["code"]) == (
        3,
        "peer.unreachable",
    )
