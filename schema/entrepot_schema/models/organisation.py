"""What cluster, company and institution share, and the building blocks of their profiles."""

from __future__ import annotations

from typing import Annotated, Self

from pydantic import model_validator

from entrepot_schema.models import codes
from entrepot_schema.models.block import Block, Maybe, require_one_of
from entrepot_schema.models.published import Published
from entrepot_schema.models.values import (
    Country,
    Date,
    Email,
    Extensions,
    FullDate,
    Gbt2260,
    HttpsUrl,
    Jurisdiction,
    Languages,
    LanguageTag,
    Latitude,
    Longitude,
    Name,
    Note,
    Nuts,
    Phone,
    PostalCode,
    RecordId,
    ShortText,
    Subdivision,
    Url,
)


class OtherName(Block):
    """A short form, brand, earlier name or acronym."""

    kind: codes.OtherNameKind
    name: ShortText


class Identifier(Block):
    """A number by which a register knows the organisation; its check digits are a rule of layer C (PRO-22)."""

    scheme: codes.IdentifierScheme
    id: Annotated[str, Published("common.json#/$defs/identifier/properties/id")]
    uri: Maybe[Url] = None


class Classification(Block):
    """A class of NACE, ISIC or GB/T 4754, with the edition in its scheme."""

    scheme: codes.ClassificationScheme
    code: Annotated[str, Published("common.json#/$defs/classification/properties/code")]


class Area(Block):
    """An area that a cluster serves."""

    country: Country
    subdivision: Maybe[Subdivision] = None
    nuts: Maybe[Nuts] = None
    gbt2260: Maybe[Gbt2260] = None
    locality: Maybe[ShortText] = None
    postal_code: Maybe[PostalCode] = None
    lat: Maybe[Latitude] = None
    lon: Maybe[Longitude] = None

    @model_validator(mode="after")
    def _require_both_coordinates(self) -> Self:
        """PRO-10."""
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon come together")
        return self


class Location(Area):
    """A place where the organisation is registered or works."""

    role: Maybe[codes.LocationRole] = None
    street: Maybe[ShortText] = None


class Contact(Block):
    """Where to write, call or fill in a form. There is no field for a person's name (PRO-12)."""

    role: codes.ContactRole
    email: Maybe[Email] = None
    phone: Maybe[Phone] = None
    form: Maybe[HttpsUrl] = None
    languages: Maybe[Languages] = None

    @model_validator(mode="after")
    def _require_a_way(self) -> Self:
        require_one_of(self, "email", "phone", "form")
        return self


class Source(Block):
    """Where the facts of a record come from."""

    kind: codes.SourceKind
    url: Maybe[Url] = None
    retrieved: Maybe[Date] = None


class Membership(Block):
    """Membership of a company or institution in one cluster."""

    cluster: RecordId
    since: Maybe[Date] = None
    until: Maybe[Date] = None


class Organisation(Block):
    """The fields that clusters, companies and institutions share."""

    id: RecordId
    name: Name
    legal_name: Maybe[Name] = None
    other_names: Maybe[Annotated[tuple[OtherName, ...], Published("common.json#/$defs/otherNames")]] = None
    summary: Maybe[Note] = None
    identifiers: Maybe[Annotated[tuple[Identifier, ...], Published("common.json#/$defs/identifiers")]] = None
    jurisdiction: Maybe[Jurisdiction] = None
    locations: Annotated[tuple[Location, ...], Published("common.json#/$defs/locations")]
    website: Maybe[Url] = None
    contacts: Maybe[Annotated[tuple[Contact, ...], Published("common.json#/$defs/contacts")]] = None
    languages: Maybe[Languages] = None
    sectors: Maybe[codes.Sectors] = None
    activities: Maybe[Annotated[tuple[Classification, ...], Published("common.json#/$defs/activities")]] = (
        None
    )
    founded: Maybe[Date] = None
    status: codes.Status
    status_since: Maybe[Date] = None
    succeeded_by: Maybe[Annotated[tuple[RecordId, ...], Published("common.json#/$defs/succeededBy")]] = None
    same_as: Maybe[Annotated[tuple[Url, ...], Published("common.json#/$defs/sameAs")]] = None
    updated: FullDate
    source: Maybe[Source] = None
    machine_translated: Maybe[
        Annotated[tuple[LanguageTag, ...], Published("common.json#/$defs/machineTranslated")]
    ] = None
    ext: Maybe[Extensions] = None


class Member(Organisation):
    """An organisation that may belong to clusters: a company or an institution."""

    member_of: Maybe[Annotated[tuple[Membership, ...], Published("common.json#/$defs/memberships")]] = None
