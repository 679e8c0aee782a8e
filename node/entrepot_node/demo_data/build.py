"""Builds the real organisations of the demo from CC0 records of the Research Organization Registry (ROR).

    python -m entrepot_node.demo_data.build PATH_TO_SOURCE_FOLDER [--retrieved YYYY-MM-DD]

Run by developers when the data changes; its output is committed beside this module. What the source does not
say is not said here: no sectors, capabilities, memberships or offers of a real organisation, and no country,
region or status derived from something else. Profiles have no id: the node that publishes them mints it.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import re
import sys
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from entrepot_schema.identifier import is_ror
from entrepot_schema.profile_check import profile_findings

Profile = dict[str, Any]
Row = dict[str, str]

COMPANIES = "companies-ror-life-sciences-eu-cn.csv"
INSTITUTIONS = "institutions-ror-life-sciences-eu-cn.csv"
CLUSTERS = "clusters-and-parks-ror.csv"
SOURCE_COMMIT = "d93fc667872f8ef9386896bd6c68bd3c6103603e"
RETRIEVED = "2026-11-23"
PLACEHOLDER_ID = f"https://demo.example/id/{'a' * 26}"

_CHINESE = frozenset({"CN", "HK", "MO", "TW"})
_EU_INSTITUTIONS = 150
_PARK_INSTITUTIONS = 36
_INSTITUTION_KINDS = {
    "education": "university",
    "facility": "researchInstitute",
    "government": "publicAuthority",
    "healthcare": "hospital",
}
_NAME_KINDS = (("incubat", "incubator"), ("incubad", "incubator"), ("cluster", "clusterOrganisation"))
_PARK_WORDS = ("park", "parc ", "parco", "parque", "technopole", "polo tecnologico")
# Where the name does not tell, this is our reading; the README says so.
_KINDS_BY_HAND = {
    "https://ror.org/03j42y490": "clusterOrganisation",  # Biocat
    "https://ror.org/0380k9k47": "sciencePark",  # Genopole
    "https://ror.org/04ffjez92": "x-catapult",
    "https://ror.org/03vbj2a93": "x-catapult",
    "https://ror.org/00a3raj28": "x-catapult",
}
# ROR writes the country behind the name of a company. These are the names it uses.
_COUNTRY_NAMES = {
    "AT": ("Austria",),
    "BE": ("Belgium",),
    "BG": ("Bulgaria",),
    "CN": ("China",),
    "CY": ("Cyprus",),
    "CZ": ("Czechia", "Czech Republic"),
    "DE": ("Germany",),
    "DK": ("Denmark",),
    "EE": ("Estonia",),
    "ES": ("Spain",),
    "FI": ("Finland",),
    "FR": ("France",),
    "GR": ("Greece",),
    "HK": ("Hong Kong",),
    "HU": ("Hungary",),
    "IE": ("Ireland",),
    "IT": ("Italy",),
    "LU": ("Luxembourg",),
    "NL": ("Netherlands",),
    "PL": ("Poland",),
    "PT": ("Portugal",),
    "SE": ("Sweden",),
    "SI": ("Slovenia",),
    "TW": ("Taiwan",),
}
_WITHOUT_SUBDIVISIONS = frozenset({"HK", "MO"})  # ISO 3166-2 has none; the source's codes are of another list
_SUBDIVISION = re.compile(r"[A-Z]{2}-[A-Z0-9]{1,3}", re.ASCII)
_HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff]")
_BRACKET = re.compile(r" \(([^()]*)\)$")


class _Dropped(Exception):  # an outcome, counted in the README
    """A row that is left out; its text is the reason."""


def main(arguments: list[str] | None = None) -> None:
    """Read the source files below a folder and write the data files and their README beside this module."""
    parser = argparse.ArgumentParser(prog="python -m entrepot_node.demo_data.build", description=__doc__)
    parser.add_argument("source", type=Path, help="folder that holds the three ROR files, at any depth")
    parser.add_argument("--retrieved", default=RETRIEVED, help="day on which the source was read")
    options = parser.parse_args(arguments)
    dropped: Counter[str] = Counter()
    files = build(options.source, options.retrieved, dropped)
    folder = Path(__file__).resolve().parent
    for name, profiles in files.items():
        lines = [json.dumps(profile, ensure_ascii=False, sort_keys=True) for profile in profiles]
        (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    (folder / "README.md").write_text(
        _readme(files, dropped, options.retrieved), encoding="utf-8", newline="\n"
    )
    sys.stdout.write(f"{sum(map(len, files.values()))} profiles written, {dropped.total()} rows left out\n")


def build(source: Path, retrieved: str, dropped: Counter[str]) -> dict[str, list[Profile]]:
    """Make the profiles of the three files; count in `dropped` why rows were left out."""
    # Clusters first: a row that stands in two files is what the more particular file says.
    seen: set[str] = set()
    clusters, institutions, companies = (
        list(_profiles(_unseen(_rows(source, name), seen, dropped), kind, retrieved, dropped))
        for name, kind in ((CLUSTERS, "cluster"), (INSTITUTIONS, "institution"), (COMPANIES, "company"))
    )
    sample = _spread([profile for profile in institutions if not _is_chinese(profile)])
    dropped["not drawn for the sample of institutions"] += len(sample) - _EU_INSTITUTIONS - _PARK_INSTITUTIONS
    return {
        "eu.jsonl": _sorted([*(p for p in companies if not _is_chinese(p)), *sample[:_EU_INSTITUTIONS]]),
        "cn.jsonl": _sorted([p for p in (*companies, *institutions) if _is_chinese(p)]),
        "parks.jsonl": _sorted([*clusters, *sample[_EU_INSTITUTIONS:][:_PARK_INSTITUTIONS]]),
    }


def _rows(source: Path, name: str) -> list[Row]:
    path = next(iter(sorted(source.rglob(name))), None)
    if path is None:
        raise SystemExit(f"there is no {name} in {source}")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _unseen(rows: Iterable[Row], seen: set[str], dropped: Counter[str]) -> Iterator[Row]:
    for row in rows:
        if row["ror_id"] in seen:
            dropped["also in another source file"] += 1
            continue
        seen.add(row["ror_id"])
        yield row


def _profiles(rows: Iterable[Row], kind: str, retrieved: str, dropped: Counter[str]) -> Iterator[Profile]:
    for row in rows:
        try:
            profile = _profile(row, kind, retrieved)
        except _Dropped as reason:
            dropped[str(reason)] += 1
            continue
        found = profile_findings({**profile, "id": PLACEHOLDER_ID}, now=datetime.now(UTC))
        faults = [fault for fault in found if fault.severity == "error"]
        if [fault.pointer for fault in faults] == ["/website"]:
            del profile["website"]  # an address nobody could open anyway
            dropped["(web site only, the row is kept) no web address"] += 1
        elif faults:
            dropped[f"{faults[0].code} at {faults[0].pointer}"] += 1
            continue
        yield profile


def _profile(row: Row, kind: str, retrieved: str) -> Profile:
    if row["status"] == "withdrawn":
        raise _Dropped("withdrawn from the registry")
    if row["status"] != "active":
        raise _Dropped("no longer active; the source does not tell merged from dissolved")
    if not is_ror(row["ror_id"]):
        raise _Dropped("the ROR id does not check")
    profile: Profile = {"type": kind, "status": "active", "updated": retrieved, "locations": [_location(row)]}
    if kind != "company":
        profile["kind"] = _cluster_kind(row) if kind == "cluster" else _institution_kind(row)
    profile["name"], others = _names(row)
    profile["identifiers"] = _identifiers(row)
    profile["source"] = {"kind": "thirdParty", "url": row["ror_id"], "retrieved": retrieved}
    optional = {"otherNames": others, "website": row["website"].strip(), "founded": row["established"]}
    return profile | {field: value for field, value in optional.items() if value}


def _institution_kind(row: Row) -> str:
    for ror_type in row["types"].split(";"):
        if ror_type in _INSTITUTION_KINDS:
            return _INSTITUTION_KINDS[ror_type]
    raise _Dropped("a type of institution that the code list does not have")


def _cluster_kind(row: Row) -> str:
    name = row["name"].lower()
    if row["ror_id"] in _KINDS_BY_HAND:
        return _KINDS_BY_HAND[row["ror_id"]]
    for word, kind in _NAME_KINDS:
        if word in name and not any(park in name for park in _PARK_WORDS):
            return kind
    if any(word in name for word in _PARK_WORDS):
        return "sciencePark"
    if "cluster" in name:
        return "clusterOrganisation"
    raise _Dropped("a kind of cluster that neither name nor code list tells")


def _location(row: Row) -> Profile:
    location: Profile = {"country": row["country"]}
    subdivision = f"{row['country']}-{row['subdivision_code']}"
    if _SUBDIVISION.fullmatch(subdivision) and row["country"] not in _WITHOUT_SUBDIVISIONS:
        location["subdivision"] = subdivision
    if row["city"]:
        location["locality"] = {"und": _clean(row["city"])}
    if row["lat"] and row["lng"]:
        location |= {"lat": _coordinate(row["lat"]), "lon": _coordinate(row["lng"])}
    return location


def _coordinate(text: str) -> str:
    """Write degrees with at most six decimals and no trailing zeros."""
    plain = f"{float(text):.6f}".rstrip("0").rstrip(".")
    return "0" if plain == "-0" else plain


def _identifiers(row: Row) -> list[Profile]:
    found = [{"scheme": "ROR", "id": row["ror_id"]}]
    found += [{"scheme": "WIKIDATA", "id": row["wikidata"]}] if row["wikidata"] else []
    found += [{"scheme": "ISNI", "id": row["isni"].replace(" ", "")}] if row["isni"] else []
    return found


def _names(row: Row) -> tuple[dict[str, str], list[Profile]]:
    """Read the name in the languages that the source marks, and other names whose kind the code list has."""
    country = row["country"]
    listed = json.loads(row["other_names_json"] or "[]")
    main = _without_country(_clean(row["name"]), country)
    name: dict[str, str] = {}
    if row["name_lang"]:
        name[_tag(row["name_lang"], main, country)] = main
    for other in listed:
        text = _without_country(_clean(other["value"]), country)
        if other["types"] == ["label"] and other.get("lang"):
            name.setdefault(_tag(other["lang"], text, country), text)
    name.pop("und", None)
    if _HAN.search(row["name_zh"]):
        name.setdefault(_tag("zh", row["name_zh"], country), _clean(row["name_zh"]))
    if main not in name.values():
        name["und"] = main
    return dict(sorted(name.items())), list(_other_names(listed, main, name, country))


def _other_names(
    listed: list[dict[str, Any]], main: str, name: dict[str, str], country: str
) -> Iterator[Profile]:
    known = set(name.values())
    for other in listed:
        text = _without_country(_clean(other["value"]), country)
        # Aliases that are longer have no place among the kinds of name: not short, and not said to be former.
        kind = "acronym" if "acronym" in other["types"] else "short" if len(text) < len(main) else ""
        if kind and text not in known:
            known.add(text)
            yield {"kind": kind, "name": {_tag(other.get("lang") or "und", text, country): text}}


def _tag(language: str, text: str, country: str) -> str:
    """Tag the language of a text; Chinese with the script of its characters, `und` if it has none."""
    if language != "zh":
        return language
    if not _HAN.search(text):
        return "und"
    simplified, traditional = _fits(text, "gb2312"), _fits(text, "big5")
    if simplified == traditional:
        return "zh-Hans" if country == "CN" else "zh-Hant"
    return "zh-Hans" if simplified else "zh-Hant"


def _fits(text: str, charset: str) -> bool:
    """Answer whether a charset has all Han characters of a text: GB 2312 simplified, Big5 traditional."""
    try:
        "".join(_HAN.findall(text)).encode(charset)
    except UnicodeEncodeError:
        return False
    return True


def _without_country(name: str, country: str) -> str:
    bracket = _BRACKET.search(name)
    if bracket and bracket[1] in _COUNTRY_NAMES.get(country, ()):
        return name[: bracket.start()]
    return name


def _clean(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _is_chinese(profile: Profile) -> bool:
    return profile["locations"][0]["country"] in _CHINESE


def _rank(profile: Profile) -> bytes:
    """Give a sort key whose order looks random and is the same in every run."""
    return hashlib.sha256(str(profile["identifiers"][0]["id"]).encode()).digest()


def _spread(profiles: list[Profile]) -> list[Profile]:
    """Order profiles so that every beginning holds all countries about equally."""
    by_country: defaultdict[str, list[Profile]] = defaultdict(list)
    for profile in sorted(profiles, key=_rank):
        by_country[profile["locations"][0]["country"]].append(profile)
    turns = [
        (turn, country, profile) for country, own in by_country.items() for turn, profile in enumerate(own)
    ]
    return [profile for _, _, profile in sorted(turns, key=lambda item: item[:2])]


def _sorted(profiles: list[Profile]) -> list[Profile]:
    return sorted(profiles, key=lambda profile: (profile["type"], profile["identifiers"][0]["id"]))


def _readme(files: dict[str, list[Profile]], dropped: Counter[str], retrieved: str) -> str:
    rows = []
    for name, profiles in files.items():
        kinds = Counter(profile["type"] for profile in profiles)
        counts = " | ".join(str(kinds[kind]) for kind in ("company", "institution", "cluster"))
        rows.append(f"| `{name}` | {counts} |")
    reasons = [f"| {reason} | {count} |" for reason, count in sorted(dropped.items())]
    return _README.format(
        commit=SOURCE_COMMIT, retrieved=retrieved, files="\n".join(rows), dropped="\n".join(reasons)
    )


_README = """\
# Data of the demo

