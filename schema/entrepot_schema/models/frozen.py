"""JSON values that nobody changes: objects as `FrozenMap`, arrays as tuples."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

V_co = TypeVar("V_co", covariant=True)


class FrozenMap(Mapping[str, V_co]):
    """A JSON object: equal to any mapping with the same members, and hashable."""

    __slots__ = ("_members",)

    def __init__(self, members: Mapping[str, V_co]) -> None:
        self._members = dict(members)

    def __getitem__(self, name: str) -> V_co:
        return self._members[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._members)

    def __len__(self) -> int:
        return len(self._members)

    def __hash__(self) -> int:
        return hash(frozenset(self._members.items()))

    def __repr__(self) -> str:
        return f"FrozenMap({self._members!r})"


def freeze(value: Any) -> Any:
    """Copy a JSON value, at every depth, into one that cannot be changed."""
    if isinstance(value, dict):
        return FrozenMap({name: freeze(member) for name, member in value.items()})
    if isinstance(value, list):
        return tuple(freeze(item) for item in value)
    return value


def thaw(value: Any) -> Any:
    """Copy a frozen value back into dicts and lists: the inverse of `freeze`."""
    if isinstance(value, FrozenMap):
        return {name: thaw(member) for name, member in value.items()}
    if isinstance(value, tuple):
        return [thaw(item) for item in value]
    return value
