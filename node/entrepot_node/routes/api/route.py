"""What every path of the API does alike: HEAD, OPTIONS, and no question that could be understood in two ways."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from entrepot_node.routes.api.plain_call import plain_call
from entrepot_node.routes.api.query import parameters_of, require_plain_query
from entrepot_node.security_headers import CLOSED

_PREFLIGHT_SECONDS = 86_400
_REQUEST_HEADERS = "Accept, Content-Type, If-None-Match, Last-Event-ID"


class ApiRoute(APIRoute):
    """Answers HEAD where it answers GET, OPTIONS always (EXC-71), and refuses parameters it does not know (EXC-72).

    `others` are methods that the same path has elsewhere; pages of other sites may not use them.
    """

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        named = set(self.methods or ())
        self.methods = named | ({"OPTIONS", "HEAD"} if "GET" in named else {"OPTIONS"})
        self.others: set[str] = set()

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        answer = super().get_route_handler()
        known = parameters_of(self.dependant)
        plainly = plain_call(self.dependant)

        async def handler(request: Request) -> Response:
            query = request.scope["query_string"]
            require_plain_query(query, known)
            if not query and plainly is not None:
                answered = await plainly(request)
                if answered is not None:
                    return answered
            return await answer(request)

        return handler

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["path"].endswith("\n"):
            # The `$` of routing matches before a line feed (EXC-02).
            raise HTTPException(404)
        own = self.methods or set()
        allowed = ", ".join(sorted(own | self.others))
        if scope["method"] not in own:
            raise HTTPException(405, headers={"allow": allowed})
        if scope["method"] == "OPTIONS":
            await _preflight(allowed, ", ".join(sorted(own)))(scope, receive, send)
        else:
            await super().handle(scope, receive, send)


class ClosedRoute(ApiRoute):
    """A route that pages of other sites may not use: it says so by saying nothing, errors included."""

    def __init__(self, *args: Any, **settings: Any) -> None:
        super().__init__(*args, **settings)
        self.methods = set(self.methods or ()) - {"OPTIONS"}  # the open route of the path answers it

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        scope[CLOSED] = True
        await super().handle(scope, receive, send)


def _preflight(allowed: str, for_others: str) -> Response:
    headers = {
        "allow": allowed,
        "access-control-allow-methods": for_others,
        "access-control-allow-headers": _REQUEST_HEADERS,
        "access-control-max-age": str(_PREFLIGHT_SECONDS),
        "cache-control": f"max-age={_PREFLIGHT_SECONDS}",
    }
    return Response(status_code=204, headers=headers)