Real organisations for the demo of three nodes, and three invented clusters with their companies
(`invented.json`).

**A sample, not a register.** It is partly old. No real organisation in it has joined a cluster network, and
none offers or seeks anything: sectors, capabilities, memberships and offers exist for invented ones alone.

`python -m entrepot_node.demo_data.build FOLDER` wrote the `.jsonl` files and this page; do not edit them by
hand. One profile a line, without `id`: the node that publishes it mints one.

| file | companies | institutions | clusters and parks |
|---|---|---|---|
{files}

## Source

| | |
|---|---|
| repository | https://github.com/ror-community/ror-records |
| path | `v*/*.json`, life-science organisations chosen by name, flattened to CSV |
| commit | `{commit}` |
| retrieved | {retrieved} |
| licence | CC0-1.0 for the data, see https://ror.readme.io/docs/data-dump |

## What was changed

- A country in brackets behind a name is ROR's habit and no part of the name. It is taken off only if the
  bracket holds exactly the name of the organisation's country.
- Texts without a language are marked `und`. Chinese names are `zh-Hans` or `zh-Hant` by their characters;
  where they fit both, by the country code.
- Acronyms and shorter aliases became other names. Longer aliases were left out: no kind of the list fits.
- Country codes are those of the source. Region codes are kept in the form of ISO 3166-2, and left out for HK
  and MO, which have none there. ISNI numbers are written without spaces.
- Kinds of institution follow ROR's types: education to `university`, facility to `researchInstitute`,
  healthcare to `hospital`, government to `publicAuthority`. Kinds of cluster follow the name, and for
  five of them our reading.

| rows left out, and why | count |
|---|---|
{dropped}
"""

if __name__ == "__main__":
    main()
