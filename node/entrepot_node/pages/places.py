"""Names of languages, countries and subdivisions in the languages of the pages: from CLDR and ISO 3166-2.

Where the name of a place is itself in dispute between likely readers, its code stands for it.
"""

from __future__ import annotations

import gettext
from functools import cache, lru_cache

import pycountry
from babel import Locale
from babel.core import get_global

from entrepot_node.pages.messages import CHINESE

_DISPUTED = {"CN-TW", "EH", "PS", "TW", "XK"}
_UNKNOWN = {"en": "Language unknown", CHINESE: "语言不明"}
_VARIANTS = {"en": {"pinyin": "pinyin"}, CHINESE: {"pinyin": "汉语拼音"}}
_AT_HOME = ("official", "de_facto_official", "official_regional")
_TRADITIONAL = ("HK", "MO", "TW")
_NAMES_KEPT = 20_000  # codes and tags come from records: there may be any number


@lru_cache(_NAMES_KEPT)
def territory_name(code: str, page_language: str) -> str:
    """What a country or territory is called on a page, or its code."""
    if code in _DISPUTED:
        return code
    return str(_locale(page_language).territories.get(code, code))


@lru_cache(_NAMES_KEPT)
def subdivision_name(code: str, page_language: str) -> str:
    """What a part of a country is called on a page, by its ISO 3166-2 code, or its code."""
    found = None if code in _DISPUTED else pycountry.subdivisions.get(code=code)  # type: ignore[no-untyped-call]  # it has no types
    if found is None:
        return code
    name = str(found.name)
    if page_language == CHINESE:
        return _chinese_subdivisions().gettext(name)
    # The list romanises "province" and "city" of China with the name.
    return name.removesuffix(" Sheng").removesuffix(" Shi") if code.startswith("CN-") else name


@lru_cache(_NAMES_KEPT)
def language_name(tag: str, page_language: str) -> str:
    """What a language is called on a page with what a tag adds to it, or the tag."""
    if tag == "und":
        return _UNKNOWN[page_language]
    locale, (base, *rest) = _locale(page_language), tag.split("-")
    if rest and f"{base}_{rest[0]}" in locale.languages:
        name = locale.languages[f"{base}_{rest.pop(0)}"]
    else:
        name = locale.languages.get(base, base)
    variants = _VARIANTS[page_language]
    added = [
        variants.get(part) or locale.scripts.get(part) or locale.territories.get(part, part) for part in rest
    ]
    if not added:
        return str(name)
    return f"{name}（{'，'.join(added)}）" if page_language == CHINESE else f"{name} ({', '.join(added)})"


@cache
def languages_of(country: str) -> tuple[str, ...]:
    """The languages organisations of a country are named in at home, the most official first."""
    spoken = get_global("territory_languages").get(country, {})
    ranked = sorted(
        (_AT_HOME.index(facts["official_status"]), -facts["population_percent"], tag)
        for tag, facts in spoken.items()
        if facts["official_status"] in _AT_HOME
    )
    return tuple(_written(tag, country) for _, _, tag in ranked)


def _written(tag: str, country: str) -> str:
    if tag == "zh" or tag.startswith("zh_"):
        return "zh-Hant" if country in _TRADITIONAL else "zh-Hans"
    return tag.replace("_", "-")


@cache
def _locale(page_language: str) -> Locale:
    return Locale.parse(page_language, sep="-")


@cache
def _chinese_subdivisions() -> gettext.NullTranslations:
    return gettext.translation("iso3166-2", pycountry.LOCALES_DIR, languages=["zh_CN"], fallback=True)
