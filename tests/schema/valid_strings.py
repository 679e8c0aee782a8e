"""Valid strings by the name of their form: made-up ones, and those at the edge of what the form takes."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_SMALL = "abcdefghijklmnopqrstuvwxyz"
_CAPITAL = _SMALL.upper()
_DIGITS = "0123456789"
_EDGE = 0.25
_LONGEST_TEXT = 0.03
# A visible letter of each sort, and what may stand between: white space, joiners, right-to-left, other planes.
_VISIBLE = (
    "a",
    "Z",
    "é",
    "ß",
    "е\u0301",
    "苏",
    "𠮷",
    "اسم",
    "שם",
    "😀",
    "👩\u200d🔬",
    "ﷺ",
    "0",
    "<",
    "&",
    "ก",
)
_BETWEEN = (" ", "\u00a0", "\n", "\t", "\u200b", "\u200f", "\u3000", "")

_HOST_LABEL_63 = "a" + "0-" * 30 + "bz"
_HOST_253 = ".".join(("a" * 63, "b" * 63, "c" * 63, "d" * 61))


def string(schema: dict[str, Any], name: str, rng: Random) -> str:
    """Write a string that fits the schema of one."""
    if not schema["pattern"].startswith("^"):
        return _text(schema["maxLength"], rng)
    known = _OPEN_CODE if schema["pattern"].startswith("^(?:[a-z][A-Za-z0-9]*|x-") else name
    edges = _EDGES.get(known, ())
    if edges and rng.random() < _EDGE:
        return rng.choice(edges)
    return _FORMS[known](rng) if known in _FORMS else str(rng.choice(schema["examples"]))


def _text(longest: int, rng: Random) -> str:
    """Text with at least one visible character; limits count code points, so the longest is of the second plane."""
    chance = rng.random()
    if chance < _LONGEST_TEXT:
        return rng.choice(("x", "苏", "𠮷", "😀")) * longest
    if chance < 4 * _LONGEST_TEXT:
        return rng.choice(_VISIBLE)[0]
    return "".join(rng.choice(_VISIBLE) + rng.choice(_BETWEEN) for _ in range(rng.randint(1, 8)))


def _of(letters: str, least: int, most: int | None = None) -> Callable[[Random], str]:
    return lambda rng: "".join(rng.choices(letters, k=rng.randint(least, most or least)))


def _host(rng: Random) -> str:
    return _of(_SMALL, 1, 12)(rng) + rng.choice((".example", ".a-b.example", ".xn--fiqs8s", ".0a.example"))


def _joined(*parts: str | Callable[[Random], str]) -> Callable[[Random], str]:
    return lambda rng: "".join(part if isinstance(part, str) else part(rng) for part in parts)


def _day(rng: Random) -> str:
    return f"{rng.randint(1, 9999):04}-{rng.randint(1, 12):02}-{rng.randint(1, 31):02}"


def _moment(rng: Random) -> str:
    return f"{_day(rng)}T{rng.randint(0, 23):02}:{rng.randint(0, 59):02}:{rng.randint(0, 59):02}"


def _degrees(whole: int) -> Callable[[Random], str]:
    def write(rng: Random) -> str:
        decimals = _of(_DIGITS, 0, 5)(rng) + rng.choice("123456789")
        return rng.choice(("", "-")) + f"{rng.randint(0, whole - 1)}.{decimals}"

    return write


_ID = _of(_BASE32, 26)
_NUMBER = _joined(lambda rng: rng.choice("123456789"), _of(_DIGITS, 0, 5))
_ADDRESS = _joined(_host, lambda rng: rng.choice(("", "/", "/a?b=c#d", ":8080/", "#苏", "?ü=%20", "/𠮷")))
_OPEN_CODE = "code of an open list"

_FORMS: dict[str, Callable[[Random], str]] = {
    _OPEN_CODE: lambda rng: _joined(rng.choice(_SMALL), _of(_SMALL + _CAPITAL + _DIGITS, 0, 12))(rng),
    "recordId": _joined("https://", _host, "/id/", _ID),
    "recordUri": _joined("https://", _host, "/id/", _ID, "/", _NUMBER),
    "nodeRecordUri": _joined("did:web:", _host, "/", _NUMBER),
    "did": _joined("did:web:", _host),
    "feedName": _joined(_host, "/feed/", _NUMBER),
    "languageTag": _joined(
        _of(_SMALL, 2, 3),
        lambda rng: rng.choice(("", "-Hans", "-Latn-pinyin", "-CH", "-419", "-Cyrl-RS", "-1996")),
    ),
    "date": lambda rng: _day(rng)[: rng.choice((4, 7, 10))],
    "fullDate": _day,
    "year": lambda rng: _day(rng)[:4],
    "time": _joined(_moment, "Z"),
    "timeWithOffset": _joined(_moment, lambda rng: rng.choice(("Z", "+08:00", "-23:59"))),
    "url": _joined(lambda rng: rng.choice(("http", "https")), "://", _ADDRESS),
    "httpsUrl": _joined("https://", _ADDRESS),
    "email": _joined(_of(_SMALL + _DIGITS + "+_-", 1, 20), "@", _host),
    "phone": _joined("+", lambda rng: rng.choice("123456789"), _of(_DIGITS, 6, 14)),
    "country": _of(_CAPITAL, 2),
    "subdivision": _joined(_of(_CAPITAL, 2), "-", _of(_CAPITAL + _DIGITS, 1, 3)),
    "jurisdiction": _of(_CAPITAL, 2),
    "nuts": _joined(_of(_CAPITAL, 2), _of(_CAPITAL + _DIGITS, 1, 3)),
    "gbt2260": _joined(lambda rng: rng.choice("123456789"), _of(_DIGITS, 5)),
    "license": _of(_SMALL + _CAPITAL + _DIGITS, 1, 20),
    "identifierScheme": _joined(_of(_CAPITAL, 1, 8), lambda rng: rng.choice(("", "-VAT", "-A1.2"))),
    "classificationScheme": _joined(_of(_CAPITAL, 1, 8), lambda rng: rng.choice(("", "-2.1", "-4754-2017"))),
    "identifier/id": _of("".join(map(chr, range(0x21, 0x7F))), 1, 40),
    "classification/code": _joined(_of(_CAPITAL + _DIGITS, 1, 4), lambda rng: rng.choice(("", ".1", "-Z"))),
    "latitude": _degrees(90),
    "longitude": _degrees(180),
    "location/postalCode": _of(_CAPITAL + _DIGITS, 1, 12),
    "area/postalCode": _of(_CAPITAL + _DIGITS, 1, 12),
    "extensionPrefix": _joined(_of(_SMALL, 1), _of(_SMALL + _DIGITS, 1, 29)),
    "nonce": _joined(_of(_SMALL + _CAPITAL + _DIGITS + "_-", 21), lambda rng: rng.choice("AQgw")),
    "node/baseUrls": _joined(lambda rng: rng.choice(("http", "https")), "://", _host, "/", _of(_SMALL, 0, 9)),
    "node/specVersions": _joined(
        lambda rng: rng.choice("123456789"), ".", lambda rng: rng.choice("123456789")
    ),
}

# At the limits of length and form, and in scripts beyond ASCII where the form takes them.
_EDGES: dict[str, tuple[str, ...]] = {
    _OPEN_CODE: ("a", "x-a", "x--", "x-" + "9" * 58, "a" * 60, "aZ09"),
    "recordId": (
        f"https://{_HOST_253}/id/" + "7" * 26,
        f"https://{_HOST_LABEL_63}.xn--p1ai/id/" + "a" * 26,
        "https://1.2.3.4a/id/" + "b" * 26,
    ),
    "did": (f"did:web:{_HOST_253}", "did:web:a.b"),
    "feedName": (f"{_HOST_253}/feed/999999", "a.b/feed/1"),
    "languageTag": (
        "und",
        "zh-Latn-pinyin",
        "sl-rozaj-biske-1994",
        "de-Latn-DE-1996-abcdefgh-abcdefg",
        "zza",
    ),
    "date": ("0001", "9999-12-31", "2024-02-30", "0400-02"),
    "fullDate": ("0001-01-01", "9999-12-31", "2023-02-29"),
    "year": ("0001", "9999"),
    "timeWithOffset": ("0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59"),
    "url": (
        "http://a.b",
        "https://生物园区.中国/关于?a=1#顶",
        "http://xn--a.b:99999?",
        "https://a.b/" + "z" * 1988,
    ),
    "httpsUrl": ("https://a.b", "https://é.ü:1#", "https://a.b/" + "/" * 1988),
    "email": ("联系@园区.中国", "a.b.c@d-e.f", "~{|}@a.b", "a" * 250 + "@b.c", "'@ü.b"),
    "phone": ("+1000000", "+" + "9" * 15),
    "subdivision": ("CN-HK", "US-1", "FR-20R"),
    "jurisdiction": ("AE-DU", "GB-SCT", "US-9"),
    "license": ("A", "a" * 64, "GPL-2.0+", "0"),
    "identifierScheme": ("A", "x-a", "A-1.2.3", "B" * 40, "x-" + "-" * 38),
    "classificationScheme": ("A", "x-9", "NACE-2.1", "C" * 40),
    "identifier/id": ("!", "~" * 100, "FN 123456 a", "\\\\", '"'),
    "classification/code": ("0", "9" * 20, "72.1-a.b"),
    "latitude": ("0", "90", "-90", "0.000001", "-89.999999", "1"),
    "longitude": ("0", "180", "-180", "179.999999", "-0.000001", "99"),
    "location/postalCode": ("0", "SW1A 1AA", "1-2-3-4-5-6", "Z" * 12),
    "extensionPrefix": ("a0", "z" * 30),
    "node/baseUrls": (
        "http://localhost:8101",
        "https://[2001:db8::1]:1/a/~_.-/",
        "http://0",
        "http://a/" + "b" * 491,
    ),
    "node/specVersions": ("9999.9999", "1.0"),
}
