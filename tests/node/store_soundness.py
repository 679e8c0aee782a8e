"""What must hold of any store, whatever happened to the process that wrote it."""

from __future__ import annotations

from collections import Counter
from typing import Any

from entrepot_node.signing_gate import SigningGate
from entrepot_schema.canonical import sha256
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.entry import FeedState, Outcome
from entrepot_sync.feed_store import Status
from entrepot_sync.merkle import Frontier, leaf_hash
from entrepot_sync.peer_trust import log_keys

from .static_copies import no_network


def require_sound_log(node: Any) -> FeedState:
    """The head is signed, no head is above its entries, and root, tiles and subjects are those of the entries."""
    feed, store = node.feed, node.store
    entries = store.entries(feed.id, 0, feed.size + 1_000)
    leaves = [leaf_hash(raw) for raw in entries]
    opened = open_checkpoint(feed.head.note, feed.name, log_keys(feed.key_log, feed.name)).checkpoint
    assert len(entries) == feed.size
    assert (opened.size, opened.root) == (feed.head.size, feed.head.root)
    assert feed.size <= feed.head.size
    assert Frontier().extend(leaves) == feed.frontier
    assert feed.size < feed.head.size or feed.frontier.root() == feed.head.root
    tiles = [store.tile(feed.id, 0, index) for index in range(-(-feed.size // 256))]
    assert b"".join(tiles) == b"".join(leaves)
    state = FeedState(feed.origin)
    decisions = [state.decide(index, raw) for index, raw in enumerate(entries)]
    assert {decision.outcome for decision in decisions} <= {Outcome.EFFECTIVE}
    assert sorted(store.subject_states(feed.id, state.subjects), key=str) == sorted(
        state.subjects.values(), key=str
    )
    return state


def require_sound_contents(node: Any, state: FeedState, *, complete: bool = True) -> None:
    """Each live record has its content once, each withdrawn one has none, each change is told once, all bytes are counted.

    In the middle of a pull a content may be missing, because the origin has replaced or withdrawn it since.
    """
    feed, store = node.feed, node.store
    live = {s.live_index: s for s in state.subjects.values() if s.type != "keys" and s.live_index is not None}
    versions = {index: store.versions(subject.subject)[0] for index, subject in live.items()}
    assert all(version.index == index and version.live for index, version in versions.items())
    contents = [versions[index].raw for index in sorted(versions)]
    assert complete is False or None not in contents
    held = {version.digest: version.raw for version in versions.values() if version.status is Status.STORED}
    assert all(sha256(raw) == digest for digest, raw in held.items())
    assert store.contents(feed.id, 0, feed.size) == [raw for raw in contents if raw is not None]
    missing = {missing.index for missing in store.missing_contents(feed.id, limit=100_000)}
    assert missing == {index for index, version in versions.items() if version.raw is None}
    for subject in state.subjects.values():
        if subject.withdrawn_at is not None:
            below = [v for v in store.versions(subject.subject) if v.index < subject.withdrawn_at]
            assert {(version.status, version.raw) for version in below} == {(Status.ERASED, None)}
    every = [version for subject in state.subjects for version in store.versions(subject)]
    here = [version.raw or b"" for version in every if version.feed_name == feed.name]
    assert store.volume(feed.id) == sum(
        map(len, [*store.entries(feed.id, 0, feed.size), *store.held_contents(feed.id), *here])
    )
    changes = [change for change in store.changes(after=-1, limit=100_000) if change.feed_name == feed.name]
    told = [change.index for change in changes]
    assert list(dict.fromkeys(told)) == list(range(feed.size))
    assert not feed.own or len(told) == feed.size  # of a peer's feed a content that came late is told too


def require_acknowledged(node: Any, lines: list[list[str]], state: FeedState) -> None:
    """Every receipt names one version, at its index, and no other stands there."""
    receipts = [line for line in lines if line[0] in ("published", "withdrew")]
    assert max(Counter(receipt[3] for receipt in receipts).values(), default=1) == 1
    for word, subject, revision, index in receipts:
        versions = node.store.versions(subject)
        found = [v for v in versions if v.revision == int(revision)]
        assert len(found) == 1
        if word == "published":
            assert found[0].index == int(index)
        else:
            withdrawn_at = state.subjects[subject].withdrawn_at
            assert withdrawn_at is not None
            assert withdrawn_at >= int(index)


def require_sound_mark(node: Any, lines: list[list[str]]) -> None:
    """The mark is not above the store, of its history, and not below what was acknowledged: the next head may be signed."""
    mark = node.home.mark_file(node.feed.name).read()
    gate = SigningGate(node.store, node.home.mark_file, no_network)
    assert mark.size <= node.feed.size
    assert all(int(line[3]) < mark.size for line in lines if line[0] in ("published", "withdrew"))
    gate.require(node.feed)
    assert node.home.mark_file(node.feed.name).read().size == node.feed.size
