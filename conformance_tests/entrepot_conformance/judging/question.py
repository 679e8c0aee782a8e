"""One question about bytes, and the answer that is due. The request is `judge` of the shim protocol."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.shim.verdict import Kind, Verdict
from entrepot_conformance.suite.case import Level, Side


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `code` may end in `*` and is then a family; `due` are the members that an answer must have."""

    name: str
    """Words with hyphens, permanent."""
    what: str
    """The kind of bytes, as NODE-CONTRACT.md lists them."""
    about: Mapping[str, Any]
    """The members of the request."""
    ids: tuple[str, ...]
    accept: bool
    code: str = ""
    due: Mapping[str, Any] = field(default_factory=dict)
    why: str = ""
    """What is special about these bytes, in words."""
    also: frozenset[Side] = frozenset()
    """The other side, where the bytes show both."""
    level: Level = Level.MUST

    @property
    def sides(self) -> frozenset[Side]:
        """Which sides of its clauses it tries."""
        return frozenset({Side.ACCEPT if self.accept else Side.REFUSE}) | self.also

    @property
    def title(self) -> str:
        """What the implementation does if it is right."""
        what = self.what.replace("-", " ")
        verdict = "accepts" if self.accept else "refuses"
        return f"{verdict} the {what}: {self.why or self.name}"


def require_answer(question: Question, verdict: Verdict) -> None:
    """Require that a verdict is the one that is due, with its code and members."""
    what = f"the {question.what}"
    if question.accept:
        assert verdict.kind is Kind.ACCEPTED, f"{what} was refused ({verdict.code}) where nothing was wrong"
    else:
        assert verdict.kind is Kind.REFUSED, f"{what} was accepted, a refusal with {question.code} was due"
        require_code(verdict.code, (question.code,), what)
    seen = {name: verdict.details.get(name) for name in question.due}
    assert _fits(seen, question.due), _difference(seen, question.due)


def slug(text: str) -> str:
    """Make words with hyphens of a text, for a name."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def _fits(seen: object, due: object, member: str = "") -> bool:
    """Compare like `==`, but the code of something inside may be one of a family."""
    if isinstance(due, Mapping) and isinstance(seen, Mapping):
        return set(seen) == set(due) and all(_fits(seen[name], due[name], str(name)) for name in due)
    if isinstance(due, list) and isinstance(seen, list):
        return len(seen) == len(due) and all(map(_fits, seen, due))
    if member == "code" and isinstance(due, str) and isinstance(seen, str):
        return fnmatchcase(seen, due)
    return type(seen) is type(due) and seen == due


def _difference(seen: Mapping[str, Any], due: Mapping[str, Any]) -> str:
    parts = [
        f"{name} is {_short(seen[name])}, due was {_short(due[name])}"
        for name in due
        if not _fits(seen[name], due[name])
    ]
    return "; ".join(parts)


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
