"""Text as search sees it: folded, and cut into words and pairs of characters.

    terms("ＡＢＣ Müller-Straße")     # ["abc", "muller", "strasse"]
    index_terms(["机器人 Labs"])      # ["机器 器人 人", "labs"]

Folding makes equal what people type alike: width and other compatibility forms (NFKC), case, accents. Scripts that
are written without spaces are cut into overlapping pairs; the last character of a run stands alone behind them, so
that a single character finds as a prefix wherever it stands. All other scripts are cut into words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from itertools import chain

# Han, kana, Bopomofo, and Thai, Lao, Burmese, Khmer with their marks. Hangul is written with spaces.
_PAIRED = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1780-\u17d3"
)
# Vowel signs of Indic scripts belong to their words, but are no letters.
_MARKS = "\u0900-\u0903\u093a-\u094f\u0955-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09d7\u0a01-\u0a71\u0a81-\u0ae3\u0b01-\u0d83\u0dca-\u0df3"
_ACCENTS = "\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670"
_WIDE_MARKS = "，：；（）！？"
"""They alone keep most Chinese texts from being composed already, as can be seen at once."""
_TOKEN = re.compile(rf"[^\W_{_PAIRED}]+|[{_PAIRED}]+")
_MARK = re.compile(f"[{_MARKS}{_ACCENTS}]")
_MARKED_TOKEN = re.compile(rf"(?:[^\W_{_PAIRED}]|[{_MARKS}{_ACCENTS}])+|[{_PAIRED}]+")  # half as fast
_ASCII_TERM = re.compile("[a-z0-9]{1,64}")
_RUN = re.compile(f"[{_PAIRED}]")
_ACCENT = re.compile(f"[{_ACCENTS}]+")
_UMLAUT = re.compile("[äöüøå]")
_INNER_MARK = re.compile(r"(?<=\w)[.'’‘`&·-](?=\w)")
# Letters with a stroke or joined, which Unicode does not take apart.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
# How letters are written by those who have no keys for them.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_LONGEST_WORD = 64
_KEPT_TOKENS = 8_192  # texts are made of few words, again and again
_LONGEST_KEPT = 64  # of longer ones, a few thousand from a hostile peer would fill the memory


def terms(text: str) -> list[str]:
    """Cut a text into folded terms, in order: words, and whole runs of scripts without spaces."""
    if text.isascii():
        return _ASCII_TERM.findall(text.lower())
    return [term for token in _tokens(text) if (term := _fold(token))]


def is_run(term: str) -> bool:
    """Answer whether a term is a run of a script without spaces."""
    return term >= "\u0e01" and _RUN.match(term) is not None


def pairs(run: str) -> list[str]:
    """Cut a run into overlapping pairs; one character stays alone."""
    return [run[place : place + 2] for place in range(max(1, len(run) - 1))]


def index_terms(texts: Iterable[str]) -> list[str]:
    """Terms of texts as the index holds them, each once: words, and runs as `ab bc c`.

    Words with umlauts stand there twice, also as `muenchen` for München.
    """
    plain: list[str] = []
    other: list[str] = []
    for text in texts:
        (plain if text.isascii() else other).append(text)
    found = dict.fromkeys(_ASCII_TERM.findall(" ".join(plain).lower()))
    tokens = _tokens(" ".join(other))
    are_short = max(map(len, tokens), default=0) <= _LONGEST_KEPT
    found.update(dict.fromkeys(chain.from_iterable(map(_kept_indexed if are_short else _indexed, tokens))))
    return list(found)


def name_terms(names: Iterable[str]) -> list[str]:
    """Terms of names: also without the marks inside of them, `eon` for E.ON, `loreal` for L'Oréal."""
    joined = [joined for name in names if (joined := _INNER_MARK.sub("", name)) != name]
    return index_terms([*names, *joined])


def name_keys(name: str) -> list[str]:
    """A whole name in the forms that count as the same: its terms with single spaces, and spelt out."""
    key = " ".join(terms(name))
    if name.isascii() or not _UMLAUT.search(name.casefold()):
        return [key] if key else []
    return [key, " ".join(_spelt_out(token) or _fold(token) for token in _tokens(name))]


def compact(text: str) -> str:
    """An identifier without separators: `fr40303265045` for FR 40 303 265 045."""
    return "".join(terms(text))


def identifier_key(identifier: str) -> str:
    """An identifier as it is compared: of a URL its last part, folded, without separators."""
    tail = identifier.rstrip("/").rpartition("/")[2] if "://" in identifier else identifier
    return compact(tail)


def _tokens(text: str) -> list[str]:
    for mark in _WIDE_MARKS:
        text = text.replace(mark, " ")
    composed = unicodedata.normalize("NFKC", text)
    return (_MARKED_TOKEN if _MARK.search(composed) else _TOKEN).findall(composed)


def _fold(token: str) -> str:
    return _kept_folded(token) if len(token) <= _LONGEST_KEPT else _folded(token)


def _folded(token: str) -> str:
    """Make equal what differs in case or accents only. Width is gone by then (NFKC)."""
    folded = token.casefold()
    if folded.isascii():
        return folded[:_LONGEST_WORD]
    if is_run(folded):
        return folded
    apart = _ACCENT.sub("", unicodedata.normalize("NFKD", folded))
    return unicodedata.normalize("NFC", apart).translate(_PLAIN)[:_LONGEST_WORD]


def _spelt_out(token: str) -> str:
    """The token with its umlauts spelt out; empty if it has none."""
    folded = token.casefold()
    return _fold(folded.translate(_SPELT_OUT)) if _UMLAUT.search(folded) else ""


def _indexed(token: str) -> tuple[str, ...]:
    """The terms that stand for one word or run in the index."""
    if is_run(token):
        return (_spread(token),)
    return tuple(form for form in (_fold(token), _spelt_out(token)) if form)


def _spread(run: str) -> str:
    """A run as the index holds it: `ab bc c`."""
    return " ".join([*map(str.__add__, run, run[1:]), run[-1]])


_kept_folded = lru_cache(_KEPT_TOKENS)(_folded)
_kept_indexed = lru_cache(_KEPT_TOKENS)(_indexed)
