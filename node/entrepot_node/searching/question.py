"""What a person typed, as terms to look for. Nothing typed is an error, and nothing is a query language."""

from __future__ import annotations

import re
from dataclasses import dataclass

from entrepot_node.searching.terms import compact, identifier_key, is_run, pairs, terms

MOST_CHARACTERS = 300
MOST_TERMS = 16
_LONGEST_RUN = 32
_LEAST_IDENTIFIER = 4
_SUBJECT = re.compile("https://[a-z0-9.-]+/id/([a-z2-7]{26})")


@dataclass(frozen=True, slots=True)
class Question:
    """Terms that must all be there. `asked` tells "nothing typed" from "nothing to look for in it".

    `words` are found as beginnings of words, `phrases` as neighbouring pairs of characters. `key` is the whole as
    a name; `identifier` the whole without separators, empty if it cannot be one.
    """

    asked: bool
    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    key: str = ""
    identifier: str = ""


def read_question(typed: str) -> Question:
    """Read what was typed, as far as its bound: characters, terms, length of a run."""
    text = typed.strip()[:MOST_CHARACTERS]
    if not text:
        return Question(asked=False)
    subject = _SUBJECT.search(text)
    if subject:
        return Question(True, (subject[1],), (), subject[1], subject[1])
    found = list(dict.fromkeys(terms(text)))[:MOST_TERMS]
    runs = [term for term in found if is_run(term)]
    words = [term for term in found if term not in runs]
    words += [run for run in runs if len(run) == 1]
    phrases = tuple(tuple(pairs(run[:_LONGEST_RUN])) for run in runs if len(run) > 1)
    key = " ".join(terms(text))
    return Question(True, _needed(words), phrases, key, _identifier(text))


def _needed(words: list[str]) -> tuple[str, ...]:
    """Words that say more than others: the beginning of another word asks for nothing new."""
    return tuple(w for w in words if not any(other != w and other.startswith(w) for other in words))


def _identifier(text: str) -> str:
    key = identifier_key(text) if "://" in text else compact(text)
    return key if len(key) >= _LEAST_IDENTIFIER and any(letter.isdigit() for letter in key) else ""
