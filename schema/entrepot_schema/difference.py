"""What changed between two JSON values, field by field, for people and programs.

    differences({"name": {"en": "Acme"}}, {"name": {"en": "Acme Bio"}})
    # [Change("/name/en", "replace", "Acme", "Acme Bio")]

The changes come in an order in which they can be applied one after the other: `op`, `pointer` and `after` make a
JSON Patch (RFC 6902). In a list an item that was taken out is named by its place before, an item that was put in or
changed by its place after. The same two values always give the same changes.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from entrepot_schema.canonical import canonical_bytes
from entrepot_schema.schema_check import escape_pointer

Op = Literal["add", "remove", "replace"]

# The members that tell items of a list apart, the first that does so for both lists: a contact is its role, a
# number its scheme. Only where none does, items are matched by what they say and by their order.
_IDENTITIES = (
    ("scheme",),
    ("scheme", "id"),
    ("scheme", "code"),
    ("id",),
    ("cluster",),
    ("prefix",),
    ("role",),
    ("service",),
    ("kind",),
    ("country",),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One change. `before` is None where something was added, `after` where something was removed."""

    pointer: str
    op: Op
    before: Any = None
    after: Any = None

    def to_json(self) -> dict[str, Any]:
        """The change as a JSON object."""
        return asdict(self)


def differences(before: Any, after: Any) -> list[Change]:
    """List what makes `after` of `before`, both under the rules of `read_json`; empty when they are equal.

    The cost grows with the size of the values and their depth, and never with the square of a list's length.
    """
    return list(_value("", before, after))


def _value(pointer: str, before: Any, after: Any) -> Iterator[Change]:
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _members(pointer, before, after)
    elif isinstance(before, list) and isinstance(after, list):
        yield from _items(pointer, before, after)
    elif type(before) is not type(after) or before != after:  # True equals 1 in Python, not in JSON
        yield Change(pointer, "replace", before, after)


def _members(pointer: str, before: dict[str, Any], after: dict[str, Any]) -> Iterator[Change]:
    for name in sorted(before.keys() | after.keys()):
        here = f"{pointer}/{escape_pointer(name)}"
        if name not in after:
            yield Change(here, "remove", before=before[name])
        elif name not in before:
            yield Change(here, "add", after=after[name])
        else:
            yield from _value(here, before[name], after[name])


def _items(pointer: str, before: list[Any], after: list[Any]) -> Iterator[Change]:
    """Removals from the end, then additions from the start: each names a place that is there at that moment."""
    pairs = _matches(before, after)
    gone = sorted(set(range(len(before))) - {old for old, _ in pairs}, reverse=True)
    new = sorted(set(range(len(after))) - {place for _, place in pairs})
    yield from (Change(f"{pointer}/{place}", "remove", before=before[place]) for place in gone)
    yield from (Change(f"{pointer}/{place}", "add", after=after[place]) for place in new)
    for old, place in pairs:
        yield from _value(f"{pointer}/{place}", before[old], after[place])


def _matches(before: list[Any], after: list[Any]) -> list[tuple[int, int]]:
    """Pair the places of items that are the same thing before and after, both rising."""
    for members in _IDENTITIES:
        first, second = _identities(before, members), _identities(after, members)
        if first and second:
            return _in_order(first, second)
    equal = _in_order(_contents(before), _contents(after))
    return sorted([*equal, *_between(before, after, equal)])


def _identities(items: list[Any], members: Sequence[str]) -> list[Hashable]:
    """What tells each item apart; empty unless these members do so for all of them."""
    found: list[Hashable] = []
    for item in items:
        if not isinstance(item, dict) or not all(isinstance(item.get(name), str) for name in members):
            return []
        found.append(tuple(item[name] for name in members))
    return found if len(set(found)) == len(found) else []


def _contents(items: list[Any]) -> list[Hashable]:
    """The bytes of each item, and how many equal ones stand before it."""
    seen: Counter[bytes] = Counter()
    found: list[Hashable] = []
    for item in items:
        content = canonical_bytes(item)
        found.append((content, seen[content]))
        seen[content] += 1
    return found


def _in_order(before: list[Hashable], after: list[Hashable]) -> list[tuple[int, int]]:
    """The longest row of pairs that keep their order; what moved across it was taken out and put in again.

    Keys are unique in each list, so this is a longest rising subsequence: n log n, where a general comparison
    of two hostile lists would be quadratic.
    """
    places = {key: place for place, key in enumerate(after)}
    pairs = [(old, places[key]) for old, key in enumerate(before) if key in places]
    ends: list[int] = []  # ends[k]: the lowest place at which a row of k + 1 pairs can end
    lengths: list[int] = []
    for _, place in pairs:
        at = bisect_left(ends, place)
        ends[at : at + 1] = [place]
        lengths.append(at + 1)
    row: list[tuple[int, int]] = []
    wanted = len(ends)
    for pair, length in zip(reversed(pairs), reversed(lengths), strict=True):
        if length == wanted:
            row.append(pair)
            wanted -= 1
    return row[::-1]


def _between(before: list[Any], after: list[Any], equal: list[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Pair what lies between equal items, one by one, where something in it stayed: it was edited in place."""
    start = (-1, -1)
    for end in [*equal, (len(before), len(after))]:
        between = zip(range(start[0] + 1, end[0]), range(start[1] + 1, end[1]), strict=False)
        yield from ((old, new) for old, new in between if _is_edited(before[old], after[new]))
        start = end


def _is_edited(before: Any, after: Any) -> bool:
    """Answer whether two items share a member. A code or a word in a list is never edited, only exchanged."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return False
    return any(name in after and after[name] == value for name, value in before.items())
