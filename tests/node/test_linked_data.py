"""The node and its records in the words of others: DCAT-AP and schema.org (exchange §3)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pyshacl
import pytest
import rdflib
import rdflib.compare
from rdflib import DCAT, DCTERMS, FOAF, RDF, Literal, URIRef

from entrepot_node.linked_data.schema_org import schema_org
from entrepot_schema import catalog
from entrepot_schema.origin import subject_of

# rdflib and pyshacl use what rdflib has deprecated itself.
pytestmark = pytest.mark.filterwarnings("ignore:.*is deprecated:DeprecationWarning")

API = "/api/v1"
SHAPES = Path(__file__).parent / "dcat_ap.shapes.ttl"
SDO = rdflib.Namespace("https://schema.org/")
# What https://schema.org would be fetched for: nothing is fetched in a test.
INLINE = {
    "@vocab": "https://schema.org/",
    **{name: {"@type": "@id"} for name in ("url", "sameAs", "license", "additionalType", "citation")},
    **{name: {"@type": "https://schema.org/Date"} for name in ("foundingDate", "startDate", "endDate")},
}


def graph_of(document: dict[str, Any]) -> rdflib.Graph:
    graph = rdflib.Graph()
    graph.parse(data=json.dumps({**document, "@context": INLINE}), format="json-ld")
    return graph


def signed(name: str) -> dict[str, Any]:
    """As much of a signed record as a view of it takes."""
    profile = catalog.example(name)
    origin = profile["id"].removeprefix("https://").partition("/")[0]
    return {
        "id": f"{profile['id']}/3", "issuer": f"did:web:{origin}", "license": "CC-BY-4.0", "revision": 3,
        "validFrom": "2026-11-23T09:30:00Z", "credentialSubject": {"id": profile["id"], "profile": profile},
    }  # fmt: skip


# --- the catalogue


def conforms(graph: rdflib.Graph) -> tuple[bool, str]:
    verdict, _, text = pyshacl.validate(graph, shacl_graph=str(SHAPES), shacl_graph_format="turtle")
    return bool(verdict), str(text)


@pytest.fixture
def entry(furnished: Any) -> dict[str, Any]:
    answer = furnished.get(f"{API}/catalogue")
    assert answer.headers["content-type"] == "application/ld+json"
    found: dict[str, Any] = answer.json()
    return found


@pytest.fixture
def graph(entry: dict[str, Any]) -> rdflib.Graph:
    graph = rdflib.Graph()
    graph.parse(data=json.dumps(entry), format="json-ld")
    return graph


def test_the_catalogue_fits_dcat_ap(graph: rdflib.Graph) -> None:
    """EXC-64: mandatory and recommended properties of all classes it uses."""
    verdict, text = conforms(graph)

    assert verdict, text
    for kind in (DCAT.Catalog, DCAT.Dataset, DCAT.DataService, FOAF.Agent):
        assert len(list(graph.subjects(RDF.type, kind))) == 1
    assert len(list(graph.subjects(RDF.type, DCAT.Distribution))) == 2


@pytest.mark.parametrize(
    "property",
    [
        DCTERMS.title,
        DCTERMS.publisher,
        DCAT.theme,
        DCAT.contactPoint,
        DCAT.accessURL,
        DCAT.endpointURL,
        FOAF.name,
    ],
)
def test_the_shapes_see_what_is_missing(graph: rdflib.Graph, property: URIRef) -> None:
    """A check that cannot fail proves nothing."""
    graph.remove((None, property, None))

    assert not conforms(graph)[0]


def test_what_the_catalogue_names_is_there(furnished: Any, graph: rdflib.Graph) -> None:
    """EXC-64: addresses answer, licence and countries are those of this node."""
    base = furnished.settings.base_url
    addresses = {
        str(address)
        for name in (
            DCAT.accessURL,
            DCAT.downloadURL,
            DCAT.endpointURL,
            DCAT.endpointDescription,
            DCAT.landingPage,
        )
        for address in graph.objects(None, name)
    }

    assert len(addresses) == 5
    for address in addresses:
        assert address.startswith(base)
        assert furnished.get(address.removeprefix(base)).status == 200, address
    assert set(graph.objects(None, DCTERMS.license)) == {
        URIRef("https://creativecommons.org/licenses/by/4.0/")
    }
    assert URIRef("http://publications.europa.eu/resource/authority/country/ITA") in set(
        graph.objects(None, DCTERMS.spatial)
    )


# --- records


@pytest.mark.parametrize(
    "name", [name for name in catalog.example_names() if name.split("-")[0] in catalog.TYPES]
)
def test_every_example_goes_round_through_rdf(name: str) -> None:
    """EXC-65: nothing in it is lost on the way: written out again and read, it is the same graph."""
    record = signed(name)
    document = schema_org(record, "https://biomed.example")
    graph = graph_of(document)
    again = rdflib.Graph().parse(data=graph.serialize(format="nt"), format="nt")

    assert document["@context"] == "https://schema.org"
    assert rdflib.compare.isomorphic(graph, again)
    subject = URIRef(record["credentialSubject"]["id"])
    source = graph.value(subject, SDO.subjectOf)
    assert (source, SDO.license, URIRef("https://creativecommons.org/licenses/by/4.0/")) in graph
    assert str(graph.value(source, SDO.url)).startswith("https://biomed.example/api/v1/subjects/")
    for tag, text in catalog.example(name).get("name", {}).items():
        assert (subject, SDO.name, Literal(text, lang=None if tag == "und" else tag)) in graph


@pytest.mark.parametrize(
    ("name", "kind"),
    [("cluster", "Consortium"), ("company", "Organization"), ("institution", "Hospital"), ("relation", "Statement"),
     ("opportunity", "Demand")],
)  # fmt: skip
def test_each_type_has_its_word(name: str, kind: str) -> None:
    """EXC-65."""
    assert schema_org(signed(name), "https://x.example")["@type"] == kind


def test_an_organisation_says_what_it_says() -> None:
    """EXC-65: identifiers, seat, contacts and memberships, each where schema.org has it."""
    profile = catalog.example("company")
    found = graph_of(schema_org(signed("company"), "https://x.example"))
    subject = URIRef(profile["id"])
    address = found.value(subject, SDO.address)

    assert {str(found.value(one, SDO.propertyID)) for one in found.objects(subject, SDO.identifier)} == {
        one["scheme"] for one in profile["identifiers"]
    }
    assert str(found.value(address, SDO.addressCountry)) == "IT"
    assert Literal("Torino", lang="it") in set(found.objects(address, SDO.addressLocality))
    roles = list(found.objects(subject, SDO.memberOf))
    assert {str(found.value(role, SDO.memberOf)) for role in roles} == {
        one["cluster"] for one in profile["memberOf"]
    }
    assert (subject, SDO.legalName, Literal("Nova Assay S.r.l.", lang="it")) in found


def test_identifiers_with_a_property_of_their_own_stand_there_too() -> None:
    """EXC-65."""
    record = signed("cluster")
    identifiers = [{"scheme": "LEI", "id": "0000CLUSTERTESTSME74"}, {"scheme": "EU-VAT", "id": "IT00000000000"},
                   {"scheme": "ROR", "id": "https://ror.org/000bvba82"}, {"scheme": "WIKIDATA", "id": "Q1"}]  # fmt: skip
    record["credentialSubject"]["profile"] = {**catalog.example("cluster"), "identifiers": identifiers}
    found = schema_org(record, "https://x.example")

    assert (found["leiCode"], found["vatID"]) == ("0000CLUSTERTESTSME74", "IT00000000000")
    assert {"https://ror.org/000bvba82", "http://www.wikidata.org/entity/Q1"} <= set(found["sameAs"])
    assert len(found["identifier"]) == 4


def test_a_relation_is_a_statement_of_one_side_for_some_time() -> None:
    """EXC-65: not a fact about both."""
    profile = catalog.example("relation")
    found = graph_of(schema_org(signed("relation"), "https://x.example"))
    subject = URIRef(profile["id"])

    assert set(found.objects(subject, SDO.about)) == {URIRef(profile["from"]), URIRef(profile["to"])}
    assert found.value(subject, SDO.author) == URIRef(profile["from"])
    assert str(found.value(subject, SDO.temporalCoverage)) == "2025-03-01/2028-02-29"


def test_whoever_seeks_something_is_named() -> None:
    """EXC-65: schema.org has the property on the other side."""
    profile = catalog.example("opportunity")
    found = graph_of(schema_org(signed("opportunity"), "https://x.example"))

    assert (URIRef(profile["by"]), SDO.seeks, URIRef(profile["id"])) in found


def test_records_are_served_so(furnished: Any, full: Any) -> None:
    """EXC-65, EXC-42: as linked data; gone when withdrawn; none where no content is held."""
    path = catalog.example("company")["id"].removeprefix("https://").replace("/id/", "/")
    answer = furnished.get(f"{API}/subjects/{path}/schema.org")

    assert (answer.status, answer.headers["content-type"]) == (200, "application/ld+json")
    url = answer.json()["subjectOf"]["url"].removeprefix(furnished.settings.base_url)
    assert furnished.get(url).json()["record"]["credentialSubject"]["id"] == catalog.example("company")["id"]
    for origin, letters, status in (
        ("biomed.example", "a" * 25 + "f", 410),
        ("agri.example", "a" * 25 + "c", 404),
    ):
        gone = full.get(f"{API}/subjects/{subject_of(origin, letters)[8:].replace('/id/', '/')}/schema.org")
        assert gone.status == status
