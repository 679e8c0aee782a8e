"""Errors as problem details (RFC 9457): one table from error class to status (EXC-09, EXC-73)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from entrepot_node.disk_fault import DiskFault
from entrepot_schema.errors import Conflict, EntrepotError, Misuse, PeerFault, Refused, Unavailable

STATUS: dict[type[EntrepotError], int] = {
    DiskFault: 503,
    Refused: 422,
    Misuse: 400,
    Conflict: 409,
    PeerFault: 502,
    Unavailable: 503,
}
MEDIA_TYPE = "application/problem+json"
TYPE_BASE = "https://w3id.org/entrepot/code/"
_RETRY_SECONDS = 5

_OPERATORS_OWN = ("gate.mark", "gate.mark-write", "store.io", "store.unreachable", "token.file")
"""Codes of errors that name paths, hosts and accounts of the operator: those stand in the log alone."""

log = structlog.get_logger()


def problem(
    status: int,
    code: str,
    detail: str,
    hint: str = "",
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Response:
    """Write one problem. `code` is stable and for programs, `detail` for people; `members` are more of its own."""
    phrase = HTTPStatus(status).phrase
    body: dict[str, Any] = {
        "type": problem_type(code),
        "title": phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if hint:
        body["hint"] = hint
    body |= members or {}
    more = {"cache-control": "no-store", **(headers or {})}
    return JSONResponse(body, status, media_type=MEDIA_TYPE, headers=more)


def problem_type(code: str) -> str:
    """Name the kind of a problem by a URI that is for ever; a plain HTTP error has none of its own."""
    return "about:blank" if code.startswith(("http.4", "http.5")) else TYPE_BASE + code


def install_problems(app: FastAPI, missing: Callable[[Request], Response | None]) -> None:
    """Make every error of the application a problem. `missing` may answer in its own way where there is nothing."""

    @app.exception_handler(EntrepotError)
    async def declared(_request: Request, error: EntrepotError) -> Response:
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        headers = {"retry-after": str(_RETRY_SECONDS)} if status == STATUS[Unavailable] else {}
        if error.code in _OPERATORS_OWN:
            log.error("out of order", code=error.code, reason=error.message, hint=error.hint)
            return problem(
                status, error.code, "something is out of order here; it was logged", headers=headers
            )
        return problem(status, error.code, error.message, error.hint, headers)

    @app.exception_handler(HTTPException)
    async def by_status(request: Request, error: HTTPException) -> Response:
        shown = missing(request) if error.status_code == 404 else None
        return shown or problem(
            error.status_code, f"http.{error.status_code}", str(error.detail), headers=error.headers
        )

    @app.exception_handler(RequestValidationError)
    async def parameters(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        if first["loc"][0] == "path":
            return problem(404, "http.404", "there is nothing at this address")
        place = ".".join(str(part) for part in first["loc"])
        return problem(400, "http.parameter", f"{place}: {first['msg']}")

    @app.exception_handler(Exception)
    async def crashed(request: Request, _error: Exception) -> Response:
        # The server logs the error; what went wrong inside is nothing for strangers.
        headers = {"access-control-allow-origin": "*"} if request.url.path.startswith("/api/") else {}
        return problem(500, "http.500", "something went wrong here; it was logged", headers=headers)
