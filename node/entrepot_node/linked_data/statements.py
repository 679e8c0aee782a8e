"""Opportunities as demands and offers, relations as statements with their conditions."""

from __future__ import annotations

from typing import Any

from entrepot_node.linked_data.terms import JsonLd, code_texts, filled, texts

Profile = dict[str, Any]
_TERMS = "https://w3id.org/entrepot/ns/v1#"


def opportunity(profile: Profile) -> JsonLd:
    """Write an opportunity: what is sought is a demand, what is given an offer."""
    party, offers = (
        _organisation(profile["by"] if "by" in profile else profile["via"]),
        profile["direction"] == "offer",
    )
    return filled(
        {
            "@type": "Offer" if offers else "Demand",
            "name": texts(profile["title"]),
            "description": texts(profile["summary"]),
            "additionalType": [_TERMS + kind for kind in (profile["kind"], *profile["partnershipTypes"])],
            "category": [text for code in profile["sectors"] for text in code_texts("sector", code)],
            "availabilityStarts": profile["opens"],
            "validFrom": profile["opens"],
            "validThrough": profile["closes"],
            "areaServed": [
                {"@type": "Country", "identifier": country}
                for country in profile.get("partnerSought", {}).get("countries", ())
            ],
            # schema.org has no property from a demand to who seeks, only the other way.
            **({"offeredBy": party} if offers else {"@reverse": {"seeks": party}}),
        }
    )


def relation(profile: Profile) -> JsonLd:
    """Write a relation as what it is: something one cluster states of itself and another, for some time."""
    return filled(
        {
            "@type": "Statement",
            "additionalType": _TERMS + profile["relationType"],
            "name": code_texts("relationType", profile["relationType"]),
            "abstract": texts(profile.get("summary", {})),
            "about": [_organisation(profile["from"]), _organisation(profile["to"])],
            "author": _organisation(profile["from"]),
            "temporalCoverage": _period(profile),
            "creativeWorkStatus": profile["status"],
            "keywords": code_texts("commitment", profile["commitment"]),
            "citation": profile.get("evidence"),
        }
    )


def _period(profile: Profile) -> str | None:
    if "since" not in profile and "until" not in profile:
        return None
    return f"{profile.get('since', '..')}/{profile.get('until', '..')}"


def _organisation(subject: str) -> JsonLd:
    return {"@type": "Organization", "@id": subject}
