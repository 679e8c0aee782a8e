"""What a visitor may ask for, or be made to ask for: odd words, odd paths, ways that lead elsewhere."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from entrepot_conformance.http_reader import Answer
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.suite.outcome import Skipped

from .hostile import ELSEWHERE, FORMER, PATHS, QUERIES, RAW_QUERIES, REDIRECTS, RENAMED
from .page import Page
from .row import row
from .shown import require_no_markup
from .site import Site, is_page


def cases() -> list[Case]:
    """Return these cases."""
    return [
        row("search-takes-any-words", "It takes any words for the search box as words", "EXC-78", _words, "A07"),
        row("search-finds-a-name", "It finds a record by a word of its name", "EXC-78", _found, "", Side.ACCEPT),
        row("search-forgets-old-versions", "It finds a record by what it says now, and not by what it said before", "EXC-59 EXC-78",
            _renamed, "", Side.REFUSE),
        row("search-shows-words-as-text", "It shows what was asked for as text", "EXC-77 EXC-78", _echo, "A01"),
        row("odd-parameters", "It answers odd parameters of pages with a refusal or without them", "EXC-78", _parameters, "A07"),
        row("odd-paths", "It answers odd paths with 400 or 404, and no file of the machine", "EXC-78", _paths, "A06"),
        row("no-open-redirect", "It leads nobody to another host because an address says so", "EXC-78", _redirects, "A20"),
        row("host-is-not-believed", "It makes no links of the host that a request names", "EXC-78", _hosts, "H22"),
    ]  # fmt: skip


def _words(site: Site) -> None:
    for words in QUERIES:
        answer = site.ask(f"/search?q={quote(words, safe='')}")
        assert answer.status in (200, 400, 404, 414), (
            f"a search for {words[:40]!r} is answered {answer.status}"
        )


def _found(site: Site) -> None:
    for word in ("plainword", "alikeword"):
        page = site.page(f"/search?q={word}")
        if page.answer.status == 404:
            raise Skipped("the node has no page for searches")
        shown = [
            piece
            for piece in page.pieces
            if word in piece.text and any(tag == "a" for tag, _ in piece.inside)
        ]
        assert shown, f"a search for {word} does not find the record of that name"


def _renamed(site: Site) -> None:
    for word, due in ((RENAMED, True), (FORMER, False)):
        page = site.page(f"/search?q={word}")
        if page.answer.status == 404:
            raise Skipped("the node has no page for searches")
        found = any(
            RENAMED in piece.text
            and any(tag == "a" for tag, _ in piece.inside)
            and piece.text.strip() != word
            for piece in page.pieces
        )
        assert found == due, (
            f"a search for {word} {'finds' if found else 'does not find'} the record that was renamed"
        )


def _echo(site: Site) -> None:
    for words in QUERIES:
        page = site.page(f"/search?q={quote(words, safe='')}")
        if is_page(page.answer):
            require_no_markup(page)
            assert words != "{{7*7}}" or "49" not in _values(page), "what was asked for ran as a template"


def _values(page: Page) -> list[str]:
    return [given.get("value", "") for given in page.all("input")]


def _parameters(site: Site) -> None:
    for path in ("/", "/search", "/peers"):
        for query in RAW_QUERIES:
            page = site.page(f"{path}?{query}")
            assert page.answer.status in (200, 400, 404, 414, 431), (
                f"{path}?{query[:60]} is answered {page.answer.status}"
            )
            if is_page(page.answer):
                require_no_markup(page)


def _paths(site: Site) -> None:
    for path in PATHS:
        page = site.page(path)
        status = page.answer.status
        assert status in (400, 404, 405, 414, 431), f"{path[:80]} is answered {status}"
        assert b"root:" not in page.answer.body, f"{path} hands out a file of the machine"
        _require_here(page.answer)
        if is_page(page.answer):
            require_no_markup(page)


def _redirects(site: Site) -> None:
    for path in REDIRECTS:
        page = site.page(path)
        _require_here(page.answer)
        led = [given["href"] for given in page.all("a") if _leads_elsewhere(given.get("href", ""))]
        assert not led or "evil" not in led[0] or _is_of_record(led[0]), f"{path} made a link to {led[0]}"


def _require_here(answer: Answer) -> None:
    """A redirect may lead within the node only."""
    location = answer.headers.get("location", "")
    assert not _leads_elsewhere(location), f"{answer.path[:100]} leads to {location[:100]}"
    for name, value in answer.headers.items():
        assert name != "set-cookie", f"{answer.path[:100]} sets a cookie: {value}"


def _leads_elsewhere(address: str) -> bool:
    # Browsers read a backslash as a slash.
    parts = urlsplit(address.replace("\\", "/"))
    return ELSEWHERE in parts.netloc or parts.scheme == "javascript"


def _is_of_record(address: str) -> bool:
    return address.startswith("https://evil.example/?q=")


def _hosts(site: Site) -> None:
    for headers in (
        {"Host": ELSEWHERE},
        {"X_Forwarded_Host": ELSEWHERE},
        {"Forwarded": f"host={ELSEWHERE}"},
        {"X_Forwarded_Proto": "javascript", "X_Forwarded_Prefix": f"//{ELSEWHERE}"},
        {"X_Original_Url": "/admin", "X_Rewrite_Url": f"//{ELSEWHERE}/"},
    ):
        for path in ("/", "/search?q=plainword", "/nothing-of-this-name", "/search/"):
            page = site.page(path, **headers)
            _require_here(page.answer)
            for tag, given in page.elements:
                for name in ("href", "src", "action", "content"):
                    value = given.get(name, "")
                    believed = _leads_elsewhere(value) and not _is_of_record(value)
                    assert not believed, f"{path} with {headers}: <{tag}> leads to {value}"
