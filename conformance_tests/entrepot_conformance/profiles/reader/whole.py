"""The node as a whole: stream of records, peers, statistics, catalogue, schemas, checking a file."""

from __future__ import annotations

import hashlib
import json

from entrepot_conformance.profiles.reader.api import Api, api_case, decoded
from entrepot_conformance.reader.schemas import PLACES
from entrepot_conformance.suite.case import Case
from entrepot_conformance.suite.outcome import Skipped


def cases() -> list[Case]:
    """Return the cases of the whole."""
    return [
        api_case("lines", "streams all live records, one signed record a line", "EXC-41 EXC-54", _lines),
        api_case("lines-filter", "keeps to a filter in the stream as in the search", "EXC-59 EXC-57", _filtered),
        api_case("peers", "lists the feeds it holds, its own first", "EXC-63", _peers),
        api_case("key-logs", "serves the key log of every origin as it is pinned", "EXC-63", _key_logs),
        api_case("statistics", "counts what it holds", "EXC-61", _statistics),
        api_case("relations", "gives every relation the state that both sides make of it", "EXC-60", _relations),
        api_case("catalogue", "describes itself in DCAT with addresses that answer", "EXC-64", _catalogue),
        api_case("schemas", "serves the schemas of the standard byte for byte", "EXC-66", _schemas),
        api_case("check", "finds what is wrong with a file, and stores nothing", "EXC-67", _check),
        api_case("check-refuses", "refuses other media types and bodies that are too large", "EXC-67", _check_refuses, refuses=True),
    ]  # fmt: skip


def _lines(api: Api) -> None:
    total = api.get("/statistics")["total"]
    if total > 20_000:
        raise Skipped("more records than are worth reading here")
    answer = api.ask("/records.jsonl", Accept_Encoding="gzip")
    lines = answer.body.splitlines()
    listed = {item["digest"] for item in api.items("/records")}
    digests = {hashlib.sha256(line).hexdigest() for line in lines}
    assert len(digests) == len(lines), "a record stands twice"
    assert listed <= digests, "a record of the list is not in the stream"


def _filtered(api: Api) -> None:
    facets = api.get("/search?limit=1")["facets"]
    if not facets.get("type"):
        raise Skipped("the node holds no record")
    value = min(facets["type"], key=lambda one: one["count"])
    answer = api.ask(f"/records.jsonl?type={value['value']}")
    lines = answer.body.splitlines()
    assert len(lines) == value["count"], f"{len(lines)} lines where {value['count']} are counted"
    again = api.ask(f"/records.jsonl?type={value['value']}", If_None_Match=answer.headers.get("etag", ""))
    assert again.status == 304, f"{again.status} to its own ETag where 304 was due"


def _peers(api: Api) -> None:
    items = api.get("/peers")["items"]
    own = api.get("/")["origin"]
    assert items, "no feed is listed, not even its own"
    assert items[0]["origin"] == own, "its own feed is not the first"
    for item in items:
        for member in ("origin", "feed", "fingerprint", "size", "root", "state", "counts"):
            assert member in item, f"{item.get('origin')}: no {member}"


def _key_logs(api: Api) -> None:
    for item in api.get("/peers")["items"][:10]:
        answer = api.ask(f"/peers/{item['origin']}/keys.jsonl")
        assert answer.status == 200, f"{item['origin']}: no key log"
        first = json.loads(answer.body.splitlines()[0])
        scid = first["parameters"]["scid"]
        assert scid == item["fingerprint"], f"{item['origin']}: the key log is of another fingerprint"


def _statistics(api: Api) -> None:
    found = api.get("/statistics")
    counted = sum(one["count"] for one in found["values"]["type"])
    assert counted == found["total"], f"{counted} by type, {found['total']} in all"


def _relations(api: Api) -> None:
    page = api.get("/relations?limit=20")
    named = {node["id"] for node in page["nodes"]}
    for edge in page["items"]:
        assert edge["state"], f"{edge['id']}: a relation without state"
        assert {edge["from"], edge["to"]} <= named, f"{edge['id']}: its ends are not named"
        for end in (edge["from"], edge["to"]):
            half = end.removeprefix("https://").replace("/id/", "/", 1)
            if api.ask(f"/subjects/{half}").status != 200:
                continue
            states = {one["id"]: one["state"] for one in api.items(f"/subjects/{half}/relations")}
            assert states.get(edge["id"]) == edge["state"], (
                f"{edge['id']}: another state from the side of {end}"
            )


def _catalogue(api: Api) -> None:
    found = api.get("/catalogue")
    assert found["@type"] == "dcat:Catalog", "no catalogue"
    assert isinstance(found["@context"], dict), "the context is not inside"


def _schemas(api: Api) -> None:
    folder = next((place for place in PLACES if place.is_dir()), None)
    if folder is None:
        raise Skipped("no copy of the schemas to compare with")
    bundles = sorted((folder / "bundled").glob("*.schema.json"))
    assert bundles, "the suite has no schemas to compare with"
    for path in bundles:
        answer = api.ask(f"/schemas/{path.name.removesuffix('.schema.json')}.json")
        assert answer.status == 200, f"no schema {path.name}"
        assert answer.body == path.read_bytes(), f"{path.name} is served with other bytes"


def _check(api: Api) -> None:
    before = api.get("/statistics")["held"]
    answer = api.ask("/check", "POST", b'{"type":"company"}', Content_Type="application/json")
    assert answer.status == 200, f"check: {answer.status}"
    codes = {finding["code"] for finding in decoded(answer)["findings"]}
    assert "schema.required" in codes, f"a company without anything: {sorted(codes)}"
    broken = api.ask("/check", "POST", b"{", Content_Type="application/json")
    assert broken.status == 200, "a file that is no JSON is a finding, not an error of the request"
    assert api.get("/statistics")["held"] == before, "a check changed what the node holds"


def _check_refuses(api: Api) -> None:
    assert api.ask("/check", "POST", b"{}", Content_Type="text/csv").status == 415
    assert (
        api.ask("/check", "POST", b"x", Content_Type="application/json", Content_Encoding="br").status == 415
    )
    assert (
        api.ask("/check", "POST", b" " * (8 * 1024 * 1024 + 1), Content_Type="application/json").status == 413
    )
