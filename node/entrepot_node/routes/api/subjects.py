"""`/subjects/{origin}/{letters}`: one subject: its live version and its history."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from entrepot_node.problems import problem
from entrepot_node.routes.absent import absent
from entrepot_node.routes.api.cursors import read_cursor
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.items import before_record, version_item
from entrepot_node.routes.api.paging import fill_page, list_body
from entrepot_node.routes.api.parameters import Cursor, Letters, Limit, Origin
from entrepot_node.routes.api.shapes import HistoryPage
from entrepot_node.routes.api.subject_heads import SubjectHeads
from entrepot_node.routes.api.subject_shapes import SubjectAnswer
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.routes.short_answers import ShortAnswers
from entrepot_node.storage.interface import Store
from entrepot_node.storage.reading import LAST, Position, VersionRow
from entrepot_schema.canonical import read_canonical
from entrepot_schema.origin import subject_of
from entrepot_sync.feed_store import Status

JSON = "application/json"
_LIST = "history"
SUBJECT = "/subjects/{origin}/{letters}"


def add_subjects(router: APIRouter, store: Store, now: Callable[[], datetime], short: ShortAnswers) -> None:
    """Add the paths of one subject."""
    heads = SubjectHeads()

    @router.get(
        SUBJECT,
        response_model=SubjectAnswer,
        **operation("readSubject", "Subjects", "Read one subject", 404, 410),
    )
    @short.endpoint
    def subject(request: Request, origin: Origin, letters: Letters) -> Response:
        """The live version of a subject, how complete it is, what a check finds in it, and links to all about it.

        `record` is null while its content is not held; `status` says why.
        """
        found = store.history(subject_of(origin, letters), limit=1, with_content=True)
        if not found:
            return absent(store, subject_of(origin, letters))
        row = found[0][1]
        if not row.live:
            return withdrawn()
        head = heads.head(row, profile_of, now())
        return cached(request, before_record(head, row), JSON, MINUTE, compress=True)

    @router.get(
        SUBJECT + "/history",
        response_model=HistoryPage,
        **operation("listVersions", "Subjects", "List the versions of a subject", 404),
    )
    def history(
        request: Request,
        origin: Origin,
        letters: Letters,
        limit: Limit = 100,
        cursor: Cursor = "",
        content: Annotated[
            bool, Query(description="Whether to send the records too.", examples=[False])
        ] = False,
    ) -> Response:
        """All versions of a subject, newest first. Contents that were withdrawn are gone; their digests stay."""

        def read(before: Position, wanted: int) -> list[tuple[Position, VersionRow]]:
            subject = subject_of(origin, letters)
            return store.history(subject, before=before, limit=wanted, with_content=content)

        page = fill_page(read, version_item, read_cursor(_LIST, cursor, LAST), limit)
        if not page.items and not cursor:
            return absent(store, subject_of(origin, letters))
        return cached(request, list_body(page, _LIST), JSON, MINUTE, compress=True)


def profile_of(row: VersionRow) -> dict[str, Any] | None:
    """The profile in a version whose content is held and may be shown."""
    if row.raw is None or row.status is not Status.STORED:
        return None
    profile: dict[str, Any] = read_canonical(row.raw)["credentialSubject"]["profile"]
    return profile


def withdrawn() -> Response:
    """Answer that it was here and is gone."""
    return problem(410, "record.withdrawn", "this record was withdrawn; its contents are erased")
