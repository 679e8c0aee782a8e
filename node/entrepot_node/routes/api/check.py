"""`POST /check`: what is wrong with a file, by the same rules as `entrepot check`. Nothing of it is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from itertools import islice
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.posted import Readers, read_posted
from entrepot_node.routes.api.subject_shapes import FindingItem
from entrepot_schema.errors import Misuse, Unavailable
from entrepot_schema.file_check import CheckedFile, check_file
from entrepot_schema.package import PackageFile

MAX_BODY_BYTES = 8_000_000
MOST_DOCUMENTS = 50_000  # no good profile is as short as 160 bytes
_MOST_FINDINGS = 1_000
_READERS = 16  # what they take in is held in memory
_CHECKERS = 2  # a check takes a core; reading goes on beside it
_FILE = "body"
_EXAMPLE_BODY = {
    "type": "company",
    "name": {"en": "Acme Bio"},
    "locations": [{"country": "DE"}],
    "status": "active",
    "updated": "2026-11-23",
}


class FileFinding(FindingItem):
    """One thing a check found, with its place in the file."""

    file: str = Field(description="Always `body`.", examples=[_FILE])
    line: int = Field(
        description="Line in the file, from 1; 0 where there is none to name.", ge=0, examples=[3]
    )


class CheckAnswer(BaseModel):
    """The outcome of a check. Without errors the file may be published."""

    documents: int = Field(description="How many documents the file holds.", ge=0, examples=[1])
    errors: int = Field(description="How many errors.", ge=0, examples=[1])
    warnings: int = Field(description="How many warnings.", ge=0, examples=[0])
    information: int = Field(description="How many remarks.", ge=0, examples=[0])
    complete: bool = Field(
        description=f"Whether all findings are listed; not beyond {_MOST_FINDINGS}.", examples=[True]
    )
    findings: list[FileFinding]


def add_check(router: APIRouter, now: Callable[[], datetime]) -> None:
    """Add the check."""
    readers, checkers = Readers(_READERS, _busy), CapacityLimiter(_CHECKERS)
    text = {"schema": {"type": "string", "minLength": 1}}
    contents: dict[str, Any] = {
        "application/json": {"schema": {}, "example": _EXAMPLE_BODY},
        "application/jsonl": text,
        "text/plain": text,
    }
    body = {
        "description": "A profile, a signed record or a package, as JSON or JSON Lines, "
        f"up to {MAX_BODY_BYTES:,} bytes and {MOST_DOCUMENTS:,} documents.",
        "required": True,
        "content": contents,
    }

    @router.post(
        "/check",
        response_model=CheckAnswer,
        openapi_extra={"requestBody": body},
        **operation("checkFile", "Standard", "Check a file", 408, 413, 415, revalidates=False),
    )
    async def check(request: Request) -> Response:
        """What is wrong with a file, where, and how to mend it. Nothing is stored, nothing is published.

        A file that is no JSON at all is a finding too, not an error of the request.
        """
        with readers:
            raw = await read_posted(request, MAX_BODY_BYTES)
            if not raw:
                raise Misuse("http.parameter", "body: there is nothing to check")
            found = await to_thread.run_sync(partial(_checked, raw, now()), limiter=checkers)
        return Response(
            answer_of(found).model_dump_json(),
            media_type="application/json",
            headers={"cache-control": "no-store"},
        )


def _checked(raw: bytes, now: datetime) -> CheckedFile:
    if _has_too_many(raw):
        hint = "Send it in parts, or run `entrepot check` on your own machine."
        raise HTTPException(413, f"a request checks at most {MOST_DOCUMENTS:,} documents. {hint}")
    return check_file(raw, _FILE, now=now)


def _has_too_many(raw: bytes) -> bool:
    file = PackageFile(raw)
    at_most = raw.count(b"\n") + 1 if file.is_lines else raw.count(b"{")
    return at_most > MOST_DOCUMENTS and any(islice(file.parts(), MOST_DOCUMENTS, None))


def answer_of(found: CheckedFile) -> CheckAnswer:
    """Write the outcome of a check."""
    by_severity = [fault.severity for fault in found.findings]
    return CheckAnswer(
        documents=found.documents,
        errors=by_severity.count("error"),
        warnings=by_severity.count("warning"),
        information=by_severity.count("information"),
        complete=len(found.findings) <= _MOST_FINDINGS,
        findings=[FileFinding(**fault.to_json()) for fault in found.findings[:_MOST_FINDINGS]],
    )


def _busy() -> Unavailable:
    hint = "Come back in a moment, or run `entrepot check` on your own machine: it needs no node."
    return Unavailable("check.busy", "as many files as this node takes are being checked", hint=hint)
