"""Languages: what the visitor reads, which variant of a text that means, and how it is marked up.

The language of the page and that of the contents are two things: a visitor who prefers Italian reads the page in
English and Italian names where there are any.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from entrepot_node.pages.messages import CHINESE, ENGLISH

_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{1,8}){0,4}", re.ASCII)
_MAX_HEADER = 400
_MAX_PREFERENCES = 10
_TRADITIONAL = {"TW", "HK", "MO"}
_RTL_LANGUAGES = {"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"}
_RTL_SCRIPTS = {"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"}


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a visitor reads: the language of the page, and those of contents in order."""

    page: str
    contents: tuple[str, ...]


def preferences(chosen: str, accept_language: str, content: str = "") -> Preferences:
    """Read `?lang=`, `?content=` and Accept-Language.

    A language we have no page in still chooses the variant of contents; `content` chooses that variant alone.
    """
    tags = [*_tags(chosen), *_accepted(accept_language)][:_MAX_PREFERENCES]
    known = [tag for tag in tags if base_of(tag) in ("en", "zh")]
    page = CHINESE if known and known[0].startswith("zh") else ENGLISH
    # Who asks for the page in a language means the contents too, whatever the browser says.
    first = [*_tags(content), *(tags[:1] if _tags(chosen) else [])]
    return Preferences(page, tuple(dict.fromkeys((*first, *tags, page))))


def is_tag(text: str) -> bool:
    """Answer whether a text has the form of a language tag."""
    return bool(_tags(text))


def normalised(tag: str) -> str:
    """Spell a tag as the standard does, and give Chinese its script: zh, zh-CN, zh-SG → zh-Hans; zh-TW → zh-Hant."""
    parts = tag.split("-")
    language = parts[0].lower()
    rest = [_subtag(part) for part in parts[1:]]
    if language != "zh" or any(len(part) == 4 for part in rest):
        return "-".join([language, *rest])
    return "zh-Hant" if _TRADITIONAL & set(rest) else "zh-Hans"


def choose_variant(text: Mapping[str, str], wanted: Sequence[str], original: str = "") -> str:
    """Choose the tag of the variant to show: a wanted language, else the original, else English, else the first."""
    for tag in wanted:
        for candidate in _near(tag):
            if candidate in text:
                return candidate
        base = base_of(tag)
        for candidate in sorted(text):
            if base_of(candidate) == base and "-Latn" not in candidate:
                return candidate
    for candidate in (original, ENGLISH, "und"):
        if candidate in text:
            return candidate
    return min(text)


def base_of(tag: str) -> str:
    """The language of a tag without script and place."""
    return tag.partition("-")[0]


def direction(tag: str) -> str:
    """The value of `dir`: known from the tag, else left to the browser."""
    parts = tag.split("-")
    scripts = [part for part in parts[1:] if len(part) == 4 and part.isalpha()]
    if scripts:
        return "rtl" if scripts[0] in _RTL_SCRIPTS else "ltr"
    if parts[0] == "und":
        return "auto"
    return "rtl" if parts[0] in _RTL_LANGUAGES else "ltr"


def html_lang(tag: str) -> str:
    """The value of `lang`; empty says in HTML that the language is unknown."""
    return "" if tag == "und" else tag


def _near(tag: str) -> tuple[str, ...]:
    if tag == CHINESE:
        return (tag, "zh", "zh-Hans-CN", "zh-Hant")
    return (tag, base_of(tag))


def _tags(text: str) -> list[str]:
    return [normalised(text)] if len(text) <= 40 and _TAG.fullmatch(text) else []


def _accepted(header: str) -> list[str]:
    ranked: list[tuple[float, int, str]] = []
    for place, part in enumerate(header[:_MAX_HEADER].split(",")):
        name, _, parameter = part.partition(";")
        weight = _weight(parameter)
        ranked += [(-weight, place, tag) for tag in _tags(name.strip()) if weight > 0]
    return [tag for _, _, tag in sorted(ranked)]


def _weight(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name.strip() != "q":
        return 1.0
    return float(value) if re.fullmatch(r"[01](?:\.[0-9]{0,3})?", value.strip(), re.ASCII) else 0.0


def _subtag(part: str) -> str:
    if len(part) == 4 and part.isalpha():
        return part.capitalize()
    return part.upper() if len(part) == 2 else part.lower()
