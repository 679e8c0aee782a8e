"""The schemas: how they are written, what they take and what they refuse, the same by two validators.

`jsonschema` judges the sources with their references, jsonschema-rs the bundles: agreement of the two shows
that the validators agree and that a bundle means what its source means (PRO-02, PRO-04).
"""

from __future__ import annotations

import base64
import copy
import importlib.util
import json
import re
import time
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from jsonschema_rs import Draft202012Validator as RustValidator
from referencing import Registry, Resource

from entrepot_schema import catalog

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "schema" / "examples"
NAMES = catalog.schema_names()
REGISTRY = Registry().with_resources(
    (catalog.schema_id(name), Resource.from_contents(catalog.schema(name))) for name in NAMES
)
REMOVED = object()
END = r"$(?!\n)"


def example(name):
    return json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))


def verdicts(name, document):
    """What the two validators say: (source by jsonschema, bundle by jsonschema-rs)."""
    source = Draft202012Validator(catalog.schema(name), registry=REGISTRY)
    return source.is_valid(document), catalog.validator(name).is_valid(document)


def changed(document, pointer, value):
    """A copy with one value set, or removed, at a JSON Pointer."""
    result = copy.deepcopy(document)
    *parents, last = [int(part) if part.isdigit() else part for part in pointer.split("/")[1:]]
    target = result
    for part in parents:
        target = target[part]
    if value is REMOVED:
        del target[last]
    else:
        target[last] = value
    return result


def walk(node, pointer=""):
    if isinstance(node, dict):
        yield pointer, node
        for key, value in node.items():
            yield from walk(value, f"{pointer}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from walk(value, f"{pointer}/{index}")


ALL_NODES = [(name, pointer, node) for name in NAMES for pointer, node in walk(catalog.schema(name))]
PATTERNS = sorted({node["pattern"] for _, _, node in ALL_NODES if isinstance(node.get("pattern"), str)})
ANCHORED = [pattern for pattern in PATTERNS if pattern.startswith("^")]


# How the schemas are written.


@pytest.mark.parametrize("name", NAMES)
def test_a_schema_is_valid_2020_12_and_its_id_is_its_name(name):
    """PRO-04."""
    schema = catalog.schema(name)

    Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"] == f"https://w3id.org/entrepot/schema/1.0/{name}.json"
    assert (ROOT / "schema" / "v1" / f"{name}.schema.json").is_file()


def test_references_stay_within_the_version():
    for _, _, node in ALL_NODES:
        if isinstance(node.get("$ref"), str):
            target, _, pointer = node["$ref"].partition("#")
            assert target.removesuffix(".json") in (*NAMES, "")
            assert pointer.removeprefix("/$defs/") in catalog.schema("common")["$defs"] or pointer == ""


def test_the_bundles_are_up_to_date():
    """PRO-04: run `python schema/tools/bundle.py` when this fails."""
    path = ROOT / "schema" / "tools" / "bundle.py"
    spec = importlib.util.spec_from_file_location("bundle", path)
    assert spec
    assert spec.loader
    bundle = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bundle)

    assert bundle.main(["--check"]) == 0


@pytest.mark.parametrize("name", [name for name in NAMES if name != "common"])
def test_a_bundle_refers_to_nothing_outside(name):
    """PRO-04."""
    for _, node in walk(catalog.bundled(name)):
        if isinstance(node.get("$ref"), str):
            assert node["$ref"].removeprefix("#/$defs/") in catalog.bundled(name)["$defs"]


def test_no_format_is_used_and_no_schema_chooses_among_types():
    """PRO-02, PRO-03."""
    for name, pointer, node in ALL_NODES:
        if not pointer.endswith("/properties"):
            assert not {"format", "oneOf", "contentEncoding", "unevaluatedProperties"} & set(node), (
                name,
                pointer,
            )


def test_every_object_is_closed_but_ext_and_the_profiles_of_a_package():
    """PRO-05, PRO-06."""
    opened = set()
    for name, pointer, node in ALL_NODES:
        if node.get("type") == "object" and node.get("additionalProperties") is not False:
            is_map = "propertyNames" in node and isinstance(node["additionalProperties"], dict)
            if not is_map:
                opened.add(f"{name}{pointer}")
    assert opened == {"common/$defs/ext/additionalProperties", "package/properties/records/items"}


def test_every_field_has_a_title_and_a_description():
    for name, pointer, node in ALL_NODES:
        if pointer.endswith("/properties") and not pointer.startswith(("/if", "/then", "/else")):
            for field, schema in node.items():
                told = resolved(schema) | schema
                assert told.get("title"), (name, pointer, field)
                assert told.get("description", "").endswith("."), (name, pointer, field)


