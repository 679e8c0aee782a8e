"""Publishing on all cores: workers change how soon it is done, never what is found, signed or told."""

from __future__ import annotations

import math
import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import nullcontext
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest

from entrepot_node import publish
from entrepot_node.drafts import Draft, made_draft, read_draft
from entrepot_node.orders import Publication, PublishRefused
from entrepot_node.publish import Publisher
from entrepot_node.publishable import require_publishable
from entrepot_node.storage.search import SearchQuery
from entrepot_node.workers import Workers
from entrepot_schema.canonical import read_canonical
from entrepot_schema.findings import Finding
from entrepot_schema.strict_json import MAX_DEPTH

from .test_publish import UNWRITABLE, assert_sound, nested

ORIGIN = "biomed.example"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
LEI = [{"scheme": "LEI", "id": "529900T8BM49AURSDO55"}]
LAYERS = {"J", "S", "C", "X", "P", "K", "L"}
Profile = dict[str, Any]
Company = Callable[..., Profile]
Answer = TypeVar("Answer")


class Idle(Workers):
    """Workers that answer nothing of what they are asked."""

    def ask(self, work: Callable[..., Answer], *given: Any) -> Future[Answer | None]:
        answer: Future[Answer | None] = Future()
        answer.set_result(None)
        return answer


class Careless(Workers):
    """Workers that leave out most of what they are asked."""

    def ask(self, work: Callable[..., Any], *given: Any) -> Future[Any]:
        answer: Future[Any] = Future()
        answer.set_result(work(*given)[:3])
        return answer


@pytest.fixture(scope="module")
def workers() -> Iterator[Workers]:
    with Workers("entrepot_node.publishable") as opened:
        yield opened


def of_all_layers(company: Company) -> list[Draft]:
    """Drafts with faults of each layer among many that have none; the last job is not full."""
    deep = {"abc": {"schema": "https://ext.example/1", "v": nested(MAX_DEPTH - 5)}}
    no_name = company("S", 12)
    del no_name["name"]
    faulty = [
        company("J", 10, ext=deep),
        company("J", 11, summary={"en": "x" * 70_000}),
        no_name,
        {"type": "unicorn"},
        company("C", 13, locations=[{"country": "UK"}], updated="2027-01-01"),
        company("X", 14, identifiers=LEI),
        company("X", 15, identifiers=LEI),
        company("X", 14),
        company("P", 16, summary={"en": "Write to ada.lovelace@acme.example, our head of sales."}),
        company("K", 17) | {"id": "https://agri.example/id/" + "a" * 26},
        company("L", 18),
        {"id": 7, "type": "company"},
        {},
    ]
    read = [read_draft(profile, "CC-BY-4.0", by_default=False) for profile in faulty]
    made = [made_draft(company("J", ext=value), "CC0-1.0", by_default=False) for value in UNWRITABLE.values()]
    nowhere = [made_draft({"id": company(number=14)["id"], "v": math.nan}, "CC0-1.0", by_default=False)]
    licensed = [
        read_draft(company("C", 19), one, by_default=False) for one in ("CC-BY-NC-4.0", "as you like")
    ]
    good = [read_draft(company("A", number), "CC-BY-4.0", by_default=True) for number in range(20, 280)]
    return [*good[:120], *read, *made, *good[120:], *nowhere, *licensed]


def faults(company: Company, workers: Workers | None) -> list[tuple[int, Finding]]:
    types = {company(number=18)["id"]: "cluster"}
    with pytest.raises(PublishRefused) as refusal:
        require_publishable(of_all_layers(company), ORIGIN, types, NOW, workers)
    return refusal.value.faults


def test_workers_find_the_same_in_the_same_order(company: Company, workers: Workers) -> None:
    expected = faults(company, None)

    assert faults(company, workers) == expected
    assert {fault.layer for _, fault in expected} == LAYERS
    assert faults(company, Idle()) == expected
    assert faults(company, Careless()) == expected


def test_a_worker_that_fails_leaves_its_drafts_to_who_asked(
    company: Company, workers: Workers, caplog: pytest.LogCaptureFixture
) -> None:
    """The same error is raised, where it can be told of which draft."""
    broken: Any = [7]

    with pytest.raises(AttributeError):
        require_publishable(broken, ORIGIN, {}, NOW, workers)

    assert "a worker failed" in caplog.text
    assert faults(company, workers) == faults(company, None)


def test_workers_that_die_leave_everything_to_who_asked(company: Company) -> None:
    with Workers("entrepot_node.publishable") as workers:
        assert workers.ask(len, "abc").result() == 3
        for worker in multiprocessing.active_children():
            worker.terminate()
            worker.join()

        assert faults(company, workers) == faults(company, None)


def bulk_publisher(node: Any, workers: Workers) -> Publisher:
    return Publisher(
        node.store,
        node.feed.name,
        node.home.keyring(1),
        now=node.clock,
        random_bytes=node.random_bytes,
        open_workers=lambda: nullcontext(workers),
    )


@pytest.mark.parametrize("answering", ["all", "none", "some"])
def test_what_is_published_in_bulk_is_what_one_process_would_publish(
    node: Any, company: Company, workers: Workers, monkeypatch: pytest.MonkeyPatch, answering: str
) -> None:
    """LOG-21: new subjects, new versions and what is live unchanged, over several batches, and all is found."""
    monkeypatch.setattr(publish, "BATCH", 40)
    monkeypatch.setattr(publish, "MANY", 1)
    node.publish(*(company(f"C{number}", number) for number in range(20)))
    node.clock.move(minutes=1)
    profiles = [company(f"C{number}", number) for number in range(10)]
    profiles += [company(f"C{number}, renamed", number) for number in range(10, 100)]
    profiles += [company("New", locations=[{"country": "CN"}])]
    told: list[tuple[int, int]] = []

    publisher = bulk_publisher(node, {"all": workers, "none": Idle(), "some": Careless()}[answering])
    receipts = publisher.publish(
        [Publication(profile, "CC-BY-4.0") for profile in profiles],
        lambda done, total: told.append((done, total)),
    )

    assert told == [(40, 101), (80, 101), (101, 101)]
    assert [receipt.revision for receipt in receipts] == [1] * 10 + [2] * 10 + [1] * 81
    assert [receipt.index for receipt in receipts] == [*[None] * 10, *range(22, 112), 21]
    assert_sound(node)
    assert node.store.search(SearchQuery(), now=node.clock().timestamp()).total == 101
    for profile, receipt in zip(profiles, receipts, strict=True):
        stated = read_canonical(node.store.versions(receipt.subject)[0].raw)["credentialSubject"]["profile"]
        assert stated == profile | {"id": receipt.subject}


def test_one_fault_among_many_signs_nothing(
    node: Any, company: Company, workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All are checked before the first is signed, whoever checks."""
    monkeypatch.setattr(publish, "BATCH", 10)
    monkeypatch.setattr(publish, "MANY", 1)
    before = node.feed
    profiles = [company(f"C{number}", number) for number in range(300)]
    profiles[-1]["updated"] = "yesterday"

    with pytest.raises(PublishRefused) as refusal:
        bulk_publisher(node, workers).publish([Publication(profile, "CC0-1.0") for profile in profiles])

    assert [place for place, _ in refusal.value.faults] == [299]
    assert node.feed == before
