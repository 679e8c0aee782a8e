"""The texts of the pages in both languages, by id.

    messages = Messages("zh-Hans")
    messages("peers.refused", number=3)     # 3 条被拒绝, as Markup: what is filled in was escaped

The texts are ours and may be trusted as HTML; everything filled in is escaped unless it is Markup already.
"""

from __future__ import annotations

from markupsafe import Markup

from entrepot_node.pages.texts import directory, fields, frame, peers, record, reference, static_copy

ENGLISH, CHINESE = "en", "zh-Hans"
LANGUAGES: dict[str, str] = {ENGLISH: "English", CHINESE: "简体中文"}
"""The languages of the pages, with their own names for themselves."""

TEXTS: dict[str, tuple[str, str]] = {
    **frame.TEXTS,
    **directory.TEXTS,
    **peers.TEXTS,
    **record.TEXTS,
    **fields.TEXTS,
    **reference.TEXTS,
    **static_copy.TEXTS,
}


class Messages:
    """The texts in one language of `LANGUAGES`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._column = 1 if language == CHINESE else 0
        self._plain: dict[str, Markup] = {}
        self._fields: dict[tuple[str, str], Markup] = {}

    def __call__(self, message_id: str, **values: object) -> Markup:
        """Fill in a text; KeyError for an id there is no text for."""
        if values:
            return Markup(TEXTS[message_id][self._column]).format(**values)  # noqa: S704  the texts are our own
        text = self._plain.get(message_id)
        if text is None:
            text = Markup(TEXTS[message_id][self._column]).format()  # noqa: S704  the texts are our own
            self._plain[message_id] = text
        return text

    def counted(self, message_id: str, number: int) -> Markup:
        """Fill in a number, with the text for one where there is one."""
        wanted = f"{message_id}.one" if number == 1 and f"{message_id}.one" in TEXTS else message_id
        return self(wanted, number=f"{number:,}")

    def field(self, name: str, parent: str = "") -> Markup:
        """Name a field of a profile, as it is called below its parent."""
        label = self._fields.get((name, parent))
        if label is None:
            special = f"field.{parent}.{name}"
            label = self(special if special in TEXTS else f"field.{name}")
            self._fields[name, parent] = label
        return label