def resolved(schema):
    if "$ref" not in schema:
        return schema
    target, _, pointer = schema["$ref"].partition("#")
    name = target.removesuffix(".json") or "common"
    return catalog.schema(name)["$defs"][pointer.removeprefix("/$defs/")] if pointer else catalog.schema(name)


def test_everything_has_a_limit():
    for name, pointer, node in ALL_NODES:
        if node.get("type") == "string":
            assert "maxLength" in node, (name, pointer)
        if node.get("type") == "array":
            assert "maxItems" in node, (name, pointer)
            assert "items" in node
        if node.get("type") == "integer":
            assert {"minimum", "maximum"} <= set(node)
        if "propertyNames" in node:
            assert "maxProperties" in node
        assert node.get("type") != "number"


def test_every_example_in_a_schema_is_valid():
    for name, pointer, node in ALL_NODES:
        if isinstance(node.get("examples"), list):
            schema = {"$ref": f"{catalog.schema_id(name)}#{pointer}"}
            for value in node["examples"]:
                assert Draft202012Validator(schema, registry=REGISTRY).is_valid(value), value


# Patterns.


def test_patterns_use_nothing_that_engines_read_differently():
    r"""PRO-03: no \d \w \s, no bare dot, the end spelled so that a line feed behind it cannot slip in."""
    for pattern in PATTERNS:
        assert not re.search(r"\\[dDwWsSbBpP]", pattern), pattern
        outside_classes = re.sub(r"\[[^\]]*\]", "", pattern.replace(r"\[", "").replace(r"\]", ""))
        assert "." not in outside_classes.replace(r"\.", ""), pattern
        if pattern.startswith("^"):
            assert pattern.endswith(END)
        else:
            assert re.fullmatch(r"\[\^[^\]]+\]", pattern), "a search for one character needs no anchor"


@pytest.mark.parametrize("pattern", ANCHORED)
def test_no_pattern_lets_a_trailing_line_feed_pass(pattern):
    """PRO-03: Python's `$` matches before a last line feed; ECMA-262 and Rust do not."""
    samples = {
        text
        for _, _, node in ALL_NODES
        if node.get("pattern") == pattern
        for text in node.get("examples", ())
    }
    python, rust = Draft202012Validator({"pattern": pattern}), RustValidator({"pattern": pattern})

    assert samples, "every pattern needs an example"
    for text in samples:
        assert python.is_valid(text)
        assert rust.is_valid(text)
        for end in ("\n", "\r", "\r\n", "\u2028", " ", "\0"):
            assert not python.is_valid(text + end)
            assert not rust.is_valid(text + end)


@pytest.mark.parametrize("pattern", PATTERNS)
def test_patterns_take_linear_time_and_agree_on_hostile_strings(pattern):
    starts = [
        "",
        "https://",
        "https://a.example/",
        "did:web:",
        "biomed.",
        "a@",
        "did:webvh:Qm",
        "[",
        "-",
        "a.example/feed/",
    ]
    pieces = [
        "a",
        "1",
        "a.",
        "1.",
        "a-",
        "-",
        "Z",
        "é",
        "生",
        " ",
        "\u200b",
        "a b",
        "-aaaaa",
        "a" * 63 + ".",
        "/a",
        "_",
    ]
    python = re.compile(pattern)
    rust = catalog_like(pattern)

    for start in starts:
        for piece in pieces:
            text = (start + piece * 65_536)[:65_536] + "!\n"
            began = time.perf_counter()
            assert (python.search(text) is not None) == rust.is_valid(text)
            assert time.perf_counter() - began < 1, (start, piece)


def catalog_like(pattern):
    from jsonschema_rs import FancyRegexOptions

    return RustValidator({"pattern": pattern}, pattern_options=FancyRegexOptions(backtrack_limit=2_000_000))


# What the schemas take.


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_example_is_valid(path):
    """PRO-02: the schema is looked up by type."""
    document = json.loads(path.read_text(encoding="utf-8"))
    name = document.get("type", "package")

    assert path.stem.partition("-")[0] == name
    assert verdicts(name, document) == (True, True)
    for profile in document.get("records", []):
        assert verdicts(profile["type"], profile) == (True, True)


@pytest.mark.parametrize("name", [*catalog.TYPES, "node"])
def test_the_examples_together_show_every_field(name):
    shown = {field for path in EXAMPLES.glob("*.json") for field in example(path.stem)}

    assert set(catalog.schema(name)["properties"]) <= shown
    assert len(set(catalog.schema(name)["properties"]) - set(example(name))) <= 4


