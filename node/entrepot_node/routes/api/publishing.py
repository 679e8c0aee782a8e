"""`POST /records` and `DELETE /subjects/…`: the door for the operator's own systems, through the one write path.

Nothing of a request is read before its token. What a caller is told is durable; what it lost on the way it gets again
under the same `Idempotency-Key`.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Annotated, Any

import orjson
import structlog
from fastapi import APIRouter, Header, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from entrepot_node.admission import Admission, NotAdmitted
from entrepot_node.drafts import Draft
from entrepot_node.orders import Done, NotLive, Order, PublishRefused, RequestKey
from entrepot_node.package import read_publications
from entrepot_node.problems import problem
from entrepot_node.publish_desk import PublishDesk
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.parameters import Letters, Origin
from entrepot_node.routes.api.posted import Readers, read_posted
from entrepot_node.routes.api.publishing_shapes import EXAMPLE_BODY, PublishAnswer
from entrepot_node.routes.api.route import ApiRoute, ClosedRoute
from entrepot_node.routes.api.subjects import SUBJECT
from entrepot_node.settings import Settings
from entrepot_schema.canonical import sha256
from entrepot_schema.errors import Misuse, Unavailable
from entrepot_schema.origin import subject_of

MAX_BODY_BYTES = 4_000_000
MOST_RECORDS = 1_000
_MOST_FINDINGS = 1_000
_READERS = 64  # what they take in is held in memory
_LARGE_BYTES = 65_536  # a larger body is read beside the event loop
_ERRORS = (401, 403, 408, 422, 429)

IdempotencyKey = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        max_length=255,
        pattern="^[!-~]*$",
        description="A name for this request, made by the caller. For 24 hours the same request under it gets the same answer.",
        examples=["3c9b6f52-64f5-4f7e-a6a3-7b1d4f0c2c11"],
    ),
]

Endpoint = Callable[..., Awaitable[Response]]

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Door:
    """Who may publish, and who does it."""

    admission: Admission
    desk: PublishDesk


def add_publishing(router: APIRouter, door: Door, settings: Settings, route_class: type[APIRoute]) -> None:
    """Add the two ways to publish."""
    readers = Readers(_READERS, _busy)
    closed = ClosedRoute if route_class is ApiRoute else route_class

    async def publish(
        request: Request,
        license: Annotated[
            str,
            Query(
                max_length=64, description="SPDX licence where the body names none.", examples=["CC-BY-4.0"]
            ),
        ] = "",
        key: IdempotencyKey = "",
    ) -> Response:
        """Check, sign and publish one profile, several as JSON Lines, or a package of up to 1,000, whole or not at all.

        The answer comes when all of it is durable: one receipt for each record, in the order of the body. A profile
        that is live unchanged is left alone: its `index` is null. What may not be published is refused with all findings.
        """
        holder = _admit(door.admission, request)
        if isinstance(holder, Response):
            return holder
        with readers:
            raw = await read_posted(request, MAX_BODY_BYTES)
        publications = await _read(raw, license, settings.license)
        order = Order(publications, key=_request_key(holder, key, request, raw))
        return await _answer(door.desk.take(order), holder)

    async def withdraw(
        request: Request, origin: Origin, letters: Letters, key: IdempotencyKey = ""
    ) -> Response:
        """Withdraw a live subject of this node: its contents are erased here at once and at every peer that pulls.

        This cannot be undone; the subject may be published again.
        """
        holder = _admit(door.admission, request)
        if isinstance(holder, Response):
            return holder
        order = Order(withdrawals=(subject_of(origin, letters),), key=_request_key(holder, key, request, b""))
        return await _answer(door.desk.take(order), holder)

    def add(method: str, path: str, endpoint: Endpoint, described: dict[str, Any], **extra: Any) -> None:
        for route in router.routes:
            if isinstance(route, ApiRoute) and route.path == router.prefix + path:
                route.others.add(method)
        router.add_api_route(
            path,
            endpoint,
            methods=[method],
            response_model=PublishAnswer,
            openapi_extra={**extra, "security": [{"publishToken": []}]},
            route_class_override=closed,
            **described,
        )

    described = operation(
        "publishRecords", "Publishing", "Publish profiles", *_ERRORS, 413, 415, revalidates=False
    )
    add("POST", "/records", publish, described, requestBody=_body())
    described = operation(
        "withdrawSubject", "Publishing", "Withdraw a subject", *_ERRORS, 404, revalidates=False
    )
    add("DELETE", SUBJECT, withdraw, described)


def _body() -> dict[str, Any]:
    """What the description says of the body, which no endpoint takes as a parameter."""
    contents = {
        "application/json": {"schema": {}, "example": EXAMPLE_BODY},
        "application/jsonl": {"schema": {"type": "string", "minLength": 1}},
    }
    words = f"A profile or a package, as JSON or JSON Lines, up to {MAX_BODY_BYTES:,} bytes."
    return {"description": words, "required": True, "content": contents}


def _admit(admission: Admission, request: Request) -> str | Response:
    """The name of the token, or the answer to who has none."""
    address = request.client.host if request.client else ""
    try:
        return admission.admit(request.headers.get("authorization", ""), address)
    except NotAdmitted as error:
        headers = {"www-authenticate": 'Bearer realm="publish"'} if error.status == 401 else {}
        if error.wait:
            headers["retry-after"] = str(math.ceil(error.wait))
        return problem(error.status, error.code, error.message, error.hint, headers)


async def _read(raw: bytes, wanted: str, default: str) -> list[Draft]:
    def read() -> list[Draft]:
        return read_publications(raw, "the body", default_license=default, wanted_license=wanted)

    drafts = await run_in_threadpool(read) if len(raw) > _LARGE_BYTES else read()
    if len(drafts) > MOST_RECORDS:
        raise HTTPException(413, f"a request publishes at most {MOST_RECORDS} records")
    return drafts


def _request_key(holder: str, key: str, request: Request, raw: bytes) -> RequestKey | None:
    """The name of a request among those of one token, and a hash of all it asks."""
    if not key:
        return None
    asked = f"{request.method} {request.url.path}?{request.url.query}\n".encode()
    return RequestKey(sha256(f"{holder}\n{key}".encode()), sha256(asked + raw))


async def _answer(outcome: Future[Done], holder: str) -> Response:
    try:
        done = await asyncio.wrap_future(outcome)
    except PublishRefused as refused:
        log.info("refused to publish", token=holder, code=refused.code, faults=len(refused.faults))
        findings = [{"record": place, **fault.to_json()} for place, fault in refused.faults[:_MOST_FINDINGS]]
        hint = "Each finding names its record, from 0, and the place in it."
        return problem(422, refused.code, refused.message, hint, members={"findings": findings})
    except Misuse as error:
        log.info("refused to publish", token=holder, code=error.code)
        return problem(404 if isinstance(error, NotLive) else 422, error.code, error.message, error.hint)
    changed = [receipt for receipt in done.receipts if receipt.index is not None]
    log.info(
        "published", token=holder, changed=len(changed), unchanged=len(done.receipts) - len(changed), size=done.size
    )  # fmt: skip
    answer = {
        "feed": done.feed,
        "size": done.size,
        "changed": len(changed),
        "unchanged": len(done.receipts) - len(changed),
        "items": done.receipts,
    }
    headers = {"cache-control": "no-store"}
    return Response(orjson.dumps(answer), media_type="application/json", headers=headers)


def _busy() -> Unavailable:
    return Unavailable("publish.busy", "as many bodies as this node takes are being read")
