"""`entrepot keys` as an operator runs it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.home import Home
from entrepot_schema.fingerprint import six_words


def entrepot(home: Home, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "entrepot_node.cli", *arguments, "--home", str(home.path)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)


def answer(home: Home, *arguments: str, stdin: str = "", code: int = 0) -> Any:
    done = entrepot(home, *arguments, "--json", stdin=stdin)
    assert done.returncode == code, done.stdout + done.stderr
    return json.loads(done.stdout)


def test_keys_are_shown_by_role_with_words_code_and_dates(home: Home) -> None:
    """SIG-68: nothing secret is among them."""
    shown = answer(home, "keys", "show")
    text = entrepot(home, "keys", "show").stdout

    assert shown["words"] == list(six_words(shown["fingerprint"]))
    assert [key["state"] for key in shown["cosigners"]] == ["ready", "ready"]
    assert [(line["line"], line["changed"]) for line in shown["keyLog"]] == [(1, ["founded"])]
    for part in (
        shown["fingerprint"],
        " ".join(shown["words"]),
        shown["recordKey"],
        "█",
        "2026-11-23T09:30:00Z",
    ):
        assert part in text
    secrets = [home.keyring(1).record.seed.hex(), home.keyring(1).log.seed.hex()]
    assert not any(secret in text + json.dumps(shown) for secret in secrets)


def test_a_rotation_takes_the_card_from_a_pipe_and_says_what_to_do(home: Home) -> None:
    """SIG-51."""
    page = (home.cards / "card-a.txt").read_text()

    done = answer(home, "keys", "rotate", "--card", "-", stdin=page)
    again = answer(home, "keys", "rotate", "--card", str(home.cards / "card-a.txt"), code=2)
    shown = answer(home, "keys", "show")

    assert (done["line"], done["signedAgain"]) == (2, 0)
    assert again["error"]["code"] == "key.card"
    assert Path(done["cards"][0]).name == "card-2.txt"
    assert shown["keyLog"][1]["changed"] == ["new record key"]
    assert answer(home, "verify")["shown"]


def test_what_a_rotation_changes_is_named(home: Home) -> None:
    """SIG-60, SIG-65."""
    answer(home, "keys", "rotate", "--log", "--card", str(home.cards / "card-a.txt"))
    answer(home, "keys", "rotate", "--new-feed", "--fresh-pair", "--card", str(home.cards / "card-b.txt"))
    both = answer(home, "keys", "rotate", "--log", "--new-feed", "--card", "-", code=2)
    shown = answer(home, "keys", "show")

    assert [line["changed"] for line in shown["keyLog"][1:]] == [
        ["new record key", "new log key of feed 1"],
        ["new record key", "feed 2 begins"],
    ]
    assert [key["live"] for key in shown["logKeys"]] == [True, False]
    assert both["error"]["code"] == "key.options"


def test_a_secret_on_the_command_line_is_not_taken(home: Home) -> None:
    secret = (home.cards / "card-a.txt").read_text().partition("(secret):")[2].split()[0]

    refused = answer(home, "keys", "rotate", "--card", secret, code=2)["error"]

    assert refused["code"] == "key.card"
    assert secret not in json.dumps(refused)


def test_a_lost_state_is_followed_by_the_next_number(home: Home) -> None:
    """K12. LOG-78."""
    refused = answer(home, "keys", "recover", "--witness", code=2)["error"]["code"]
    (home.states / "witness-1.db").unlink()
    before = answer(home, "keys", "show")["cosigners"][0]["state"]

    made = answer(home, "keys", "recover", "--witness")["made"]

    assert (refused, before, made) == ("key.not-lost", "lost", ["biomed.example/witness/2"])
    witness = answer(home, "keys", "show")["cosigners"][0]
    assert (witness["name"], witness["state"]) == ("biomed.example/witness/2", "ready")
    document = Home(home.path).open_store().document("node")
    assert document is not None
    assert b"biomed.example/witness/2" in document


def test_a_new_identity_asks_first(home: Home) -> None:
    """SIG-67."""
    before = answer(home, "keys", "show")["fingerprint"]

    declined = entrepot(home, "keys", "renew-identity", stdin="n\n")
    done = answer(home, "keys", "renew-identity", "--yes")

    assert declined.returncode == 1
    assert done["fingerprint"] != before
    assert done["feed"] == "biomed.example/feed/2"


@pytest.mark.parametrize("group", ["keys", "keys rotate"])
def test_help_says_what_it_is_for(home: Home, group: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "entrepot_node.cli", *group.split(), "--help"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "key" in done.stdout


@pytest.mark.parametrize("role", ["witness", "mirror"])
def test_the_next_cosigner_key_asks_for_a_restart(home: Home, role: str) -> None:
    """A server that runs holds the key it was started with; the command says what to do, to people and to programs."""
    text = entrepot(home, "keys", "recover", f"--{role}", "--yes").stdout
    made = answer(home, "keys", "recover", f"--{role}", "--yes")

    assert f"biomed.example/{role}/2" in text
    assert "start it again now" in text
    assert made == {"made": [f"biomed.example/{role}/3"], "restart": True}


def test_a_new_fingerprint_is_taken_only_with_repin_and_the_fingerprint_that_was_told(
    node: Any, tmp_path: Path, serve: Callable[[Path], int]
) -> None:
    """SIG-67, F10: without the word it is an alarm, and with --yes alone nobody has compared anything."""
    node.refresh_node_document()
    home, follower = node.home, Home(tmp_path / "follower")
    answer(follower, "init", "agri.example", "--takedown-email", "info@agri.example")
    old = answer(home, "keys", "show")["fingerprint"]
    url = f"http://127.0.0.1:{serve(home.path)}"

    def follow(*options: str, code: int = 0) -> Any:
        return answer(follower, "follow", url, "--allow-private", *options, code=code)

    def pinned() -> str:
        (line,) = [row for row in answer(follower, "peers") if row["origin"] == "biomed.example"]
        return str(line["fingerprint"])

    follow("--fingerprint", old)
    new = answer(home, "keys", "renew-identity", "--yes")["fingerprint"]

    assert follow("--fingerprint", new, code=2)["error"]["code"] == "key.log-history"
    assert follow("--repin", "--yes", code=2)["error"]["code"] == "follow.unconfirmed"
    assert follow("--repin", "--fingerprint", old, code=2)["error"]["code"] == "follow.fingerprint"
    assert pinned() == old
    follow("--repin", "--fingerprint", new)
    assert pinned() == new