@pytest.mark.parametrize("name", [*catalog.TYPES, "node"])
def test_the_minimal_examples_hold_nothing_that_could_be_left_out(name):
    """PRO-02: the required fields."""
    document = example(f"{name}-minimal")

    for field in document:
        assert verdicts(name, changed(document, f"/{field}", REMOVED)) == (False, False)


def test_dropping_ext_leaves_a_valid_record():
    """PRO-06."""
    company = example("company")
    assert "ext" in company

    assert verdicts("company", changed(company, "/ext", REMOVED)) == (True, True)


TRICKY = {
    "a right-to-left name with a Latin brand in isolates": (
        "company",
        "/name",
        {"ar": "شركة \u2066Nova\u2069 مثال"},
    ),
    "a name of 207 characters": ("company", "/name", {"en": "n" * 207}),
    "a name of digits": ("company", "/name", {"und": "42"}),
    "a name with no-break space and soft hyphen": (
        "company",
        "/name",
        {"de": "Beispiel\u00a0Wirk\u00adstoff"},
    ),
    "a name in a script outside of the first plane": ("company", "/name", {"ff-Adlm": "𞤖𞤢𞤤𞤢"}),
    "languages without a two-letter code": ("company", "/name", {"nso": "Mohlala", "hai": "Example"}),
    "300 languages": (
        "company",
        "/name",
        {f"{a}{b}{c}": "x" for a in "abc" for b in "abcdefghij" for c in "klmnopqrst"},
    ),
    "a variant and a region of digits": ("company", "/languages", ["es-419", "de-1996", "sl-rozaj-biske"]),
    "Kosovo": ("company", "/locations", [{"country": "XK"}]),
    "Greece as GR with NUTS EL30": ("company", "/locations", [{"country": "GR", "nuts": "EL30"}]),
    "Hong Kong written as a province": ("company", "/locations", [{"country": "CN", "subdivision": "CN-HK"}]),
    "a point on the equator and the date line": (
        "company",
        "/locations",
        [{"country": "KI", "lat": "0", "lon": "-180"}],
    ),
    "the south pole": ("company", "/locations", [{"country": "AQ", "lat": "-90", "lon": "0.000001"}]),
    "29 February": ("company", "/updated", "2024-02-29"),
    "30 February, which is a matter of layer C": ("company", "/updated", "2024-02-30"),
    "a country that does not exist, which gates publishing only": ("company", "/jurisdiction", "UK"),
    "an unknown sector of the open list": ("company", "/sectors", ["quantumBiology", "x-beamline"]),
    "an unknown scheme of identifiers": (
        "company",
        "/identifiers",
        [{"scheme": "AT-FN", "id": "FN 123456a"}],
    ),
    "an international host name": ("company", "/website", "https://生物园区.中国/关于?a=1#顶"),
    "a host name with a port": ("company", "/website", "http://a-b.example:8080"),
    "an international mailbox": ("company", "/contacts", [{"role": "general", "email": "联系@园区.中国"}]),
    "a contact in a private role": ("company", "/contacts", [{"role": "x-alumni", "phone": "+390115550100"}]),
    "a text of three lines": ("institution", "/expertise", {"en": "One\ntwo\nthree"}),
    "an unknown extension": (
        "company",
        "/ext",
        {"z9": {"schema": "https://s.example/z", "deep": [{"a": [1, None]}]}},
    ),
    "a proposed relation without a date": ("relation-minimal", "/status", "proposed"),
    "an opportunity with owner and without country": ("opportunity", "/originCountry", REMOVED),
    "a base URL without a dot": (
        "node",
        "/baseUrls",
        ["http://localhost:8101", "http://[2001:db8::1]:80/feeds/a/"],
    ),
    "a later version beside 1.0": ("node", "/specVersions", ["1.1", "1.0"]),
}


@pytest.mark.parametrize("fault", TRICKY)
def test_tricky_but_valid(fault):
    """PRO-08, PRO-09, PRO-10, PRO-11, PRO-12; PRO-01: what gates publishing only passes the schema."""
    name, pointer, value = TRICKY[fault]

    assert verdicts(name.partition("-")[0], changed(example(name), pointer, value)) == (True, True)


# What the schemas refuse. One fault each.

