"""Reading the API: JSON answers, problems, lists page by page."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from entrepot_conformance.http_reader import Answer
from entrepot_conformance.reader.strict_json import canonical
from entrepot_conformance.suite.case import Case, Level, Side
from entrepot_conformance.suite.outcome import Skipped
from entrepot_conformance.suite.target import Target

BASE = "/api/v1"
MOST_ITEMS = 300
"""Of one list: a node may hold millions."""
Item = dict[str, Any]


class Api:
    """The API of the node under test."""

    def __init__(self, target: Target) -> None:
        self._http = target.node.http
        if self.ask("/").status == 404:
            raise Skipped("the node offers no API")

    def ask(self, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> Answer:
        """Make a request below `/api/v1`; never a 5xx, whatever is asked."""
        answer = self._http.ask(method, BASE + path, body, **headers)
        assert answer.status < 500, f"{method} {BASE}{path}: {answer.status}"
        return answer

    def get(self, path: str, **headers: str) -> Any:
        """GET a path that must answer 200 with JSON."""
        answer = self.ask(path, "GET", None, **headers)
        assert answer.status == 200, f"GET {BASE}{path}: {answer.status} where 200 was due"
        return decoded(answer)

    def raw(self, data: bytes) -> bytes:
        """Send bytes that need be no HTTP; return the beginning of what comes back."""
        return self._http.raw(data)

    def page(self, path: str) -> Answer:
        """GET a path of the node outside of the API."""
        return self._http.get(path)

    def problem(self, path: str, status: int, code: str = "") -> Item:
        """GET a path that must be answered by a problem with this status, and this code if one is given."""
        answer = self.ask(path)
        assert answer.status == status, f"GET {BASE}{path}: {answer.status} where {status} was due"
        media_type = answer.headers.get("content-type", "").partition(";")[0]
        assert media_type == "application/problem+json", f"GET {BASE}{path}: an error as {media_type!r}"
        found = decoded(answer)
        assert isinstance(found, dict), f"GET {BASE}{path}: the problem is no object"
        assert found.get("status") == status, f"GET {BASE}{path}: the problem says {found.get('status')}"
        assert not code or found.get("code") == code, (
            f"GET {BASE}{path}: {found.get('code')} where {code} was due"
        )
        return found

    def items(self, path: str, limit: int = 50) -> Iterator[Item]:
        """Read a list page by page, up to `MOST_ITEMS`; no place may come twice."""
        joint = "&" if "?" in path else "?"
        cursor, read, seen = "", 0, set()
        while read < MOST_ITEMS:
            page = self.get(f"{path}{joint}limit={limit}{f'&cursor={quote(cursor)}' if cursor else ''}")
            items, cursor = page["items"], page["next"]
            assert len(items) <= limit, f"{path}: {len(items)} items where {limit} were asked for"
            yield from items
            read += len(items)
            if not cursor or not items:
                return
            assert cursor not in seen, f"{path}: a cursor leads in a circle"
            seen.add(cursor)

    def some_records(self, count: int = 20) -> list[Item]:
        """A few live records; skips the case where the node holds none."""
        found = self.get(f"/records?limit={count}")["items"]
        if not found:
            raise Skipped("the node holds no record")
        return list(found)


def decoded(answer: Answer) -> Any:
    """Decode JSON."""
    try:
        return json.loads(answer.body)
    except ValueError as error:
        raise AssertionError(f"GET {answer.path}: no JSON: {answer.body[:80]!r}") from error


def halves(subject: str) -> str:
    """`origin/letters` of a subject's id."""
    return subject.removeprefix("https://").replace("/id/", "/", 1)


def digest_of_record(record: Item) -> str:
    """The digest of a record in an answer: of its canonical bytes."""
    return hashlib.sha256(canonical(record)).hexdigest()


def api_case(
    name: str,
    title: str,
    ids: str,
    try_it: Callable[[Api], None],
    *,
    refuses: bool = False,
    level: Level = Level.MUST,
    attack: str = "",
) -> Case:
    """One case of the API. `ids` are clauses with spaces between."""

    def run(target: Target) -> None:
        try:
            try_it(Api(target))
        except (KeyError, TypeError, IndexError, AttributeError, ValueError, StopIteration) as error:
            # The cases read answers as the standard describes them; one of another shape is the node's fault.
            raise AssertionError(f"an answer has another shape than is described: {error!r}") from error

    side = Side.REFUSE if refuses else Side.ACCEPT
    return Case(f"reader.{name}", title, tuple(ids.split()), run, frozenset({side}), level, attack)
