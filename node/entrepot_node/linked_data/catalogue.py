"""The catalogue entry of a node for data portals: DCAT-AP 3 as JSON-LD with its context inside.

One catalogue, one dataset (all records held), its distributions (one file, the feed) and one service (the API).
Which of the properties are mandatory and recommended: SEMIC, DCAT-AP 3.0 (https://semiceu.github.io/DCAT-AP/).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pycountry

from entrepot_node.linked_data.terms import JsonLd, filled, language_uri, licence_uri

_EU = "http://publications.europa.eu/resource/authority/"
_CONTEXT = {
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcatap": "http://data.europa.eu/r5r/",
    "dct": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}
_STANDARD = "https://w3id.org/entrepot/ns/v1"
_THEMES = ("ECON", "TECH")
_KEYWORDS = {
    "en": ("innovation clusters", "companies", "cross-border cooperation", "signed records"),
    "zh-Hans": ("创新集群", "企业", "跨境合作", "签名记录"),
}


@dataclass(frozen=True, slots=True)
class CatalogueFacts:
    """What the entry is made of. `issued` and `modified` are times `YYYY-MM-DDThh:mm:ssZ`."""

    name: str
    origin: str
    language: str
    base_url: str
    license: str
    contact_email: str
    contact_form: str
    countries: tuple[str, ...]
    issued: str
    modified: str
    demo: bool


def catalogue(facts: CatalogueFacts) -> JsonLd:
    """Write the entry."""
    base = facts.base_url.rstrip("/")
    about = {
        "dct:publisher": _publisher(facts, base),
        "dct:license": _link(licence_uri(facts.license)),
        "dct:issued": _time(facts.issued),
        "dct:modified": _time(facts.modified),
        "dct:spatial": [_link(uri) for uri in _countries(facts.countries)],
    }
    return {
        "@context": _CONTEXT,
        "@id": f"{base}/api/v1/catalogue",
        "@type": "dcat:Catalog",
        "dct:title": _both(f"Open data of {facts.name}", f"{facts.name}的开放数据"),
        "dct:description": _both(
            f"What the node {facts.origin} publishes and holds of its peers.",
            f"节点 {facts.origin} 发布的以及从对等节点取得的数据。",
        ),
        "dct:language": [_link(language_uri(tag)) for tag in ("en", "zh-Hans")],
        "foaf:homepage": _link(f"{base}/"),
        "dcat:themeTaxonomy": _link(f"{_EU}data-theme"),
        **about,
        "dcat:dataset": _dataset(facts, base, about),
        "dcat:service": _service(facts, base, about),
    }


def _dataset(facts: CatalogueFacts, base: str, about: JsonLd) -> JsonLd:
    invented = " All of it is invented." if facts.demo else ""
    return filled(
        {
            "@id": f"{base}/api/v1/catalogue#dataset",
            "@type": "dcat:Dataset",
            "dct:identifier": f"{base}/api/v1/catalogue#dataset",
            "dct:title": _both("Profiles of innovation clusters and their companies", "创新集群及其企业档案"),
            "dct:description": _both(
                "Signed profiles of innovation clusters, their companies and institutions, the relations between "
                f"clusters, and what they seek and offer, each by the cluster that vouches for it.{invented}",
                "创新集群及其企业和机构的签名档案、集群之间的关系以及供需信息，均由负责的集群签名。"
                + ("全部内容均为虚构。" if facts.demo else ""),
            ),
            **about,
            "dct:language": _link(language_uri("mul")),
            "dcat:contactPoint": _contact(facts, base),
            "dcat:keyword": [
                {"@value": word, "@language": tag} for tag, words in _KEYWORDS.items() for word in words
            ],
            "dcat:theme": [_link(f"{_EU}data-theme/{code}") for code in _THEMES],
            "dcat:landingPage": _link(f"{base}/"),
            "dct:conformsTo": _standard(),
            "dct:accrualPeriodicity": _link(f"{_EU}frequency/CONT"),
            "dct:accessRights": _link(f"{_EU}access-right/PUBLIC"),
            "dcat:distribution": [_lines(facts, base), _feed(facts, base)],
        }
    )


def _lines(facts: CatalogueFacts, base: str) -> JsonLd:
    address = f"{base}/api/v1/records.jsonl"
    return {
        **_distribution(facts, f"{base}/api/v1/catalogue#lines", address),
        "dct:title": _both("All records, one a line", "全部记录，每行一条"),
        "dct:description": _both(
            "All live records as JSON Lines, each as it was signed, with its licence inside.",
            "全部有效记录（JSON Lines），每条均为签名原文并含许可信息。",
        ),
        "dcat:downloadURL": _link(address),
        "dcat:accessService": _link(f"{base}/api/v1/catalogue#api"),
    }


def _feed(facts: CatalogueFacts, base: str) -> JsonLd:
    return {
        **_distribution(facts, f"{base}/api/v1/catalogue#feed", f"{base}/feed/checkpoint"),
        "dct:title": _both("Feed of this node", "本节点的数据流"),
        "dct:description": _both(
            "The records this node signs, in a log that can only grow and proves each of them.",
            "本节点签名的记录，存于只能增长的日志中，每条均可验证。",
        ),
    }


def _distribution(facts: CatalogueFacts, id: str, address: str) -> JsonLd:
    return {
        "@id": id,
        "@type": "dcat:Distribution",
        "dcat:accessURL": _link(address),
        "dct:license": _link(licence_uri(facts.license)),
        "dct:rights": {
            "@type": "dct:RightsStatement",
            "dct:description": _both(
                "Each record names its own licence; it counts before the one named here.",
                "每条记录均注明其许可，以记录为准。",
            ),
        },
        "dct:format": _link(f"{_EU}file-type/JSON"),
        "dct:conformsTo": _standard(),
        "dct:modified": _time(facts.modified),
        "dcatap:availability": _link(f"{_EU}planned-availability/STABLE"),
    }


def _service(facts: CatalogueFacts, base: str, about: JsonLd) -> JsonLd:
    return {
        "@id": f"{base}/api/v1/catalogue#api",
        "@type": "dcat:DataService",
        "dct:identifier": f"{base}/api/v1/catalogue#api",
        "dct:title": _both("Interface of this node", "本节点的接口"),
        "dct:description": _both(
            "Records, search and changes; no key needed.", "记录、检索与变更；无需密钥。"
        ),
        "dcat:endpointURL": _link(f"{base}/api/v1/"),
        "dcat:endpointDescription": _link(f"{base}/api/v1/openapi.json"),
        "foaf:page": _link(f"{base}/api/docs"),
        "dcat:servesDataset": _link(f"{base}/api/v1/catalogue#dataset"),
        "dcat:contactPoint": _contact(facts, base),
        "dcat:theme": [_link(f"{_EU}data-theme/{code}") for code in _THEMES],
        "dct:conformsTo": _link("https://spec.openapis.org/oas/v3.1.0"),
        "dct:accessRights": _link(f"{_EU}access-right/PUBLIC"),
        **{name: about[name] for name in ("dct:publisher", "dct:license")},
    }


def _publisher(facts: CatalogueFacts, base: str) -> JsonLd:
    return {
        "@id": f"{base}/api/v1/catalogue#publisher",
        "@type": "foaf:Agent",
        "foaf:name": {"@value": facts.name, "@language": facts.language},
        "dct:type": {
            "@id": "http://purl.org/adms/publishertype/IndustryConsortium",
            "@type": "skos:Concept",
            "skos:prefLabel": {"@value": "Industry consortium", "@language": "en"},
        },
        "dct:identifier": f"did:web:{facts.origin}",
        "foaf:homepage": _link(f"{base}/"),
    }


def _contact(facts: CatalogueFacts, base: str) -> JsonLd:
    return filled(
        {
            "@id": f"{base}/api/v1/catalogue#contact",
            "@type": "vcard:Kind",
            "vcard:fn": {"@value": facts.name, "@language": facts.language},
            "vcard:hasEmail": _link(f"mailto:{facts.contact_email}") if facts.contact_email else None,
            "vcard:hasURL": _link(facts.contact_form or f"{base}/"),
        }
    )


def _standard() -> JsonLd:
    return {
        "@id": _STANDARD,
        "@type": "dct:Standard",
        "dct:title": {"@value": "Entrepot 1.0", "@language": "en"},
    }


def _countries(codes: Iterable[str]) -> Iterable[str]:
    """Countries as the EU's list of countries names them; codes that are none are left out."""
    for code in sorted(set(codes)):
        known = pycountry.countries.get(alpha_2=code)
        if known is not None:
            yield f"{_EU}country/{known.alpha_3}"


def _both(english: str, chinese: str) -> list[JsonLd]:
    return [{"@value": english, "@language": "en"}, {"@value": chinese, "@language": "zh-Hans"}]


def _link(uri: str) -> JsonLd:
    return {"@id": uri}


def _time(time: str) -> JsonLd:
    return {"@value": time, "@type": "xsd:dateTime"}