ID = "https://biomed.example/id/" + "a" * 26
COMPANY = {
    "id missing": ("/id", REMOVED),
    "id a number": ("/id", 7),
    "id with http": ("/id", ID.replace("https", "http")),
    "id with a fragment": ("/id", ID + "#x"),
    "id with a query": ("/id", ID + "?x"),
    "id with a user part": ("/id", ID.replace("//", "//me@")),
    "id with a port": ("/id", ID.replace(".example", ".example:443")),
    "id in capitals": ("/id", ID.replace("a" * 26, "A" * 26)),
    "id one letter short": ("/id", ID[:-1]),
    "id of a host without a dot": ("/id", ID.replace("biomed.example", "biomed")),
    "id of an address": ("/id", ID.replace("biomed.example", "192.0.2.1")),
    "id of an underscore host": ("/id", ID.replace("biomed", "bio_med")),
    "id of a label of 64": ("/id", ID.replace("biomed", "b" * 64)),
    "id of a label with a hyphen at its end": ("/id", ID.replace("biomed", "biomed-")),
    "id of a host of 254": ("/id", "https://" + "a." * 126 + "ab/id/" + "a" * 26),
    "type of another schema": ("/type", "institution"),
    "unknown type": ("/type", "person"),
    "name missing": ("/name", REMOVED),
    "name a string": ("/name", "Nova"),
    "name an empty map": ("/name", {}),
    "name empty": ("/name", {"en": ""}),
    "name of white space": ("/name", {"en": " \u00a0\u3000\t"}),
    "name of zero-width characters": ("/name", {"en": "\u200b\u2060\ufeff"}),
    "name of control characters": ("/name", {"en": "\u0007\u009f"}),
    "name of invisible tags": ("/name", {"en": "\U000e0041\U000e0042"}),
    "name of variation selectors and fillers": ("/name", {"en": "\ufe0f\u3164\u115f"}),
    "name of 501 characters": ("/name", {"en": "n" * 501}),
    "name null in one language": ("/name", {"en": None}),
    "language with underscore": ("/name", {"en_US": "A"}),
    "language with a small script": ("/name", {"zh-hans": "甲"}),
    "language in capitals": ("/name", {"EN": "A"}),
    "language with a small region": ("/name", {"en-us": "A"}),
    "private-use language": ("/name", {"x-foo": "A"}),
    "language with private use behind it": ("/name", {"en-x-foo": "A"}),
    "old language tag": ("/name", {"i-klingon": "A"}),
    "empty language": ("/name", {"": "A"}),
    "language with a line feed": ("/name", {"en\n": "A"}),
    "301 languages": (
        "/name",
        {f"{a}{b}{c}": "x" for a in "abcd" for b in "abcdefghij" for c in "klmnopqrst"},
    ),
    "summary of 601 characters": ("/summary", {"en": "s" * 601}),
    "locations missing": ("/locations", REMOVED),
    "no location at all": ("/locations", []),
    "country as a name": ("/locations/0/country", "Germany"),
    "country of three letters": ("/locations/0/country", "DEU"),
    "country in small letters": ("/locations/0/country", "de"),
    "subdivision without country": ("/locations/0/subdivision", "BY"),
    "latitude as a number": ("/locations/0/lat", 45),
    "latitude beyond 90": ("/locations/0/lat", "90.1"),
    "latitude with a trailing zero": ("/locations/0/lat", "45.10"),
    "latitude with a leading zero": ("/locations/0/lat", "045.1"),
    "latitude with a plus sign": ("/locations/0/lat", "+45.1"),
    "latitude minus zero": ("/locations/0/lat", "-0"),
    "latitude minus zero with decimals": ("/locations/0/lat", "-0.0"),
    "latitude of seven decimals": ("/locations/0/lat", "45.1234567"),
    "latitude with a comma": ("/locations/0/lat", "45,1"),
    "latitude with a full-width digit": ("/locations/0/lat", "4５"),
    "longitude beyond 180": ("/locations/0/lon", "180.000001"),
    "longitude 181": ("/locations/0/lon", "-181"),
    "latitude without longitude": ("/locations/0/lon", REMOVED),
    "location role outside the closed list": ("/locations/0/role", "home"),
    "identifier without scheme": ("/identifiers/0/scheme", REMOVED),
    "identifier a number": ("/identifiers/0/id", 123100000000000001),
    "identifier scheme in small letters": ("/identifiers/0/scheme", "lei"),
    "website without scheme": ("/website", "www.novaassay.example"),
    "website javascript": ("/website", "javascript:alert(1)"),
    "website with a password": ("/website", "https://me:secret@novaassay.example/"),
    "website with a full-width at sign": ("/website", "https://novaassay.example＠evil.example/"),
    "website without a host": ("/website", "https://"),
    "website with a space": ("/website", "https://novaassay.example/a b"),
    "website ftp": ("/website", "ftp://novaassay.example/"),
    "contact with none of the three": ("/contacts/0", {"role": "general"}),
    "contact with a name": ("/contacts/0/name", "Erika Mustermann"),
    "contact without role": ("/contacts/0/role", REMOVED),
    "e-mail without a dot in its host": ("/contacts/0/email", "bd@novaassay"),
    "e-mail with a display name": ("/contacts/0/email", "Nova <bd@novaassay.example>"),
    "e-mail with two at signs": ("/contacts/0/email", "bd@@novaassay.example"),
    "phone with spaces": ("/contacts/0/phone", "+39 011 5550133"),
    "phone without country": ("/contacts/0/phone", "0115550133"),
    "form by http": ("/contacts/0/form", "http://novaassay.example/form"),
    "language of a contact twice": ("/contacts/0/languages", ["en", "en"]),
    "sector twice": ("/sectors", ["ai", "ai"]),
    "no sector in the list": ("/sectors", []),
    "sector with a hyphen": ("/sectors", ["medical-devices"]),
    "sector with a capital": ("/sectors", ["Biopharma"]),
    "classification without edition": ("/activities/0/scheme", REMOVED),
    "status outside the closed list": ("/status", "asleep"),
    "status null": ("/status", None),
    "founded in month 13": ("/founded", "2019-13"),
    "founded in two digits": ("/founded", "19-03-01"),
    "founded with slashes": ("/founded", "01/03/2019"),
    "founded in Chinese": ("/founded", "2019年3月"),
    "founded in year 0000": ("/founded", "0000"),
    "updated only to the month": ("/updated", "2026-09"),
    "updated missing": ("/updated", REMOVED),
    "size outside the closed list": ("/sizeClass", "12"),
    "listed as text": ("/listed", "no"),
    "misspelled field": ("/sumary", {"en": "x"}),
    "field of another type": ("/memberCounts", {"total": 3}),
    "field in snake case": ("/legal_name", {"en": "x"}),
    "successor not an id": ("/succeededBy", ["https://novaassay.example/"]),
    "member of a cluster without id": ("/memberOf/0/cluster", REMOVED),
    "ext empty": ("/ext", {}),
    "ext with a capital prefix": ("/ext", {"Lifesci": {"schema": "https://s.example/"}}),
    "ext with a prefix of one letter": ("/ext", {"l": {"schema": "https://s.example/"}}),
    "ext without schema": ("/ext/lifesci/schema", REMOVED),
    "ext with a relative schema": ("/ext/lifesci/schema", "schema.json"),
    "ext with a file schema": ("/ext/lifesci/schema", "file:///schema.json"),
    "ext part a string": ("/ext", {"lifesci": "x"}),
}
OTHERS = {
    "cluster without kind": ("cluster", "/kind", REMOVED),
    "members counted in part": ("cluster", "/memberCounts/total", 1.5),
    "members below none": ("cluster", "/memberCounts/smes", -1),
    "member counts empty": ("cluster", "/memberCounts", {}),
    "service without a code": ("cluster", "/services/0/service", REMOVED),
    "territory with a street": ("cluster", "/territory/0/street", {"en": "Example Road 1"}),
    "cluster kind as a sentence": ("cluster", "/kind", "science park"),
    "institution without kind": ("institution", "/kind", REMOVED),
    "relation with a stored state": ("relation", "/state", "confirmed"),
    "relation with a stored confirmation": ("relation", "/confirmed", True),
    "relation with a stored verification": ("relation", "/verified", True),
    "relation active without since": ("relation", "/since", REMOVED),
    "relation to a name": ("relation", "/to", "Suzhou"),
    "relation of an unknown purpose": ("relation", "/relationType", "friendship"),
    "entry point without address": ("relation", "/entryPoint", {"service": "softLanding"}),
    "evidence by data URI": ("relation", "/evidence", ["data:text/plain,x"]),
    "opportunity without owner and country": ("opportunity-minimal", "/originCountry", REMOVED),
    "opportunity without closes": ("opportunity", "/closes", REMOVED),
    "opportunity closing in a month without day": ("opportunity", "/closes", "2027-04"),
    "title of 121 characters": ("opportunity", "/title", {"en": "t" * 121}),
    "summary of 2,001 characters": ("opportunity", "/summary", {"en": "s" * 2001}),
    "protection stated twice": ("opportunity", "/ipStatus", ["none", "none"]),
    "node of a subject id": ("node", "/id", ID),
    "node without takedown contact": ("node", "/takedown", {}),
    "node without base URL": ("node", "/baseUrls", []),
    "base URL with a query": ("node", "/baseUrls", ["https://node.biomed.example/?a"]),
    "base URL with a user": ("node", "/baseUrls", ["https://me@node.biomed.example"]),
    "base URL with dots in its path": ("node", "/baseUrls", ["https://node.biomed.example/../x"]),
    "feed zero": ("node", "/feed", "biomed.example/feed/0"),
    "feed seven digits": ("node", "/feed", "biomed.example/feed/1000000"),
    "node that does not speak 1.0": ("node", "/specVersions", ["2.0"]),
    "mirroring outside the closed list": ("node", "/mirroring", "some"),
    "witness key of another name": ("node", "/witness/name", "biomed.example/mirror/1"),
    "package of another version": ("package", "/specVersion", "9.0"),
    "package with a number as version": ("package", "/specVersion", 1),
    "package without records": ("package", "/records", REMOVED),
    "package with null records": ("package", "/records", None),
    "package without licence": ("package", "/license", REMOVED),
    "package published without offset": ("package", "/published", "2026-11-02T10:15:00"),
    "package with a person": ("package", "/records/0/type", "person"),
    "package with a record without type": ("package", "/records/0/type", REMOVED),
}


