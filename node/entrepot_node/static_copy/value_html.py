"""Values of a record as HTML, as `values.html` lays them out, but written by plain functions.

A static copy has a page for each of up to a hundred thousand records; Jinja's macros would take most of the time.
Every foreign text passes `escape` here, at the one place where it becomes HTML.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from html import escape

from entrepot_node.pages.messages import Messages
from entrepot_node.pages.values import (
    DataValue,
    DateValue,
    GroupValue,
    HrefValue,
    PlainValue,
    RecordValue,
    Row,
    TextValue,
    Value,
    Variant,
    WebValue,
)

PageOf = Callable[[str], str]
"""`page_of(subject)`: the relative address of a subject's page in this copy, or an empty text."""


def variant_html(variant: Variant) -> str:
    """A foreign text with its language and direction."""
    return f'<bdi lang="{escape(variant.lang)}" dir="{variant.dir}">{escape(variant.text)}</bdi>'


class ValueWriter:
    """Writes rows in the language of the copy."""

    def __init__(self, messages: Messages, page_of: PageOf) -> None:
        self._t = messages
        self._page_of = page_of

    def rows(self, rows: Iterable[Row]) -> str:
        """The rows of a definition list."""
        return "".join(map(self._row, rows))

    def text(self, value: TextValue) -> str:
        """A text in the language of the copy, what a reader should know of it, and its other variants."""
        return variant_html(value.main) + self._told(value.main) + self._others(value.others)

    def value(self, value: Value) -> str:
        """One value that is no group."""
        if isinstance(value, TextValue):
            return f'<div class="text">{self.text(value)}</div>'
        if isinstance(value, PlainValue):
            return self._plain(value)
        if isinstance(value, DateValue):
            return f'<time datetime="{escape(value.iso)}">{escape(value.text)}</time>'
        if isinstance(value, WebValue):
            return self._web(value)
        if isinstance(value, HrefValue):
            parts = "".join(escape(part) + "<wbr>" for part in value.parts)
            return f'<a href="{escape(value.href)}"><bdi dir="ltr">{parts}</bdi></a>'
        if isinstance(value, RecordValue):
            return self._record(value)
        return self._group(value)

    def _row(self, row: Row) -> str:
        if row.grouped:
            return self._grouped_row(row)
        return f'<div class="row"><dt>{row.label}</dt><dd>{self._cell(row)}</dd></div>\n'

    def _grouped_row(self, row: Row) -> str:
        first = row.values[0]
        if isinstance(first, GroupValue) and row.nested:
            cell = f'<dl class="fields nested">{self.rows(first.rows)}</dl>'
        elif row.compact:
            pairs = (self._pair(value) for value in row.values if isinstance(value, GroupValue))
            cell = f'<ul class="several">{"".join(f"<li>{pair}</li>" for pair in pairs)}</ul>'
        else:
            cards = "".join(map(self.value, row.values))
            return f'<div class="row wide"><dt>{row.label}</dt><dd class="cards">{cards}</dd></div>\n'
        return f'<div class="row"><dt>{row.label}</dt><dd>{cell}</dd></div>\n'

    def _cell(self, row: Row) -> str:
        if len(row.values) == 1:
            return self.value(row.values[0])
        kind = "several inline" if row.inline else "several"
        items = "".join(f"<li>{self.value(value)}</li>" for value in row.values)
        return f'<ul class="{kind}">{items}</ul>'

    def _pair(self, value: GroupValue) -> str:
        heading = f'<span class="code-of">{self.value(value.heading)}</span>' if value.heading else ""
        return heading + " ".join(self.value(one) for inner in value.rows for one in inner.values)

    def _group(self, value: DataValue | GroupValue) -> str:
        if isinstance(value, DataValue):
            heading, text = escape(value.heading), escape(value.text)
            return (
                f'<div class="card data"><p class="card-title"><code>{heading}</code></p>'
                f'<pre tabindex="0"><code dir="ltr">{text}</code></pre></div>'
            )
        title = f'<div class="card-title">{self.value(value.heading)}</div>' if value.heading else ""
        fields = f'<dl class="fields">{self.rows(value.rows)}</dl>' if value.rows else ""
        return f'<div class="card">{title}{fields}</div>'

    def _plain(self, value: PlainValue) -> str:
        note = self._mark(value.note) if value.note else ""
        if value.mono:
            return f"<code><bdi>{escape(value.text)}</bdi></code>{note}"
        title = f' title="{escape(value.title)}"' if value.title else ""
        return f"<bdi{title}>{escape(value.text)}</bdi>{note}"

    def _web(self, value: WebValue) -> str:
        link = value.link
        rest = f'<span class="rest">{escape(link.rest)}</span>' if link.rest else ""
        spelled = f' <code class="quiet">{escape(link.ascii_host)}</code>' if link.ascii_host else ""
        return (
            f'<a class="web" href="{escape(link.href)}" rel="nofollow noopener noreferrer"><bdi dir="ltr">'
            f'<span class="host">{escape(link.host)}</span>{rest}</bdi><span class="away" aria-hidden="true">↗</span>'
            f'<span class="unseen"> {self._t("external")}</span></a>{spelled}'
        )

    def _record(self, value: RecordValue) -> str:
        shown = variant_html(value.name) if value.name else f"<code>{escape(value.subject)}</code>"
        href = self._page_of(value.subject)
        note = self._mark(value.note) if value.note else ""
        return (f'<a href="{href}">{shown}</a>' if href else shown) + note

    def _told(self, variant: Variant) -> str:
        language = (
            f' <span class="mark language">{escape(variant.language)}</span>' if variant.foreign else ""
        )
        return language + (self._mark(self._t("record.machine")) if variant.machine else "")

    def _others(self, others: tuple[Variant, ...]) -> str:
        if not others:
            return ""
        lines = "".join(
            f"<div><dt>{escape(one.language)}{self._marks(one)}</dt><dd>{variant_html(one)}</dd></div>"
            for one in others
        )
        summary = self._t.counted("record.other-languages", len(others))
        return f'<details class="variants"><summary>{summary}</summary><dl>{lines}</dl></details>'

    def _marks(self, variant: Variant) -> str:
        original = self._mark(self._t("record.original")) if variant.original else ""
        return original + (self._mark(self._t("record.machine")) if variant.machine else "")

    def _mark(self, text: str) -> str:
        # Texts of ours are Markup and stay as they are; a plain text would be escaped.
        return f' <span class="mark">{text if hasattr(text, "__html__") else escape(text)}</span>'
