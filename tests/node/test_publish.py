"""The one write path: what a caller was told is durable, and everything published would be believed elsewhere."""

from __future__ import annotations

import json
import math
import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from entrepot_node import publish
from entrepot_node.commands.publish import run_publish
from entrepot_node.orders import Publication, PublishRefused
from entrepot_node.publish import Publisher
from entrepot_schema.canonical import read_canonical, sha256
from entrepot_schema.errors import Conflict, EntrepotError, Misuse, Refused
from entrepot_schema.keys import SigningKey
from entrepot_schema.record import Statement, verify_record
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.entry import FeedState, Outcome, parse_entry
from entrepot_sync.feed_store import Status
from entrepot_sync.merkle import Frontier, leaf_hash
from entrepot_sync.peer_trust import log_keys

EXAMPLES = Path(__file__).parents[2] / "schema" / "examples"
Profile = dict[str, Any]
Company = Callable[..., Profile]

UNWRITABLE = {
    "a float": 1.5,
    "NaN": math.nan,
    "a number beyond 2^53": 2**60,
    "a lone surrogate": "\ud800",
    "a NUL": "a\0",
    "a member name that is no ASCII": {"é": 1},
    "a member name that is no text": {1: 1},
    "a date": date(2026, 11, 23),
    "bytes": b"x",
}


def nested(depth: int) -> Profile:
    return {"a": nested(depth - 1)} if depth else {}


def assert_sound(node: Any) -> None:
    """Check our feed as a follower would: signature, root, every entry effective, every live record."""
    feed = node.feed
    opened = open_checkpoint(feed.head.note, feed.name, log_keys(feed.key_log, feed.name)).checkpoint
    entries = node.store.entries(feed.id, 0, feed.size + 1)
    root = Frontier().extend(leaf_hash(raw) for raw in entries).root()
    assert (opened.size, opened.root) == (len(entries), root) == (feed.size, feed.frontier.root())
    state = FeedState(feed.origin)
    contents = {sha256(raw): raw for raw in node.store.contents(feed.id, 0, feed.size)}
    decisions = [state.decide(index, raw) for index, raw in enumerate(entries)]
    assert {decision.outcome for decision in decisions} == {Outcome.EFFECTIVE}  # LOG-25
    live = {s.live_index for s in state.subjects.values() if s.type != "keys"} - {None}
    assert len(contents) == len(live)
    for decision in decisions:
        if decision.index in live:
            entry, after = decision.entry, decision.after
            statement = Statement(entry.subject, entry.type, entry.time, after.publishes)
            key = feed.key_log.latest.record_key
            verify_record(contents[entry.digest], statement, origin=feed.origin, key=key)


def test_a_batch_is_one_transaction_and_one_head(node: Any, company: Company) -> None:
    """EXC-04, LOG-21: new subjects get ids without a name in them; receipts say where each record stands."""
    receipts = node.publish(company("A"), company("B"), company("C"))

    assert [(r.type, r.revision, r.index) for r in receipts] == [("company", 1, index) for index in (1, 2, 3)]
    assert len({r.subject for r in receipts}) == 3
    assert node.feed.head.size == 4
    assert_sound(node)


def test_profiles_of_one_country_stand_beside_one_another_in_the_feed(node: Any, company: Company) -> None:
    """What is alike compresses together; receipts come in the order of what was given."""
    receipts = node.publish(
        company("A"), company("B", locations=[{"country": "CN"}]), company("C"), company("D", 1)
    )

    assert [receipt.index for receipt in receipts] == [2, 1, 3, 4]
    assert receipts[3].subject == company(number=1)["id"]
    assert_sound(node)


def test_a_profile_with_an_id_keeps_it_and_counts_revisions(node: Any, company: Company) -> None:
    """LOG-21."""
    node.publish(company("A", 1))
    node.clock.move(minutes=1)

    (second,) = node.publish(company("A renamed", 1))

    assert (second.revision, second.index) == (2, 2)
    assert_sound(node)
    versions = node.store.versions(second.subject)
    assert [(v.revision, v.live, v.status) for v in versions] == [
        (2, True, Status.STORED),
        (1, False, Status.STORED),
    ]
    assert read_canonical(versions[0].raw)["validFrom"] == "2026-11-23T09:31:00Z"


def test_a_profile_that_did_not_change_is_left_alone(node: Any, company: Company) -> None:
    """A second import publishes only what changed; no new head is signed when nothing did."""
    node.publish(company("A", 1), company("B", 2))
    before = node.feed

    receipts = node.publish(company("B", 2), company("A", 1))

    assert [(r.revision, r.index) for r in receipts] == [(1, None), (1, None)]
    assert node.feed == before
    (licensed,) = node.publish(company("A", 1), license="CC0-1.0")
    assert licensed.index == 3  # the licence is part of what is said


