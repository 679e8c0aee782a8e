"""Errors as problem details (RFC 9457): one table from error class to status (EXC-09)."""

from __future__ import annotations

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from entrepot_schema.errors import Conflict, EntrepotError, Misuse, PeerFault, Refused, Unavailable

STATUS: dict[type[EntrepotError], int] = {
    Refused: 422,
    Misuse: 400,
    Conflict: 409,
    PeerFault: 502,
    Unavailable: 503,
}
MEDIA_TYPE = "application/problem+json"
_TITLES = {400: "Bad request", 404: "Not found", 405: "Method not allowed", 409: "Conflict", 410: "Gone"}


def problem(status: int, code: str, detail: str, hint: str = "") -> Response:
    """Write one problem. `code` is stable and for programs, `detail` for people."""
    body = {
        "type": "about:blank",
        "title": _TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
    }
    if hint:
        body["hint"] = hint
    return JSONResponse(body, status, media_type=MEDIA_TYPE, headers={"cache-control": "no-store"})


def install_problems(app: FastAPI) -> None:
    """Make every error of the application a problem."""

    @app.exception_handler(EntrepotError)
    async def declared(_request: Request, error: EntrepotError) -> Response:
        status = next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)
        return problem(status, error.code, error.message, error.hint)

    @app.exception_handler(HTTPException)
    async def by_status(_request: Request, error: HTTPException) -> Response:
        return problem(error.status_code, f"http.{error.status_code}", str(error.detail))

    @app.exception_handler(RequestValidationError)
    async def parameters(_request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        return problem(400, "http.parameter", f"{place}: {first['msg']}")
