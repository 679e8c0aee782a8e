"""What the suite saw of a node's own feed, as a follower does, and what was acknowledged; later all of it must still be true."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterable, Iterator
from itertools import pairwise

from entrepot_conformance.http_reader import HttpReader
from entrepot_conformance.node_under_test import NodeUnderTest
from entrepot_conformance.reader import merkle
from entrepot_conformance.reader.notes import Verifier, open_checkpoint

_PAUSE_SECONDS = 0.01


class History:
    """Heads that were seen, subjects that were acknowledged as published or withdrawn, and batches of unknown outcome."""

    def __init__(self) -> None:
        self._raw: set[bytes] = set()
        self._live: set[str] = set()
        self._gone: set[str] = set()
        self._unknown: list[tuple[str, ...]] = []
        self._size = 0

    def published(self, subjects: Iterable[str], size: object) -> None:
        """A publication was acknowledged at a size."""
        assert isinstance(size, int), f"publish answers the size of the feed, not {size!r}"
        self._live |= set(subjects)
        self._size = max(self._size, size)

    def withdrawn(self, subjects: Iterable[str]) -> None:
        """A withdrawal was acknowledged."""
        self._gone |= set(subjects)
        self._live -= self._gone

    def unknown(self, subjects: Iterable[str]) -> None:
        """The node was killed before it could say whether this batch is published."""
        self._unknown.append(tuple(subjects))

    @contextlib.contextmanager
    def watched(self, url: str) -> Iterator[None]:
        """Read the head again and again meanwhile, as followers would: whatever leaves the node counts."""
        done = threading.Event()
        thread = threading.Thread(target=self._watch, args=(HttpReader(url), done))
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()

    def check(self, url: str) -> NodeUnderTest:
        """Read the whole feed and hold it against all that was seen and acknowledged before; return what was read."""
        node = NodeUnderTest(url)
        leaves = [merkle.leaf_hash(entry) for entry in node.entries]
        assert merkle.root(leaves) == node.head.root, "the entries do not yield the head that is served"
        self._check_heads(node.log_key, leaves)
        self._raw.add(node.checkpoint)
        self._check_subjects(node)
        times = [entry.time for entry in node.state.effective]
        assert all(one <= next_ for one, next_ in pairwise(times)), "the times of entries go back"
        return node

    def _check_heads(self, key: Verifier, leaves: list[bytes]) -> None:
        size = len(leaves)
        assert size >= self._size, (
            f"the feed has {size} entries, {self._size} were acknowledged: something is lost"
        )
        for raw in self._raw:
            head = open_checkpoint(raw, key)
            assert head.size <= size, f"a head of {head.size} entries has left, {size} are there"
            assert merkle.root(leaves[: head.size]) == head.root, (
                f"a fork: the head of {head.size} entries that has left has another root than is there now"
            )

    def _check_subjects(self, node: NodeUnderTest) -> None:
        live = {entry.subject: entry for entry in node.state.live()}
        lost = sorted(self._live - set(live))
        assert not lost, f"{len(lost)} subjects were acknowledged and are not live, such as {lost[0]}"
        back = sorted(self._gone & set(live))
        assert not back, f"{len(back)} subjects were withdrawn and are live, such as {back[0]}"
        for subject in self._live:
            digest = live[subject].digest
            assert digest in node.contents, f"the content of {subject} is not served"
        for subjects in self._unknown:
            there = len(set(subjects) & set(live))
            assert there in (0, len(subjects)), (
                f"{there} of the {len(subjects)} records of one batch are there"
            )
            self._live |= set(subjects) & set(live)
        self._unknown.clear()

    def _watch(self, reader: HttpReader, done: threading.Event) -> None:
        while not done.wait(_PAUSE_SECONDS):
            with contextlib.suppress(AssertionError):  # it is being killed
                answer = reader.get("/feed/checkpoint")
                if answer.status == 200:
                    self._raw.add(answer.body)
