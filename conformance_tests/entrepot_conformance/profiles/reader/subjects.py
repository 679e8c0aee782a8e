"""One subject: its live version, versions, differences, proof, other words."""

from __future__ import annotations

import secrets

from entrepot_conformance.profiles.reader.api import Api, Item, api_case, decoded, digest_of_record, halves
from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Skipped

_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"


def cases() -> list[Case]:
    """Return the cases of one subject."""
    return [
        api_case("subject", "answers a subject with its live version", "EXC-52 EXC-51", _subject),
        api_case("subject-unknown", "answers 404 for a subject that no entry names", "EXC-52 EXC-09", _unknown, refuses=True),
        api_case("subject-withdrawn", "answers 410 for a withdrawn subject, without content", "EXC-52 EXC-42", _withdrawn, refuses=True),
        api_case("history", "lists every version, contents only when asked", "EXC-53", _history),
        api_case("difference", "names changes between two versions by pointer", "EXC-53", _difference),
        api_case("schema-org", "says in the words of schema.org no more than was signed", "EXC-65", _schema_org),
        api_case("proof", "gives a record with the proof of its entry", "LOG-83", _proof),
    ]  # fmt: skip


def _subject_of(item: Item) -> str:
    return str(item["record"]["credentialSubject"]["id"])


def _subject(api: Api) -> None:
    for item in api.some_records(5):
        found = api.get(f"/subjects/{halves(_subject_of(item))}")
        assert found["record"]["credentialSubject"]["id"] == _subject_of(item), "another subject is answered"
        assert digest_of_record(found["record"]) == found["digest"], "other bytes than the digest says"


def _unknown(api: Api) -> None:
    letters = "".join(secrets.choice(_LETTERS) for _ in range(26))
    origin = api.get("/")["origin"]
    api.problem(f"/subjects/{origin}/{letters}", 404, "record.unknown")
    for odd in (f"{origin}/x", f"{origin.upper()}/{letters}", f"{origin}/{letters.upper()}", f"../{letters}"):
        assert api.ask(f"/subjects/{odd}").status in (400, 404), f"{odd} is answered"


def _withdrawn(api: Api) -> None:
    gone = {item["subject"] for item in api.items("/changes") if item.get("op") == "withdraw"}
    for subject in sorted(gone):
        answer = api.ask(f"/subjects/{halves(subject)}")
        if answer.status == 200:
            continue  # published again since
        assert answer.status == 410, f"{subject}: {answer.status} where 410 was due"
        assert decoded(answer)["code"] == "record.withdrawn"
        return
    raise Skipped("no withdrawn subject among the first changes")


def _history(api: Api) -> None:
    for item in api.some_records(5):
        path = f"/subjects/{halves(_subject_of(item))}/history"
        versions = list(api.items(path))
        assert versions, f"{path}: no version of a live record"
        assert all("record" not in one or one["record"] is None for one in versions), (
            f"{path}: contents unasked"
        )
        newest = next(api.items(f"{path}?content=true"))
        assert digest_of_record(newest["record"]) == newest["digest"], (
            f"{path}: other bytes than the digest says"
        )


def _difference(api: Api) -> None:
    for item in api.items("/records"):
        revision = item["record"]["revision"]
        if revision < 2:
            continue
        path = f"/subjects/{halves(_subject_of(item))}"
        before = api.ask(f"{path}/versions/{revision - 1}")
        if before.status != 200 or not decoded(before).get("record"):
            continue
        found = api.get(f"{path}/difference?from={revision - 1}&to={revision}")
        changes = found.get("changes", found.get("items"))
        assert isinstance(changes, list), f"{path}: the difference is no list"
        assert all(one["pointer"] == "" or one["pointer"].startswith("/") for one in changes)
        return
    raise Skipped("no record with two versions among the first")


def _schema_org(api: Api) -> None:
    item = api.some_records(1)[0]
    found = api.get(f"/subjects/{halves(_subject_of(item))}/schema.org")
    assert "schema.org" in str(found.get("@context")), "no words of schema.org"
    assert item["record"]["license"] in str(found) or "license" in str(found), "the licence is not named"


def _proof(api: Api) -> None:
    item = api.some_records(1)[0]
    answer = api.ask(f"/subjects/{halves(_subject_of(item))}/proof")
    assert answer.status == 200, f"no proof: {answer.status}"
    assert answer.body.startswith(b"c2sp.org/tlog-proof@v1\n"), "not a tlog-proof"