@pytest.mark.parametrize("fault", COMPANY)
def test_a_company_with_one_fault_is_refused(fault):
    """PRO-02, PRO-05, PRO-06, PRO-07, PRO-08, PRO-09, PRO-10, PRO-11, PRO-12."""
    pointer, value = COMPANY[fault]

    assert verdicts("company", changed(example("company"), pointer, value)) == (False, False)


@pytest.mark.parametrize("fault", OTHERS)
def test_another_document_with_one_fault_is_refused(fault):
    """PRO-02, PRO-05, PRO-09, PRO-11, PRO-13."""
    name, pointer, value = OTHERS[fault]

    assert verdicts(name.partition("-")[0], changed(example(name), pointer, value)) == (False, False)


def test_a_package_judges_only_the_frame_of_its_profiles():
    """PRO-02: each profile is judged by the schema of its own type, so that a message names one field."""
    document = changed(example("package"), "/records/2/status", "asleep")

    assert verdicts("package", document) == (True, True)
    assert verdicts("company", document["records"][2]) == (False, False)


# Signed records, keys, entries.

KEY = "z6Mko6m4xMzdCZCYr1ArAKxTC6tCZprzBFYiLaFgNXziu1WY"
CARD = "z6MkmMnbAd7jUJMYBKysJeSWMMUD8zx4K58WoYFdkvZRB6S7"
SCID = "QmUbDbRgFVUXFHekWbWQzuYWRSjJq8E9UxpHtwML76YjXo"
SIGNATURE = "z5f1W72PmaTd3B9qwqpcG7ofMeWmXnWZEeTjPYi8r9jK46yx55XxExWPVjf8kCr5ZNpQ7fb7bPfJLMpWBj6HPcdDa"
CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/entrepot/ns/v1"]
MOMENT = "2026-11-23T09:30:00Z"


