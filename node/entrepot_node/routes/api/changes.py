"""`/changes`: what happened in order of arrival, as pages to come back to and as a stream."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from entrepot_node.callers import caller_of
from entrepot_node.routes.api.change_streams import CHANGES, ChangeStreams
from entrepot_node.routes.api.cursors import MAX_CURSOR, read_number, write_cursor
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.items import change_of
from entrepot_node.routes.api.paging import fill_page, page_body
from entrepot_node.routes.api.parameters import Cursor, Limit
from entrepot_node.routes.api.shapes import ChangePage
from entrepot_node.routes.caching import HEAD, cached
from entrepot_node.storage.interface import Store
from entrepot_node.storage.reading import ChangeRow

JSON = "application/json"
EVENTS = "text/event-stream"
_EXAMPLE = 'event: change\ndata: {"origin":"biomed.example","feed":"biomed.example/feed/1","index":7}\nid: Y2hhbmdlcy40Mg\n\n'
_EVENTS = {"type": "string", "description": "Events named `change`; `data` is a change, `id` a cursor."}


def add_changes(router: APIRouter, store: Store, streams: ChangeStreams) -> None:
    """Add the list and the stream of changes."""

    @router.get(
        "/changes",
        response_model=ChangePage,
        **operation("listChanges", "Changes", "List changes behind a cursor"),
    )
    def changes(request: Request, limit: Limit = 100, cursor: Cursor = "") -> Response:
        """What changed at this node, in the order of arrival, whoever signed it.

        Keep `next` and come back with it: nothing is missed, and nothing comes twice. To hold a copy, put in what was
        published (read it by its subject) and take out what was withdrawn.
        """

        def read(after: int, wanted: int) -> list[tuple[int, ChangeRow]]:
            return [(row.seq, row) for row in store.changes(after=after, limit=wanted)]

        page = fill_page(read, _item, read_number(CHANGES, cursor, 0), limit)
        following = json.dumps(write_cursor(CHANGES, page.last)).encode()
        body = page_body(page.items, next=following, more=b"true" if page.more else b"false")
        return cached(request, body, JSON, HEAD, compress=True)

    @router.get(
        "/changes/stream",
        **operation(
            "streamChanges", "Changes", "Stream changes as they come",
            media_type=EVENTS, schema=_EVENTS, example=_EXAMPLE, revalidates=False,
        ),
    )  # fmt: skip
    async def stream(
        request: Request,
        cursor: Cursor = "",
        last_event_id: Annotated[
            str,
            Header(
                alias="Last-Event-ID",
                max_length=MAX_CURSOR,
                description="The `id` of the last event seen; wins over `cursor`. Browsers send it by themselves.",
                examples=[""],
            ),
        ] = "",
    ) -> Response:
        """Server-sent events: first what is behind the cursor, then what comes, with a heartbeat in between.

        Without a cursor the stream begins at the first change ever. A node serves a bounded number of streams; beyond
        it answers 503, and `/changes` still answers.
        """
        after = read_number(CHANGES, last_event_id or cursor, 0)
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        if request.method == "HEAD":
            return Response(headers={**headers, "content-type": f"{EVENTS}; charset=utf-8"})
        caller = caller_of(request)
        streams.enter(caller)
        return _Stream(streams, caller, streams.events(after), media_type=EVENTS, headers=headers)


def _item(row: ChangeRow) -> bytes:
    return change_of(row).model_dump_json().encode()


class _Stream(StreamingResponse):
    """Gives its place back however it ends: with the server, the reader, or an error."""

    def __init__(self, streams: ChangeStreams, caller: str, content: Any, **settings: Any) -> None:
        super().__init__(content, **settings)
        self._streams = streams
        self._caller = caller

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._streams.leave(self._caller)
