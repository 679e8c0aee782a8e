"""Records whose profile keeps or breaks a rule on its shape: SIG-28, PRO-02 to PRO-13."""

from __future__ import annotations

from typing import Any

from .record_drafts import Case, Edit, edited, profile_of
from .seeds import subject_id

SCHEMA = "https://biomed.example/ext/1.json"
PLACE = {"country": "DE", "locality": {"de": "Stuttgart"}}


def profile_cases() -> list[Case]:
    """Return the cases; a refusal may have any code of the layer S."""
    groups = [_shape(), _open_drawer(), _references(), _texts(), _codes(), _places(), _dates(), _links()]
    return [case for group in groups for case in group]


def _case(label: str, ids: str, expect: bool, /, **members: Any) -> Case:
    return _edit(label, ids, expect, lambda p: p.update(members))


def _edit(name: str, ids: str, expect: bool, edit: Edit) -> Case:
    code = "" if expect else "schema.*"
    return edited(f"profile: {name}", lambda r: edit(profile_of(r)), f"SIG-28 {ids}", code)


def _without(name: str) -> Edit:
    return lambda profile: profile.pop(name)


def _shape() -> list[Case]:
    return [
        *(_edit(f"no {name}", "PRO-02", False, _without(name)) for name in ("name", "status", "updated")),
        _case("locations is empty", "PRO-02", False, locations=[]),
        _case("unknown member", "PRO-05", False, colour="blue"),
        _case("unknown member, deep", "PRO-05", False, locations=[{**PLACE, "planet": "earth"}]),
        _case("member of another type", "PRO-05", False, governance="public"),
        _case("null", "PRO-05", False, founded=None),
        _case("empty string", "PRO-05", False, founded=""),
        _case("empty list", "PRO-05", False, sectors=[]),
        _case("stored confirmation", "PRO-13", False, confirmed=True),
    ]


def _open_drawer() -> list[Case]:
    return [
        _case("ext", "PRO-06", True, ext={"lab": {"schema": SCHEMA, "benches": 12}}),
        _case("ext without schema", "PRO-06", False, ext={"lab": {"benches": 12}}),
        _case(
            "ext with http schema", "PRO-06", False, ext={"lab": {"schema": SCHEMA.replace("https", "http")}}
        ),
        _case("ext with a capital in its prefix", "PRO-06", False, ext={"Lab": {"schema": SCHEMA}}),
        _case("ext with a prefix of one letter", "PRO-06", False, ext={"l": {"schema": SCHEMA}}),
    ]


def _references() -> list[Case]:
    return [
        _case("member of a cluster", "PRO-07", True, memberOf=[{"cluster": subject_id("cluster")}]),
        _case("member of a web site", "PRO-07", False, memberOf=[{"cluster": "https://biomed.example/"}]),
    ]


def _texts() -> list[Case]:
    good = {
        "und": "a",
        "en": "b",
        "zh-Hans": "生物",
        "zh-Latn-pinyin": "shēngwù",
        "pt-BR": "c",
        "es-419": "d",
    }
    bad: dict[str, Any] = {
        "no entry": {},
        "a string": "Brightwell",
        "tag in capitals": {"EN": "x"},
        "tag with underscore": {"zh_Hans": "x"},
        "script in lower case": {"zh-hans": "x"},
        "private-use tag": {"x-house": "x"},
        "language in words": {"English": "x"},
        "empty text": {"en": ""},
        "spaces alone": {"en": " \u00a0\u3000"},
        "invisible characters alone": {"en": "\u200b\u2060"},
        "number": {"en": 1},
        "list": {"en": ["x"]},
    }
    return [
        _case("name in many languages", "PRO-08", True, name=good),
        *(_case(f"name: {label}", "PRO-08", False, name=value) for label, value in bad.items()),
        _case("summary of 601 letters", "PRO-08", False, summary={"en": "x" * 601}),
        _case("summary of 600 letters beyond U+FFFF", "PRO-03 PRO-08", True, summary={"en": "🧬" * 600}),
    ]


def _codes() -> list[Case]:
    return [
        _case("status of no list", "PRO-09", False, status="thriving"),
        _case("sector of no list, in the form of a code", "PRO-09", True, sectors=["somethingNew"]),
        _case("private sector", "PRO-09", True, sectors=["x-our-own"]),
        _case("sector with a space", "PRO-09", False, sectors=["something new"]),
        _case("sector with a capital", "PRO-09", False, sectors=["Biotech"]),
        _case("the same sector twice", "PRO-09", False, sectors=["somethingNew", "somethingNew"]),
    ]


def _places() -> list[Case]:
    def at(lat: Any, lon: Any, expect: bool) -> Case:
        where = {name: value for name, value in (("lat", lat), ("lon", lon)) if value is not None}
        return _case(f"at {lat}, {lon}", "PRO-10", expect, locations=[{**PLACE, **where}])

    return [
        at("48.7213", "9.1183", True),
        at("-90", "180", True),
        at("0", "-0.000001", True),
        at("48.7213", None, False),
        at(None, "9.1183", False),
        at("48.7210", "9.1183", False),
        at("48.", "9.1183", False),
        at("-0", "9.1183", False),
        at("+48.7213", "9.1183", False),
        at("048.7213", "9.1183", False),
        at("48.7213001", "9.1183", False),
        at("90.000001", "9.1183", False),
        at("48.7213", "180.5", False),
        at(48, 9, False),
    ]


def _dates() -> list[Case]:
    def founded(value: Any, expect: bool) -> Case:
        return _case(f"founded {value!r}", "PRO-11", expect, founded=value)

    return [
        *(founded(value, True) for value in ("0001", "1998", "1998-12", "1998-12-31", "9999")),
        *(founded(value, False) for value in ("0000", "98", "1998-13", "1998-00", "1998-12-32", "1998-1-1")),
        *(founded(value, False) for value in ("1998-12-31T00:00:00Z", "1998\n", "１９９８", "c. 1998", 1998)),
        _case("updated without day", "PRO-11", False, updated="2026-05"),
        _case("updated in words", "PRO-11", False, updated="yesterday"),
    ]


def _links() -> list[Case]:
    def site(value: str, expect: bool) -> Case:
        return _case(f"web site {value!r}", "PRO-12", expect, website=value)

    mail = {"role": "general", "email": "info@biomed.example"}
    return [
        site("http://biomed.example/de?x=1#y", True),
        site("https://例子.example/", True),
        site("javascript:alert(1)", False),
        site("https://", False),
        site("https://user:word@biomed.example/", False),
        site("https://biomed.example/a b", False),
        site("ftp://biomed.example/", False),
        site("https://biomed.example\n", False),
        _case("contact", "PRO-12", True, contacts=[mail]),
        _case("contact that offers nothing", "PRO-12", False, contacts=[{"role": "general"}]),
        _case("contact with a name", "PRO-12", False, contacts=[{**mail, "name": "Eva"}]),
    ]