def test_a_live_record_keeps_its_licence_where_nobody_names_one(
    node: Any, company: Company, tmp_path: Path
) -> None:
    """A file of profiles has no licence; the default of the node is for what is new."""
    file = tmp_path / "members.jsonl"

    def put(*profiles: dict[str, Any], license: str = "") -> list[str]:
        file.write_text("".join(json.dumps(profile) + "\n" for profile in profiles), "utf-8")
        assert run_publish(node.home.path, [file], license=license, as_json=True) == 0
        return [
            json.loads(version.raw)["license"]
            for number in (1, 2)
            for version in node.store.versions(company(number=number)["id"])[:1]
        ]

    assert put(company("A", 1), license="CC0-1.0") == ["CC0-1.0"]
    size = node.feed.size
    assert put(company("A", 1)) == ["CC0-1.0"]
    assert node.feed.size == size  # nothing has changed
    assert put(company("A, renamed", 1), company("B", 2)) == ["CC0-1.0", "CC-BY-4.0"]
    assert put(company("A, renamed", 1), license="CC-BY-SA-4.0") == ["CC-BY-SA-4.0", "CC-BY-4.0"]
    head = json.loads((EXAMPLES / "package.json").read_text("utf-8")) | {"records": [], "license": "CC0-1.0"}
    assert put(head, company("B", 2)) == ["CC-BY-SA-4.0", "CC0-1.0"]


def test_profiles_that_do_not_fit_together_are_refused(node: Any, company: Company) -> None:
    """PRO-73, PRO-74: with the place of each, though each by itself may be published."""
    lei = [{"scheme": "LEI", "id": "529900T8BM49AURSDO55"}]
    size = node.feed.size

    with pytest.raises(PublishRefused) as refusal:
        node.publish(
            company("A", 1), company("B", 1), company("C", identifiers=lei), company("D", identifiers=lei)
        )

    found = [(place, fault.code, fault.pointer) for place, fault in refusal.value.faults]
    assert found == [(1, "cross.duplicate-id", "/id"), (3, "cross.duplicate-identifier", "/identifiers/0/id")]
    assert node.feed.size == size


def test_what_a_batch_refers_to_may_be_live_already(node: Any, company: Company) -> None:
    """PRO-75: without a head nothing is said of what is missing."""
    cluster = company("BioMed", 1) | {"type": "cluster", "kind": "sciencePark"}
    node.publish(cluster)

    (member,) = node.publish(company("A", memberOf=[{"cluster": cluster["id"]}]))

    assert member.index is not None


def test_a_withdrawn_subject_is_erased_and_may_come_back(node: Any, company: Company) -> None:
    """LOG-20, LOG-51: revisions go on counting, also for the same profile as before."""
    (first,) = node.publish(company("A", 1))
    (gone,) = node.withdraw(first.subject, first.subject)
    assert (gone.index, gone.revision) == (2, 1)
    assert [version.raw for version in node.store.versions(first.subject)] == [None]

    (back,) = node.publish(company("A", 1))

    assert (back.revision, back.index) == (2, 3)
    assert_sound(node)


@pytest.mark.parametrize("subject", ["unknown", "withdrawn", "of keys"])
def test_only_live_subjects_can_be_withdrawn(node: Any, company: Company, subject: str) -> None:
    """LOG-19, LOG-25: all or none of a request; the key log is never withdrawn."""
    live, other = node.publish(company("A", 1), company("B", 2))
    node.withdraw(other.subject)
    before = node.feed
    named = {
        "unknown": company(number=9)["id"],
        "withdrawn": other.subject,
        "of keys": "did:web:biomed.example",
    }

    with pytest.raises(Misuse) as refusal:
        node.withdraw(live.subject, named[subject])

    assert refusal.value.code == "publish.not-live"
    assert node.feed == before


def test_nothing_is_published_when_one_profile_has_a_fault(node: Any, company: Company) -> None:
    """All faults of all profiles are told at once, each with its place."""
    before = node.feed
    bad = company("B")
    del bad["locations"]
    foreign = company("C", 3) | {"id": "https://agri.example/id/" + "a" * 26}

    with pytest.raises(PublishRefused) as refusal:
        node.publish(company("A"), bad, foreign, {"type": "unicorn"})

    faults = [(place, fault.code) for place, fault in refusal.value.faults]
    assert faults == [(1, "schema.required"), (2, "key.subject"), (3, "schema.unknown-type")]  # F01
    assert node.feed == before


