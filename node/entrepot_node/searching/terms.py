"""Text as search sees it: folded, and cut into words and pairs of characters.

    fold("ＡＢＣ Müller-Straße")      # abc muller-strasse
    index_terms(["机器人 Labs"])      # ["机器 器人 人", "labs"]

Folding makes equal what people type alike: width and other compatibility forms (NFKC), case, accents. Scripts that
are written without spaces are cut into overlapping pairs; the last character of a run stands alone behind them, so
that a single character finds as a prefix wherever it stands. All other scripts are cut into words.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

# Han, kana, Bopomofo, and Thai, Lao, Burmese, Khmer with their marks. Hangul is written with spaces.
_PAIRED = (
    "\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31a0-\u31bf\u31f0-\u31ff"
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
    "\u0e01-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u1000-\u1049\u1780-\u17d3"
)
# Vowel signs of Indic scripts belong to their words, but are no letters.
_MARKS = "\u0900-\u0903\u093a-\u094f\u0955-\u0957\u0962\u0963\u0981-\u0983\u09bc-\u09d7\u0a01-\u0a71\u0a81-\u0ae3\u0b01-\u0d83\u0dca-\u0df3"
_TERM = re.compile(rf"[{_PAIRED}]+|(?:[^\W_{_PAIRED}]|[{_MARKS}])+")
_ASCII_TERM = re.compile("[a-z0-9]+")
_ACCENTS = re.compile("[\u0300-\u036f\u0483-\u0487\u0591-\u05bd\u05bf-\u05c7\u064b-\u065f\u0670]+")
# Letters with a stroke or joined, which Unicode does not take apart.
_PLAIN = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h", "ŧ": "t"}
)
# How the same letters are written where they cannot be typed.
_SPELT_OUT = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_UMLAUTS = re.compile("[äöüøå]")
_INNER_MARK = re.compile(r"(?<=\w)[.'’‘`&·-](?=\w)")

LONGEST_TERM = 64


def fold(text: str) -> str:
    """Make equal what differs in width, case or accents only."""
    if text.isascii():
        return text.lower()
    return _without_accents(unicodedata.normalize("NFKC", text).casefold())


def terms(text: str) -> list[str]:
    """Cut a text into folded terms, in order: words, and whole runs of scripts without spaces."""
    folded = fold(text)
    found = (_ASCII_TERM if folded.isascii() else _TERM).findall(folded)
    return [term[:LONGEST_TERM] if len(term) > LONGEST_TERM and not is_run(term) else term for term in found]


def is_run(term: str) -> bool:
    """Answer whether a term is a run of a script without spaces."""
    return term[0] >= "\u0e01" and re.match(f"[{_PAIRED}]", term) is not None


def pairs(run: str) -> list[str]:
    """Cut a run into overlapping pairs; one character stays alone."""
    return [run[place : place + 2] for place in range(max(1, len(run) - 1))]


def index_terms(texts: Iterable[str]) -> list[str]:
    """Terms of texts as the index holds them, each once: words, and runs as `ab bc c`."""
    found: dict[str, None] = {}
    for text in texts:
        for term in terms(text):
            found[_spread(term) if term > "\u0e00" and is_run(term) else term] = None
        for variant in spelt_out(text):
            found[variant] = None
    return list(found)


def name_terms(names: Iterable[str]) -> list[str]:
    """Terms of names: also without the marks inside of them, `eon` for E.ON, `loreal` for L'Oréal."""
    joined = [joined for name in names if (joined := _INNER_MARK.sub("", name)) != name]
    return index_terms([*names, *joined])


def name_keys(name: str) -> list[str]:
    """A whole name in the forms that count as the same: its terms with single spaces, and spelt out."""
    key = " ".join(terms(name))
    if not key:
        return []
    spelt = _spelt(name)
    return [key] if spelt is None else [key, " ".join(terms(spelt))]


def spelt_out(text: str) -> list[str]:
    """Words with umlauts as those write them who have no such keys: `muenchen` for München."""
    spelt = None if text.isascii() else _spelt(text)
    return [] if spelt is None else [term for term in terms(spelt) if term not in terms(text)]


def compact(text: str) -> str:
    """An identifier without separators: `fr40303265045` for FR 40 303 265 045."""
    return "".join(terms(text))


def identifier_key(identifier: str) -> str:
    """An identifier as it is compared: of a URL its last part, folded, without separators."""
    _, _, tail = identifier.rstrip("/").rpartition("/") if "://" in identifier else ("", "", identifier)
    return compact(tail)


def _spread(run: str) -> str:
    return " ".join([run[place : place + 2] for place in range(len(run))])


def _spelt(text: str) -> str | None:
    folded = unicodedata.normalize("NFKC", text).casefold()
    return folded.translate(_SPELT_OUT) if _UMLAUTS.search(folded) else None


def _without_accents(text: str) -> str:
    apart = _ACCENTS.sub("", unicodedata.normalize("NFKD", text))
    return unicodedata.normalize("NFC", apart).translate(_PLAIN)
