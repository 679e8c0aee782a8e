"""The client against a real node: what it reads, verifies, refuses, and takes up again."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest

from entrepot_client import AsyncClient, Client, Pins
from entrepot_schema.errors import Misuse, PeerFault, Refused

OTHER_SCID = "QmS3UiXYJVUZmFtkoYVjLNjqfB9C34DvjmX9hTFGW5g7VJ"


def names(records: Any) -> list[str]:
    return [record.profile["name"]["en"] for record in records]


def test_all_records_come_verified_page_by_page(node: Any, make: Any) -> None:
    node.publish(*(make(f"Acme {number}") for number in range(7)))

    with Client(node.url, pins=node.pins) as client:
        found = list(client.records(page_size=3))

    assert names(found) == [f"Acme {number}" for number in range(7)]
    assert all(record.verified and record.license == "CC-BY-4.0" for record in found)
    assert {record.feed for record in found} == {"biomed.example/feed/1"}


def test_an_iteration_is_taken_up_again_behind_the_last_item(node: Any, make: Any) -> None:
    """Also in the middle of a page, and in another client."""
    node.publish(*(make(f"Acme {number}") for number in range(7)))

    with Client(node.url, pins=node.pins) as client:
        first = client.records(page_size=3)
        taken = [next(first) for _ in range(4)]
        token = first.resume
    with Client(node.url, pins=node.pins) as client:
        rest = list(client.records(page_size=3, resume=token))

    assert names(taken + rest) == [f"Acme {number}" for number in range(7)]


def test_an_iteration_taken_up_again_misses_nothing_though_records_went_before_it(
    node: Any, make: Any
) -> None:
    receipts = node.publish(*(make(f"Acme {number}") for number in range(7)))
    with Client(node.url, pins=node.pins) as client:
        first = client.records(page_size=5)
        taken = [next(first).id for _ in range(3)]
        node.withdraw(taken[0])
        rest = [record.id for record in client.records(page_size=5, resume=first.resume)]
        node.withdraw(taken[2])
        again = [record.id for record in client.records(page_size=5, resume=first.resume)]

    subjects = [receipt.subject for receipt in receipts]
    assert taken + rest == subjects
    assert again == [taken[1], *subjects[3:]]


def test_changes_are_read_to_the_end_and_later_from_there(node: Any, make: Any) -> None:
    subject = node.publish(make("Acme"))[0].subject
    with Client(node.url) as client:
        changes = client.changes()
        before = [(change.op, change.type) for change in changes]
        node.withdraw(subject)

        after = [(change.op, change.subject) for change in client.changes(resume=changes.resume)]

    assert before == [("keys", "keys"), ("publish", "company")]
    assert after == [("withdraw", subject)]


def test_changes_are_told_as_they_happen_and_none_twice(node: Any, make: Any) -> None:
    async def listen() -> list[str]:
        async with AsyncClient(node.url) as client:
            events = client.follow_changes()
            token, keys = await anext(events)
            node.publish(make("Acme"))
            token, first = await anext(events)
            await events.aclose()
            later = client.follow_changes(token)
            node.publish(make("Beta", type="institution", kind="university"))
            _, second = await anext(later)
            await later.aclose()
        return [keys.type, first.type, second.type]

    assert asyncio.run(listen()) == ["keys", "company", "institution"]


def test_a_subject_its_history_and_a_difference(node: Any, make: Any) -> None:
    first = node.publish(make("Acme"))[0]
    node.publish(make("Acme Bio", id=first.subject))

    with Client(node.url, pins=node.pins) as client:
        live = client.record(first.subject)
        history = [(version.revision, version.live) for version in client.history(first.subject)]
        old = client.version(first.subject, 1)
        changed = client.difference(first.subject, 1, 2)

    assert (live.revision, live.profile["name"]) == (2, {"en": "Acme Bio"})
    assert history == [(2, True), (1, False)]
    assert old.verified
    assert old.profile["name"] == {"en": "Acme"}
    assert [(change.pointer, change.before, change.after) for change in changed] == [
        ("/name/en", "Acme", "Acme Bio")
    ]


def test_a_good_record_in_the_place_of_another_is_refused(node: Any, make: Any) -> None:
    """F01: a signature says whose words they are, not that they answer what was asked."""
    asked, other = (receipt.subject for receipt in node.publish(make("Acme"), make("Evil")))
    letters = other.rpartition("/")[2]

    class Swapped(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            path = request.url.path.replace(asked.rpartition("/")[2], letters).replace(
                "versions/2", "versions/1"
            )
            request.url = request.url.copy_with(path=path)
            return super().handle_request(request)

    for unverified in ("refuse", "mark"):
        with Client(node.url, pins=node.pins, unverified=unverified, transport=Swapped()) as client:
            assert client.record(other).verified
            for read in (
                lambda: client.record(asked),
                lambda: client.version(asked, 1),
                lambda: client.version(other, 2),
            ):
                with pytest.raises(PeerFault) as error:
                    read()
                assert error.value.code == "client.answer"


def test_a_dump_streams_all_records(node: Any, make: Any) -> None:
    node.publish(*(make(f"Acme {number}") for number in range(300)))

    with Client(node.url, pins=node.pins) as client:
        found = list(client.dump())

    assert sorted(names(found)) == sorted(f"Acme {number}" for number in range(300))
    assert all(record.verified for record in found)


def test_a_withdrawn_subject_and_an_unknown_one_are_told_apart(node: Any, make: Any) -> None:
    subject = node.publish(make("Acme"))[0].subject
    node.withdraw(subject)

    with Client(node.url, pins=node.pins) as client:
        with pytest.raises(Misuse) as gone:
            client.record(subject)
        with pytest.raises(Misuse) as unknown:
            client.record(f"https://biomed.example/id/{'z' * 26}")

    assert (gone.value.code, unknown.value.code) == ("record.withdrawn", "record.unknown")


def test_records_of_an_origin_nobody_pinned_are_refused(node: Any, make: Any) -> None:
    """On by default: a reader who did not compare a fingerprint learns so at once."""
    node.publish(make("Acme"))

    with Client(node.url) as client, pytest.raises(Misuse) as misuse:
        list(client.records())

    assert misuse.value.code == "client.unpinned"


def test_records_of_an_origin_with_another_key_log_than_the_pinned_are_refused(node: Any, make: Any) -> None:
    """F10: a second key log for a pinned origin."""
    node.publish(make("Acme"))

    with Client(node.url, pins={"biomed.example": OTHER_SCID}) as client, pytest.raises(Refused) as refused:
        list(client.records())

    assert refused.value.code == "key.log-history"


def test_who_asks_for_it_gets_unverified_records_marked_or_left_out(node: Any, make: Any) -> None:
    node.publish(make("Acme"))

    with Client(node.url, unverified="mark") as client:
        (marked,) = client.records()
    with Client(node.url, unverified="skip") as client:
        left = list(client.records())

    assert (marked.verified, marked.because.partition(":")[0]) == (False, "client.unpinned")
    assert left == []


def test_a_node_is_pinned_after_its_fingerprint_was_compared(node: Any, make: Any) -> None:
    node.publish(make("Acme"))

    with Client(node.url) as client:
        log = client.key_log("biomed.example")
    with Client(node.url, pins=Pins().with_pin("biomed.example", log.scid)) as client:
        assert names(client.records()) == ["Acme"]


def test_a_file_is_checked_by_the_node(node: Any) -> None:
    with Client(node.url) as client:
        findings = client.check(json.dumps({"type": "company"}).encode())

    assert {finding.code for finding in findings} == {"schema.required"}


def test_what_is_no_subject_is_not_asked_for(node: Any) -> None:
    with Client(node.url) as client, pytest.raises(Misuse) as misuse:
        client.record("../../etc/passwd")

    assert misuse.value.code == "client.subject"


def test_both_clients_offer_the_same() -> None:
    public = {name for name in dir(AsyncClient) if not name.startswith("_")}

    assert {name for name in dir(Client) if not name.startswith("_")} == (public - {"aclose"}) | {"close"}


def test_search_finds_with_facets_and_filters(node: Any, make: Any) -> None:
    node.publish(
        make("Acme"),
        make("Zeta", locations=[{"country": "CN"}]),
        make("Acme China", locations=[{"country": "CN"}]),
    )

    with Client(node.url, pins=node.pins) as client:
        found = client.search("acme", country=["CN"])
        countries = {one.value: one.count for one in found.load().facets["country"]}

        assert (names(found), found.total) == (["Acme China"], 1)
        assert countries == {"CN": 1, "DE": 1}


def test_records_are_found_by_identifier(node: Any, make: Any) -> None:
    node.publish(make("Acme", identifiers=[{"scheme": "LEI", "id": "529900T8BM49AURSDO55"}]), make("Beta"))

    with Client(node.url, pins=node.pins) as client:
        assert names(client.by_identifier("LEI", "529900T8BM49AURSDO55")) == ["Acme"]


def test_the_command_line_searches_another_node_and_verifies(
    node: Any, make: Any, capsys: Any, tmp_path: Any
) -> None:
    """With the keys its own folder has pinned; without them it says that nobody confirmed any."""
    from entrepot_node.commands.search import run_search_at
    from entrepot_node.storage.search import SearchQuery

    node.publish(make("Acme"), make("Acme Two"))

    run_search_at(node.url, node.home.path, SearchQuery("acme", limit=1), as_json=True)
    pinned = json.loads(capsys.readouterr().out)
    run_search_at(node.url, tmp_path / "none", SearchQuery("acme", after=pinned["next"]), as_json=True)
    stranger = json.loads(capsys.readouterr().out)

    assert ([item["verified"] for item in pinned["items"]], pinned["total"]) == ([True], 2)
    assert [item["because"].partition(":")[0] for item in stranger["items"]] == ["client.unpinned"]
