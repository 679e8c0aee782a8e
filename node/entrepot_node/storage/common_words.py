"""Which words stand in many documents: guessed from some hundred of them, so that a node can know them before anybody asks."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from entrepot_node.searching.terms import is_run
from entrepot_node.storage.word_parts import Match

SAMPLE = 400
_LEAST_SHARE = 0.2  # of the documents; rarer words are found quickly enough each time
_LEAST_BEGINNING_SHARE = 0.4  # beginnings of one and two letters, which people pass by while they type


def common_words(texts: Iterable[str]) -> Iterator[Match]:
    """What to look for beforehand, the most common first. A text holds the words of one document, each once."""
    words: Counter[str] = Counter()
    beginnings: Counter[str] = Counter()
    documents = 0
    for text in texts:
        documents += 1
        here = set(text.split())
        words.update(here)
        beginnings.update({word[:length] for word in here if not is_run(word) for length in (1, 2)})
    least, least_beginning = _LEAST_SHARE * documents, _LEAST_BEGINNING_SHARE * documents
    wanted = Counter({word: number for word, number in words.items() if number >= least})
    wanted |= Counter({word: number for word, number in beginnings.items() if number >= least_beginning})
    for word, _ in wanted.most_common():
        yield from _ways(word)


def _ways(word: str) -> Iterator[Match]:
    """All that a search for a word asks, and for the first character of a pair."""
    for names_only in (False, True):
        if is_run(word) and len(word) > 1:
            yield Match((), ((word,),), "", names_only)
        else:
            yield Match((word,), (), "", names_only)
            yield Match((word,), (), "", names_only, whole=True)