def record(name):
    profile = example(name)
    return {
        "@context": CONTEXTS,
        "id": f"{profile['id']}/3",
        "type": ["VerifiableCredential", catalog.credential_type(profile["type"])],
        "issuer": "did:web:biomed.example",
        "validFrom": MOMENT,
        "credentialSchema": {"id": catalog.schema_id(f"{profile['type']}-credential"), "type": "JsonSchema"},
        "credentialSubject": {"id": profile["id"], "profile": profile},
        "license": "CC0-1.0",
        "revision": 3,
        "nonce": "q83vEjRWeJCrze8SNFZ4kA",
        "proof": {
            "type": "DataIntegrityProof",
            "cryptosuite": "eddsa-jcs-2022",
            "created": MOMENT,
            "verificationMethod": f"did:web:biomed.example#{KEY}",
            "proofPurpose": "assertionMethod",
            "@context": CONTEXTS,
            "proofValue": SIGNATURE,
        },
    }


@pytest.mark.parametrize("name", [*catalog.TYPES, "node"])
def test_a_signed_record_has_exactly_its_members(name):
    """SIG-20, SIG-28."""
    document = record(name)
    schema = f"{name}-credential"

    assert verdicts(schema, document) == (True, True)
    assert verdicts(schema, changed(document, "/evidence", [])) == (False, False)
    assert verdicts(schema, changed(document, "/proof/domain", "x")) == (False, False)
    for member in document:
        assert verdicts(schema, changed(document, f"/{member}", REMOVED)) == (False, False)
    for member in document["proof"]:
        assert verdicts(schema, changed(document, f"/proof/{member}", REMOVED)) == (False, False)


