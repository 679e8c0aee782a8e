"""All source files of a folder as profiles with ids; nothing stands in two of them."""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from examples.convert.listed import listed_profile
from examples.convert.ror_v2 import ror_v2_profile
from examples.convert.universities import university_profile
from examples.convert.zones import zone_profile

from entrepot_node.demo_data.build import CLUSTERS, COMPANIES, INSTITUTIONS
from entrepot_node.demo_data.ror import ror_profile
from entrepot_node.demo_data.rows import Dropped, Profile, find_file, publishable, read_rows
from entrepot_schema.origin import subject_of

ZONES = "cn-zones-and-parks-2023.csv"
ROR_V2 = "ror-v2-records-sample.json"
LISTED = "companies-listed-health-care.csv"
UNIVERSITIES = "universities-domains-eu-cn.csv"

Maker = Callable[[], Profile]
Read = Callable[[Path, str, str], Iterable[Maker]]


@dataclass(slots=True)
class Converted:
    """What became of one source file."""

    name: str
    license: str
    rows: int = 0
    profiles: list[Profile] = field(default_factory=list)
    dropped: Counter[str] = field(default_factory=Counter)


def convert(folder: Path, *, origin: str, retrieved: str) -> list[Converted]:
    """Convert every source file of a folder, in an order in which the more particular file speaks first."""
    seen: set[str] = set()
    return [
        _converted(folder, Converted(name, license), read, origin, retrieved, seen)
        for name, (license, read) in _SOURCES.items()
    ]


def _converted(
    folder: Path, result: Converted, read: Read, origin: str, retrieved: str, seen: set[str]
) -> Converted:
    makers = list(read(folder, result.name, retrieved))
    result.rows = len(makers)
    made = (partial(_new, make, seen) for make in makers)
    for profile in publishable(made, result.dropped):
        result.profiles.append({"id": _id(origin, profile), **profile})
    return result


def _new(make: Maker, seen: set[str]) -> Profile:
    """Make a profile, and refuse it if an earlier row was about the same body: by number, else by name or host."""
    profile = make()
    marks = set(_marks(profile))
    if marks & seen:
        raise Dropped("the same body as in an earlier row")
    seen |= marks
    return profile


def _marks(profile: Profile) -> Iterator[str]:
    yield from (f"{entry['scheme']} {entry['id']}" for entry in profile.get("identifiers", ()))
    place = profile["locations"][0]
    town = "" if place["country"] != "CN" else place.get("gbt2260", "")
    for name in profile["name"].values():
        yield f"{place['country']} {town} {''.join(letter for letter in name.casefold() if letter.isalnum())}"
    host = urlsplit(profile.get("website", "")).hostname
    if host and urlsplit(profile["website"]).path in ("", "/"):
        yield f"{profile['type']} {host.removeprefix('www.')}"


def _id(origin: str, profile: Profile) -> str:
    """An id that is the same in the next conversion of the same source, and tells nothing: a hash of its marks.

    A node mints ids at random. That would make a new subject of every organisation each time the lists are read.
    """
    first = next(_marks(profile))
    digest = hashlib.sha256(f"{origin}\n{profile['type']}\n{first}".encode()).digest()
    return subject_of(origin, base64.b32encode(digest).decode("ascii")[:26].lower())


def _csv(make: Callable[..., Profile], **more: Any) -> Read:
    def read(folder: Path, name: str, retrieved: str) -> Iterator[Maker]:
        return (partial(make, row, retrieved=retrieved, **more) for row in read_rows(folder, name))

    return read


def _records(folder: Path, name: str, retrieved: str) -> Iterator[Maker]:
    records = json.loads(find_file(folder, name).read_text("utf-8"))
    return (partial(ror_v2_profile, record, retrieved=retrieved) for record in records)


# With the licence of the source, under which its profiles are published.
_SOURCES: dict[str, tuple[str, Read]] = {
    CLUSTERS: ("CC0-1.0", _csv(ror_profile, kind="cluster")),
    ZONES: ("WTFPL", _csv(zone_profile)),
    INSTITUTIONS: ("CC0-1.0", _csv(ror_profile, kind="institution")),
    COMPANIES: ("CC0-1.0", _csv(ror_profile, kind="company")),
    ROR_V2: ("CC0-1.0", _records),
    LISTED: ("MIT", _csv(listed_profile)),
    UNIVERSITIES: ("MIT", _csv(university_profile)),
}
