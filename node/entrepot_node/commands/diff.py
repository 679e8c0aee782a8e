"""`entrepot diff`: what changed between two profiles, records or packages, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from entrepot_node.commands.check_sources import read_target
from entrepot_node.commands.output import DONE, FOUND_FAULTS, Output, printable
from entrepot_schema.difference import Change, differences
from entrepot_schema.errors import Misuse
from entrepot_schema.package import PackageFile, Part

# What is another one in each signature and says nothing about the subject.
_OF_THE_SIGNATURE = frozenset({"id", "validFrom", "revision", "nonce", "proof"})
_SHOWN = 200


@dataclass(slots=True)
class _File:
    """The documents of one file: the head of a package, and profiles or signed records by subject."""

    head: dict[str, Any] | None = None
    parts: dict[str, Part] = field(default_factory=dict)

    @property
    def is_single(self) -> bool:
        """Whether it is one document and no package: two of those are compared whatever their ids."""
        return self.head is None and len(self.parts) == 1


@dataclass(frozen=True, slots=True)
class _Changed:
    subject: str
    profile: dict[str, Any]
    changes: list[Change]


@dataclass(slots=True)
class _Comparison:
    head: list[Change] = field(default_factory=list)
    added: list[dict[str, Any]] = field(default_factory=list)
    removed: list[dict[str, Any]] = field(default_factory=list)
    changed: list[_Changed] = field(default_factory=list)
    same: int = 0

    @property
    def is_equal(self) -> bool:
        return not (self.head or self.added or self.removed or self.changed)

    def to_json(self) -> dict[str, Any]:
        return {
            "equal": self.is_equal,
            "head": [change.to_json() for change in self.head],
            "added": [_about(profile) for profile in self.added],
            "removed": [_about(profile) for profile in self.removed],
            "changed": [
                {**_about(one.profile), "changes": [change.to_json() for change in one.changes]}
                for one in self.changed
            ],
            "same": self.same,
        }


def run_diff(before: str, after: str, *, as_json: bool) -> int:
    """Compare two files: 0 when they say the same, 1 when they do not."""
    first, second = _read(before), _read(after)
    comparison = _compare(first, second)
    single = first.is_single and second.is_single
    lines = list(_single_lines(comparison) if single else _lines(comparison))
    Output(as_json=as_json).result(
        comparison.to_json(), lambda console: console.print("\n".join(map(printable, lines)))
    )
    return DONE if comparison.is_equal else FOUND_FAULTS


def _read(target: str) -> _File:
    file = _File()
    for part in PackageFile(read_target(target)).parts():
        if part.kind == "broken":
            raise part.value
        if part.kind == "head":
            file.head = {name: value for name, value in part.value.items() if name != "records"}
            continue
        subject = _profile(part).get("id", "")
        if not isinstance(subject, str) or subject in file.parts:
            hint = "In a file of several, each needs an id of its own."
            raise Misuse("diff.id", f"{target}: two documents with the same id, or none", hint=hint)
        file.parts[subject] = part
    return file


def _compare(before: _File, after: _File) -> _Comparison:
    comparison = _Comparison()
    pairs: list[tuple[str, Part | None, Part | None]]
    pairs = [(subject, part, after.parts.get(subject)) for subject, part in before.parts.items()]
    pairs += [(subject, None, part) for subject, part in after.parts.items() if subject not in before.parts]
    if before.is_single and after.is_single:
        ((subject, old),), (new,) = before.parts.items(), after.parts.values()
        pairs = [(subject, old, new)]
    elif before.head != after.head:
        comparison.head = differences(before.head or {}, after.head or {})
    for subject, first, second in pairs:
        _add(comparison, subject, first, second)
    return comparison


def _add(comparison: _Comparison, subject: str, before: Part | None, after: Part | None) -> None:
    if before is None or after is None:
        known = before or after
        assert known is not None  # noqa: S101  (one of the files has it)
        (comparison.removed if after is None else comparison.added).append(_profile(known))
        return
    signed = before.kind == after.kind == "record"
    changes = differences(_stated(before, signed), _stated(after, signed))
    if changes:
        comparison.changed.append(_Changed(subject, _profile(after), changes))
    else:
        comparison.same += 1


def _stated(part: Part, signed: bool) -> dict[str, Any]:
    """What is compared: of two signed records all but the signature, else the profiles."""
    if not signed:
        return _profile(part)
    return {name: value for name, value in part.value.items() if name not in _OF_THE_SIGNATURE}


def _profile(part: Part) -> dict[str, Any]:
    if part.kind == "profile":
        profile = part.value
    else:
        about = part.value.get("credentialSubject")
        profile = about.get("profile") if isinstance(about, dict) else None
    if not isinstance(profile, dict):
        raise Misuse("diff.not-a-profile", "a document in the file states no profile")
    return profile


def _about(profile: dict[str, Any]) -> dict[str, Any]:
    return {"subject": profile.get("id"), "type": profile.get("type"), "name": _name(profile)}


def _name(profile: dict[str, Any]) -> str:
    """The first name, for the eye alone."""
    names = profile.get("name", profile.get("title"))
    return str(next(iter(names.values()))) if isinstance(names, dict) and names else ""


def _lines(comparison: _Comparison) -> Iterator[str]:
    if comparison.head:
        yield "changed the head of the package"
        yield from (f"  {_words(change)}" for change in comparison.head)
    yield from (f"removed {_title(profile)}" for profile in comparison.removed)
    yield from (f"added {_title(profile)}" for profile in comparison.added)
    for one in comparison.changed:
        yield f"changed {_title(one.profile)}"
        yield from (f"  {_words(change)}" for change in one.changes)
    counts = (len(comparison.added), len(comparison.removed), len(comparison.changed), comparison.same)
    yield "{:,} added, {:,} removed, {:,} changed, {:,} the same.".format(*counts)


def _single_lines(comparison: _Comparison) -> Iterator[str]:
    changes = [change for one in comparison.changed for change in one.changes]
    yield from map(_words, changes)
    yield f"{len(changes)} change{'' if len(changes) == 1 else 's'}." if changes else "No difference."


def _title(profile: dict[str, Any]) -> str:
    return f"{profile.get('type')} {profile.get('id')} {_name(profile)}".rstrip()


def _words(change: Change) -> str:
    place = change.pointer or "/"
    match change.op:
        case "add":
            return f"{place} added {_value(change.after)}"
        case "remove":
            return f"{place} removed {_value(change.before)}"
    return f"{place} {_value(change.before)} → {_value(change.after)}"


def _value(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
