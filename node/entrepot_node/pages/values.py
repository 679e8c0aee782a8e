"""What a template shows of a profile: values that are ready to be escaped, each of one `kind`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from entrepot_node.pages.links import WebLink


@dataclass(frozen=True, slots=True)
class Variant:
    """A foreign text in one language, with what its element says of it.

    `foreign`: in another language than the page, so that a reader is told which.
    """

    text: str
    lang: str
    dir: str
    language: str
    machine: bool = False
    original: bool = False
    foreign: bool = False


@dataclass(frozen=True, slots=True)
class TextValue:
    """A text in the visitor's language, and its other variants."""

    kind: ClassVar[str] = "text"
    main: Variant
    others: tuple[Variant, ...] = ()


@dataclass(frozen=True, slots=True)
class PlainValue:
    """A text without a language; `mono` for codes and numbers to copy."""

    kind: ClassVar[str] = "plain"
    text: str
    mono: bool = False
    title: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class DateValue:
    """A date: as the record writes it, and as people read it."""

    kind: ClassVar[str] = "date"
    iso: str
    text: str


@dataclass(frozen=True, slots=True)
class WebValue:
    """A link to another site."""

    kind: ClassVar[str] = "web"
    link: WebLink


@dataclass(frozen=True, slots=True)
class HrefValue:
    """A `mailto:` or `tel:` link."""

    kind: ClassVar[str] = "href"
    href: str
    text: str

    @property
    def parts(self) -> list[str]:
        """The text where it may break: behind the @ of an address."""
        return self.text.replace("@", "@\n").split("\n")


@dataclass(frozen=True, slots=True)
class RecordValue:
    """Another record: linked when it is known here. `note` says in words what else is known of it."""

    kind: ClassVar[str] = "record"
    subject: str
    path: str
    name: Variant | None
    note: str


@dataclass(frozen=True, slots=True)
class DataValue:
    """Data of an extension, written out."""

    kind: ClassVar[str] = "data"
    heading: str
    text: str


@dataclass(frozen=True, slots=True)
class GroupValue:
    """An object: a heading and its members."""

    kind: ClassVar[str] = "group"
    heading: Value | None
    rows: tuple[Row, ...]
    compact: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A named field and its values."""

    name: str
    label: str
    values: tuple[Value, ...]

    @property
    def grouped(self) -> bool:
        """Whether the values are objects and need room."""
        return any(value.kind in ("group", "data") for value in self.values)

    @property
    def nested(self) -> bool:
        """Whether this is one object without a heading, whose fields stand beside its name."""
        first = self.values[0] if len(self.values) == 1 else None
        return isinstance(first, GroupValue) and first.heading is None

    @property
    def compact(self) -> bool:
        """Whether these are pairs such as a register and a number, that need one line each."""
        return all(isinstance(value, GroupValue) and value.compact for value in self.values)

    @property
    def inline(self) -> bool:
        """Whether the values are short words that stand in one line."""
        return all(value.kind == "plain" for value in self.values)


Value = TextValue | PlainValue | DateValue | WebValue | HrefValue | RecordValue | DataValue | GroupValue
