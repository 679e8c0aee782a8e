"""The page of one record in a static copy: what it says, what vouches for it, and how to check that. Pure.

Nothing on it depends on the head or the clock, so it changes only with the record, the names of the records it
refers to, and the look of the copy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any

from entrepot_node.pages.language import Preferences
from entrepot_node.pages.messages import Messages
from entrepot_node.pages.naming import place_of, title_of
from entrepot_node.pages.record_view import RecordView, record_view, references
from entrepot_node.pages.showing import Known, Showing, original_language
from entrepot_node.static_copy import layout
from entrepot_node.static_copy.manifest import PageFacts
from entrepot_node.static_copy.value_html import ValueWriter, variant_html

TITLE, MAIN = "\x01title\x01", "\x01main\x01"
_UP = "../../"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a live record stands: its entry, and the digest of its bytes."""

    index: int
    subject: str
    digest: str

    @property
    def letters(self) -> str:
        """The random part of the subject's id."""
        return self.subject[-26:]


def facts_of(document: Mapping[str, Any], place: Place, origin: str, show: Showing) -> PageFacts:
    """What lists and other pages say of a record."""
    profile = document["credentialSubject"]["profile"]
    title = title_of(profile, Showing(show.reader, show.messages, original=original_language(profile)))
    town, country = place_of(profile, show)
    where = show.messages("place", town=town.text, country=country).unescape() if town else country
    own = f"https://{origin}/id/"
    named = tuple(subject[-26:] for subject in references(profile) if subject.startswith(own))
    return PageFacts(
        place.digest,
        profile["type"],
        title.main.lang if title else "",
        title.main.text if title else "",
        where,
        named,
    )


class RecordPages:
    """Writes the pages of records of one copy. `frame` is a page with marks where title and main part go."""

    def __init__(
        self, frame: str, reader: Preferences, messages: Messages, feed_name: str, fingerprint: str
    ) -> None:
        self._head, rest = frame.split(TITLE)
        self._middle, self._tail = rest.split(MAIN)
        self._reader = reader
        self._t = messages
        self._feed_name = escape(feed_name)
        self._fingerprint = escape(fingerprint)
        self._own = f"https://{feed_name.partition('/')[0]}/id/"

    def page(self, document: Mapping[str, Any], place: Place, titles: Mapping[str, PageFacts]) -> bytes:
        """Write the page of a record; `titles` has the live records of this feed by their letters."""
        profile = document["credentialSubject"]["profile"]
        known = {
            subject: Known({facts.tag or "und": facts.title} if facts.title else None)
            for subject in references(profile)
            if (facts := self._live(subject, titles)) is not None
        }
        view = record_view(profile, self._reader, self._t, known)
        writer = ValueWriter(self._t, lambda subject: self._page_of(subject, titles))
        body = self._main(view, writer, document, place)
        return f"{self._head}{escape(view.plain_title)}{self._middle}{body}{self._tail}".encode()

    def _live(self, subject: str, titles: Mapping[str, PageFacts]) -> PageFacts | None:
        return titles.get(subject[-26:]) if subject.startswith(self._own) else None

    def _page_of(self, subject: str, titles: Mapping[str, PageFacts]) -> str:
        return f"../{subject[-26:]}/index.html" if self._live(subject, titles) is not None else ""

    def _main(self, view: RecordView, writer: ValueWriter, document: Mapping[str, Any], place: Place) -> str:
        sections = "".join(
            f'<section aria-labelledby="part-{section.id}"><h2 id="part-{section.id}">{section.title}</h2>'
            f'<dl class="fields">{writer.rows(section.rows)}</dl></section>\n'
            for section in view.sections
        )
        summary = f'<div class="summary">{writer.text(view.summary)}</div>\n' if view.summary else ""
        return (
            f'<article><div class="head">{self._heading(view, writer)}</div>\n<div class="columns"><div class="body">'
            f'{summary}{sections}</div>\n<aside class="side" aria-labelledby="provenance">'
            f"{self._provenance(document, place)}</aside></div></article>"
        )

    def _heading(self, view: RecordView, writer: ValueWriter) -> str:
        tags = "".join(f' <span class="tag">{writer.value(tag)}</span>' for tag in view.tags)
        title = variant_html(view.title.main) if view.title else str(view.heading)
        originals = "".join(
            f'<p class="original">{variant_html(one)}</p>'
            for one in (view.title.others if view.title else ())
            if one.original and view.title and one.text != view.title.main.text
        )
        town = variant_html(view.place) + " " if view.place else ""
        return (
            f'<p class="kicker">{escape(view.type_label)}{tags}</p><h1>{title}</h1>{originals}'
            f'<p class="byline"><span>{town}{escape(view.country)}</span></p>'
        )

    def _provenance(self, document: Mapping[str, Any], place: Place) -> str:
        t, code = self._t, '<code class="value">{}</code>'.format
        method = escape(document["proof"]["verificationMethod"].partition("#")[2])
        entry = t("static.entry", index=f"{place.index:,}", feed=self._feed_name, time=document["validFrom"])
        ids = (
            (t("record.id"), code(escape(place.subject))),
            (t("record.licence"), f"<code>{escape(document['license'])}</code>"),
            (t("history.revision"), str(document["revision"])),
            (t("static.digest"), code(place.digest)),
            (t("static.key"), code(method)),
            (t("home.fingerprint"), code(self._fingerprint)),
        )
        rows = "".join(f"<dt>{name}</dt><dd>{value}</dd>" for name, value in ids)
        return (
            f'<div class="provenance"><h2 id="provenance">{t("static.vouched")}</h2><p>{entry}</p>'
            f'<p class="not-shown">{t("static.not-checked")}</p><dl class="ids">{rows}</dl>'
            f'<ul class="paths"><li><a href="{_UP}{layout.addendum(place.digest)}">{t("raw.bytes")}</a></li>'
            f'<li><a href="{_UP}{layout.KEY_LOG}">{t("home.key-log")}</a></li></ul>'
            f'<p>{t("raw.verify")}</p><pre class="command" tabindex="0"><code>entrepot verify record.json '
            f"--key-log keys.jsonl</code></pre></div>"
        )
