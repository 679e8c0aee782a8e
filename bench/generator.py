"""Invented profiles for measurements: realistic in shape, in five languages, the same in each run.

    profiles = generate(20_000)
    gzip_bytes_per_profile(profiles)       # how much there is to move, whatever the format

Every name, number and address is made up; host names end in `.example`. What a profile says is drawn from
`vocabulary.csv` and `places.csv` beside this file. So that a measurement of bytes means something, the profiles
must not compress much better than real ones do: `__main__` measures that before anything else and refuses less
than `LEAST_GZIP_BYTES` a profile.
"""

from __future__ import annotations

import base64
import csv
import gzip
import random
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.identifier import is_uscc

Profile = dict[str, Any]
Row = dict[str, str]

LEAST_GZIP_BYTES = 350
BUNDLE = 256
ORIGIN = "bench-publisher.example"
_SEED = 20_261_123
_CLUSTERS = 40  # so many clusters come first; the rest are members of some of them
_INSTITUTION_SHARE = 0.08
_HERE = Path(__file__).resolve().parent

_SECTORS = (
    "biopharma", "traditionalMedicine", "medicalDevices", "invitroDiagnostics", "digitalHealth",
    "industrialBiotech", "agriBiotech", "foodTech", "animalHealth", "researchTools", "contractResearch",
    "environment", "energy", "newMaterials", "chemicals", "advancedManufacturing", "mobility", "ict", "ai",
    "photonics", "microelectronics",
)  # fmt: skip
_CAPABILITIES = (
    "discovery", "preclinical", "clinicalOperations", "regulatoryAffairs", "processDevelopment",
    "manufacturing", "fillFinish", "qualityControl", "software", "dataAnalysis", "deviceEngineering",
    "distribution", "consulting",
)  # fmt: skip
_GOALS = (
    "export", "distribution", "localManufacturing", "rdCooperation", "licenceIn", "licenceOut", "investment",
)  # fmt: skip
_NEEDS = (
    "softLanding", "labSpace", "partnerSearch", "regulatoryAdvice", "ipAdvice", "fundingAdvice", "training",
)  # fmt: skip
_ROLES = ("general", "international", "businessDevelopment", "investors", "press", "technical")
_KINDS = ("university", "researchInstitute", "hospital", "publicAuthority", "technologyTransferOffice")
_CLUSTER_KINDS = ("clusterOrganisation", "sciencePark", "highTechZone", "incubator", "innovationDistrict")
_MODELS = ("ownProducts", "contractResearch", "contractManufacturing", "platformLicensing", "services")
_COUNTRIES = ("IT", "DE", "FR", "ES", "CN", "SG", "JP", "US", "BR", "SE", "PL", "GB", "NL", "CH")
_NACE = (
    "10.86", "10.89", "20.14", "20.16", "20.20", "20.59", "20.60", "21.10", "21.20", "22.24", "26.11", "26.12", "26.30",
    "26.51", "26.60", "26.70", "27.20", "27.31", "28.93", "28.97", "28.99", "29.32", "30.31", "32.50", "35.12", "36.00",
    "37.00", "39.00", "58.21", "62.10", "62.20", "63.10", "70.20", "71.12", "71.20", "72.10", "72.20", "74.99", "86.10",
)  # fmt: skip
_SYLLABLES = (
    "ba", "be", "bi", "bo", "ca", "ce", "ci", "co", "cu", "da", "de", "di", "do", "fa", "fe", "fi", "fo",
    "ga", "ge", "gi", "go", "hy", "io", "ka", "ke", "ki", "ko", "la", "le", "li", "lo", "lu", "ma", "me",
    "mi", "mo", "na", "ne", "ni", "no", "nu", "pa", "pe", "pi", "po", "qua", "ra", "re", "ri", "ro", "ru",
    "sa", "se", "si", "so", "ta", "te", "ti", "to", "tu", "va", "ve", "vi", "vo", "xa", "xe", "ya", "ze",
    "zo", "ver", "tan", "lor", "mir", "nex", "sol", "tri", "val", "zen",
)  # fmt: skip
_WORDS = (
    "Bio",
    "Labs",
    "Systems",
    "Therapeutics",
    "Tech",
    "Analytics",
    "Materials",
    "Diagnostics",
    "Works",
    "",
)
_FORMS = {
    "it": ("S.r.l.", "S.p.A."),
    "de": ("GmbH", "AG"),
    "fr": ("SAS", "SA"),
    "zh-Hans": ("有限公司", "股份有限公司"),
}
_HANZI = "安博辰达恩方格华嘉康澜明诺普清瑞盛泰维新炎远泽智中正卓科和海天润益同昊宏景凯立美"
_TRADES = ("生物科技", "医疗器械", "新材料", "智能装备", "医药", "环保科技", "光电", "食品科技")


