"""What publishing over HTTP answers, as types of the reference."""

from __future__ import annotations

from pydantic import BaseModel, Field

from entrepot_node.routes.api.shapes import FeedNameText, Problem, SubjectId, TypeName
from entrepot_node.routes.api.subject_shapes import FindingItem

EXAMPLE_BODY = {
    "type": "company",
    "name": {"en": "Acme Bio"},
    "locations": [{"country": "DE"}],
    "status": "active",
    "updated": "2026-11-23",
}


class ReceiptItem(BaseModel):
    """What was done for one record."""

    subject: SubjectId
    type: TypeName
    revision: int = Field(description="Which version of the subject is the newest now.", ge=0, examples=[1])
    index: int | None = Field(
        description="Index of the entry that was made; null where nothing had to be done.", examples=[7]
    )


class PublishAnswer(BaseModel):
    """Receipts of what is durable now."""

    feed: FeedNameText
    size: int = Field(
        description="Size of the feed whose signed checkpoint covers all of it.", ge=0, examples=[8]
    )
    changed: int = Field(description="How many entries were made.", ge=0, examples=[1])
    unchanged: int = Field(description="How many records were live already as they are.", ge=0, examples=[0])
    items: list[ReceiptItem] = Field(description="One for each record, in the order of the request.")


class RecordFinding(FindingItem):
    """A finding about one record of a request."""

    record: int = Field(description="Which record of the request, from 0.", ge=0, examples=[0])


class PublishProblem(Problem):
    """Why nothing of a request was published."""

    findings: list[RecordFinding] = Field(
        default_factory=list, description="Everything that was found, where profiles have faults."
    )
