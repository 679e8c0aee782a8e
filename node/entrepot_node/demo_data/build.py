"""Builds the real organisations of the demo from CC0 records of the Research Organization Registry (ROR).

    python -m entrepot_node.demo_data.build PATH_TO_SOURCE_FOLDER [--retrieved YYYY-MM-DD]

Run by developers when the data changes; its output is committed beside this module. What the source does not
say is not said here: no sectors, capabilities, memberships or offers of a real organisation, and no country,
region or status derived from something else. Profiles have no id: the node that publishes them mints it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path

from entrepot_node.demo_data.ror import ror_profile
from entrepot_node.demo_data.rows import Profile, Row, publishable, read_rows

COMPANIES = "companies-ror-life-sciences-eu-cn.csv"
INSTITUTIONS = "institutions-ror-life-sciences-eu-cn.csv"
CLUSTERS = "clusters-and-parks-ror.csv"
SOURCE_COMMIT = "d93fc667872f8ef9386896bd6c68bd3c6103603e"
RETRIEVED = "2026-11-23"

_CHINESE = frozenset({"CN", "HK", "MO", "TW"})
_EU_INSTITUTIONS = 150
_PARK_INSTITUTIONS = 36


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
        _profiles(_unseen(read_rows(source, name), seen, dropped), kind, retrieved, dropped)
        for name, kind in ((CLUSTERS, "cluster"), (INSTITUTIONS, "institution"), (COMPANIES, "company"))
    )
    sample = _spread([profile for profile in institutions if not _is_chinese(profile)])
    dropped["not drawn for the sample of institutions"] += len(sample) - _EU_INSTITUTIONS - _PARK_INSTITUTIONS
    files = {
        "eu.jsonl": _sorted([*(p for p in companies if not _is_chinese(p)), *sample[:_EU_INSTITUTIONS]]),
        "cn.jsonl": _sorted([p for p in (*companies, *institutions) if _is_chinese(p)]),
        "parks.jsonl": _sorted([*clusters, *sample[_EU_INSTITUTIONS:][:_PARK_INSTITUTIONS]]),
    }
    return {name: _without_shared_numbers(profiles) for name, profiles in files.items()}


def _unseen(rows: Iterable[Row], seen: set[str], dropped: Counter[str]) -> Iterator[Row]:
    for row in rows:
        if row["ror_id"] in seen:
            dropped["also in another source file"] += 1
            continue
        seen.add(row["ror_id"])
        yield row


def _profiles(rows: Iterable[Row], kind: str, retrieved: str, dropped: Counter[str]) -> list[Profile]:
    made = (partial(ror_profile, row, kind, retrieved) for row in rows)
    return list(publishable(made, dropped))


def _without_shared_numbers(profiles: list[Profile]) -> list[Profile]:
    """Leave out a number that the source gives to several organisations: it names none of them."""
    held = Counter((one["scheme"], one["id"]) for profile in profiles for one in profile["identifiers"])
    return [
        {
            **profile,
            "identifiers": [one for one in profile["identifiers"] if held[one["scheme"], one["id"]] == 1],
        }
        for profile in profiles
    ]


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
  and MO, which have none there. ISNI numbers are written without spaces. A number
  that the source gives to two organisations is left out of both.
- Kinds of institution follow ROR's types: education to `university`, facility to `researchInstitute`,
  healthcare to `hospital`, government to `publicAuthority`. Kinds of cluster follow the name, and for
  five of them our reading.

| rows left out, and why | count |
|---|---|
{dropped}
"""

if __name__ == "__main__":
    main()
