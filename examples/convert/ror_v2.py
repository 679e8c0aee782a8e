"""Whole records of the Research Organization Registry, version 2 of their form, as the rows that `demo_data.ror` reads."""

from __future__ import annotations

import json
from typing import Any

from entrepot_node.demo_data.ror import ror_profile
from entrepot_node.demo_data.rows import Dropped, Profile, Row


def ror_v2_profile(record: dict[str, Any], retrieved: str) -> Profile:
    """Make the profile of a record; companies and institutions stand in one file there."""
    kind = "company" if "company" in record["types"] else "institution"
    return ror_profile(ror_row(record), kind, retrieved)


def ror_row(record: dict[str, Any]) -> Row:
    """Write a record as a flat row. A body in two countries has no row of its own."""
    places = [location["geonames_details"] for location in record["locations"]]
    if len({place["country_code"] for place in places}) != 1:
        raise Dropped("in several countries or in none")
    place = places[0]
    names = [_name(name) for name in record["names"]]
    shown = next(name for name in names if "ror_display" in name["types"])
    return {
        "ror_id": record["id"],
        "name": shown["value"],
        "name_lang": shown.get("lang") or "",
        "name_zh": next((name["value"] for name in names if name.get("lang") == "zh"), ""),
        "other_names_json": json.dumps([name for name in names if name is not shown]),
        "country": place["country_code"],
        "subdivision_code": place.get("country_subdivision_code") or "",
        "city": place["name"],
        "lat": str(place["lat"]),
        "lng": str(place["lng"]),
        "website": next((link["value"] for link in record["links"] if link["type"] == "website"), ""),
        "established": str(record["established"] or ""),
        "status": record["status"],
        "types": ";".join(record["types"]),
        "wikidata": _external(record, "wikidata"),
        "isni": _external(record, "isni"),
    }


def _name(name: dict[str, Any]) -> dict[str, Any]:
    kinds = (
        [kind for kind in name["types"] if kind != "ror_display"] if len(name["types"]) > 1 else name["types"]
    )
    shown = ["ror_display"] if "ror_display" in name["types"] else []
    # A stray separator at the end of a name is a slip of the registry's forms.
    value = name["value"].rstrip(";； ")
    return {**{key: text for key, text in name.items() if text}, "types": shown or kinds, "value": value}


def _external(record: dict[str, Any], kind: str) -> str:
    found = next((entry for entry in record["external_ids"] if entry["type"] == kind), None)
    return str(found["preferred"] or found["all"][0]) if found else ""
