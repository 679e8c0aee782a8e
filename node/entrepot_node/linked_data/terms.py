"""Small parts of JSON-LD: texts with their language, licences and languages as URIs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from entrepot_schema import catalog

JsonLd = dict[str, Any]
_CREATIVE_COMMONS = "https://creativecommons.org/"
_LICENCES = {
    "CC0-1.0": f"{_CREATIVE_COMMONS}publicdomain/zero/1.0/",
    "CC-BY-3.0": f"{_CREATIVE_COMMONS}licenses/by/3.0/",
    "CC-BY-4.0": f"{_CREATIVE_COMMONS}licenses/by/4.0/",
    "CC-BY-SA-3.0": f"{_CREATIVE_COMMONS}licenses/by-sa/3.0/",
    "CC-BY-SA-4.0": f"{_CREATIVE_COMMONS}licenses/by-sa/4.0/",
}
UNDETERMINED = "und"


def texts(language_map: Mapping[str, str]) -> list[Any]:
    """Texts with their language; one of no known language stands plain."""
    return [
        text if tag == UNDETERMINED else {"@value": text, "@language": tag}
        for tag, text in sorted(language_map.items())
    ]


def code_texts(list_name: str, code: str) -> list[Any]:
    """What a code is called; a code of somebody's own stands for itself."""
    for known in catalog.codelist(list_name).codes:
        if known.code == code:
            return texts({"en": known.label_en, "zh-Hans": known.label_zh_hans})
    return [code.removeprefix("x-")]


def licence_uri(spdx: str) -> str:
    """The URI of a licence: its own where that is well known, else SPDX's."""
    return _LICENCES.get(spdx, f"https://spdx.org/licenses/{spdx}")


def language_uri(tag: str) -> str:
    """A language as the EU's list of languages names it; `MUL` (several) where it does not."""
    import langcodes  # a fortieth of the start of a server

    try:
        code = langcodes.Language.get(tag).to_alpha3()
    except (LookupError, ValueError):
        code = "mul"
    return f"http://publications.europa.eu/resource/authority/language/{code.upper()}"


def filled(members: Mapping[str, Any]) -> JsonLd:
    """Without the members that say nothing."""
    return {name: value for name, value in members.items() if value not in (None, "", [], {})}
