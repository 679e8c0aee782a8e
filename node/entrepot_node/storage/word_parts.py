"""What is kept of the words of documents, and what is looked for, whatever keeps them: FTS5 or tsvector.

Words come folded and cut already (`searching.terms`), each once in a document: neither counts nor lengths are kept,
since results are not ranked by them. The words are spread over a few tables, because erasing costs as much as the
table is large that is written anew: a document lives in the table of its block of 1,024, so that a batch touches one or
two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from entrepot_node.searching.question import Question

PARTS = 32
BLOCK = 1_024

Words = tuple[int, str, str, str]  # doc, names, texts, ids


@dataclass(frozen=True, slots=True)
class Match:
    """What documents must hold: every word and every phrase of neighbouring terms, or else the identifier if not empty.

    Words and identifiers are found by their beginnings, or words `whole`; with `names_only` in names alone. A beginning
    of one character is not looked for in identifiers: one in thirty begins with any letter, by chance.
    """

    words: tuple[str, ...]
    phrases: tuple[tuple[str, ...], ...]
    identifier: str = ""
    names_only: bool = False
    whole: bool = False

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases or self.identifier)


def match_of(question: Question, *, names_only: bool = False, whole: bool = False) -> Match:
    """What to look for; false if that is nothing. What was typed never gets there but as letters and digits."""
    identifier = "" if names_only or whole else question.identifier
    return Match(question.words, question.phrases, identifier, names_only, whole)


def singles(match: Match) -> Iterator[Match]:
    """The parts of a match, each of one word or one phrase: together they are found where the whole is."""
    for word in match.words:
        yield replace(match, words=(word,), phrases=(), identifier="")
    for phrase in match.phrases:
        yield replace(match, words=(), phrases=(phrase,), identifier="", whole=False)


def part_of(doc: int) -> int:
    """The number of the table that holds a document."""
    return doc // BLOCK % PARTS


def parts_between(behind: int, last: int) -> list[int]:
    """The tables that hold documents behind one up to another: they fill one after the other, round and round."""
    blocks = range((behind + 1) // BLOCK, last // BLOCK + 1)
    return sorted({block % PARTS for block in blocks[-PARTS:]}) if last > behind else []


def by_part(rows: Iterable[Words]) -> Iterator[tuple[int, list[Words]]]:
    """Documents by the table that holds them."""
    parts: dict[int, list[Words]] = {}
    for row in rows:
        parts.setdefault(part_of(row[0]), []).append(row)
    yield from sorted(parts.items())


def parts_of(docs: Iterable[int]) -> Iterator[tuple[int, list[int]]]:
    """Numbers of documents by the table that holds them."""
    parts: dict[int, list[int]] = {}
    for doc in docs:
        parts.setdefault(part_of(doc), []).append(doc)
    yield from sorted(parts.items())
