"""Texts as people will read them: composed, visible, plain, and in one alphabet. Controls are a wire rule."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from html.entities import html5

from entrepot_schema.field_values import NAME_MAP, PROSE_MAP, FieldValues
from entrepot_schema.findings import Finding, finding

_INVISIBLE = re.compile(
    "[\u00a0\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2000-\u200b\u2060-\u2064\u202f\u205f\u3164\uffa0]"
)
# Joiners are part of writing between letters of scripts that join, and inside of emoji; beside Latin they hide.
_HIDDEN_JOINER = re.compile("(?<![^\x00-\u024f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\u024f])")
_ELEMENTS = (
    "a|abbr|article|aside|audio|b|blockquote|body|br|button|center|code|div|em|embed|font|footer|form|h[1-6]|head|header|hr|html|"
    "i|iframe|img|input|li|link|main|meta|nav|object|ol|option|p|pre|script|section|select|small|span|strike|strong|style|sub|"
    "sup|svg|table|tbody|td|textarea|th|thead|title|tr|tt|u|ul|video"
)
_TAG = re.compile(rf"</?(?:{_ELEMENTS})(?:\s[^<>=]*+=[^<>]*+|\s*+/?)>|<!--|<!\[CDATA\[", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:(?P<name>[A-Za-z][A-Za-z0-9]{1,31})|#[0-9]{1,7}|#[xX][0-9A-Fa-f]{1,6});")
# UTF-8 that was read as Windows-1252: a lead byte of C2, C3 or E2 and what can follow, or several of other leads.
_TAIL = (
    "[\u0080-\u00bf\u0152\u0153\u0160\u0161\u0178\u017d\u017e\u0192\u02c6\u02dc\u2013\u2014\u2018-\u201a\u201c-\u201e"
    "\u2020-\u2022\u2026\u2030\u2039\u203a\u20ac\u2122]"
)
_MOJIBAKE = re.compile(
    f"[\u00c2\u00c3]{_TAIL}|\u00e2{_TAIL}{_TAIL}|(?:[\u00d0\u00d1]{_TAIL}){{2}}|(?:[\u00e3-\u00e9]{_TAIL}{{2}}){{2}}|\ufffd|锟斤拷"
)
# Stands at the beginning of all of it, and is found much faster.
_MAYBE_DAMAGED = re.compile(f"[\u00c2\u00c3\u00d0\u00d1\u00e2-\u00e9\ufffd锟](?:{_TAIL}|(?<=[\ufffd锟]))")
# One of these stands in all that the three patterns above find.
_SUSPECT = re.compile(
    "[\u00a0\u00ad\u00c2\u00c3\u00d0\u00d1\u00e2-\u00e9\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u2000-\u200d\u2060-\u2064"
    "\u202f\u205f\u3164\uffa0\ufffd锟]"
)
_WORD = re.compile(r"[^\W\d_]+")
_LATIN = re.compile("[A-Za-z\u00c0-\u024f]")
# Letters of other alphabets that nobody can tell from Latin ones; α, β, γ and the like are meant when written.
_LOOK_ALIKE = dict(
    zip(
        "АВЕЅІЈКМНОРСТХҮԌԚԜаеіјорсухѕһԁԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧοϲ",
        "ABESIJKMHOPCTXYGQWaeijopcyxshdqwABEZHIKMNOPTYXoc",
        strict=True,
    )
)
_LOOK_ALIKES = re.compile(f"[{''.join(_LOOK_ALIKE)}]")


def text_findings(values: FieldValues) -> Iterator[Finding]:
    """Judge every text of a profile; plain ASCII can only hold markup."""
    if _are_in_order(values.names) and _are_in_order(values.prose) and not _LOOK_ALIKES.search(values.names):
        return  # as nearly all
    for kind in (NAME_MAP, PROSE_MAP):
        for pointer, texts in values.of(kind):
            for tag, text in texts.items():
                here = f"{pointer}/{tag}"
                if "<" in text or "&" in text:
                    yield from _markup_findings(text, here)
                if not text.isascii():
                    yield from _character_findings(text, here)
                    if kind == NAME_MAP:
                        yield from _look_alike_findings(text, here)


def _are_in_order(texts: str) -> bool:
    """Answer whether a look at all texts at once finds nothing that one of them could be told for."""
    return not ("<" in texts or "&" in texts) and (
        texts.isascii()
        or not (
            "\u200c" in texts
            or "\u200d" in texts
            or _INVISIBLE.search(texts)
            or _MAYBE_DAMAGED.search(texts)
            or not unicodedata.is_normalized("NFC", texts)
        )
    )


def _markup_findings(text: str, pointer: str) -> Iterator[Finding]:
    found = _TAG.search(text) or next(
        (match for match in _ENTITY.finditer(text) if not match["name"] or f"{match['name']};" in html5), None
    )
    if found:
        hint = "Write plain text; readers see tags and entities as they stand."
        yield finding("code.markup", f"the text holds HTML: {found[0][:40]}", pointer=pointer, hint=hint)


def _character_findings(text: str, pointer: str) -> Iterator[Finding]:
    if not unicodedata.is_normalized("NFC", text):
        hint = "Save it in normal form C; most editors do when the text is typed anew."
        message = "the text is not composed (NFC): the same letters can be written in two ways"
        yield finding("code.normalization", message, pointer=pointer, hint=hint, severity="warning")
    if not _SUSPECT.search(text):
        return
    invisible = _INVISIBLE.search(text) or _HIDDEN_JOINER.search(text)
    if invisible:
        name = unicodedata.name(invisible[0], "a character without name").lower()
        message = f"the text holds {name} (U+{ord(invisible[0]):04X}), which nobody sees"
        hint = "Search finds the text all the same; take it out if it came from a copy."
        yield finding("code.invisible", message, pointer=pointer, hint=hint, severity="information")
    damaged = _MOJIBAKE.search(text)
    if damaged:
        message = f"the text looks damaged by a wrong encoding: {damaged[0][:12]}"
        meant = _repaired(damaged[0])
        hint = (
            f"{damaged[0]} was probably {meant}."
            if meant
            else "Take the text from its source again, as UTF-8."
        )
        yield finding("code.mojibake", message, pointer=pointer, hint=hint, severity="warning")


def _repaired(damaged: str) -> str:
    # Windows-1252 has no character for five bytes; they stand for themselves.
    raw = b"".join(
        letter.encode("cp1252", "ignore") or (bytes([ord(letter)]) if ord(letter) < 256 else b"")
        for letter in damaged
    )
    return raw.decode("utf-8", "ignore").strip() if len(raw) == len(damaged) else ""


def _look_alike_findings(text: str, pointer: str) -> Iterator[Finding]:
    if not _LOOK_ALIKES.search(text):
        return
    for word in _WORD.findall(text):
        strange = _LOOK_ALIKES.findall(word)
        if strange and _LATIN.search(word):
            message = f"{word[:40]} mixes Latin letters with {strange[0]} (U+{ord(strange[0]):04X}), which only looks like one"
            meant = "".join(_LOOK_ALIKE.get(letter, letter) for letter in word[:40])
            yield finding(
                "code.homoglyph", message, pointer=pointer, hint=f"Type it anew: {meant}.", severity="warning"
            )
            return
