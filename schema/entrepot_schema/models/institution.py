"""A university, institute, hospital, authority or another body that is neither cluster nor company."""

from __future__ import annotations

from typing import Annotated, Literal

from entrepot_schema.models import codes
from entrepot_schema.models.block import Block, Maybe
from entrepot_schema.models.organisation import Member
from entrepot_schema.models.published import Published
from entrepot_schema.models.values import LongText, ShortText, Url


class OpenFacility(Block):
    """A laboratory or piece of equipment that others may use."""

    name: ShortText
    url: Maybe[Url] = None
    audience: Maybe[codes.Audience] = None


class Institution(Member):
    """Profile of an institution."""

    type: Literal["institution"]
    kind: codes.InstitutionKind
    expertise: Maybe[LongText] = None
    open_facilities: Maybe[
        Annotated[tuple[OpenFacility, ...], Published("institution.json#/properties/openFacilities")]
    ] = None
