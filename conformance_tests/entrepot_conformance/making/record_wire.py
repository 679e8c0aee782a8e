"""Records that break a wire rule of the layers C and P: PRO-20 to PRO-24."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.reader.strict_json import canonical

from .profiles import Record, sign, unsigned
from .record_drafts import KEY, TIME, Case, case, edited, profile_of
from .seeds import OTHER_ORIGIN, subject_id

SCHEMA = "https://biomed.example/ext/1.json"


def wire_cases() -> list[Case]:
    """Return cases for every wire rule, kept and broken."""
    return [*_dates(), *_texts(), *_identifiers(), *_owners(), *_names()]


def _profile_case(name: str, ids: str, code: str, **members: Any) -> Case:
    return edited(f"wire: {name}", lambda r: profile_of(r).update(members), ids, code)


def _dates() -> list[Case]:
    def dated(value: str, code: str) -> Case:
        return _profile_case(f"founded {value}", "PRO-20", code, founded=value)

    return [
        dated("2024-02-29", ""),
        dated("2000-02-29", ""),
        dated("1900-02-29", "code.date"),
        dated("2023-02-29", "code.date"),
        dated("2023-04-31", "code.date"),
        _profile_case("updated 2026-02-30", "PRO-20", "code.date", updated="2026-02-30"),
        _profile_case(
            "30 February inside ext", "PRO-20", "", ext={"lab": {"schema": SCHEMA, "since": "2026-02-30"}}
        ),
    ]


def _texts() -> list[Case]:
    bad = {
        "tab": "a\tb",
        "U+0085": "a\u0085b",
        "DEL": "a\x7fb",
        "line separator": "a\u2028b",
        "right-to-left override": "a\u202eb",
        "byte order mark": "a\ufeffb",
        "noncharacter U+FDD0": "a\ufdd0b",
        "noncharacter U+1FFFE": "a\U0001fffeb",
        "isolate left open": "a\u2066b",
        "isolate closed twice": "a\u2066b\u2069\u2069",
        "closed before opened": "\u2069a\u2066",
    }
    good = {
        "LF": "a\nb",
        "balanced isolates": "a\u2067ב\u2068c\u2069\u2069",
        "U+FFFD": "a\ufffdb",
        "emoji": "a🧬b",
    }
    return [
        *(_profile_case(f"text with {n}", "PRO-21", "code.text", summary={"en": t}) for n, t in bad.items()),
        *(_profile_case(f"text with {n}", "PRO-21", "", summary={"en": t}) for n, t in good.items()),
        _profile_case(
            "override inside ext", "PRO-21", "code.text", ext={"lab": {"schema": SCHEMA, "x": "\u202e"}}
        ),
    ]


def _identifiers() -> list[Case]:
    def identified(scheme: str, text: str, code: str) -> Case:
        members = {"identifiers": [{"scheme": scheme, "id": text}]}
        return _profile_case(f"{scheme} {text}", "PRO-22", code, **members)

    bad = "code.identifier"
    return [
        identified("LEI", "529900T8BM49AURSDO55", ""),
        identified("LEI", "529900T8BM49AURSDO56", bad),
        identified("LEI", "529900T8BM49AURSDO5", bad),
        identified("LEI", "529900t8bm49aursdo55", bad),
        identified("CN-USCC", "91350100M000100Y43", ""),
        identified("CN-USCC", "91350100M000100Y44", bad),
        identified("CN-USCC", "91350100I000100Y43", bad),
        identified("ROR", "https://ror.org/05dxps055", ""),
        identified("ROR", "https://ror.org/05dxps056", bad),
        identified("ROR", "https://ror.org/05DXPS055", bad),
        identified("WIKIDATA", "Q0000", ""),
    ]


def _owners() -> list[Case]:
    relation = {
        "id": subject_id("acme"),
        "type": "relation",
        "from": subject_id("cluster"),
        "to": subject_id("cluster", OTHER_ORIGIN),
        "relationType": "knowledgeExchange",
        "commitment": "memorandum",
        "status": "active",
        "since": "2024",
        "updated": "2026-05-04",
    }

    def related(name: str, code: str, **members: str) -> Case:
        record = unsigned({**relation, **members}, revision=1, time=TIME, name="relation 1")
        return case(f"wire: {name}", canonical(sign(record, KEY)), "PRO-23", code, type="relation")

    stranger = subject_id("cluster", OTHER_ORIGIN)
    return [
        related("relation from our own cluster", ""),
        related("relation from another origin", "code.owner", **{"from": stranger}),
    ]


def _names() -> list[Case]:
    def extended(name: str, code: str, **ext: Record) -> Case:
        return _profile_case(name, "PRO-24", code, ext=ext)

    code = "privacy.property-name"
    return [
        extended("ext with its own schema", "", lab={"schema": SCHEMA, "benches": 12}),
        extended("ext with firstName", code, lab={"schema": SCHEMA, "firstName": "x"}),
        extended("ext with First-Name", code, lab={"schema": SCHEMA, "First-Name": "x"}),
        extended("ext with date_of_birth, deep", code, lab={"schema": SCHEMA, "a": [{"date_of_birth": "x"}]}),
        extended("ext with prefix ceo", code, ceo={"schema": SCHEMA}),
        extended("ext with first names of labs", "", lab={"schema": SCHEMA, "firstNames": "x"}),
    ]
