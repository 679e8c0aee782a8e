"""The part of the storage contract about answers to whoever publishes over HTTP, as tests for any store; see `contract`."""

from __future__ import annotations

import pytest

from entrepot_node.storage.answers import AnswerRow
from entrepot_node.storage.contract_feed import FeedWriter, MakeStore, start, stored
from entrepot_schema.errors import Conflict

ANSWER = AnswerRow(b"\1" * 32, b"\2" * 32, b'{"size":2}')


class AnswersContract:
    """The promises about answers. Each test says which rules it stands for."""

    def test_an_answer_is_there_when_what_it_says_is(self, make_store: MakeStore) -> None:
        """In the transaction of the chunk: never one without the other."""
        store, writer = make_store(), FeedWriter()
        feed = start(store, writer)
        writer.publish(1, b"{}", stored(b"{}"))
        chunk = writer.chunk()

        store.append(feed.id, chunk, answers=[ANSWER])

        assert make_store().answers([ANSWER.key, b"\3" * 32]) == {ANSWER.key: ANSWER}
        with pytest.raises(Conflict):
            store.append(feed.id, chunk, answers=[AnswerRow(b"\4" * 32, b"", b"")])
        assert store.answers([b"\4" * 32]) == {}

    def test_an_answer_can_be_kept_alone(self, make_store: MakeStore) -> None:
        """Where nothing had to be done."""
        store = make_store()
        store.keep_answers([])
        store.keep_answers([ANSWER])

        assert store.answers([ANSWER.key]) == {ANSWER.key: ANSWER}