def generate(count: int, *, seed: int = _SEED, origin: str = ORIGIN) -> list[Profile]:
    """Make `count` profiles; clusters first, then companies and institutions, about 12 to 1."""
    return list(profiles(count, seed=seed, origin=origin))


def profiles(count: int, *, seed: int = _SEED, origin: str = ORIGIN) -> Iterator[Profile]:
    """The same, one after the other: a million of them would fill ten gigabytes."""
    draw = random.Random(seed)
    clusters = [_Maker(draw, origin, ()).cluster() for _ in range(min(_CLUSTERS, count))]
    yield from clusters
    members = tuple(cluster["id"] for cluster in clusters)
    for _ in range(count - len(clusters)):
        yield _Maker(draw, origin, members).member()


def gzip_bytes_per_profile(profiles: Sequence[Profile]) -> float:
    """Compress canonical JSON lines in groups of 256, as bundles are, and share the bytes out."""
    lines = [canonical_bytes(profile) + b"\n" for profile in profiles]
    groups = (b"".join(lines[begin : begin + BUNDLE]) for begin in range(0, len(lines), BUNDLE))
    return sum(len(gzip.compress(group, 6, mtime=0)) for group in groups) / len(lines)


class _Maker:
    """Draws one profile."""

    def __init__(self, draw: random.Random, origin: str, clusters: Sequence[str]) -> None:
        self._draw = draw
        self._origin = origin
        self._clusters = clusters
        self._place = draw.choice(_places())
        self._language = self._place["language"]
        self._name = _invented_word(draw)
        self._host = f"{self._name}-{draw.choice(_SYLLABLES)}.example"

    def cluster(self) -> Profile:
        """A cluster organisation with services and members, counted."""
        draw = self._draw
        companies, research = draw.randint(12, 380), draw.randint(2, 40)
        services = [
            {"service": service, "audience": draw.choice(("members", "external", "both")), "cost": "mixed"}
            for service in draw.sample(_NEEDS, 3)
        ]
        return {
            **self._organisation("cluster"),
            "kind": draw.choice(_CLUSTER_KINDS),
            "memberCounts": {
                "companies": companies, "research": research, "total": companies + research, "asOf": self._day()
            },
            "services": services,
            "targetTerritories": draw.sample(_COUNTRIES, 3),
            "governance": draw.choice(("public", "private", "mixed", "association")),
        }  # fmt: skip

    def member(self) -> Profile:
        """A company, or now and then an institution."""
        profile = self._institution() if self._draw.random() < _INSTITUTION_SHARE else self._company()
        homes = self._draw.sample(self._clusters, min(len(self._clusters), self._draw.choice((1, 1, 1, 2))))
        if homes:
            profile["memberOf"] = [{"cluster": home, "since": self._month()} for home in homes]
        return profile

    def _company(self) -> Profile:
        draw = self._draw
        profile = {
            **self._organisation("company"),
            "identifiers": [self._identifier()],
            "jurisdiction": self._place["country"],
            "sizeClass": draw.choice(("micro", "small", "small", "medium", "large")),
            "sizeYear": str(draw.randint(2022, 2025)),
            "capabilities": draw.sample(_CAPABILITIES, draw.randint(1, 4)),
            "businessModels": draw.sample(_MODELS, draw.randint(1, 2)),
        }
        if draw.random() < 0.55:
            profile["internationalisation"] = {
                "goals": draw.sample(_GOALS, draw.randint(1, 3)),
                "targets": draw.sample(_COUNTRIES, draw.randint(1, 4)),
                "needs": draw.sample(_NEEDS, draw.randint(1, 3)),
                "experience": draw.choice(("none", "first", "established")),
            }
        return profile

    def _institution(self) -> Profile:
        first, second = (_word("method", "en", self._draw) for _ in range(2))
        return {
            **self._organisation("institution"),
            "kind": self._draw.choice(_KINDS),
            "expertise": {"en": f"{first.capitalize()}, {second} and {_word('purpose', 'en', self._draw)}."},
        }

    def _organisation(self, record_type: str) -> Profile:
        draw = self._draw
        letters = base64.b32encode(draw.randbytes(17)).decode("ascii")[:26].lower()
        return {
            "id": f"https://{self._origin}/id/{letters}",
            "type": record_type,
            "name": self._names(),
            "summary": self._summary(),
            "locations": [self._location(place) for place in self._places()],
            "website": f"https://www.{self._host}/",
            "contacts": [self._contact(role) for role in draw.sample(_ROLES, draw.randint(1, 2))],
            "languages": sorted({"en", self._language}),
            "sectors": draw.sample(_SECTORS, draw.randint(1, 3)),
            "founded": str(draw.randint(1958, 2025)) if draw.random() < 0.5 else self._month(),
            "status": "active",
            "updated": self._day(),
            "source": {"kind": draw.choice(("selfDeclared", "cluster")), "retrieved": self._day()},
            **self._extras(),
        }

    def _extras(self) -> Profile:
        """What only some fill in."""
        draw = self._draw
        extras: Profile = {}
        if draw.random() < 0.4:
            extras["otherNames"] = [{"kind": "brand", "name": {"und": _invented_word(draw).capitalize()}}]
        if draw.random() < 0.6:
            extras["activities"] = [{"scheme": "NACE-2.1", "code": draw.choice(_NACE)}]
        return extras

    def _names(self) -> dict[str, str]:
        draw = self._draw
        trade = f"{self._name.capitalize()} {draw.choice(_WORDS)}".strip()
        form = draw.choice(_FORMS[self._language])
        if self._language == "zh-Hans":
            brand = "".join(draw.sample(_HANZI, draw.randint(2, 3)))
            return {
                "zh-Hans": f"{self._place['townZh']}{brand}{draw.choice(_TRADES)}{form}",
                "en": f"{trade} Co., Ltd.",
            }
        return {self._language: f"{trade} {form}"}

    def _summary(self) -> dict[str, str]:
        """State the same in the local language and, mostly, in English and Chinese."""
        draw = self._draw
        picks = {kind: draw.randrange(len(rows)) for kind, rows in _vocabulary().items()}
        second = {
            kind: (picks[kind] + draw.randrange(1, len(rows))) % len(rows)
            for kind, rows in _vocabulary().items()
        }
        year, people, share = draw.randint(1990, 2025), draw.randint(4, 900), draw.randint(5, 85)
        languages = {self._language, "en"} | ({"zh-Hans"} if draw.random() < 0.4 else set())
        shape = draw.randrange(3)
        return {
            language: _sentences(language, shape, picks, second).format(year=year, people=people, share=share)
            for language in sorted(languages)
        }

    def _places(self) -> list[Row]:
        """The town itself, and for one in four a second one in the same language."""
        draw = self._draw
        others = [
            place for place in _places() if place["language"] == self._language and place != self._place
        ]
        return [self._place, draw.choice(others)] if draw.random() < 0.25 else [self._place]

    def _location(self, place: Row) -> Profile:
        draw = self._draw
        number, street = draw.randint(1, 240), _invented_word(draw).capitalize()
        chinese = self._language == "zh-Hans"
        road = "".join(draw.sample(_HANZI, 2))
        area = {"gbt2260": place["area"]} if chinese else {"nuts": place["area"]}
        return {
            "role": draw.choice(("headquarters", "headquarters", "site", "laboratory", "plant")),
            "country": place["country"],
            "subdivision": place["subdivision"],
            **area,
            "locality": {self._language: place["town"], "en": place["townEn"]},
            "postalCode": place["postcode"] + f"{draw.randint(1, 99):02}",
            "street": {
                self._language: f"{road}{place['street']}{number}号" if chinese else f"{place['street']} {street} {number}"
            },
            "lat": _degrees(float(place["lat"]), draw),
            "lon": _degrees(float(place["lon"]), draw),
        }  # fmt: skip

    def _contact(self, role: str) -> Profile:
        mailbox = "".join(letter if letter.islower() else "-" + letter.lower() for letter in role)
        contact: Profile = {"role": role, "email": f"{mailbox}@{self._host}"}
        if self._draw.random() < 0.7:
            contact["phone"] = f"{self._place['phone']}{self._draw.randint(1_000_000, 9_999_999)}"[:16]
        return contact

    def _identifier(self) -> dict[str, str]:
        draw = self._draw
        if self._place["country"] == "CN":
            body = f"91{self._place['area']}MA" + "".join(
                draw.choices("0123456789ABCDEFGHJKLMNPQRTUWXY", k=7)
            )
            last = next(letter for letter in "0123456789ABCDEFGHJKLMNPQRTUWXY" if is_uscc(body + letter))
            return {"scheme": "CN-USCC", "id": body + last}
        body = "0000" + "".join(draw.choices("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=14))
        check = 98 - int("".join(str(int(letter, 36)) for letter in body) + "00") % 97  # ISO 7064 mod 97-10
        return {"scheme": "LEI", "id": f"{body}{check:02}"}

    def _day(self) -> str:
        return f"2026-{self._draw.randint(1, 10):02}-{self._draw.randint(1, 28):02}"

    def _month(self) -> str:
        return f"{self._draw.randint(1995, 2025)}-{self._draw.randint(1, 12):02}"


def _sentences(language: str, shape: int, first: dict[str, int], second: dict[str, int]) -> str:
    """Two or three sentences with numbers left open."""

    def word(kind: str, picks: dict[str, int] = first) -> str:
        return _vocabulary()[kind][picks[kind]][language]

    what, purpose, customer, method, want = (
        word(k) for k in ("what", "purpose", "customer", "method", "want")
    )
    other, for_other, users = word("what", second), word("purpose", second), word("customer", second)
    and_wants = word("want", second)
    texts = {
        "en": (
            f"Develops {what} for {purpose}, based on {method}. Since {{year}} it has served {customer} and {users}; "
            f"{{share}} % of sales are abroad. The team of {{people}} {want} and {and_wants}.",
            f"A team of {{people}} makes {what} and {other} with {method}, mainly for {purpose}. Buyers are {customer} "
            f"and {users}. It {want}.",
            f"Founded in {{year}} to bring {method} to {customer}. Sells {what} for {purpose} and {other} for "
            f"{for_other}. It {want}.",
        ),
        "it": (
            f"Sviluppa {what} per {purpose}. Tecnica: {method}. Dal {{year}} serve {customer} e {users}; il {{share}} % "
            f"delle vendite è all’estero. Con {{people}} addetti {want} e {and_wants}.",
            f"Un gruppo di {{people}} persone produce {what} e {other} con {method}, soprattutto per {purpose}. Clienti: "
            f"{customer} e {users}. L’azienda {want}.",
            f"Nata nel {{year}} per portare {method} a {customer}. Vende {what} per {purpose} e {other} per "
            f"{for_other}. L’azienda {want}.",
        ),
        "de": (
            f"Entwickelt {what} für {purpose}. Verfahren: {method}. Seit {{year}} für {customer} und {users}; "
            f"{{share}} % Auslandsanteil. Das Team mit {{people}} Menschen {want} und {and_wants}.",
            f"{{people}} Menschen fertigen {what} und {other}, vor allem für {purpose}. Verfahren: {method}. Kunden: "
            f"{customer} und {users}. Das Haus {want}.",
            f"Gegründet {{year}}, um {method} für {customer} nutzbar zu machen. Liefert {what} für {purpose}, {other} "
            f"für {for_other}. Das Haus {want}.",
        ),
        "fr": (
            f"Développe {what} pour {purpose}. Technique : {method}. Depuis {{year}}, sert {customer} et {users} ; "
            f"{{share}} % des ventes à l’étranger. L’équipe de {{people}} personnes {want} et {and_wants}.",
            f"{{people}} personnes fabriquent {what} et {other} par {method}, surtout pour {purpose}. Clients : "
            f"{customer} et {users}. La société {want}.",
            f"Créée en {{year}} pour apporter {method} à {customer}. Vend {what} pour {purpose} et {other} pour "
            f"{for_other}. La société {want}.",
        ),
        "zh-Hans": (
            f"基于{method}，研发用于{purpose}的{what}。自{{year}}年起服务{customer}和{users}，海外销售占{{share}}%。"
            f"团队{{people}}人，{want}，{and_wants}。",
            f"{{people}}人的团队以{method}生产{what}和{other}，主要用于{purpose}，客户为{customer}和{users}。公司{want}。",
            f"成立于{{year}}年，把{method}带给{customer}。销售用于{purpose}的{what}以及用于{for_other}的{other}。公司{want}。",
        ),
    }  # fmt: skip
    return texts[language][shape]


def _word(kind: str, language: str, draw: random.Random) -> str:
    return draw.choice(_vocabulary()[kind])[language]


def _invented_word(draw: random.Random) -> str:
    return "".join(draw.choices(_SYLLABLES, k=draw.randint(2, 4)))


def _degrees(centre: float, draw: random.Random) -> str:
    """A decimal text near a town, without trailing zeros, which the schema does not take."""
    return f"{centre + draw.uniform(-0.2, 0.2):.6f}".rstrip("0").rstrip(".")


@cache
def _vocabulary() -> dict[str, list[Row]]:
    rows: dict[str, list[Row]] = {}
    for row in _read("vocabulary.csv"):
        rows.setdefault(row["kind"], []).append(row)
    return rows


@cache
def _places() -> list[Row]:
    return list(_read("places.csv"))


def _read(name: str) -> Iterator[Row]:
    with (_HERE / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file, delimiter="|")
