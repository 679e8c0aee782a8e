"""One cluster's statement about its relation to another. Whether it is confirmed is computed (PRO-13)."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from entrepot_schema.models import codes
from entrepot_schema.models.block import Block, Maybe, require_one_of
from entrepot_schema.models.published import Published
from entrepot_schema.models.values import Date, Extensions, FullDate, Note, RecordId, Url


class EntryPoint(Block):
    """Where a company turns to."""

    service: codes.Service
    url: Maybe[Url] = None
    contact_role: Maybe[codes.ContactRole] = None

    @model_validator(mode="after")
    def _require_a_way(self) -> Self:
        require_one_of(self, "url", "contact_role")
        return self


class Relation(Block):
    """Profile of a relation. `from_` is the member `from`."""

    id: RecordId
    type: Literal["relation"]
    from_: RecordId = Field(alias="from")
    to: RecordId
    relation_type: codes.RelationType
    commitment: codes.Commitment
    status: codes.RelationStatus
    since: Maybe[Date] = None
    until: Maybe[Date] = None
    sectors: Maybe[codes.Sectors] = None
    evidence: Maybe[Annotated[tuple[Url, ...], Published("relation.json#/properties/evidence")]] = None
    summary: Maybe[Note] = None
    entry_point: Maybe[EntryPoint] = None
    updated: FullDate
    ext: Maybe[Extensions] = None

    @model_validator(mode="after")
    def _require_a_beginning(self) -> Self:
        if self.status != "proposed" and self.since is None:
            raise ValueError("since is needed unless the relation is only proposed")
        return self
