"""Clusters, companies and institutions as organisations of schema.org."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from entrepot_node.linked_data.terms import JsonLd, code_texts, filled, texts

Profile = dict[str, Any]
_TYPES = {
    "university": "CollegeOrUniversity",
    "researchInstitute": "ResearchOrganization",
    "hospital": "Hospital",
    "publicAuthority": "GovernmentOrganization",
}
# Identifiers that schema.org has a property of its own for; all stand under `identifier` as well.
_PROPERTIES = {"LEI": "leiCode", "EU-VAT": "vatID"}
_SAME_AS = {"WIKIDATA": "http://www.wikidata.org/entity/{}"}
_HEADQUARTERS = ("headquarters", "registered")
_ISIC = "ISIC-4"


def organisation(profile: Profile) -> JsonLd:
    """Write a cluster, company or institution."""
    locations = profile["locations"]
    seat = next((one for one in locations if one.get("role") in _HEADQUARTERS), locations[0])
    return filled(
        {
            "@type": _type(profile),
            "name": texts(profile["name"]),
            "legalName": texts(profile.get("legalName", {})),
            "alternateName": [
                text for other in profile.get("otherNames", ()) for text in texts(other["name"])
            ],
            "description": texts(profile.get("summary", {})),
            "identifier": [_identifier(one) for one in profile.get("identifiers", ())],
            **dict(_own_properties(profile)),
            "url": profile.get("website"),
            "sameAs": list(_same_as(profile)),
            "foundingDate": profile.get("founded"),
            "dissolutionDate": profile.get("statusSince") if profile["status"] == "dissolved" else None,
            "address": _address(seat),
            "location": [_place(one) for one in locations],
            "contactPoint": [_contact(one) for one in profile.get("contacts", ())],
            "knowsLanguage": profile.get("languages"),
            "knowsAbout": [_sector(code) for code in profile.get("sectors", ())],
            "isicV4": [one["code"] for one in profile.get("activities", ()) if one["scheme"] == _ISIC],
            "memberOf": [_membership(one) for one in profile.get("memberOf", ())],
            "parentOrganization": _reference(profile["partOf"]) if "partOf" in profile else None,
        }
    )


def _type(profile: Profile) -> str:
    if profile["type"] == "cluster":
        return "Consortium"
    if profile["type"] == "company":
        # schema.org means companies whose shares are traded; all others are organisations.
        return "Corporation" if profile.get("listed") else "Organization"
    return _TYPES.get(profile["kind"], "Organization")


def _membership(membership: dict[str, Any]) -> JsonLd:
    """Name the cluster; where a time is told, within a role that has it, as schema.org qualifies properties."""
    cluster = _reference(membership["cluster"])
    if "since" not in membership and "until" not in membership:
        return cluster
    dates = {"startDate": membership.get("since"), "endDate": membership.get("until")}
    return filled({"@type": "OrganizationRole", **dates, "memberOf": cluster})


def _identifier(identifier: dict[str, Any]) -> JsonLd:
    return filled(
        {
            "@type": "PropertyValue",
            "propertyID": identifier["scheme"],
            "value": identifier["id"],
            "url": identifier.get("uri"),
        }
    )


def _own_properties(profile: Profile) -> Iterator[tuple[str, str]]:
    for identifier in profile.get("identifiers", ()):
        if identifier["scheme"] in _PROPERTIES:
            yield _PROPERTIES[identifier["scheme"]], identifier["id"]


def _same_as(profile: Profile) -> Iterator[str]:
    yield from profile.get("sameAs", ())
    for identifier in profile.get("identifiers", ()):
        if identifier["scheme"] in _SAME_AS:
            yield _SAME_AS[identifier["scheme"]].format(identifier["id"])
        elif identifier["scheme"] == "ROR":
            yield identifier["id"]


def _address(location: dict[str, Any]) -> JsonLd:
    return filled(
        {
            "@type": "PostalAddress",
            "addressCountry": location["country"],
            "addressRegion": location.get("subdivision"),
            "addressLocality": texts(location.get("locality", {})),
            "postalCode": location.get("postalCode"),
            "streetAddress": texts(location.get("street", {})),
        }
    )


def _place(location: dict[str, Any]) -> JsonLd:
    geo = None
    if "lat" in location and "lon" in location:
        geo = {"@type": "GeoCoordinates", "latitude": location["lat"], "longitude": location["lon"]}
    return filled({"@type": "Place", "address": _address(location), "geo": geo})


def _contact(contact: dict[str, Any]) -> JsonLd:
    return filled(
        {
            "@type": "ContactPoint",
            "contactType": contact["role"],
            "email": contact.get("email"),
            "telephone": contact.get("phone"),
            "url": contact.get("form"),
            "availableLanguage": contact.get("languages"),
        }
    )


def _sector(code: str) -> JsonLd:
    return {"@type": "DefinedTerm", "termCode": code, "name": code_texts("sector", code)}


def _reference(subject: str) -> JsonLd:
    return {"@type": "Organization", "@id": subject}
