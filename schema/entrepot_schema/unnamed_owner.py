"""Whether a text names a company whose owner wanted to stay unnamed (`cross.anonymous`).

All names, hosts and identifiers of a file go into one index; a text is looked through once, whatever their number.
Short names and, of one word, other spellings of upper and lower case are let pass: a false alarm keeps a good
opportunity from being published.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_SHORTEST = 4  # letters of a name in words
_SHORTEST_HAN = 3
_MOST_WORDS = 12
_MOST_HAN = 40
_SHORTEST_ID = 8
_WORD = re.compile(r"\w+")
_HAN = re.compile(r"[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0003ffff]")
_SPACE = re.compile(r"\s+")
# Each run is tried once, from where it begins: a long one without a dot costs no square.
# Each run is tried once, from where it begins: a long one without a dot costs no square.
_HOST = re.compile(r"(?<![\w-])[\w-]++(?:\.[\w-]++)+")
_ID = re.compile(r"(?<![0-9A-Za-z./:-])[0-9A-Za-z][0-9A-Za-z./:-]{6,}[0-9A-Za-z]", re.ASCII)
_URL_HOST = re.compile(r"https?://(?:www\.)?([^/:?#]+)")


class NameIndex:
    """The names, hosts and identifiers of companies. What a cluster or institution is called as well gives nobody away."""

    def __init__(self) -> None:
        self._companies = _Words()
        self._others = _Words()

    def add(self, profile: dict[str, Any]) -> None:
        """Take in a company, cluster or institution."""
        words = self._companies if profile["type"] == "company" else self._others
        for names in (profile["name"], profile.get("legalName", {})):
            for name in names.values():
                words.add_name(name)
        for other in profile.get("otherNames", ()):
            for name in other["name"].values():
                words.add_name(name)
        words.hosts.update(_hosts(profile))
        words.ids.update(
            one["id"].upper() for one in profile.get("identifiers", ()) if len(one["id"]) >= _SHORTEST_ID
        )

    def named_in(self, text: str) -> str | None:
        """Give the first name, host or identifier of a company that a text contains."""
        return next((found for found in self._companies.found_in(text) if not self._others.has(found)), None)


class _Words:
    def __init__(self) -> None:
        self.hosts: set[str] = set()
        self.ids: set[str] = set()
        self._names: set[str] = set()
        self._lengths: dict[str, set[int]] = {}  # of names by their first word, or their first letters in Han

    def add_name(self, name: str) -> None:
        """Take in a name, by words or, in scripts without spaces between them, by letters."""
        if _HAN.search(name):
            letters = _letters(name)[:_MOST_HAN]
            if len(letters) >= _SHORTEST_HAN:
                self._names.add(letters)
                self._lengths.setdefault(letters[:_SHORTEST_HAN], set()).add(len(letters))
            return
        words = _WORD.findall(name)[:_MOST_WORDS]
        key = _key(words)
        if len(key) >= _SHORTEST and not key.isdigit():
            self._names.add(key)
            self._lengths.setdefault(words[0].casefold(), set()).add(len(words))

    def has(self, found: str) -> bool:
        return found in self._names or found in self.hosts or found in self.ids

    def found_in(self, text: str) -> Iterator[str]:
        """Yield what stands in a text."""
        for host in _HOST.findall(text.lower()):
            yield from (part for part in _domains(host) if part in self.hosts)
        yield from (one for one in _ID.findall(text.upper()) if one in self.ids)
        words = _WORD.findall(text)
        for at, word in enumerate(words):
            keys = (_key(words[at : at + length]) for length in self._lengths.get(word.casefold(), ()))
            yield from (key for key in keys if key in self._names)
        if _HAN.search(text):
            letters = _letters(text)
            for at in range(len(letters)):
                lengths = self._lengths.get(letters[at : at + _SHORTEST_HAN], ())
                names = (letters[at : at + length] for length in lengths)
                yield from (name for name in names if name in self._names)


def _key(words: list[str]) -> str:
    """What two spellings of a name share: the words; of a single word each letter counts as it is written."""
    return words[0] if len(words) == 1 else " ".join(words).casefold()


def _letters(text: str) -> str:
    return _SPACE.sub("", text).casefold()


def _hosts(profile: dict[str, Any]) -> Iterator[str]:
    website = _URL_HOST.match(profile.get("website", ""))
    if website:
        yield website[1].lower()
    for contact in profile.get("contacts", ()):
        host = contact.get("email", "").rpartition("@")[2]
        if host:
            yield host.lower()


def _domains(host: str) -> Iterator[str]:
    """A host and the domains above it, but the last label."""
    while "." in host:
        yield host
        host = host.partition(".")[2]
