"""The short way to a path operation: a question without a query, to an endpoint that takes nothing but path, query and head.

Taking such a request apart by the general rules costs more than reading a record. The short way checks the same parts of
path and head with the same validators and gives the query's defaults; what they refuse, and what is no answer yet, is left
to the general one. A coroutine MUST return a response: it would be run twice.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from fastapi import Request, Response
from fastapi.dependencies.models import Dependant
from starlette.concurrency import run_in_threadpool

PlainCall = Callable[[Request], Awaitable[Response | None]]


def plain_call(dependant: Dependant) -> PlainCall | None:
    """Make the short way to an endpoint; None where it needs more than path, query, head and the request."""
    endpoint = dependant.call
    if endpoint is None or not _is_plain(dependant):
        return None
    is_async = inspect.iscoroutinefunction(endpoint)
    request_name = dependant.request_param_name
    optional = (*dependant.query_params, *dependant.header_params)
    defaults = {field.name: field.get_default() for field in optional}
    parts = [(field.name, field.alias, field.validate) for field in dependant.path_params]
    heads = [(field.name, field.alias, field.validate) for field in dependant.header_params]

    async def call(request: Request) -> Response | None:
        values: dict[str, Any] = dict(defaults)
        for name, alias, validate in parts:
            values[name], errors = validate(request.path_params[alias], {}, loc=("path", alias))
            if errors:
                return None
        for name, alias, validate in heads:
            if alias in request.headers:
                values[name], errors = validate(request.headers[alias], {}, loc=("header", alias))
                if errors:
                    return None
        if request_name is not None:
            values[request_name] = request
        answer = await (endpoint(**values) if is_async else run_in_threadpool(endpoint, **values))
        return answer if isinstance(answer, Response) else None

    return call


def _is_plain(dependant: Dependant) -> bool:
    others = (
        dependant.cookie_params,
        dependant.body_params,
        dependant.dependencies,
        dependant.websocket_param_name,
        dependant.http_connection_param_name,
        dependant.response_param_name,
        dependant.background_tasks_param_name,
        dependant.security_scopes_param_name,
    )
    fields = (*dependant.query_params, *dependant.header_params)
    return not any(others) and not any(field.field_info.is_required() for field in fields)
