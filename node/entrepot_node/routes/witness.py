"""`/witness`: cosigning the heads of others (C2SP tlog-witness; EXC-90 to EXC-94)."""

from __future__ import annotations

import asyncio
import math
import re

from fastapi import APIRouter, Depends, Request, Response
from starlette.concurrency import run_in_threadpool

from entrepot_node.problems import problem
from entrepot_node.routes.body import read_body
from entrepot_node.routes.caching import HEAD, cached
from entrepot_node.routes.feed import require_plain_path
from entrepot_node.witnessing import Witness
from entrepot_sync.push import SIZE_TYPE
from entrepot_sync.witness import MAX_REQUEST_BYTES, WitnessRefused

_READ_SECONDS = 10
_HASH = re.compile(r"[0-9a-f]{64}", re.ASCII)
_NO_STORE = {"cache-control": "no-store"}


def witness_routes(witness: Witness) -> APIRouter:
    """The push, and what was cosigned."""
    router = APIRouter(prefix="/witness", include_in_schema=False, dependencies=[Depends(require_plain_path)])

    @router.post("/add-checkpoint")
    async def add_checkpoint(request: Request) -> Response:
        try:
            async with asyncio.timeout(_READ_SECONDS):
                raw = await read_body(request, MAX_REQUEST_BYTES)
        except TimeoutError:
            return problem(408, "witness.request", f"the request was not sent in {_READ_SECONDS} seconds")
        if raw is None:
            message = f"the request has more than {MAX_REQUEST_BYTES} bytes"
            return problem(413, "witness.request", message)
        try:
            lines = await run_in_threadpool(witness.add_checkpoint, raw)
        except WitnessRefused as refused:
            return _refusal(refused)
        return Response(lines, media_type="text/plain", headers=_NO_STORE)

    def checkpoint(request: Request, feed_hash: str) -> Response:
        found = witness.checkpoint(feed_hash) if _HASH.fullmatch(feed_hash) else None
        if found is None:
            return problem(404, "witness.unknown-log", "no head of this log was cosigned here")
        return cached(request, found, "text/plain; charset=utf-8", HEAD)

    router.add_api_route("/{feed_hash}/checkpoint", checkpoint, methods=["GET", "HEAD"])
    return router


def _refusal(refused: WitnessRefused) -> Response:
    if refused.size is not None:
        # Bare, without charset: clients compare the whole header.
        return Response(f"{refused.size}\n", refused.status, headers={"content-type": SIZE_TYPE, **_NO_STORE})
    headers = {"retry-after": str(math.ceil(refused.wait))} if refused.wait else {}
    return problem(refused.status, refused.code, refused.message, headers=headers)