@pytest.mark.parametrize("value", [pytest.param(value, id=name) for name, value in UNWRITABLE.items()])
@pytest.mark.parametrize("place", ["ext", "website"])
def test_what_json_cannot_say_exactly_is_refused(node: Any, company: Company, place: str, value: Any) -> None:
    """SIG-03 to SIG-07: also in values that no file was read for, and in extensions, which schemas leave open."""
    before = node.feed
    profile = company("A", **{place: {"abc": {"schema": "https://ext.example/1", "v": value}}})
    if place == "website":
        profile["website"] = value

    with pytest.raises(PublishRefused):
        node.publish(profile)

    assert node.feed == before


def test_a_profile_nested_too_deep_is_refused(node: Any, company: Company) -> None:
    """SIG-07."""
    profile = company("A", ext={"abc": {"schema": "https://ext.example/1", "v": nested(80)}})

    with pytest.raises(PublishRefused) as refusal:
        node.publish(profile)

    assert refusal.value.faults[0][1].code == "json.too-deep"


def test_a_profile_is_as_deep_as_its_record_may_be_and_no_deeper(node: Any, company: Company) -> None:
    """SIG-07: two objects stand around it in the record; what they break is told as a fault of the draft."""
    at_limit = company("A", ext={"abc": {"schema": "https://ext.example/1", "v": nested(58)}})
    beyond = company("B", 2, ext={"abc": {"schema": "https://ext.example/1", "v": nested(59)}})
    node.publish(at_limit)
    before = node.feed

    with pytest.raises(PublishRefused) as refusal:
        node.publish(company("C", 3), beyond)

    assert [(place, fault.code) for place, fault in refusal.value.faults] == [(1, "json.too-deep")]
    assert node.feed == before


def test_a_record_that_grows_too_large_is_refused_before_anything_is_stored(
    node: Any, company: Company
) -> None:
    """SIG-02: with envelope and proof; the others of its batch are not stored either."""
    before = node.feed
    text = "x" * 1_900
    large = {f"{letter}{number}": text for letter in "abc" for number in range(11)}
    profile = company("A", ext={"abc": {"schema": "https://ext.example/1", **large, "rest": "y" * 2_300}})

    with pytest.raises(PublishRefused) as refusal:
        node.publish(company("B"), profile)

    assert [(place, fault.code) for place, fault in refusal.value.faults] == [(1, "json.too-large")]
    assert node.feed == before


def test_a_licence_that_followers_would_refuse_is_refused(node: Any, company: Company) -> None:
    """What we publish is judged by the code that judges peers."""
    before = node.feed

    with pytest.raises((Misuse, Refused)):
        node.publish(company("A"), license="do what you want")

    assert node.feed == before


def test_a_subject_cannot_change_its_type(node: Any, company: Company) -> None:
    """LOG-15, LOG-25."""
    node.publish(company("A", 1))
    before = node.feed
    cluster = {**company("A", 1), "type": "cluster", "kind": "network"}

    with pytest.raises(PublishRefused) as refusal:
        node.publish(cluster)

    assert [fault.code for _, fault in refusal.value.faults] == ["log.type"]
    assert node.feed == before


def test_one_bad_licence_among_thousands_publishes_none(node: Any, company: Company) -> None:
    """What only the envelope breaks is found before the first batch is signed, too."""
    before = node.feed
    good = [Publication(company(f"A{number}"), "CC0-1.0") for number in range(1_000)]

    with pytest.raises(PublishRefused) as refusal:
        node.publisher().publish([*good, Publication(company("B"), "do what you want")])

    assert [(place, fault.code) for place, fault in refusal.value.faults] == [(1_000, "schema.pattern")]
    assert node.feed == before


