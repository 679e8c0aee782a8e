"""Lists, changes and searching."""

from __future__ import annotations

from urllib.parse import quote

from entrepot_conformance.profiles.reader.api import Api, Item, api_case, digest_of_record
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Skipped

_ODD_QUESTIONS = (
    '"',
    "*",
    "a AND",
    "NEAR(",
    "name:x",
    "(",
    "'; DROP TABLE x",
    "生",
    "%",
    "ﬁ",
    "-",
    "a*b",
    "^",
    "\\",
)
_LISTS = ("/records", "/changes", "/refused", "/relations")
_FILTERS = ("type", "country", "subdivision", "sector", "kind", "origin")


def cases() -> list[Case]:
    """Return the cases of lists."""
    return [
        api_case("pages", "cuts a list into pages that together hold everything once", "EXC-50", _pages),
        api_case("cursor-foreign", "refuses a cursor of another list, and one that is none", "EXC-50", _foreign, refuses=True),
        api_case("limit-odd", "refuses a limit outside 1 to 1000", "EXC-50 EXC-72", _limits, refuses=True),
        api_case("record-bytes", "shows records whose canonical bytes have the digest beside them", "EXC-51", _bytes),
        api_case("changes", "lists changes in one order, to be read on from any cursor", "EXC-40", _changes),
        api_case("changes-no-content", "names what was withdrawn or refused by digest only", "EXC-42", _no_content, refuses=True),
        api_case("search-words", "finds a record by the words of its name, and nothing without them", "EXC-59", _words),
        api_case("search-filters", "finds by filters what their counts promise", "EXC-59", _filters),
        api_case("search-any-text", "takes any text for a question, never for an expression", "EXC-59 EXC-72", _odd_questions),
        api_case("identifiers", "finds records by identifier, however it is written", "EXC-58", _identifiers),
        api_case("identifiers-none", "answers an empty list for an identifier nobody has", "EXC-58", _no_identifier, refuses=True),
        api_case("refused", "names code and place of every refused record, never its bytes", "EXC-62 EXC-42", _refused, refuses=True),
    ]  # fmt: skip


def _place(item: Item) -> tuple[str, int]:
    return item["feed"], item["index"]


def _pages(api: Api) -> None:
    once = [_place(item) for item in api.items("/records", limit=50)]
    again = [_place(item) for item in api.items("/records", limit=7)]
    assert len(set(once)) == len(once), "a record stands twice"
    assert len(again) >= len(once), f"pages of 7 hold {len(again)} records, pages of 50 hold {len(once)}"
    shared = min(len(once), len(again))
    assert once[:shared] == again[:shared], "pages of another length show another order"


def _foreign(api: Api) -> None:
    cursors = {path: api.get(f"{path}?limit=1")["next"] for path in _LISTS}
    assert cursors["/changes"], "changes always have a cursor to go on from"
    for path in _LISTS:
        for other, cursor in cursors.items():
            if cursor and other != path:
                api.problem(f"{path}?cursor={quote(cursor)}", 400)
    api.problem(f"/records?cursor={quote(cursors['/changes'])}", 400, "http.cursor")
    for odd in ("x", "cmVjb3Jkcy4", "%00", "../..", "-1", "9" * 200):
        api.problem(f"/records?cursor={quote(odd)}", 400)


def _limits(api: Api) -> None:
    for odd in ("0", "-1", "1001", "x", "1.5", "", "９"):
        api.problem(f"/records?limit={quote(odd)}", 400)


def _bytes(api: Api) -> None:
    for item in api.some_records():
        assert digest_of_record(item["record"]) == item["digest"], (
            f"{_place(item)}: other bytes than the digest says"
        )


def _changes(api: Api) -> None:
    items = list(api.items("/changes", limit=40))
    if not items:
        raise Skipped("nothing has changed here yet")
    assert len({_place(item) for item in items}) <= len(items)
    by_feed: dict[str, list[int]] = {}
    for item in items:
        by_feed.setdefault(item["feed"], []).append(item["index"])
    page = api.get("/changes?limit=3")
    rest = api.get(f"/changes?limit=3&cursor={quote(page['next'])}")["items"]
    assert [_place(one) for one in [*page["items"], *rest]] == [_place(one) for one in items[:6]], (
        "a cursor skips or repeats"
    )


def _no_content(api: Api) -> None:
    for item in api.items("/changes"):
        if item.get("status") != "stored":
            assert not item.get("record"), f"{_place(item)}: the content of what is {item.get('status')}"


def _words(api: Api) -> None:
    item = api.some_records(1)[0]
    profile = item["record"]["credentialSubject"]["profile"]
    name = next(iter((profile.get("name") or profile.get("title") or {"": ""}).values()))
    found = [_place(one) for one in api.items(f"/search?q={quote(name)}")]
    assert _place(item) in found, f"a search for {name!r} does not find it"
    nobody = api.get("/search?q=qzxvqzxv&limit=5")
    assert nobody["items"] == [], "found for letters that occur nowhere"


def _filters(api: Api) -> None:
    page = api.get("/search?limit=1")
    for name in _FILTERS:
        for counted in page["facets"].get(name, [])[:2]:
            value, count = counted["value"], counted["count"]
            total = api.get(f"/search?{name}={quote(value)}&limit=1")["total"]
            assert total == count, f"{name}={value}: {total} found, {count} counted"


def _odd_questions(api: Api) -> None:
    for question in _ODD_QUESTIONS:
        assert isinstance(api.get(f"/search?q={quote(question)}&limit=1")["items"], list)


def _identifiers(api: Api) -> None:
    for item in api.some_records(200):
        for identifier in item["record"]["credentialSubject"]["profile"].get("identifiers", ()):
            scheme, value = identifier["scheme"], identifier["id"]
            if "://" in value:
                continue
            for written in (value, value.lower(), "-".join([value[:2], value[2:]])):
                found = [_place(one) for one in api.items(f"/identifiers/{quote(scheme)}/{quote(written)}")]
                assert _place(item) in found, f"{scheme} {written} is not found"
            return
    raise Skipped("no record with an identifier among the first")


def _no_identifier(api: Api) -> None:
    page = api.get("/identifiers/LEI/00000000000000000098")
    assert page["items"] == [], "found for an identifier that nobody has"


def _refused(api: Api) -> None:
    for item in api.items("/refused"):
        for member in ("origin", "feed", "index", "digest", "code", "pointer"):
            assert member in item, f"a refused record without {member}"
        assert "record" not in item, f"{_place(item)}: the bytes of a refused record"
        require_code(item["code"], (item["code"],), f"the record at {_place(item)}")
