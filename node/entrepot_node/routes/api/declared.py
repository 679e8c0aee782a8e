"""What each path operation declares beside its function: stable id, tag, answers, and the errors it can give."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from fastapi import Response

from entrepot_node.problems import MEDIA_TYPE

# What may come back besides the answer. Every path can be asked badly, and every store can be busy.
_ALWAYS = (400, 414, 503)
_MEANING = {
    400: "A parameter or the body is wrong: `http.parameter`, `http.cursor`.",
    401: "No token, or none that opens anything here: `token.missing`, `token.wrong`.",
    403: "A token could be read on the way to this address (`token.insecure`).",
    404: "There is no such thing here.",
    408: "The body did not come in time (`http.408`).",
    410: "The record was withdrawn; its contents are erased (`record.withdrawn`).",
    413: "The body is too large (`http.413`).",
    414: "The query is too long (`http.414`).",
    415: "The body has a media type or encoding that is not read here (`http.415`).",
    422: "Refused as a whole: `publish.refused` with all findings, `publish.key-reused`, or a code of JSON.",
    429: "Too many wrong tokens came from there (`token.busy`).",
    503: "Too busy for a moment; `Retry-After` says how long to wait.",
}
_EXAMPLES: dict[int, tuple[str, str]] = {
    400: ("http.parameter", "query.limit: Input should be greater than or equal to 1"),
    401: ("token.missing", "this needs a token"),
    403: ("token.insecure", "a token could be read on the way here"),
    404: ("record.unknown", "there is no such subject here"),
    408: ("http.408", "the body did not come in time"),
    410: ("record.withdrawn", "this record was withdrawn; its contents are erased"),
    413: ("http.413", "the body has more than 8000000 bytes"),
    414: ("http.414", "the query has more than 8192 bytes"),
    415: ("http.415", "send JSON or JSON Lines"),
    422: ("publish.refused", "1 faults; the first: record 1/status: the field is missing"),
    429: ("token.busy", "too many wrong tokens came from there"),
    503: ("store.busy", "another process has been writing for too long; try again"),
}
_NOT_MODIFIED = {"description": "What `If-None-Match` names is still right; no body."}


def operation(
    operation_id: str,
    tag: str,
    summary: str,
    *errors: int,
    media_type: str = "application/json",
    example: Any = None,
    schema: dict[str, Any] | None = None,
    revalidates: bool = True,
    **more: Any,
) -> dict[str, Any]:
    """Arguments of a route. With `schema` the answer has no type of ours; `example` is made from the type else."""
    responses: dict[int | str, dict[str, Any]] = {
        status: _problem(status) for status in sorted({*_ALWAYS, *errors})
    }
    if revalidates:
        responses[304] = _NOT_MODIFIED
    if schema is not None:
        body: dict[str, Any] = {"schema": schema}
        if example is not None:
            body["example"] = example
        responses[200] = {"description": "The answer.", "content": {media_type: body}}
        more["response_class"] = Response
    return {
        "operation_id": operation_id,
        "tags": [tag],
        "summary": summary,
        "responses": responses,
        "response_description": "The answer.",
        **more,
    }


def _problem(status: int) -> dict[str, Any]:
    code, detail = _EXAMPLES[status]
    example = {
        "type": f"https://w3id.org/entrepot/code/{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if code == f"http.{status}":
        example["type"] = "about:blank"
    name = "PublishProblem" if status == HTTPStatus.UNPROCESSABLE_ENTITY else "Problem"
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{name}"}, "example": example}}
    answer: dict[str, Any] = {"description": _MEANING[status], "content": content}
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        seconds = {"description": "Seconds to wait.", "schema": {"type": "integer"}, "example": 5}
        answer["headers"] = {"Retry-After": seconds}
    return answer
