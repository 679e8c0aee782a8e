"""Words kept in memory: bounded, and true while documents come and go."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyroaring import BitMap

from entrepot_node.storage.common_words import common_words
from entrepot_node.storage.contract_feed import MakeStore
from entrepot_node.storage.contract_records import NOW, begin, names, publish, search
from entrepot_node.storage.word_bitmaps import WordBitmaps
from entrepot_node.storage.word_parts import Match

from .opened_stores import opening

WORD = Match(("works",), ())


@pytest.fixture
def make_store(tmp_path: Path) -> Iterator[MakeStore]:
    with opening(tmp_path / "entrepot.db") as make:
        yield make


class Found:
    """Documents of every word, and what was asked."""

    def __init__(self, *docs: int) -> None:
        self.docs = BitMap(docs)
        self.asked: list[tuple[Match, int]] = []

    def __call__(self, one: Match, behind: int) -> BitMap:
        self.asked.append((one, behind))
        return BitMap(doc for doc in self.docs if doc > behind)


def test_a_word_is_asked_once_and_then_for_what_came_since() -> None:
    words, found = WordBitmaps(), Found(1, 5)

    assert [list(words.documents(WORD, 5, found)) for _ in range(2)] == [[1, 5], [1, 5]]
    found.docs.add(9)
    assert list(words.documents(WORD, 9, found)) == [1, 5, 9]
    assert found.asked == [(WORD, 0), (WORD, 5)]


def test_the_memory_is_bounded_and_keeps_what_was_asked_for_last() -> None:
    words, found = WordBitmaps(most_bytes=2_000), Found(1)
    for number in range(20):
        words.documents(Match((f"word{number}",), ()), 1, found)
        words.documents(WORD, 1, found)
    found.asked.clear()

    words.documents(WORD, 1, found)
    words.documents(Match(("word0",), ()), 1, found)

    assert found.asked == [(Match(("word0",), ()), 0)]
    assert not words.has_room


def test_only_words_of_many_documents_are_made_ready() -> None:
    texts = ["works ab", "works 机器 器人 人", "works cd", "works ef", "works gh", "works ij"]

    assert {"".join(one.words) for one in common_words(texts) if one.words} == {"works", "w", "wo"}
    assert list(common_words([])) == []


def test_answers_are_the_same_from_memory(make_store: MakeStore) -> None:
    """Whatever was asked before, and while records are replaced and withdrawn by another process."""
    store, writer, feed = begin(make_store)
    other = make_store()
    for number in range(40):
        publish(writer, number, f"Nova Works {number}", summary={"zh-Hans": "研发机器人"})
    store.append(feed.id, writer.chunk())
    other.warm_up(now=NOW)
    questions = ("works", "nova wo", "机", "机器人", "works 3")
    assert [search(other, question).total for question in questions] == [40, 40, 40, 40, 11]
    writer.withdraw(3)
    publish(writer, 4, "Nova Labs", summary={"en": "No robots"})
    publish(writer, 50, "New Works")

    store.append(feed.id, writer.chunk())

    assert [search(other, question).total for question in questions] == [39, 38, 38, 38, 10]
    assert names(search(other, "labs")) == ["Nova Labs"]
