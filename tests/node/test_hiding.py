"""What the operator hides: out of sight for readers of this node, whole for everybody who checks the feed."""

from __future__ import annotations

import json

import pytest

from entrepot_node.commands.hide import run_hidden, run_hide, run_unhide
from entrepot_node.commands.show import run_show
from entrepot_node.self_check import check_store
from entrepot_schema.errors import Misuse

from .mirror_nodes import Member, profile_of
from .test_mirroring import Found, found_member, mirror, origin, vouched

__all__ = ["found_member", "mirror", "origin"]

A = "a.example"
FIRST = str(profile_of(A, 1)["id"])
SUBJECT = f"/api/v1/subjects/{A}/{FIRST.rpartition('/')[2]}"
OF_THE_SUBJECT = (
    "", "/history", "/versions/1", "/difference?from=1&to=2", "/relations", "/proof", "/schema.org",
)  # fmt: skip
LISTS = (
    "/api/v1/search", "/api/v1/records", "/api/v1/records.jsonl", "/api/v1/changes", "/search", "/search.json",
    "/", "/index.json",
)  # fmt: skip


def hide(member: Member, name: str, reason: str = "") -> None:
    """As the command does: with the store opened a second time, while the application serves."""
    run_hide(member.home.path, [name], reason=reason, as_json=True)


def unhide(member: Member, name: str) -> None:
    run_unhide(member.home.path, [name], as_json=True)


@pytest.mark.parametrize("name", [A, FIRST])
def test_a_hidden_record_is_on_no_page_and_in_no_answer(origin: Member, mirror: Member, name: str) -> None:
    """FED-70, FED-71: whoever has its address is told so; and it comes back."""
    origin.publisher().withdraw([str(profile_of(A, 2)["id"])])
    mirror.pull(origin)
    before = {path: mirror.get(path).text for path in LISTS}
    assert all(FIRST in text for path, text in before.items() if path != "/")
    tag = mirror.get("/api/v1/records.jsonl").headers["etag"]

    hide(mirror, name)

    for path in LISTS:
        assert FIRST not in mirror.get(path).text, path
    for path in OF_THE_SUBJECT:
        answer = mirror.get(SUBJECT + path)
        assert (answer.status_code, answer.json()["code"]) == (404, "record.hidden"), path
    for path in (f"/record/{FIRST}", f"/record/{FIRST}/history", f"/record/{FIRST}.json"):
        answer = mirror.get(path)
        assert (answer.status_code, answer.json()["code"]) == (404, "record.hidden"), path
    assert mirror.get("/api/v1/records.jsonl").headers["etag"] != tag
    # What was withdrawn stays among the changes: copies made before must follow.
    withdrawals = [one for one in mirror.get("/api/v1/changes").json()["items"] if one["op"] == "withdraw"]
    assert [one["subject"] for one in withdrawals] == [profile_of(A, 2)["id"]]

    unhide(mirror, name)
    for path in LISTS:
        assert (FIRST in mirror.get(path).text) is (FIRST in before[path]), path
    assert mirror.get(SUBJECT).status_code == 200


def test_a_person_is_told_that_it_is_hidden_and_not_withdrawn(origin: Member, mirror: Member) -> None:
    """FED-71: also in Chinese; why is for the operator alone."""
    hide(mirror, A, "a canary of a complaint")

    for language, words in (("en", "has not been withdrawn"), ("zh-Hans", "并未撤回")):
        page = mirror.get(f"/record/{FIRST}?lang={language}", accept="text/html")
        assert page.status_code == 404
        assert words in page.text
        assert "canary" not in page.text
    unknown = mirror.get(f"/record/https://{A}/id/{'z' * 26}", accept="text/html")
    assert (unknown.status_code, "has not been withdrawn" in unknown.text) == (404, False)
    assert "canary" not in mirror.get("/peers").text + mirror.get("/api/v1/peers").text


def test_the_feed_of_a_hidden_origin_is_checked_mirrored_and_cosigned_as_before(
    origin: Member, mirror: Member, found_member: Found
) -> None:
    """FED-70: byte for byte, and so are pulls, cosignatures and whoever follows the mirror."""
    path, size = mirror.mirror_path(origin), origin.feed.head.size
    paths = ("/checkpoint", "/contents/0", f"/delta?from=0&to={size}", f"/tile/entries/000.p/{size}")
    before = [mirror.get(path + one).content for one in paths]

    hide(mirror, A)
    hide(mirror, FIRST)
    assert [mirror.get(path + one).content for one in paths] == before

    origin.publish(7)
    origin.withdraw(3)
    mirror.pull(origin)
    assert vouched(mirror, origin) == origin.feed.head.size
    check_store(mirror.store, mirror.copy_of(origin))
    assert profile_of(A, 7)["id"] not in mirror.get("/api/v1/records").text

    follower = found_member("f.example")
    follower.follow(origin)
    follower.follow(mirror)
    follower.pull(mirror)
    origin.line.silent.add(A)
    asked = len(origin.line.asked)
    follower.pull(origin)
    assert any(f"m.example{path}" in one for one in origin.line.asked[asked:])
    assert FIRST in follower.get("/api/v1/records").text


def test_peers_are_shown_with_what_is_hidden_of_them(origin: Member, mirror: Member) -> None:
    """FED-70: numbers fit the lists, and the reader is told."""
    hide(mirror, FIRST)
    counts = mirror.get("/api/v1/peers").json()["items"][1]["counts"]
    assert (counts["stored"], counts["hidden"]) == (5, 1)
    assert "1 hidden here by the operator" in " ".join(mirror.get("/peers").text.split())
    records = mirror.get("/index.json").json()["records"]
    assert (records["peers"], records["total"]) == (4, 4)

    hide(mirror, A)
    records = mirror.get("/index.json").json()["records"]
    assert (records["peers"], records["total"]) == (0, 0)


def test_the_commands_hide_list_and_show_again(
    origin: Member, mirror: Member, capsys: pytest.CaptureFixture[str]
) -> None:
    path = mirror.home.path
    run_hide(path, [A, FIRST], reason="complaint of 3 March", as_json=False)
    run_hidden(path, as_json=False)
    told = capsys.readouterr().out
    assert f"Hidden: {A}" in told
    assert told.count("complaint of 3 March") == 2

    run_unhide(path, [A], as_json=False)
    capsys.readouterr()
    run_hidden(path, as_json=True)
    (row,) = json.loads(capsys.readouterr().out)["hidden"]
    assert (row["name"], row["kind"], row["reason"]) == (FIRST, "subject", "complaint of 3 March")

    run_show(path, FIRST, as_json=False)
    assert f"{FIRST} (hidden here from readers)" in capsys.readouterr().out
    with pytest.raises(Misuse) as refusal:
        run_unhide(path, [A], as_json=False)
    assert refusal.value.code == "hide.not-hidden"


@pytest.mark.parametrize(
    ("name", "code"),
    [("m.example", "hide.own"), ("nobody.example", "hide.unknown"), ("nonsense", "hide.unknown")],
)
def test_what_cannot_be_hidden_says_what_to_do(mirror: Member, name: str, code: str) -> None:
    with pytest.raises(Misuse) as refusal:
        hide(mirror, name)

    assert (refusal.value.code, bool(refusal.value.hint)) == (code, True)
