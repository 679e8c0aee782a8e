"""Languages and scripts: is a tag registered and canonical, and does a text stand under the right one.

Membership and replacements come from langcodes, which carries the registry of BCP 47. The spelling of a tag is the
schema's matter. Subtags are looked up one by one and remembered: langcodes itself keeps every tag it ever met.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from entrepot_schema.field_values import NAME_MAP, PROSE_MAP, FieldValues
from entrepot_schema.findings import Finding, finding

HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff〇]")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_LETTER = re.compile(r"[^\W\d_]")
# What people write for a language and what is none, or another one.
_MEANT = {"cn": "zh-Hans", "cz": "cs", "dk": "da", "gr": "el", "jp": "ja", "kr": "ko", "vn": "vi"}
# CLDR replaces these languages by others; the registry of BCP 47 does not.
_REGISTERED_AS_THEY_ARE = frozenset({"cnr", "drw", "prs", "swc", "tl", "tnf"})


def language_findings(values: FieldValues) -> Iterator[Finding]:
    """Judge every tag, texts under a tag of another script, and texts that were copied to all languages."""
    seen: set[str] = set()
    for pointer, tag in values.of("languageTag"):
        yield from _tag_findings(tag, pointer, seen)
    for kind in (NAME_MAP, PROSE_MAP):
        for pointer, texts in values.of(kind):
            for tag, text in texts.items():
                if tag not in seen:
                    yield from _tag_findings(tag, f"{pointer}/{tag}", seen)
                if _may_be_of_another_script(tag, text):
                    yield from _script_findings(tag, text, f"{pointer}/{tag}")
            if len(texts) > 1 and len(set(texts.values())) == 1:
                yield from _copied_findings(texts, pointer, kind)
    yield from _machine_translated_findings(values)


@lru_cache(maxsize=4096)
def canonical_tag(tag: str) -> str | None:
    """Write a tag as BCP 47 wants it; None if one of its subtags is not registered.

    The case of the subtags must be the usual one.
    """
    language, *rest = tag.split("-")
    written = [_canonical_language(language), *(_canonical_subtag(part) for part in rest)]
    return "-".join(part for part in written if part) if all(written) else None


@lru_cache(maxsize=4096)
def script_of(tag: str) -> str:
    """Name the script of a tag, stated or usual for its language; '' if not known."""
    from langcodes.data_dicts import DEFAULT_SCRIPTS

    language, *rest = tag.split("-")
    if rest and len(rest[0]) == 4 and rest[0].isalpha():
        return rest[0]
    return "Hans" if language in _CHINESE else DEFAULT_SCRIPTS.get(language, "")


_CHINESE = frozenset({"zh", "cmn", "yue", "wuu", "hak", "nan", "gan", "hsn", "lzh"})
_HAN_SCRIPTS = frozenset({"Hans", "Hant", "Hani"})
_WITH_HAN = _HAN_SCRIPTS | {"Jpan", "Kore"}


@lru_cache(maxsize=4096)
def _canonical_language(language: str) -> str:
    from langcodes.data_dicts import LANGUAGE_REPLACEMENTS

    if not _is_registered(language):
        return ""
    if language in _REGISTERED_AS_THEY_ARE:
        return language
    replaced: str = LANGUAGE_REPLACEMENTS.get(language, language)
    return replaced


@lru_cache(maxsize=4096)
def _canonical_subtag(subtag: str) -> str:
    from langcodes.data_dicts import TERRITORY_REPLACEMENTS

    if not _is_registered(subtag):
        return ""
    replaced: str = TERRITORY_REPLACEMENTS.get(subtag.lower(), subtag) if len(subtag) == 2 else subtag
    return replaced


def _is_registered(subtag: str) -> bool:
    from langcodes.data_dicts import ALL_SCRIPTS, VALIDITY

    return bool(VALIDITY.match(subtag)) or subtag in ALL_SCRIPTS


def _tag_findings(tag: str, pointer: str, seen: set[str]) -> Iterator[Finding]:
    """Judge a tag where it first stands; the same fault in every text would say nothing new."""
    if tag in seen:
        return
    seen.add(tag)
    canonical = canonical_tag(tag)
    if canonical == tag:
        return
    language = tag.partition("-")[0]
    meant = canonical or _MEANT.get(language, "")
    hint = (
        f"Write {meant}." if meant else "Codes of languages stand in BCP 47, for example en, zh-Hans, pt-BR."
    )
    problem = "is not the current code of its language" if canonical else "is no language of BCP 47"
    yield finding("code.language", f"{tag} {problem}", pointer=pointer, hint=hint)


def _may_be_of_another_script(tag: str, text: str) -> bool:
    """Answer at once for nearly all texts that they are not: they have a letter of their script near their beginning."""
    script = script_of(tag)
    if script in _HAN_SCRIPTS:
        return not HAN.search(text)
    return script == "Latn" and not text.isascii() and not _LATIN.search(text)


def _script_findings(tag: str, text: str, pointer: str) -> Iterator[Finding]:
    script = script_of(tag)
    if script in _HAN_SCRIPTS:
        if not HAN.search(text) and _LETTER.search(text):
            hint = "Put it under its own language, pinyin under zh-Latn-pinyin."
            yield _script_finding(f"the text under {tag} has no Chinese character", pointer, hint)
    elif script == "Latn" and not text.isascii() and HAN.search(text) and not _LATIN.search(text):
        hint = "Put Chinese under zh-Hans or zh-Hant."
        yield _script_finding(f"the text under {tag} is written in Chinese characters only", pointer, hint)


def _script_finding(message: str, pointer: str, hint: str) -> Finding:
    return finding("code.language-script", message, pointer=pointer, hint=hint, severity="warning")


def _copied_findings(texts: dict[str, str], pointer: str, kind: str) -> Iterator[Finding]:
    """Prose is never the same in two languages; a name may be, within one script."""
    scripts = {"Han" if script_of(tag) in _WITH_HAN else script_of(tag) for tag in texts} - {""}
    if (kind == NAME_MAP and len(scripts) < 2) or not _LETTER.search(next(iter(texts.values()))):
        return
    message = f"the text is the same under {', '.join(sorted(texts)[:5])}"
    hint = "Keep it under the language it is written in, and add translations or leave the others out."
    yield finding("code.copied-text", message, pointer=pointer, hint=hint, severity="warning")


def _machine_translated_findings(values: FieldValues) -> Iterator[Finding]:
    named = values.profile.get("machineTranslated", ())
    written = {tag for _, texts in values.of(NAME_MAP, PROSE_MAP) for tag in texts} if named else set()
    for index, tag in enumerate(named):
        if tag not in written:
            yield finding(
                "code.machine-translated",
                f"no text stands under {tag}",
                pointer=f"/machineTranslated/{index}",
                hint="Name only languages in which the record has texts.",
            )
