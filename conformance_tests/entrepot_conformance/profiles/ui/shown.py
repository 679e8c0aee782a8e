"""What stands on the pages, whoever wrote the records: nothing runs, nothing is loaded, and text stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from entrepot_conformance.suite.case import Case, Side

from .hostile import ELEMENT, LITERAL, SECRET, TEXTS
from .page import Page
from .row import row
from .site import LANGUAGES, Site

_LOADED = {
    "img": ("src", "srcset"), "script": ("src",), "iframe": ("src",), "frame": ("src",), "embed": ("src",), "object": ("data",),
    "source": ("src", "srcset"), "video": ("src", "poster"), "audio": ("src",), "track": ("src",), "input": ("src",),
    "use": ("href", "xlink:href"),
    "image": ("href", "xlink:href"), "body": ("background",), "form": ("action",), "button": ("formaction",), "base": ("href",),
}  # fmt: skip
_LOADING_LINKS = frozenset(
    [
        "stylesheet",
        "icon",
        "preload",
        "modulepreload",
        "prefetch",
        "prerender",
        "preconnect",
        "dns-prefetch",
        "manifest",
    ]
)
_ADDRESSES = ("href", "src", "action", "formaction", "data", "xlink:href", "poster", "cite", "ping")
_PLAIN_SCHEMES = ("", "http", "https", "mailto", "tel")
_REORDERING = re.compile(r"[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_CSS_ADDRESS = re.compile(rb"url\(|@import", re.IGNORECASE)


def cases() -> list[Case]:
    """Return these cases."""
    good = Side.ACCEPT
    return [
        row("pages-answer", "It answers every page that its pages lead to, in English and Chinese", "EXC-75", _answer, "", good),
        row("said-in-html", "It says what a record says in the HTML, so that no script is needed", "EXC-75 EXC-79", _in_html, "", good),
        row("no-cookies", "It sets no cookies on public pages", "EXC-75", _no_cookies, "A22"),
        row("nothing-from-elsewhere", "It loads nothing from other hosts", "EXC-75", _nothing_loaded, "A24"),
        row("policy", "It has a policy on each page that lets run and load only what it serves itself", "EXC-76", _policy, "A01"),
        row("policy-lets-own-parts", "It has a policy that lets its own style sheets and scripts through", "EXC-76", _own_parts, "", good),
        row("no-framing", "It lets no other page frame its own", "EXC-76", _no_framing, "A20"),
        row("no-sniffing", "It lets no browser guess the type of what it serves", "EXC-76", _no_sniffing, "A02"),
        row("nothing-inline", "It has no script, style or handler within a page", "EXC-76", _nothing_inline, "A01"),
        row("markup-is-text", "It shows markup in a record as text", "EXC-77", _no_markup, "A01"),
        row("addresses-are-plain", "It makes links of web addresses, mail and telephone only", "EXC-77", _plain_addresses, "A01"),
        row("text-as-written", "It shows braces and entities in a record as they were written", "EXC-77", _as_written, "A01", good),
        row("text-is-isolated", "It isolates foreign text from the direction of what stands around it", "EXC-77", _isolated, "A04"),
        row("title-keeps-its-order", "It lets nothing in a title bar reorder it", "EXC-77", _titles, "A04"),
        row("origin-beside-name", "It names the origin on the page of each record, whatever the record calls itself",
            "EXC-77", _origin, "F18", good),
        row("withdrawn-is-gone", "It answers the page of a withdrawn record with 410, without what it said",
            "EXC-79 LOG-51", _withdrawn, "A22"),
        row("withdrawn-is-said-nowhere", "It says on no page what a withdrawn record said", "EXC-79 LOG-51", _said_nowhere, "A22"),
    ]  # fmt: skip


def _answer(site: Site) -> None:
    bad = [page for page in site.pages if page.answer.status != 200]
    assert not bad, f"{bad[0].path}, to which a page leads, is answered {bad[0].answer.status}"
    for answer in site.others:
        assert answer.status == 200, f"{answer.path}, to which a page leads, is answered {answer.status}"
    for language in LANGUAGES:
        first = site.page("/", Accept_Language=language)
        told = first.all("html")[0].get("lang", "") if first.all("html") else ""
        assert told.lower().startswith(language[:2]), f"asked for {language}, the first page is in {told!r}"


def _in_html(site: Site) -> None:
    missing = [word for word in TEXTS if not any(word in page.text for page in site.pages)]
    assert not missing, f"no page has the names of the records with {', '.join(missing)}"


def _no_cookies(site: Site) -> None:
    for answer in (*(page.answer for page in site.pages), *site.others):
        assert "set-cookie" not in answer.headers, f"{answer.path} sets a cookie"


def _nothing_loaded(site: Site) -> None:
    for page in site.pages:
        for what, address in _loads(page):
            parts = urlsplit(address.strip())
            here = parts.scheme == "data" or (not parts.netloc and not parts.scheme)
            assert here, f"{page.path} loads {address[:100]!r} by <{what}>"
        for given in page.all("meta"):
            refresh = (
                given.get("http-equiv", "").lower() == "refresh" and "url" in given.get("content", "").lower()
            )
            assert not refresh, f"{page.path} leads elsewhere by itself"
    for answer in site.others:
        if answer.headers.get("content-type", "").startswith("text/css"):
            found = _CSS_ADDRESS.search(answer.body)
            assert not found or b"//" not in answer.body[found.start() : found.start() + 60], (
                f"{answer.path} loads something from elsewhere"
            )


def _loads(page: Page) -> Iterator[tuple[str, str]]:
    for tag, given in page.elements:
        for name in _LOADED.get(tag, ()):
            if given.get(name):
                yield tag, given[name]
        if tag == "link" and _LOADING_LINKS & set(given.get("rel", "").lower().split()):
            yield tag, given.get("href", "")


def _policy(site: Site) -> None:
    for page in site.pages:
        rules = policy_of(page)
        assert rules, f"{page.path} has no Content-Security-Policy"
        words = [word for sources in rules.values() for word in sources]
        unsafe = [
            word for word in words if word.startswith("'unsafe-") or word in ("*", "http:", "https:", "blob:")
        ]
        assert not unsafe, f"the policy of {page.path} has {unsafe[0]}"
        hosts = [word for word in words if not word.startswith("'") and word != "data:"]
        assert not hosts, f"the policy of {page.path} names another host: {hosts[0]}"
        fallback = rules.get("default-src")
        assert fallback in (["'none'"], ["'self'"]), f"the policy of {page.path} has default-src {fallback}"
        for name in ("script-src", "object-src"):
            allowed = rules.get(name, fallback)
            assert "data:" not in allowed, f"the policy of {page.path} lets {name} be data:"
        assert rules.get("base-uri") == ["'none'"], f"the policy of {page.path} lets a base be set"
        assert rules.get("form-action") in (["'none'"], ["'self'"]), (
            f"the policy of {page.path} lets forms be sent anywhere"
        )


def _own_parts(site: Site) -> None:
    for page in site.pages:
        rules = policy_of(page)
        sheets = [given for given in page.all("link") if "stylesheet" in given.get("rel", "").lower().split()]
        scripts = [given for given in page.all("script") if given.get("src")]
        for name, parts in (("style-src", sheets), ("script-src", scripts)):
            allowed = rules.get(name, rules.get("default-src", []))
            assert not parts or "'self'" in allowed or any("nonce-" in word for word in allowed), (
                f"the policy of {page.path} keeps out what the page itself loads: {name} {allowed}"
            )


def policy_of(page: Page) -> dict[str, list[str]]:
    """The policy of a page by its directives."""
    parts = page.answer.headers.get("content-security-policy", "").split(";")
    words = [part.split() for part in parts if part.strip()]
    return {name.lower(): sources for name, *sources in words}


def _no_framing(site: Site) -> None:
    for page in site.pages:
        rule = policy_of(page).get("frame-ancestors")
        assert rule == ["'none'"], f"{page.path} may be framed: frame-ancestors {rule}"


def _no_sniffing(site: Site) -> None:
    for answer in (*(page.answer for page in site.pages), *site.others):
        told = answer.headers.get("x-content-type-options", "")
        assert told.lower() == "nosniff", f"{answer.path} has no nosniff"
    for page in site.pages:
        kind = page.answer.headers["content-type"].lower().replace(" ", "")
        assert "charset=utf-8" in kind, f"{page.path} does not say its character set"


def _nothing_inline(site: Site) -> None:
    for page in site.pages:
        for tag, given in page.elements:
            handler = next((name for name in given if name.startswith("on")), "")
            assert not handler, f"{page.path}: <{tag}> has {handler}"
            assert "style" not in given, f"{page.path}: <{tag}> has a style within the page"
            assert tag != "style", f"{page.path} has a style sheet within the page"
            inert = given.get("type", "") in ("application/json", "application/ld+json")
            assert tag != "script" or given.get("src") or inert, f"{page.path} has a script within the page"


def _no_markup(site: Site) -> None:
    for page in site.pages:
        require_no_markup(page)


def require_no_markup(page: Page) -> None:
    """Nothing that a stranger wrote has become an element or an attribute."""
    for tag, given in page.elements:
        assert not tag.startswith(ELEMENT), f"{page.path[:200]}: markup of a stranger became <{tag}>"
        odd = next((name for name in given if name.startswith(("on", ELEMENT)) or name == "autofocus"), "")
        assert not odd, f"{page.path[:200]}: text of a stranger became the attribute {odd} of <{tag}>"


def _plain_addresses(site: Site) -> None:
    for page in site.pages:
        for tag, given in page.elements:
            for name in _ADDRESSES:
                scheme = urlsplit(re.sub(r"[\x00-\x20]", "", given.get(name, ""))).scheme.lower()
                is_picture = (
                    scheme == "data" and (tag in ("link", "img")) and given[name].startswith("data:image/")
                )
                assert scheme in _PLAIN_SCHEMES or is_picture, (
                    f"{page.path}: <{tag}> has the address {given[name][:80]!r}"
                )


def _as_written(site: Site) -> None:
    for word, literal in LITERAL.items():
        texts = [page.text for page in site.pages if word in page.text]
        assert any(f"{word} {literal}" in text for text in texts), (
            f"no page shows {literal!r} as it was written: found was "
            f"{next((text[text.index(word) :][:120] for text in texts), 'nothing')!r}"
        )


def _isolated(site: Site) -> None:
    for page in site.pages:
        for piece in page.pieces:
            word = next((word for word in TEXTS if word in piece.text), "")
            assert not word or not piece.is_read or piece.is_isolated, (
                f"{page.path}: foreign text stands there without isolation, in "
                f"{' '.join(tag for tag, _ in piece.inside)}: {piece.text.strip()[:80]!r}"
            )


def _titles(site: Site) -> None:
    for page in site.pages:
        assert not _REORDERING.search(page.title), (
            f"{page.path}: the title bar reorders itself: {page.title!r}"
        )


def _origin(site: Site) -> None:
    about = [page for page in site.pages if any(word in page.title for word in TEXTS)]
    assert about, "no page has the name of a record in its title"
    for page in about:
        assert site.peer.origin in page.text, f"{page.path}: the name of a record, and not who says so"


def _withdrawn(site: Site) -> None:
    assert site.of_withdrawn, "no link led to the page of a record before it was withdrawn"
    for path in site.of_withdrawn:
        page = site.page(path)
        assert page.answer.status == 410, f"{path} of a withdrawn record is answered {page.answer.status}"
        assert SECRET.encode() not in page.answer.body, f"{path} says what a withdrawn record said"


def _said_nowhere(site: Site) -> None:
    for answer in (*(page.answer for page in site.pages), *site.others):
        assert SECRET.encode() not in answer.body, f"{answer.path} says what a withdrawn record said"
    found = site.page(f"/search?q={SECRET}")
    links = [path for path in found.links() if path.partition("?")[0] in site.of_withdrawn]
    assert not links, f"a search leads to the withdrawn record: {links[0]}"
