"""The catalogue: what it loads, under which names, and how little it costs to import."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from entrepot_schema import catalog

CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/entrepot/ns/v1"]


def test_every_type_has_a_profile_and_a_credential_schema():
    for name in (*catalog.TYPES, "node"):
        assert catalog.schema(name)["$id"] == catalog.schema_id(name)
        assert catalog.schema(f"{name}-credential")["$id"] == catalog.schema_id(f"{name}-credential")


def test_schema_id_is_the_permanent_address():
    """PRO-04."""
    assert catalog.schema_id("company") == "https://w3id.org/entrepot/schema/1.0/company.json"


def test_credential_type_is_the_capitalised_type():
    assert [catalog.credential_type(name) for name in catalog.TYPES] == [
        "ClusterCredential",
        "CompanyCredential",
        "InstitutionCredential",
        "RelationCredential",
        "OpportunityCredential",
    ]


def test_validators_are_built_once():
    assert catalog.record_validator("company") is catalog.record_validator("company")
    assert catalog.profile_validator("company") is not catalog.record_validator("company")


@pytest.mark.parametrize("name", ["person", "../company", ""])
def test_an_unknown_name_is_a_key_error(name):
    for load in (catalog.schema, catalog.bundled, catalog.codelist, catalog.profile_validator):
        with pytest.raises(KeyError):
            load(name)


def test_a_code_list_answers_for_its_codes_in_two_languages():
    statuses = catalog.codelist("status")

    assert statuses.closed
    assert [code.code for code in statuses.codes] == ["active", "dormant", "merged", "dissolved"]
    assert "active" in statuses
    assert "asleep" not in statuses
    assert statuses.labels("de")["merged"] == "Merged"
    assert statuses.labels("zh-Hans")["merged"] == "已合并"
    assert not catalog.codelist("sector").closed


def test_field_names_and_examples_help_to_mend_a_document():
    assert {"summary", "locations", "relationType", "originCountry"} <= set(catalog.field_names())
    assert "IT" in catalog.field_examples("country")
    assert catalog.field_examples("noSuchField") == ()


def test_the_context_defines_every_type_and_member_of_ours():
    """The profile is opaque JSON to JSON-LD; `nonce` is the word of W3C security, as in the proof."""
    context = catalog.context_document()["@context"]

    assert context["@protected"] is True
    assert context["profile"] == {"@id": "https://w3id.org/entrepot/ns/v1#profile", "@type": "@json"}
    assert context["nonce"] == "https://w3id.org/security#nonce"
    for name in (*catalog.TYPES, "node"):
        term = catalog.credential_type(name)
        assert context[term] == f"https://w3id.org/entrepot/ns/v1#{term}"


def test_a_json_ld_processor_takes_a_record_with_its_proof():
    jsonld = pytest.importorskip("pyld.jsonld")
    frozen = pytest.importorskip("pyld.documentloader.frozen")
    subject = "https://biomed.example/id/" + "a" * 26
    record = {
        "@context": CONTEXTS,
        "id": f"{subject}/1",
        "type": ["VerifiableCredential", "CompanyCredential"],
        "issuer": "did:web:biomed.example",
        "credentialSubject": {"id": subject, "profile": {"type": "company", "name": {"en": "A"}}},
        "license": "CC0-1.0",
        "revision": 1,
        "nonce": "q83vEjRWeJCrze8SNFZ4kA",
        "proof": {"type": "DataIntegrityProof", "@context": CONTEXTS, "proofPurpose": "assertionMethod"},
    }

    def load(url, options):
        if url == CONTEXTS[1]:
            return {"contextUrl": None, "documentUrl": url, "document": catalog.context_document()}
        return frozen.FrozenDocumentLoader()(url, options)

    expanded = jsonld.expand(record, {"documentLoader": load})

    profile = expanded[0]["https://www.w3.org/2018/credentials#credentialSubject"][0][
        CONTEXTS[1] + "#profile"
    ]
    assert profile[0]["@value"] == {"type": "company", "name": {"en": "A"}}


def test_importing_the_catalogue_loads_no_validator_and_reads_no_schema():
    program = (
        "import json, sys, pathlib\n"
        "opened = []\n"
        "sys.addaudithook(lambda event, args: opened.append(str(args[0])) if event == 'open' else None)\n"
        "import entrepot_schema.catalog\n"
        "print(json.dumps([sorted(sys.modules), [path for path in opened if '/v1/' in path]]))\n"
    )

    output = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        check=True,
        text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    ).stdout

    modules, read = json.loads(output)
    assert not {"jsonschema", "jsonschema_rs", "csv"} & set(modules)
    assert read == []
