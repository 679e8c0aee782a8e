"""Layer P beyond the wire rule: people who slipped into identifiers and texts, in the core and in extensions."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from entrepot_schema.field_values import NAME_MAP, PROSE_MAP, FieldValues
from entrepot_schema.findings import Finding, finding
from entrepot_schema.mailboxes import judge_mailbox
from entrepot_schema.personal_numbers import is_personal_number
from entrepot_schema.schema_check import escape_pointer
from entrepot_schema.telephones import number_kind

# Each pattern is linear: possessive, and begun only where the character before could not belong to it.
_SPLIT = r"\s<>()\[\]{},;:\"'，。；：（）、@"
_MAIL = re.compile(rf"(?<![^{_SPLIT}])[^{_SPLIT}]++@[^{_SPLIT}.]+(?:\.[^{_SPLIT}.]+)+")
_WHOLE_MAIL = re.compile(r"[^\s<>@]{1,64}@[^\s<>@]{1,255}")
_RESIDENT = re.compile(
    r"(?<![0-9A-Za-z])[1-9][0-9]{5}[ -]?(?:18|19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[ -]?[0-9]{3}[0-9Xx]"
    r"(?![0-9A-Za-z])",
    re.ASCII,
)
_CHINESE_MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9][ -]?[0-9]{4}[ -]?[0-9]{4}(?![0-9])", re.ASCII)
_INTERNATIONAL = re.compile(r"(?<![0-9+])\+[1-9](?:[ ().\-/]{0,2}[0-9]){6,14}(?![0-9])", re.ASCII)
_LONG_NUMBER = re.compile(r"[0-9０-９](?:[ ().\-/（）．－／]{0,2}[0-9０-９]){6}")
_MOST_NUMBERS = 20
# Chinese keyboards write Latin letters and digits twice as wide: １３８ for 138.
_NARROW = {wide: wide - 0xFEE0 for wide in range(0xFF01, 0xFF5F)}
_ONE_TITLE = (
    r"(?:Dr|Prof|Mr|Mrs|Ms|Mme|Mlle|Dott|Dott\.ssa|Sig|Sig\.ra|Ing|Hr|Fr|Sr|Sra|Dña|Don|Frau|Herr|Herrn|Madame|Monsieur"
    r"|Signor|Signora|Señor|Señora|Pan|Pani|Dhr|Mevr)\.?\s"
)
# No look-behind in front: the engine looks for first letters much faster than for a place without a letter before.
_TITLE = re.compile(rf"{_ONE_TITLE}(?:{_ONE_TITLE}){{0,2}}[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ'’-]+")
_FAMILY_NAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱林何郭马罗梁宋郑谢韩唐冯董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜范石姚谭廖邹熊陆"
    "郝孔崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易武乔贺赖龚張劉陳楊趙黃吳孫馬羅鄭謝韓馮鄧許蕭葉鍾陸蘇盧"
)
_CHINESE_TITLES = ("先生", "女士", "小姐")
_CHINESE_TITLE = re.compile(f"[{_FAMILY_NAMES}][\u4e00-\u9fff]{{0,2}}(?:{'|'.join(_CHINESE_TITLES)})")


def privacy_findings(values: FieldValues) -> Iterator[Finding]:
    """Judge numbers and texts of a profile."""
    for index, identifier in enumerate(values.profile.get("identifiers", ())):
        if is_personal_number(identifier["scheme"], identifier["id"]):
            message = f"{identifier['id']} numbers a natural person, not an organisation"
            hint = "Sole traders are out of scope, for their name is a person's; take the identifier or the record out."
            pointer = f"/identifiers/{index}/id"
            yield finding("privacy.personal-identifier", message, pointer=pointer, hint=hint)
    if _may_hold_person(values.names) or _may_hold_person(values.prose) or _may_hold_title(values.prose):
        yield from _map_findings(values)
    yield from _extension_findings(values.profile.get("ext", {}), "/ext")


def _map_findings(values: FieldValues) -> Iterator[Finding]:
    for kind in (NAME_MAP, PROSE_MAP):
        for pointer, texts in values.of(kind):
            for tag, text in texts.items():
                yield from _text_findings(text, f"{pointer}/{tag}")
                if kind == PROSE_MAP:
                    yield from _title_findings(text, f"{pointer}/{tag}", values.profile)


def _may_hold_person(texts: str) -> bool:
    """Answer whether any of some texts needs a look of its own: all as one, a line each, no number goes over a line."""
    return "@" in texts or "＠" in texts or _LONG_NUMBER.search(texts) is not None


def _may_hold_title(texts: str) -> bool:
    return _TITLE.search(texts) is not None or (
        not texts.isascii() and any(title in texts for title in _CHINESE_TITLES)
    )


def _extension_findings(value: Any, pointer: str) -> Iterator[Finding]:
    """Nobody knows what a text of an extension is for; people must not stand in it either."""
    if isinstance(value, str):
        if _WHOLE_MAIL.fullmatch(value):
            yield from judge_mailbox(value, pointer)
        else:
            yield from _text_findings(value, pointer)
    elif isinstance(value, dict):
        for name, member in value.items():
            yield from _extension_findings(member, f"{pointer}/{escape_pointer(name)}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _extension_findings(item, f"{pointer}/{index}")


def _text_findings(text: str, pointer: str) -> Iterator[Finding]:
    has_number = _LONG_NUMBER.search(text)
    if not has_number and "@" not in text and "＠" not in text:
        return  # as most texts; to make a Chinese one narrow costs more than all the rest
    text = text if text.isascii() else text.translate(_NARROW)
    if "@" in text and (mail := _MAIL.search(text)):
        hint = "Put a mailbox of a role into contacts, and take it out of the text."
        message = f"the text holds a mailbox: {mail[0][:60]}"
        yield finding("privacy.text", message, pointer=pointer, hint=hint)
    if not has_number:
        return
    if any(_is_resident_number(match[0]) for match in _RESIDENT.finditer(text)):
        hint = "Take it out; it identifies a person for life."
        yield finding("privacy.text", "the text holds a resident identity number", pointer=pointer, hint=hint)
    number = next((number for number in _numbers_in(text) if number_kind(number) == "mobile"), None)
    if number:
        message = f"the text holds what looks like a mobile number: {number}"
        hint = "Put the number of the office into contacts, and take this one out."
        yield finding("privacy.text", message, pointer=pointer, hint=hint, severity="warning")


def _numbers_in(text: str) -> Iterator[str]:
    """The first telephone numbers in a text, in E.164 form; Chinese mobile numbers without +86 too."""
    for place, match in enumerate(_INTERNATIONAL.finditer(text)):
        if place < _MOST_NUMBERS:
            yield "+" + re.sub(r"[^0-9]", "", match[0])
    for place, match in enumerate(_CHINESE_MOBILE.finditer(text)):
        if place < _MOST_NUMBERS:
            yield "+86" + re.sub(r"[^0-9]", "", match[0])


def _is_resident_number(text: str) -> bool:
    from stdnum.cn import ric

    return ric.is_valid(text.replace(" ", "").replace("-", ""))


def _titled_name(text: str) -> re.Match[str] | None:
    for match in _TITLE.finditer(text):
        if not text[: match.start()][-1:].isalpha():
            return match
    return None if text.isascii() else _CHINESE_TITLE.search(text)


def _title_findings(text: str, pointer: str, profile: Mapping[str, Any]) -> Iterator[Finding]:
    found = _titled_name(text)
    if found is None or any(found[0] in name for name in profile.get("name", {}).values()):
        return
    message = f"the text seems to name a person: {found[0][:40]}"
    hint = "Say what the organisation does, not who; leave names out."
    yield finding("privacy.text", message, pointer=pointer, hint=hint, severity="warning")
