"""`POST /hello`: a node that follows us says where to push to (FED-60)."""

from __future__ import annotations

import asyncio
import math

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from entrepot_node.hello_desk import HelloDesk
from entrepot_node.problems import problem
from entrepot_node.routes.body import read_body
from entrepot_node.routes.feed import require_plain_path
from entrepot_sync.hello import MAX_HELLO_BYTES, MEDIA_TYPE, PATH, HelloRefused

_READ_SECONDS = 10


def hello_routes(desk: HelloDesk) -> APIRouter:
    """The door for nodes that are not followed."""
    router = APIRouter(include_in_schema=False, dependencies=[Depends(require_plain_path)])

    @router.post(PATH)
    async def hello(request: Request) -> Response:
        try:
            desk.require_turn(request.client.host if request.client else "")
            if request.headers.get("content-type", "") != MEDIA_TYPE:
                return problem(415, "http.415", f"a hello is {MEDIA_TYPE}")
            async with asyncio.timeout(_READ_SECONDS):
                raw = await read_body(request, MAX_HELLO_BYTES)
            if raw is None:
                return problem(413, "hello.request", f"a hello has at most {MAX_HELLO_BYTES} bytes")
            state = await run_in_threadpool(desk.receive, raw)
        except TimeoutError:
            return problem(408, "hello.request", f"the hello was not sent in {_READ_SECONDS} seconds")
        except HelloRefused as refused:
            headers = {"retry-after": str(math.ceil(refused.wait))} if refused.wait else {}
            return problem(refused.status, refused.code, refused.message, headers=headers)
        return JSONResponse({"state": state}, headers={"cache-control": "no-store"})

    return router
