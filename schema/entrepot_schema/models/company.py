"""A company, as its cluster presents it."""

from __future__ import annotations

from typing import Annotated, Literal

from entrepot_schema.models import codes
from entrepot_schema.models.block import Maybe, NotEmpty
from entrepot_schema.models.organisation import Member
from entrepot_schema.models.published import Published
from entrepot_schema.models.values import Countries, Year

_PLANS = "company.json#/properties/internationalisation/properties"


class Internationalisation(NotEmpty):
    """What a company wants in other territories and what it needs for that."""

    goals: Maybe[Annotated[tuple[codes.InternationalisationGoal, ...], Published(f"{_PLANS}/goals")]] = None
    targets: Maybe[Countries] = None
    present_in: Maybe[Countries] = None
    needs: Maybe[Annotated[tuple[codes.Service, ...], Published(f"{_PLANS}/needs")]] = None
    experience: Maybe[codes.Experience] = None


class Company(Member):
    """Profile of a company."""

    type: Literal["company"]
    size_class: Maybe[codes.SizeClass] = None
    size_year: Maybe[Year] = None
    capabilities: Maybe[
        Annotated[tuple[codes.Capability, ...], Published("company.json#/properties/capabilities")]
    ] = None
    business_models: Maybe[
        Annotated[tuple[codes.BusinessModel, ...], Published("company.json#/properties/businessModels")]
    ] = None
    listed: Maybe[bool] = None
    internationalisation: Maybe[Internationalisation] = None