def test_many_records_go_in_batches_and_tell_how_far_they_are(
    node: Any, company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One head for each batch; all profiles were checked before the first batch."""
    monkeypatch.setattr(publish, "BATCH", 4)
    told: list[tuple[int, int]] = []
    publications = [Publication(company(f"C{number}", number), "CC-BY-4.0") for number in range(10)]

    receipts = node.publisher().publish(publications, lambda done, total: told.append((done, total)))

    assert [receipt.index for receipt in receipts] == list(range(1, 11))
    assert told == [(4, 10), (8, 10), (10, 10)]
    assert_sound(node)
    bad = [*publications, Publication(company(updated="yesterday"), "CC-BY-4.0")]
    before = node.feed
    with pytest.raises(PublishRefused):
        node.publisher().publish(bad)
    assert node.feed == before


def test_an_empty_request_signs_nothing(node: Any) -> None:
    before = node.feed

    assert (node.publish(), node.withdraw()) == ([], [])

    node.publisher().publish_keys()
    assert node.feed == before


def test_d08_a_feed_that_moved_meanwhile_is_a_conflict_and_no_fork(node: Any, company: Company) -> None:
    """LOG-37: a process without the lock signs on an old head; compare-and-swap drops what it signed."""
    other, publisher = node.home.open_store(), node.publisher()
    meanwhile = [company("B")]

    def random_bytes(count: int) -> bytes:
        if meanwhile:
            node.publish(meanwhile.pop())  # after the other has read the head, before it appends
        return secrets.token_bytes(count)

    late = Publisher(other, node.feed.name, node.home.keyring(1), now=node.clock, random_bytes=random_bytes)
    with pytest.raises(Conflict) as refusal:
        late.publish([Publication(company("A", 1), "CC-BY-4.0")])

    assert refusal.value.code == "store.moved"
    assert node.feed.size == 2
    assert_sound(node)
    late.publish([Publication(company("A", 1), "CC-BY-4.0")])
    publisher.publish([Publication(company("C"), "CC-BY-4.0")])
    other.close()
    assert node.feed.size == 4
    assert_sound(node)


def test_only_our_own_feed_can_be_written(node: Any, company: Company) -> None:
    """A followed feed grows by pulling alone."""
    node.publish(company("A"))
    node.store.add_feed("agri.example/feed/1", node.feed.key_log, own=False)

    for name in ("agri.example/feed/1", "nowhere.example/feed/1"):
        publisher = Publisher(
            node.store, name, node.home.keyring(1), now=node.clock, random_bytes=secrets.token_bytes
        )
        with pytest.raises(Misuse) as refusal:
            publisher.publish([Publication(company("A"), "CC-BY-4.0")])

    assert refusal.value.code == "publish.no-feed"


def test_a_licence_that_closes_a_record_is_refused(node: Any, company: Company) -> None:
    """PRO-30, PRO-56: an unknown one is only pointed out."""
    with pytest.raises(PublishRefused) as refusal:
        node.publish(company("A", 1), license="CC-BY-NC-4.0")

    assert [(fault.code, fault.pointer) for _, fault in refusal.value.faults] == [
        ("code.license", "/license")
    ]
    assert len(node.publish(company("A", 1), license="LicenseRef-regional")) == 1


def test_d14_a_clock_that_goes_back_changes_no_order(node: Any, company: Company) -> None:
    """LOG-20, LOG-87: index orders everything, and no entry is older than the one before it."""
    node.publish(company("A", 1))
    node.clock.move(days=-400)

    (second,) = node.publish({**company("B", 1), "updated": "2025-01-01"})

    assert (second.revision, second.index) == (2, 2)
    assert read_canonical(node.store.contents(node.feed.id, 2, 3)[0])["validFrom"] == "2026-11-23T09:30:00Z"
    assert [parse_entry(raw).time for raw in node.store.entries(node.feed.id, 0, 3)] == [
        "2026-11-23T09:30:00Z"
    ] * 3
    node.clock.move(days=401)
    node.publish({**company("C", 1), "updated": "2026-11-24"})
    assert read_canonical(node.store.contents(node.feed.id, 3, 4)[0])["validFrom"] == "2026-11-24T09:30:00Z"
    assert_sound(node)


def test_every_record_has_a_fresh_nonce(node: Any, company: Company) -> None:
    """The digest of a record whose content is erased cannot be guessed from the profile."""
    node.publish(company("A", 1), company("A", 2))
    node.withdraw(company(number=1)["id"])
    node.publish(company("A", 1))

    documents = [read_canonical(raw) for raw in node.store.contents(node.feed.id, 0, 99)]
    assert len({document["nonce"] for document in documents}) == 2
    assert len({version.digest for version in node.store.versions(company(number=1)["id"])}) == 2


@pytest.mark.parametrize(("wrong", "code"), [("record", "key.unknown"), ("log", "log.unsigned")])
def test_a_key_that_the_key_log_does_not_name_publishes_nothing(
    node: Any, company: Company, wrong: str, code: str
) -> None:
    """SIG-25, LOG-35: a wrong key file is found before anything is stored that no follower would believe."""
    before = node.feed
    keyring = replace(node.home.keyring(1), **{wrong: SigningKey.from_seed(bytes(32))})
    publisher = Publisher(
        node.store, node.feed.name, keyring, now=node.clock, random_bytes=secrets.token_bytes
    )

    with pytest.raises(EntrepotError) as refusal:
        publisher.publish([Publication(company("A"), "CC-BY-4.0")])

    assert code in refusal.value.code + refusal.value.message
    assert node.feed == before
