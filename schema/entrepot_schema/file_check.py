"""What is wrong with a file people hand us: a profile, a signed record, a package as JSON or JSON Lines.

`check_file` returns findings with line numbers, in the order of the file. Layers build on each other: a text that is
no JSON gets no schema findings, a profile that breaks its schema gets no findings of later layers. Of a signed
record the signature is not judged here: that needs the keys of its issuer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from entrepot_schema import catalog
from entrepot_schema.cross_record import CrossRecord
from entrepot_schema.findings import Finding, finding
from entrepot_schema.level import Standing, level_of, with_errors
from entrepot_schema.package import PackageFile, Part, Place
from entrepot_schema.profile_check import profile_findings
from entrepot_schema.record_size import count_findings, size_findings
from entrepot_schema.schema_check import schema_refusals

# Of errors, and of all else: nobody reads more, and each costs memory.
MOST_LISTED = 10_000


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """The outcome of a check: how many documents were found, every finding, and how far each profile has come.

    `complete` is False where there were more findings than are listed; what is listed decides all the same.
    """

    file: str
    documents: int
    findings: list[Finding]
    complete: bool = True
    levels: list[Standing] = field(default_factory=list, compare=False)


def check_file(raw: bytes, file: str, *, now: datetime) -> CheckedFile:
    """Check the bytes of one file; never raises for what is in it."""
    return _Check(PackageFile(raw), file, now).run()


@dataclass(frozen=True, slots=True)
class _Found:
    """A finding whose pointer leads through a chunk of the file. The place is looked for at the end, if not known."""

    chunk: int
    finding: Finding
    place: Place | None = None


class _Check:
    def __init__(self, package: PackageFile, file: str, now: datetime) -> None:
        self._package = package
        self._file = file
        self._now = now
        self._documents = 0
        self._found: list[_Found] = []
        self._errors = 0
        self._complete = True
        self._cross = CrossRecord()
        self._head: Part | None = None
        self._profiles: list[tuple[int, str]] = []  # chunk and pointer of each
        self._signed: list[tuple[int, str]] = []
        self._levels: list[Standing] = []
        self._broken: set[int] = set()

    def run(self) -> CheckedFile:
        if self._package.has_bom:
            message = "the file starts with a byte order mark; it is skipped"
            hint = "Save it as UTF-8 without BOM."
            self._add(0, finding("json.bom", message, hint=hint, severity="warning"), place=Place(1))
        for part in self._package.parts():
            self._documents += 1
            self._take_in(part)
        self._judge_together()
        return CheckedFile(self._file, self._documents, self._placed(), self._complete, self._levels)

    def _take_in(self, part: Part) -> None:
        match part.kind:
            case "broken":
                self._break(part)
            case "head":
                self._take_head(part)
            case "record":
                self._signed.append((part.chunk, part.pointer))
                self._add_all(part.chunk, part.pointer, _signed_findings(part.value, self._now))
            case _:
                self._take_profile(part)

    def _take_profile(self, part: Part) -> None:
        self._profiles.append((part.chunk, part.pointer))
        if self._errors >= MOST_LISTED:  # whoever reads ten thousand will run this again
            self._complete = False
            self._cross.add(part.value, fits=False)
            return
        found = profile_findings(part.value, now=self._now)
        self._add_all(part.chunk, part.pointer, found)
        self._levels.append(level_of(part.value, found, now=self._now))
        self._cross.add(part.value, fits=all(one.layer not in "JS" for one in found))

    def _take_head(self, part: Part) -> None:
        faults = schema_refusals(part.value, catalog.validator("package"))
        self._add_all(part.chunk, part.pointer, map(Finding.of, faults))
        if self._head is None:
            self._head = part
        else:
            hint = "Check each package by itself."
            self._add(part.chunk, finding("cross.head", "a second head in one file", hint=hint))
        count = sum(chunk == part.chunk for chunk, _ in self._profiles)
        if count > catalog.schema("package")["properties"]["records"]["maxItems"]:
            message = f"{count} records are more than a package may have"
            hint = "Divide the package into several."
            self._add(part.chunk, finding("schema.maxItems", message, pointer="/records", hint=hint))

    def _break(self, part: Part) -> None:
        """Of a text that is no JSON only that is said, whatever stood before the fault."""
        self._broken.add(part.chunk)
        self._found = [
            one for one in self._found if one.chunk != part.chunk or one.finding.code == "json.bom"
        ]
        if not self._package.is_lines:
            self._documents = 0
            self._levels.clear()
        self._add(part.chunk, Finding.of(part.value), place=self._package.place_of(part))

    def _judge_together(self) -> None:
        head = self._head.value if self._head else None
        for index, found in self._cross.findings(head, now=self._now):
            chunk, pointer = self._profiles[index] if index is not None else (self._head_chunk(), "")
            self._add(chunk, found, pointer)
            if index is not None and index < len(self._levels) and found.severity == "error":
                self._levels[index] = with_errors(self._levels[index])
        for chunk, pointer in self._signed if self._head else ():
            hint = "Put in its place what stands in credentialSubject.profile."
            message = "a package holds profiles, not signed records"
            self._add(chunk, finding("schema.unknown-type", message, pointer="/type", hint=hint), pointer)

    def _head_chunk(self) -> int:
        return self._head.chunk if self._head else 0

    def _add_all(self, chunk: int, prefix: str, findings: Iterable[Finding]) -> None:
        for one in findings:
            self._add(chunk, one, prefix)

    def _add(self, chunk: int, one: Finding, prefix: str = "", place: Place | None = None) -> None:
        is_error = one.severity == "error"
        listed = self._errors if is_error else len(self._found) - self._errors
        if chunk in self._broken and place is None:
            return
        if listed >= MOST_LISTED:
            self._complete = False
            return
        self._errors += is_error
        self._found.append(_Found(chunk, one.within(file=self._file, prefix=prefix), place))

    def _placed(self) -> list[Finding]:
        """The findings with their lines, in the order of the file."""
        asked = [(one.chunk, one.finding.pointer) for one in self._found if one.place is None]
        places = iter(self._package.places(asked))
        placed = [(one.place or next(places), one.finding) for one in self._found]
        placed.sort(key=lambda pair: pair[0])
        return [replace(one, line=place.line) for place, one in placed]


def _signed_findings(document: dict[str, Any], now: datetime) -> list[Finding]:
    """What can be told of a signed record without the keys of its issuer."""
    about = document.get("credentialSubject")
    profile = about.get("profile") if isinstance(about, dict) else None
    kind = profile.get("type") if isinstance(profile, dict) else None
    if not isinstance(profile, dict) or kind not in (*catalog.TYPES, "node"):
        message = "the signed record states no known profile"
        hint = "The profile stands in credentialSubject.profile, with one of these types: " + ", ".join(
            catalog.TYPES
        )
        return [finding("schema.unknown-type", message, pointer="/credentialSubject", hint=hint)]
    if too_many := list(count_findings(document)):
        return too_many
    faults = list(schema_refusals(document, catalog.record_validator(str(kind))))
    found = [Finding.of(refused) for refused in faults] or list(size_findings(document))
    if found or kind == "node":
        return found
    prefix = "/credentialSubject/profile"
    return [fault.within(file="", prefix=prefix) for fault in profile_findings(profile, now=now)]
