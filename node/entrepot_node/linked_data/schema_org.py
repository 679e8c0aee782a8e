"""One signed record in the words of schema.org, for search engines and whoever reads them.

    schema_org(record, "https://biomed.example")

Texts carry their language. The licence and the signed record it was made from stand in `subjectOf`: who needs proof
goes there.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from entrepot_node.linked_data.organisation import organisation
from entrepot_node.linked_data.statements import opportunity, relation
from entrepot_node.linked_data.terms import JsonLd, licence_uri
from entrepot_node.pages.links import api_link

CONTEXT = "https://schema.org"
_WRITERS: dict[str, Callable[[dict[str, Any]], JsonLd]] = {
    "cluster": organisation,
    "company": organisation,
    "institution": organisation,
    "opportunity": opportunity,
    "relation": relation,
}


def schema_org(record: dict[str, Any], base_url: str) -> JsonLd:
    """Write a signed record that passed its checks as one JSON-LD document."""
    profile = record["credentialSubject"]["profile"]
    written = _WRITERS[profile["type"]](profile)
    return {"@context": CONTEXT, "@id": profile["id"], **written, "subjectOf": _source(record, base_url)}


def _source(record: dict[str, Any], base_url: str) -> JsonLd:
    subject = record["credentialSubject"]["id"]
    return {
        "@type": "DigitalDocument",
        "@id": record["id"],
        "url": f"{base_url.rstrip('/')}{api_link(subject)}/versions/{record['revision']}",
        "encodingFormat": "application/json",
        "license": licence_uri(record["license"]),
        "creator": {"@type": "Organization", "@id": record["issuer"]},
        "dateModified": record["credentialSubject"]["profile"]["updated"],
        "datePublished": record["validFrom"],
        "version": record["revision"],
    }