RECORD_FAULTS = {
    "contexts swapped": ("/@context", CONTEXTS[::-1]),
    "a third context": ("/@context", [*CONTEXTS, "https://evil.example/"]),
    "id without revision": ("/id", ID),
    "id with revision 0": ("/id", f"{ID}/0"),
    "type of another record": ("/type", ["VerifiableCredential", "ClusterCredential"]),
    "types swapped": ("/type", ["CompanyCredential", "VerifiableCredential"]),
    "issuer by https": ("/issuer", "https://biomed.example"),
    "issuer with a port": ("/issuer", "did:web:biomed.example%3A8080"),
    "issuer with a path": ("/issuer", "did:web:biomed.example:me"),
    "time with fractions": ("/validFrom", "2026-11-23T09:30:00.5Z"),
    "time with an offset": ("/validFrom", "2026-11-23T09:30:00+00:00"),
    "leap second": ("/validFrom", "2026-12-31T23:59:60Z"),
    "hour 24": ("/validFrom", "2026-11-23T24:00:00Z"),
    "schema of another type": ("/credentialSchema/id", catalog.schema_id("cluster-credential")),
    "schema of a bundle": ("/credentialSchema/id", catalog.bundled("company-credential")["$id"]),
    "a second member beside the profile": ("/credentialSubject/name", "x"),
    "profile of another type": ("/credentialSubject/profile", example("institution")),
    "licence as a sentence": ("/license", "all rights reserved"),
    "revision 0": ("/revision", 0),
    "revision as text": ("/revision", "3"),
    "revision beyond 2^53-1": ("/revision", 2**53),
    "nonce of 21 characters": ("/nonce", "q83vEjRWeJCrze8SNFZ4k"),
    "nonce with bits left over": ("/nonce", "q83vEjRWeJCrze8SNFZ4kB"),
    "nonce with padding": ("/nonce", "q83vEjRWeJCrze8SNFZ4kA=="),
    "proof in an array": ("/proof", [record("company")["proof"]]),
    "another suite": ("/proof/cryptosuite", "eddsa-rdfc-2022"),
    "another purpose": ("/proof/proofPurpose", "authentication"),
    "method by did:key": ("/proof/verificationMethod", f"did:key:{KEY}#{KEY}"),
    "method relative": ("/proof/verificationMethod", f"#{KEY}"),
    "signature with a zero digit": ("/proof/proofValue", SIGNATURE[:-1] + "0"),
    "signature in base64url": ("/proof/proofValue", "u" + "A" * 86),
}


@pytest.mark.parametrize("fault", RECORD_FAULTS)
def test_a_signed_record_with_one_fault_is_refused(fault):
    """SIG-20 to SIG-26: what a schema can say of them."""
    pointer, value = RECORD_FAULTS[fault]

    assert verdicts("company-credential", changed(record("company"), pointer, value)) == (False, False)


def test_the_id_of_a_node_document_is_its_did_and_revision():
    assert verdicts("node-credential", changed(record("node"), "/id", f"{ID}/3")) == (False, False)


def key_log_line():
    did = f"did:webvh:{SCID}:biomed.example"
    vkey = "biomed.example/feed/1+1a2b3c4d+" + base64.b64encode(b"\x01" + bytes(32)).decode()
    method = {"id": f"{did}#{KEY}", "type": "Multikey", "controller": did, "publicKeyMultibase": KEY}
    feed = {"feed": "biomed.example/feed/1", "vkey": vkey}
    return {
        "versionId": f"1-{SCID}",
        "versionTime": MOMENT,
        "parameters": {
            "method": "did:webvh:1.0",
            "scid": SCID,
            "portable": True,
            "updateKeys": [CARD],
            "nextKeyHashes": [SCID, SCID.replace("QmU", "QmV")],
        },
        "state": {
            "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
            "id": did,
            "alsoKnownAs": ["did:web:biomed.example"],
            "verificationMethod": [method],
            "assertionMethod": [method["id"]],
            "service": [{"id": "#feed-1", "type": "EntrepotFeed", "serviceEndpoint": feed}],
        },
        "proof": [
            {
                "type": "DataIntegrityProof",
                "cryptosuite": "eddsa-jcs-2022",
                "created": MOMENT,
                "verificationMethod": f"did:key:{CARD}#{CARD}",
                "proofPurpose": "assertionMethod",
                "proofValue": SIGNATURE,
            }
        ],
    }


