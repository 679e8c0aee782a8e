"""Something offered or sought, with an end date."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import model_validator

from entrepot_schema.models import codes
from entrepot_schema.models.block import Block, Maybe, NotEmpty
from entrepot_schema.models.published import Published
from entrepot_schema.models.values import (
    Countries,
    Country,
    Extensions,
    FullDate,
    LanguageMap,
    Note,
    RecordId,
)

_FIELDS = "opportunity.json#/properties"
_SOUGHT = f"{_FIELDS}/partnerSought/properties"


class PartnerSought(NotEmpty):
    """Who should answer."""

    kinds: Maybe[Annotated[tuple[codes.PartnerKind, ...], Published(f"{_SOUGHT}/kinds")]] = None
    size_classes: Maybe[Annotated[tuple[codes.SizeClass, ...], Published(f"{_SOUGHT}/sizeClasses")]] = None
    countries: Maybe[Countries] = None
    role: Maybe[Note] = None


class Opportunity(Block):
    """Profile of an opportunity. Answers go to the cluster `via`; the owner `by` may stay unnamed."""

    id: RecordId
    type: Literal["opportunity"]
    direction: codes.Direction
    kind: codes.OpportunityKind
    by: Maybe[RecordId] = None
    via: RecordId
    origin_country: Maybe[Country] = None
    title: Annotated[LanguageMap, Published(f"{_FIELDS}/title")]
    summary: Annotated[LanguageMap, Published(f"{_FIELDS}/summary")]
    sectors: codes.Sectors
    partnership_types: Annotated[tuple[codes.PartnershipType, ...], Published(f"{_FIELDS}/partnershipTypes")]
    partner_sought: Maybe[PartnerSought] = None
    stage: Maybe[codes.Stage] = None
    ip_status: Maybe[Annotated[tuple[codes.IpStatus, ...], Published(f"{_FIELDS}/ipStatus")]] = None
    opens: FullDate
    closes: FullDate
    status: codes.OpportunityStatus
    contact_role: codes.ContactRole
    updated: FullDate
    ext: Maybe[Extensions] = None

    @model_validator(mode="after")
    def _require_owner_or_country(self) -> Self:
        if self.by is None and self.origin_country is None:
            raise ValueError("originCountry is needed if no owner is named")
        return self
