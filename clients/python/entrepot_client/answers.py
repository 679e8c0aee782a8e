"""The answers of `/api/v1` as typed values. Read strictly once; members that a newer node adds are ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from entrepot_schema.errors import PeerFault

A = TypeVar("A", bound="Answer")


class Answer(BaseModel):
    """What all answers share: they are values, and their JSON names are the API's."""

    model_config = ConfigDict(frozen=True, extra="ignore", strict=True)

    @classmethod
    def read(cls: type[A], document: object, what: str) -> A:
        """Read an answer; `client.answer` when it has not the shape the API promises."""
        try:
            return cls.model_validate(document)
        except ValidationError as error:
            first = error.errors()[0]
            place = ".".join(str(part) for part in first["loc"]) or "the answer"
            raise PeerFault("client.answer", f"{what}: {place}: {first['msg']}") from None


class RecordAnswer(Answer):
    """A record with its place in the log, as the server says; nothing is verified by its shape."""

    origin: str
    feed: str
    index: int = Field(ge=0)
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    record: dict[str, Any]


class VersionAnswer(Answer):
    """One version of a subject. `record` is None where its content is not asked for, or not held."""

    origin: str
    feed: str
    index: int = Field(ge=0)
    revision: int
    digest: str = Field(pattern="^[0-9a-f]{64}$")
    status: str
    live: bool
    code: str
    record: dict[str, Any] | None = None


class ReceiptAnswer(Answer):
    """What was done for one record; `index` is None where it was live already as it is."""

    subject: str
    type: str
    revision: int
    index: int | None


class PublishedAnswer(Answer):
    """What is durable now: receipts in the order of the request, under the signed head of `size`."""

    feed: str
    size: int
    items: list[ReceiptAnswer]


class ChangeAnswer(Answer):
    """One effective entry, in the order of arrival at the node. `resigned`: only the signature is new."""

    origin: str
    feed: str
    index: int
    op: str
    subject: str
    type: str
    time: str
    digest: str | None
    status: str | None
    resigned: bool = False


class FacetCount(Answer):
    """How many found records have a value."""

    value: str
    count: int


class ChangedField(Answer):
    """One difference between two versions. `pointer` is a JSON Pointer into the profile."""

    pointer: str
    op: str
    before: Any = None
    after: Any = None


class PageAnswer(Answer):
    """One page of a list; `next` is the cursor of the page after it, empty on the last."""

    items: list[dict[str, Any]]
    next: str
    more: bool | None = None
    total: int | None = None
    facets: Mapping[str, list[FacetCount]] = Field(default_factory=dict)