LINE_FAULTS = {
    "another method": ("/parameters/method", "did:webvh:0.5"),
    "not portable": ("/parameters/portable", False),
    "no update keys": ("/parameters/updateKeys", []),
    "no commitment to next keys": ("/parameters/nextKeyHashes", REMOVED),
    "a parameter we do not use": ("/parameters/witness", {}),
    "two record keys": (
        "/state/assertionMethod",
        [f"did:webvh:{SCID}:biomed.example#{key}" for key in (KEY, CARD)],
    ),
    "no record key": ("/state/assertionMethod", []),
    "record key embedded": ("/state/assertionMethod", [{"id": "#k"}]),
    "no feed": ("/state/service", []),
    "a feed of another kind": ("/state/service/0/type", "LinkedDomains"),
    "a feed without key": ("/state/service/0/serviceEndpoint/vkey", REMOVED),
    "state of a did:web": ("/state/id", "did:web:biomed.example"),
    "proof as an object": ("/proof", {}),
    "two proofs": ("/proof", key_log_line()["proof"] * 2),
    "proof with a context": ("/proof/0/@context", CONTEXTS),
    "version without number": ("/versionId", SCID),
}


def test_a_line_of_a_key_log_is_valid():
    """SIG-40, SIG-44, SIG-46, SIG-47, SIG-48: what a schema can say of them."""
    line = key_log_line()
    later = changed(
        changed(changed(line, "/parameters/method", REMOVED), "/parameters/scid", REMOVED),
        "/parameters/portable",
        REMOVED,
    )

    assert verdicts("key-log-line", line) == (True, True)
    assert verdicts("key-log-line", later) == (True, True)
    assert verdicts("key-document", line["state"]) == (True, True)


@pytest.mark.parametrize("fault", LINE_FAULTS)
def test_a_line_of_a_key_log_with_one_fault_is_refused(fault):
    """SIG-40, SIG-44, SIG-46, SIG-47, SIG-48."""
    pointer, value = LINE_FAULTS[fault]

    assert verdicts("key-log-line", changed(key_log_line(), pointer, value)) == (False, False)


ENTRY = {"op": "publish", "prev": None, "subject": ID, "time": MOMENT, "type": "company"}
KEYS_ENTRY = {**ENTRY, "op": "keys", "subject": "did:web:biomed.example", "type": "keys"}


@pytest.mark.parametrize("entry", [ENTRY, {**ENTRY, "op": "withdraw", "prev": 7}, KEYS_ENTRY])
def test_an_entry_has_five_members(entry):
    """LOG-13, LOG-14, LOG-15: what a schema can say of them."""
    assert verdicts("entry", entry) == (True, True)
    for member in entry:
        assert verdicts("entry", changed(entry, f"/{member}", REMOVED)) == (False, False)


@pytest.mark.parametrize(
    "entry",
    [
        {**ENTRY, "extra": 1},
        {**ENTRY, "op": "state"},
        {**ENTRY, "prev": -1},
        {**ENTRY, "subject": "did:web:biomed.example"},
        {**ENTRY, "type": "keys"},
        {**ENTRY, "type": "Company"},
        {**KEYS_ENTRY, "subject": ID},
        {**KEYS_ENTRY, "type": "company"},
    ],
)
def test_an_entry_with_one_fault_is_refused(entry):
    """LOG-13, LOG-14, LOG-15."""
    assert verdicts("entry", entry) == (False, False)


# Schemas and text.


def test_the_spec_names_every_field_that_holds_a_date():
    """PRO-20: the rule counts the fields whose schema is a date."""
    text = (ROOT / "spec" / "profile.md").read_text(encoding="utf-8")
    line = next(line for line in text.splitlines() if line.startswith("- **PRO-20**"))
    dates = {
        field
        for name, pointer, node in ALL_NODES
        if pointer.endswith("/properties") and name in ("common", *catalog.TYPES, "node")
        for field, schema in node.items()
        if schema.get("$ref", "").endswith(("/date", "/fullDate"))
    }

    assert set(re.findall(r"`([a-zA-Z]+)`", line)) - {"ext"} == dates


@pytest.mark.parametrize("name", [*catalog.TYPES, "node"])
def test_the_spec_names_every_field(name):
    text = (ROOT / "spec" / "profile.md").read_text(encoding="utf-8")

    missing = [field for field in catalog.schema(name)["properties"] if f"`{field}`" not in text]
    assert missing == []
