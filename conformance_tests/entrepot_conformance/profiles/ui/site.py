"""The node whose pages are read: it follows a peer with hostile records, and one of them is withdrawn later."""

from __future__ import annotations

from collections import Counter, deque
from functools import cached_property

from entrepot_conformance.http_reader import Answer, HttpReader
from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.suite.outcome import Skipped
from entrepot_conformance.suite.target import Target

from .hostile import FORMER, RENAMED, SECRET, TEXTS
from .page import Page

LANGUAGES = ("en", "zh-Hans")
MOST_PAGES = 140
"""In each language."""
_MOST_OF_A_KIND = 40
_NO_PAGES = ("/api", "/feed", "/mirror", "/witness", "/.well-known")
_PAGE = "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1"


class Site:
    """The pages of one node in all languages, read once."""

    def __init__(self, target: Target) -> None:
        self.node = target.start_shim("ui")
        self.node.init("site.example")
        self.node.require("pages")
        self.peer = Peer("hostile.example", dump=target.dump)
        target.at_close(self.peer.close)
        publish_hostile(self.peer)
        self.peer.tell()
        self.node.must("add-peer", url=self.peer.url, fingerprint=self.peer.identity.scid)
        self._pull()
        self._http = HttpReader(self.node.url, target.traffic)
        self.of_withdrawn = self._find(SECRET)
        """Paths of pages about the record that is withdrawn now."""
        _publish(self.peer, RENAMED, f"{RENAMED} Limited")
        self.peer.feed.withdraw(SECRET)
        self.peer.tell()
        self._pull()

    @cached_property
    def pages(self) -> list[Page]:
        """All pages that were reached from the first one, in each language."""
        return [page for language in LANGUAGES for page in self._crawl(language)]

    @cached_property
    def others(self) -> list[Answer]:
        """What pages lead to within the node that is no page: data, style sheets."""
        paths = {path: None for page in self.pages for path in page.links() if not _is_exchange(path)}
        read = {page.path for page in self.pages}
        answers = [self.ask(path) for path in list(paths)[: 2 * MOST_PAGES] if path not in read]
        return [answer for answer in answers if not is_page(answer)]

    def ask(self, path: str, **headers: str) -> Answer:
        """GET a path as a browser does; never a 5xx, whatever is asked."""
        answer = self._http.get(path, **{"Accept": _PAGE, "Accept_Language": "en", **headers})
        assert answer.status < 500, f"GET {path[:200]}: {answer.status}"
        return answer

    def page(self, path: str, **headers: str) -> Page:
        """GET a path and read the answer as a page, whatever it is."""
        return Page(path, self.ask(path, **headers))

    def _pull(self) -> None:
        told = self.node.must("sync-once", origin=self.peer.origin).details
        due = {"size": self.peer.feed.size, "missing": 0, "refused": []}
        seen = {name: told.get(name) for name in due}
        assert seen == due, f"records that keep every rule of the wire gave {seen}, due was {due}"

    def _find(self, word: str) -> list[str]:
        """The addresses of the pages about one record: links that carry its name, and nothing more than a page of it."""
        found: dict[str, None] = {}
        for page in self._crawl(LANGUAGES[0]):
            for piece in page.pieces:
                link = next(
                    (
                        given["href"]
                        for tag, given in reversed(piece.inside)
                        if tag == "a" and "href" in given
                    ),
                    "",
                )
                if word in piece.text and link.startswith("/"):
                    found[link] = None
        return list(found)

    def _crawl(self, language: str) -> list[Page]:
        waiting, seen = deque(["/"]), {"/"}
        pages: list[Page] = []
        kinds: Counter[str] = Counter()
        while waiting and len(pages) < MOST_PAGES:
            path = waiting.popleft()
            answer = self.ask(path, Accept_Language=language)
            if not is_page(answer):
                continue
            page = Page(path, answer)
            pages.append(page)
            for link in page.links():
                kind = link.partition("?")[0]
                if link in seen or _is_exchange(link) or kinds[kind] >= _MOST_OF_A_KIND:
                    continue
                seen.add(link)
                kinds[kind] += 1
                # Pages with an address of their own come before the many ways to filter one list.
                waiting.append(link) if "?" in link else waiting.appendleft(link)
        return pages


def site_for(target: Target) -> Site:
    """The site, made once for all cases; where it can't be made, no case is tried."""
    if "ui" not in target.kept:
        try:
            target.kept["ui"] = Site(target)
        except (AssertionError, Skipped) as fault:
            target.kept["ui"] = fault
    site = target.kept["ui"]
    if isinstance(site, Exception):
        raise site
    assert isinstance(site, Site)
    return site


def is_page(answer: Answer) -> bool:
    """Answer whether a browser would show it as a page."""
    media_type = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type in ("text/html", "application/xhtml+xml")


def _is_exchange(path: str) -> bool:
    return path.startswith(_NO_PAGES)


def publish_hostile(peer: Peer) -> None:
    """Publish a record for each text, one that will have another name, and one that will be withdrawn."""
    texts = {**TEXTS, RENAMED: f"{FORMER} Limited", SECRET: f"{SECRET} Limited"}
    for word, text in texts.items():
        _publish(peer, word, text)


def _publish(peer: Peer, word: str, text: str) -> None:
    record = peer.feed.draft(word)
    record["credentialSubject"]["profile"] |= _members(text)
    peer.feed.publish(word, peer.feed.signed(record))


def _members(text: str) -> dict[str, object]:
    """A text in each place of a company that takes one."""
    return {
        "name": {"en": text},
        "legalName": {"de": text},
        "otherNames": [{"kind": "brand", "name": {"und": text}}],
        "summary": {"en": f"{text}\n\n{text}", "zh-Hans": text},
        "locations": [{"country": "DE", "locality": {"de": text[:100]}, "street": {"de": text[:100]}}],
        "capabilities": ["manufacturing", "x-point-of-care"],
        "website": "https://evil.example/?q=javascript:alert(1)",
        "ext": {
            "hostile": {"schema": "https://hostile.example/x.json", "text": text, "<xss-member>": [text]}
        },
    }
