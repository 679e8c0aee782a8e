"""Cycles among references: what is part of itself, or its own successor, by way of others.

Without recursion and linear in the references: a hostile file may hold a chain of a million.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping


def cycles(references: Mapping[str, Iterable[str]]) -> Iterator[list[str]]:
    """Yield each largest set of names that all lead to one another; a name that leads to itself alone is none."""
    return _Search(references).run()


class _Search:
    """Tarjan's strongly connected components, with a stack of its own in place of calls."""

    def __init__(self, references: Mapping[str, Iterable[str]]) -> None:
        self._references = references
        self._order: dict[str, int] = {}
        self._lowest: dict[str, int] = {}
        self._waiting: dict[str, None] = {}  # in the order met, for those whose set is not complete
        self._path: list[tuple[str, Iterator[str]]] = []

    def run(self) -> Iterator[list[str]]:
        for root in self._references:
            if root not in self._order:
                self._enter(root)
            while self._path:
                yield from self._step()

    def _enter(self, name: str) -> None:
        self._order[name] = self._lowest[name] = len(self._order)
        self._waiting[name] = None
        self._path.append((name, iter(self._references.get(name, ()))))

    def _step(self) -> Iterator[list[str]]:
        name, targets = self._path[-1]
        target = next(targets, None)
        if target is None:
            yield from self._leave(name)
        elif target not in self._order:
            self._enter(target)
        elif target in self._waiting:
            self._lowest[name] = min(self._lowest[name], self._order[target])

    def _leave(self, name: str) -> Iterator[list[str]]:
        self._path.pop()
        if self._path:
            above = self._path[-1][0]
            self._lowest[above] = min(self._lowest[above], self._lowest[name])
        if self._lowest[name] == self._order[name]:
            found = [self._waiting.popitem()[0]]
            while found[-1] != name:
                found.append(self._waiting.popitem()[0])
            if len(found) > 1:
                yield found
