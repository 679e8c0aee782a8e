"""Contents under their entries: stored, kept for later, or refused with a reason."""

from __future__ import annotations

from entrepot_schema.canonical import sha256
from entrepot_sync.content_check import by_digest, check_contents, is_keys_entry
from entrepot_sync.feed_store import Content, Status
from entrepot_sync.testing.small_feed import SmallFeed


def checked(feed: SmallFeed, *offered: bytes) -> dict[int, Content]:
    """Check contents under all entries of a feed whose record key never changed."""
    keys = dict.fromkeys(range(len(feed.entries)), feed.record_key.public)
    return check_contents(feed.decisions, by_digest(offered), origin=feed.origin, keys=keys)


def test_a_valid_record_is_stored_as_it_came() -> None:
    feed = SmallFeed()
    index = feed.publish(1)
    raw = feed.record(1, revision=1)

    assert checked(feed, raw) == {index: Content(Status.STORED, raw)}


def test_what_was_not_offered_has_no_result() -> None:
    feed = SmallFeed()
    feed.publish(1)

    assert checked(feed) == {}
    assert checked(feed, b"strange", feed.record(2)) == {}


def test_only_effective_publish_entries_have_contents() -> None:
    """LOG-50: neither the key log, nor withdrawals, nor inert entries."""
    feed = SmallFeed()
    raw = feed.record(1)
    feed.append(feed.entry("publish", "https://other.example/id/" + "a" * 26, "company", sha256(raw)))
    feed.withdraw(1)

    assert checked(feed, raw, *feed.key_log.lines) == {}
    assert [is_keys_entry(decision) for decision in feed.decisions] == [True, False, False]


def test_log21_each_version_is_checked_for_its_own_revision() -> None:
    """LOG-21: the revision is that of the entry, whatever has been published since; withdrawals do not reset it."""
    feed = SmallFeed()
    first = feed.publish(1)
    feed.withdraw(1)
    second = feed.publish(1, founded="1998")
    again = feed.publish_raw(1, feed.record(1, founded="1999", revision=1))

    results = checked(feed, *feed.contents.values())

    assert {index: result.status for index, result in results.items()} == {
        first: Status.STORED,
        second: Status.STORED,
        again: Status.REFUSED,
    }
    assert (results[again].code, results[again].pointer) == ("log.revision", "/revision")


def test_a_refused_record_leaves_its_code_and_pointer_and_no_bytes() -> None:
    """LOG-22: what breaks a rule is not kept."""
    feed = SmallFeed()
    index = feed.publish(1, status="asleep")

    (result,) = checked(feed, *feed.contents.values()).values()

    assert (result.status, result.raw) == (Status.REFUSED, None)
    assert result.code.startswith("schema.")
    assert result.pointer == "/credentialSubject/profile/status"
    assert index == 1


def test_sig30_a_newer_schema_version_is_kept_even_when_nothing_else_can_be_checked() -> None:
    """SIG-30."""
    feed = SmallFeed()
    raw = feed.record(1).replace(b"/schema/1.0/", b"/schema/2.7/")
    index = feed.publish_raw(1, raw, kind="spaceship")

    assert checked(feed, raw) == {index: Content(Status.KEPT, raw, "schema.unknown-version")}


def test_log24_the_key_of_the_index_decides() -> None:
    """LOG-24."""
    feed = SmallFeed()
    index = feed.publish(1)
    other = SmallFeed("other.example").record_key.public

    (result,) = check_contents(
        feed.decisions, by_digest(feed.contents.values()), origin=feed.origin, keys={index: other}
    ).values()

    assert (result.status, result.code) == (Status.REFUSED, "key.unknown")


def test_contents_are_found_by_their_hash() -> None:
    assert by_digest([b"a", b"b", b"a"]) == {sha256(b"a"): b"a", sha256(b"b"): b"b"}
