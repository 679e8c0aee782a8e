"""Publishing over HTTP: who may, what is answered, and that what was answered is so (docs/publishing.md)."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import jsonschema_rs
import pytest

from entrepot_node.orders import Order, Publication
from entrepot_node.routes.api.publishing import MAX_BODY_BYTES
from entrepot_schema.errors import Misuse, Unavailable

from .door import API, OpenDoor
from .store_soundness import require_sound_contents, require_sound_log

Company = Callable[..., dict[str, Any]]


@pytest.fixture
def door(node: Any) -> Iterator[OpenDoor]:
    door = OpenDoor(node)
    yield door
    door.desk.close()


def body(*profiles: dict[str, Any]) -> bytes:
    return b"\n".join(json.dumps(profile).encode() for profile in profiles)


def path_of(profile: dict[str, Any]) -> str:
    return "/subjects/" + profile["id"].removeprefix("https://").replace("/id/", "/")


# --- what is answered


def test_a_profile_is_published_and_its_receipt_says_where(door: OpenDoor, company: Company) -> None:
    answer = door.ask("POST", "/records", body(company("Acme")), token=door.token())

    assert answer.status_code == 200
    found = answer.json()
    (item,) = found.pop("items")
    assert found == {"feed": "biomed.example/feed/1", "size": 2, "changed": 1, "unchanged": 0}
    assert (item["type"], item["revision"], item["index"]) == ("company", 1, 1)
    assert door.node.feed.head.size == 2
    assert door.ask("GET", path_of({"id": item["subject"]})).json()["index"] == 1
    assert answer.headers["cache-control"] == "no-store"
    require_sound_contents(door.node, require_sound_log(door.node))


def test_a_package_is_published_whole_or_not_at_all(door: OpenDoor, company: Company) -> None:
    """With all findings of all records, each with its place."""
    token = door.token()
    good, bad = company("A", 1), company("B", 2, status="asleep")
    worse = company("C", 3, website="http://localhost")

    refused = door.ask("POST", "/records", body(good, bad, worse), token=token)

    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    found = [(one["record"], one["code"], one["pointer"]) for one in refused.json()["findings"]]
    assert (1, "schema.enum", "/status") in found
    assert {place for place, _, _ in found} == {1, 2}
    assert door.node.feed.size == 1
    done = door.ask("POST", "/records", body(good, company("B", 2)), token=token).json()
    assert [item["index"] for item in done["items"]] == [1, 2]
    again = door.ask("POST", "/records", body(company("B, renamed", 2), good), token=token).json()
    assert [(item["revision"], item["index"]) for item in again["items"]] == [(2, 3), (1, None)]


def test_a_subject_is_withdrawn(door: OpenDoor, company: Company) -> None:
    token, acme = door.token(), company("Acme", 1)
    door.ask("POST", "/records", body(acme), token=token)

    done = door.ask("DELETE", path_of(acme), token=token)
    again = door.ask("DELETE", path_of(acme), token=token)

    assert (done.status_code, done.json()["items"][0]["index"]) == (200, 2)
    assert (again.status_code, again.json()["code"]) == (404, "publish.not-live")
    assert door.ask("GET", path_of(acme)).status_code == 410
    foreign = {"id": acme["id"].replace("biomed", "agri")}
    assert door.ask("DELETE", path_of(foreign), token=token).status_code == 404


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 422, "json.syntax"), (b"{", 422, "json.syntax"), (b'{"a":1,"a":2}', 422, "json.duplicate-member"),
        (b"[1]", 422, "json.not-an-object"), (b'{"records":[]}', 400, "publish.empty"),
        (b" " * (MAX_BODY_BYTES + 1), 413, "http.413"), (b'{"type":"company"}\n' * 1_001, 413, "http.413"),
    ],
    ids=["empty", "no JSON", "twice", "a list", "no profile", "too long", "too many"],
)  # fmt: skip
def test_a_body_that_cannot_be_read_is_refused(door: OpenDoor, raw: bytes, status: int, code: str) -> None:
    answer = door.ask("POST", "/records", raw, token=door.token())

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert door.node.feed.size == 1


# --- who may


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_nobody_publishes_without_a_token(door: OpenDoor, company: Company, method: str) -> None:
    """None, a wrong one, one that was removed; and nothing tells whether there is any token."""
    path = "/records" if method == "POST" else path_of(company(number=1))
    wrong = "entrepot-" + "A" * 43
    before = door.ask(method, path, b"not read", token=wrong)
    gone = door.token("gone")
    door.tokens.remove("gone")

    answers = [before] + [door.ask(method, path, b"not read", token=token) for token in ("", wrong, gone)]
    answers.append(door.ask(method, path, b"not read", authorization="Basic eDp5"))

    assert [answer.status_code for answer in answers] == [401] * 5
    codes = [answer.json()["code"] for answer in answers]
    assert codes == ["token.wrong", "token.missing", "token.wrong", "token.wrong", "token.missing"]
    assert {answer.headers["www-authenticate"] for answer in answers} == {'Bearer realm="publish"'}


@pytest.mark.parametrize(
    ("base_url", "address", "status"),
    [
        ("https://biomed.example", "192.0.2.1", 200),
        ("http://127.0.0.1:8101", "127.0.0.1", 200),
        ("http://[::1]:8101", "::1", 200),
        ("http://127.0.0.1:8101", "192.0.2.1", 403),
        ("http://biomed.example", "127.0.0.1", 403),
        ("http://biomed.example", "192.0.2.1", 403),
    ],
)
def test_no_token_is_taken_where_it_could_be_read_on_the_way(
    node: Any, company: Company, base_url: str, address: str, status: int
) -> None:
    door = OpenDoor(node, base_url)

    answer = door.ask("POST", "/records", body(company()), token=door.token(), address=(address, 1))

    assert answer.status_code == status
    assert status == 200 or answer.json()["code"] == "token.insecure"
    door.desk.close()


def test_whoever_guesses_is_slowed_down_and_locks_nobody_out(door: OpenDoor, company: Company) -> None:
    codes = [door.ask("POST", "/records", b"", token="guess").status_code for _ in range(12)]

    assert codes == [401] * 10 + [429] * 2
    assert door.ask("POST", "/records", b"", token="guess").headers["retry-after"] == "10"
    assert door.ask("POST", "/records", body(company()), token=door.token()).status_code == 200
    door.seconds += 10
    assert door.ask("POST", "/records", b"", token="guess").status_code == 401


def test_pages_of_other_sites_may_not_publish(door: OpenDoor, company: Company) -> None:
    """Reading stays open (EXC-70), and `Allow` names all methods (EXC-71)."""
    subject = path_of(company(number=1))
    for path, method in (("/records", "POST"), (subject, "DELETE")):
        first = door.ask("OPTIONS", path, origin="https://elsewhere.example")
        assert method in first.headers["allow"]
        assert first.headers["access-control-allow-methods"] == "GET, HEAD, OPTIONS"
        assert "authorization" not in first.headers["access-control-allow-headers"].lower()
        for token in ("", door.token(method)):
            answer = door.ask(method, path, body(company()), token=token, origin="https://elsewhere.example")
            assert not [name for name in answer.headers if name.startswith("access-control")]
        assert door.ask("PATCH", path).headers["allow"] == first.headers["allow"]
        assert door.ask("GET", path).headers["access-control-allow-origin"] == "*"


def test_the_file_of_tokens_tells_no_secret_and_is_ours_alone(door: OpenDoor) -> None:
    secret = door.token("register")

    file = door.node.home.path / "tokens.json"
    assert secret.encode() not in file.read_bytes()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for name in ("register", "", "a b", "x" * 65):
        with pytest.raises(Misuse, match="token"):
            door.token(name)
    file.chmod(0o640)
    with pytest.raises(Misuse) as refusal:
        door.tokens.holder(secret, "publish")
    assert refusal.value.code == "token.file"


def test_a_file_of_tokens_that_others_can_read_is_told_to_the_operator_alone(door: OpenDoor) -> None:
    """Strangers learn that nobody can publish now, and no path."""
    secret = door.token("register")
    (door.node.home.path / "tokens.json").chmod(0o640)

    answer = door.ask("POST", "/records", b"{}", token=secret)

    assert (answer.status_code, answer.json()["code"]) == (503, "token.file")
    assert str(door.node.home.path) not in answer.text
    assert "hint" not in answer.json()


def test_what_an_error_says_of_the_operators_machines_is_told_to_nobody(door: OpenDoor) -> None:
    """EXC-73: a database that is gone is named in the log alone."""

    async def broken() -> None:
        message = 'connection to server at "10.0.0.5" failed for user "entrepot"'
        raise Unavailable("store.unreachable", message, hint="look there")

    door.app.add_api_route(f"{API}/broken", broken)

    answer = door.ask("GET", "/broken")

    assert (answer.status_code, answer.json()["code"]) == (503, "store.unreachable")
    assert answer.headers["retry-after"]
    assert "10.0.0.5" not in answer.text
    assert "look there" not in answer.text


def test_a_token_is_for_its_scope(door: OpenDoor) -> None:
    secret = door.token("register")

    assert door.tokens.holder(secret, "publish") == "register"
    assert door.tokens.holder(secret, "read") is None


# --- the same request again


def test_a_request_that_comes_again_gets_the_same_answer(door: OpenDoor, company: Company) -> None:
    """Also from a desk that was opened anew, and when the subject has moved on since; another request gets none of it."""
    token, other = door.token("one"), door.token("other")
    first = door.ask("POST", "/records", body(company("Acme")), token=token, idempotency_key="7")
    renamed = {**company("Renamed"), "id": first.json()["items"][0]["subject"]}
    door.ask("POST", "/records", body(renamed), token=token)
    door.desk.close()

    anew = OpenDoor(door.node)
    again = anew.ask("POST", "/records", body(company("Acme")), token=token, idempotency_key="7")
    different = anew.ask("POST", "/records", body(company("Other")), token=token, idempotency_key="7")
    others = anew.ask("POST", "/records", body(company("Acme")), token=other, idempotency_key="7")

    assert (again.status_code, again.content) == (200, first.content)
    assert (different.status_code, different.json()["code"]) == (422, "publish.key-reused")
    assert others.json()["size"] == 4
    anew.desk.close()


def test_an_answer_is_kept_where_nothing_had_to_be_done(door: OpenDoor, company: Company) -> None:
    token, acme = door.token(), company("Acme", 1)
    door.ask("POST", "/records", body(acme), token=token)
    first = door.ask("POST", "/records", body(acme), token=token, idempotency_key="7")
    door.ask("DELETE", path_of(acme), token=token)

    again = door.ask("POST", "/records", body(acme), token=token, idempotency_key="7")

    assert first.json()["unchanged"] == 1
    assert again.content == first.content


# --- groups


def order(*profiles: dict[str, Any], **more: Any) -> Order:
    return Order([Publication(profile, "CC-BY-4.0") for profile in profiles], **more)


def test_orders_that_wait_become_one_commit_and_none_fails_its_neighbours(
    door: OpenDoor, company: Company
) -> None:
    """Each with receipts or a refusal of its own, in the order they came."""
    with door.node.home.append_lock(1):
        futures = [
            door.desk.take(order(company(f"C{number}", number, **({"status": "asleep"} if number % 5 == 3 else {}))))
            for number in range(40)
        ]  # fmt: skip
        futures += [
            door.desk.take(order(company("Renamed", 1))),
            door.desk.take(Order(withdrawals=[company(number=2)["id"]])),
        ]
        futures += [door.desk.take(Order(withdrawals=[company(number=77)["id"]])), door.desk.take(order(company("Back", 2)))]  # fmt: skip

    errors = [future.exception(60) for future in futures]
    done = [future.result() for future, error in zip(futures, errors, strict=True) if error is None]

    assert [getattr(error, "code", None) for error in errors[:40]] == [
        "publish.refused" if number % 5 == 3 else None for number in range(40)
    ]
    assert [getattr(error, "code", None) for error in errors[40:]] == [None, None, "publish.not-live", None]
    assert [one.receipts[0].index for one in done] == list(range(1, 36))
    assert len({one.size for one in done}) <= 2  # the first may have gone alone
    assert [one.receipts[0].revision for one in done[-3:]] == [2, 1, 2]
    require_sound_contents(door.node, require_sound_log(door.node))


def test_orders_that_only_together_cannot_be_done_are_done_one_by_one(
    door: OpenDoor, company: Company
) -> None:
    """LOG-15: two name one new subject, as different types. The first counts, and what stands between them."""
    acme = company("Acme", 1)
    institution = {**acme, "type": "institution", "kind": "university"}
    publisher = door.node.publisher()

    outcomes = publisher.carry_out([order(acme), order(company("B", 2)), order(institution)])

    assert [getattr(one, "code", None) for one in outcomes] == [None, None, "publish.inert"]
    require_sound_contents(door.node, require_sound_log(door.node))


def test_the_same_request_twice_in_one_group_is_done_once(door: OpenDoor, company: Company) -> None:
    from entrepot_node.orders import RequestKey

    key = RequestKey(b"\1" * 32, b"\2" * 32)
    asked = order(company("Acme"), key=key)
    outcomes = door.node.publisher().carry_out(
        [asked, asked, replace(asked, key=RequestKey(b"\1" * 32, b"\3" * 32))]
    )

    assert outcomes[0] == outcomes[1]
    assert getattr(outcomes[2], "code", "") == "publish.key-reused"
    assert door.node.feed.size == 2


def test_a_full_store_refuses_all_and_loses_nothing(door: OpenDoor, company: Company) -> None:
    """503 with `Retry-After`; what was asked under a key can be asked again."""
    token = door.token()
    for connection in _all_connections(door.node.store):
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    long = {"en": "Cells. " * 60}
    many = body(*(company(f"C{number}", number, summary=long) for number in range(50)))

    full = door.ask("POST", "/records", many, token=token, idempotency_key="7")
    for connection in _all_connections(door.node.store):
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    done = door.ask("POST", "/records", many, token=token, idempotency_key="7")

    assert (full.status_code, full.json()["code"]) == (503, "store.full")
    assert full.headers["retry-after"]
    assert done.json()["size"] == 51
    require_sound_contents(door.node, require_sound_log(door.node))


def _all_connections(store: Any) -> Iterator[Any]:
    connections = [store._engine.connect() for _ in range(8)]
    yield from connections
    for connection in connections:
        connection.close()


def test_nothing_is_taken_by_a_desk_that_was_closed(door: OpenDoor, company: Company) -> None:
    door.desk.close()

    with pytest.raises(Unavailable) as refusal:
        door.desk.take(order(company("Late")))

    assert refusal.value.code == "publish.busy"


# --- the description


def test_the_description_names_both_ways_and_their_answers(door: OpenDoor) -> None:
    """EXC-68: with a security scheme, and examples that fit."""
    described = door.ask("GET", "/openapi.json").json()
    publish, withdraw = (
        described["paths"][f"{API}/records"]["post"],
        described["paths"][API + "/subjects/{origin}/{letters}"]["delete"],
    )

    assert (publish["operationId"], withdraw["operationId"]) == ("publishRecords", "withdrawSubject")
    assert publish["security"] == withdraw["security"] == [{"publishToken": []}]
    assert described["components"]["securitySchemes"]["publishToken"]["scheme"] == "bearer"
    assert {"200", "400", "401", "403", "408", "413", "415", "422", "429", "503"} <= set(publish["responses"])
    for operation in (publish, withdraw):
        for status, answer in operation["responses"].items():
            for content in answer.get("content", {}).values():
                schema = {"components": described["components"], **content["schema"]}
                jsonschema_rs.validate(schema, content["example"])
            assert answer["description"], status
    assert described["paths"][f"{API}/records"]["get"]["security"] == []
