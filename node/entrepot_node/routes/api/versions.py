"""`/subjects/…/versions/{revision}` and `/difference`: single versions of a subject, and what changed between two."""

from __future__ import annotations

from typing import Annotated

import orjson
from fastapi import APIRouter, Path, Query, Request, Response

from entrepot_node.routes.absent import absent
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.items import version_of, with_record
from entrepot_node.routes.api.parameters import Letters, Origin
from entrepot_node.routes.api.shapes import VersionItem
from entrepot_node.routes.api.subject_shapes import Difference
from entrepot_node.routes.api.subjects import JSON, SUBJECT, profile_of, withdrawn
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.routes.short_answers import ShortAnswers
from entrepot_node.storage.interface import Store
from entrepot_schema.difference import differences
from entrepot_schema.origin import subject_of
from entrepot_sync.feed_store import Status

_NO_VERSION = "there is no such version here"
RevisionNumber = Annotated[
    int, Path(ge=1, le=2**53, description="Which version, from 1; revisions count per feed.", examples=[1])
]
FeedFilter = Annotated[
    str,
    Query(
        max_length=300,
        pattern="^[a-z0-9./-]*$",
        description="The feed that counts the revision; empty for the newest feed of the origin.",
        examples=["biomed.example/feed/1"],
    ),
]


def add_versions(router: APIRouter, store: Store, short: ShortAnswers) -> None:
    """Add the paths of single versions."""

    @router.get(
        SUBJECT + "/versions/{revision}",
        response_model=VersionItem,
        **operation("readVersion", "Subjects", "Read one version", 404, 410),
    )
    @short.endpoint
    def version(
        request: Request, origin: Origin, letters: Letters, revision: RevisionNumber, feed: FeedFilter = ""
    ) -> Response:
        """One version with its signed record, as far as its content is held."""
        row = store.version(subject_of(origin, letters), revision, feed_name=feed)
        if row is None:
            return absent(store, subject_of(origin, letters), _NO_VERSION)
        if row.status is Status.ERASED:
            return withdrawn()
        return cached(request, with_record(version_of(row), row), JSON, MINUTE, compress=True)

    @router.get(
        SUBJECT + "/difference",
        response_model=Difference,
        **operation("compareVersions", "Subjects", "Compare two versions", 404, 410),
    )
    def difference(
        request: Request,
        origin: Origin,
        letters: Letters,
        from_: Annotated[
            int, Query(alias="from", ge=1, le=2**53, description="Revision before.", examples=[1])
        ],
        to: Annotated[int, Query(ge=1, le=2**53, description="Revision after.", examples=[2])],
        feed: FeedFilter = "",
    ) -> Response:
        """What changed in the profile between two versions, field by field, as JSON Pointers."""
        rows = [store.version(subject_of(origin, letters), number, feed_name=feed) for number in (from_, to)]
        profiles = [profile_of(row) if row else None for row in rows]
        if any(row is not None and row.status is Status.ERASED for row in rows):
            return withdrawn()
        if profiles[0] is None or profiles[1] is None:
            return absent(store, subject_of(origin, letters), _NO_VERSION)
        found = differences(profiles[0], profiles[1])
        body = {"from": from_, "to": to, "changes": [step.to_json() for step in found]}
        return cached(request, orjson.dumps(body), JSON, MINUTE, compress=True)
