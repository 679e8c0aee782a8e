"""How each field of a profile is to be shown, and in which part of the page. Data, no logic.

A test holds this table to the schemas: every field of every type has a shape and a place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Shape:
    """How to show a value, or each of a list of them.

    `kind` names a method of `Showing`; `codelist` is for codes, `members` and `heading` for groups: the member
    named by `heading` becomes the title of the group. A `compact` group is a pair that stands in one line.
    """

    kind: str
    codelist: str = ""
    heading: str = ""
    compact: bool = False
    members: Mapping[str, Shape] = field(default_factory=dict)


TEXT, PLAIN, MONO, NUMBER = Shape("text"), Shape("plain"), Shape("mono"), Shape("number")
DATE, FLAG, LANGUAGE, TERRITORY = Shape("date"), Shape("flag"), Shape("language"), Shape("territory")
SUBDIVISION = Shape("subdivision")
WEB, MAIL, PHONE, RECORD = Shape("web"), Shape("mail"), Shape("phone"), Shape("record")
RECORD_OR_WEB, EXTENSION = Shape("record_or_web"), Shape("extension")


def _code(codelist: str) -> Shape:
    return Shape("code", codelist=codelist)


def _group(heading: str = "", **members: Shape) -> Shape:
    return Shape("group", heading=heading, members=members)


def _pair(heading: str, **members: Shape) -> Shape:
    return Shape("group", heading=heading, compact=True, members=members)


_AREA = {
    "locality": TEXT, "country": TERRITORY, "subdivision": SUBDIVISION, "nuts": MONO, "gbt2260": MONO,
    "postalCode": MONO, "lat": MONO, "lon": MONO,
}  # fmt: skip

COMMON: dict[str, Shape] = {
    "id": MONO,
    "type": _code("recordType"),
    "name": TEXT,
    "title": TEXT,
    "summary": TEXT,
    # about
    "direction": _code("direction"),
    "relationType": _code("relationType"),
    "commitment": _code("commitment"),
    "since": DATE,
    "until": DATE,
    "opens": DATE,
    "closes": DATE,
    "statusSince": DATE,
    "sectors": _code("sector"),
    "capabilities": _code("capability"),
    "businessModels": _code("businessModel"),
    "sizeClass": _code("sizeClass"),
    "sizeYear": PLAIN,
    "memberCounts": _group(
        total=NUMBER, companies=NUMBER, smes=NUMBER, research=NUMBER, public=NUMBER, asOf=DATE
    ),
    "governance": _code("governance"),
    "founded": DATE,
    "listed": FLAG,
    "languages": LANGUAGE,
    "website": WEB,
    # what it offers and seeks
    "partnershipTypes": _code("partnershipType"),
    "partnerSought": _group(
        kinds=_code("partnerKind"), sizeClasses=_code("sizeClass"), countries=TERRITORY, role=TEXT
    ),
    "stage": _code("stage"),
    "ipStatus": _code("ipStatus"),
    "originCountry": TERRITORY,
    "expertise": TEXT,
    "services": _group(
        "service",
        service=_code("service"),
        note=TEXT,
        audience=_code("audience"),
        cost=_code("cost"),
        languages=LANGUAGE,
        contactRole=_code("contactRole"),
        url=WEB,
    ),
    "openFacilities": _group("name", name=TEXT, audience=_code("audience"), url=WEB),
    "internationalisation": _group(
        goals=_code("internationalisationGoal"),
        targets=TERRITORY,
        presentIn=TERRITORY,
        needs=_code("service"),
        experience=_code("experience"),
    ),
    "targetTerritories": TERRITORY,
    "membershipRules": _group(openTo=_code("membershipOpenTo"), feeBased=FLAG, url=WEB),
    # whom to ask, where it is
    "contactRole": _code("contactRole"),
    "entryPoint": _group("service", service=_code("service"), url=WEB, contactRole=_code("contactRole")),
    "contacts": _group(
        "role", role=_code("contactRole"), email=MAIL, phone=PHONE, form=WEB, languages=LANGUAGE
    ),
    "locations": _group("role", role=_code("locationRole"), street=TEXT, **_AREA),
    # others
    "from": RECORD,
    "to": RECORD,
    "by": RECORD,
    "via": RECORD,
    "partOf": RECORD,
    "memberOf": _group("cluster", cluster=RECORD, since=DATE, until=DATE),
    "succeededBy": RECORD,
    "sameAs": RECORD_OR_WEB,
    "evidence": WEB,
    # names and numbers
    "legalName": TEXT,
    "otherNames": _pair("kind", kind=_code("otherNameKind"), name=TEXT),
    "identifiers": _pair("scheme", scheme=_code("identifierScheme"), id=MONO, uri=WEB),
    "jurisdiction": TERRITORY,
    "activities": _pair("scheme", scheme=_code("classificationScheme"), code=MONO),
    "recognitions": _group("name", name=TEXT, level=TEXT, by=TEXT, validUntil=DATE, url=WEB),
    # where it comes from
    "source": _pair("kind", kind=_code("sourceKind"), url=WEB, retrieved=DATE),
    "updated": DATE,
    "machineTranslated": LANGUAGE,
    "ext": EXTENSION,
}

BY_TYPE: dict[str, dict[str, Shape]] = {
    "cluster": {
        "kind": _code("clusterKind"),
        "status": _code("status"),
        "territory": _group("locality", **_AREA),
    },
    "company": {"status": _code("status")},
    "institution": {"kind": _code("institutionKind"), "status": _code("status")},
    "relation": {"status": _code("relationStatus")},
    "opportunity": {"kind": _code("opportunityKind"), "status": _code("opportunityStatus")},
}

HEAD = ("id", "type", "summary")
"""Fields that stand at the head of the page only."""

SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("about", (
        "direction", "kind", "relationType", "commitment", "status", "statusSince", "since", "until", "opens",
        "closes", "website", "sectors", "capabilities", "businessModels", "sizeClass", "sizeYear", "memberCounts",
        "governance", "founded", "listed", "languages",
    )),
    ("offer", (
        "partnershipTypes", "partnerSought", "stage", "ipStatus", "originCountry", "expertise", "services",
        "openFacilities", "internationalisation", "targetTerritories", "membershipRules",
    )),
    ("people", ("contactRole", "entryPoint", "contacts")),
    ("places", ("locations", "territory")),
    ("links", ("from", "to", "by", "via", "partOf", "memberOf", "succeededBy", "sameAs", "evidence")),
    ("register", ("name", "title", "legalName", "otherNames", "identifiers", "jurisdiction", "activities", "recognitions")),
    ("origin", ("source", "updated", "machineTranslated")),
    ("ext", ("ext",)),
)  # fmt: skip
"""The parts of the page, in their order, with the fields of all types."""


def shapes_of(record_type: str) -> dict[str, Shape]:
    """All fields a type may have, and those other types have; what a profile lacks is not shown."""
    return {**COMMON, **BY_TYPE.get(record_type, {})}
