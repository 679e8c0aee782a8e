"""Headers on every answer: nothing runs, frames or leaves but what we serve ourselves."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PAGE_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
_TERSE = frozenset({"/feed/checkpoint", "/feed/delta"})
_EXPOSED = "ETag, Retry-After"
CLOSED = "entrepot.closed"
"""In the scope of a request that pages of other sites may not make."""
_NODE_DOCUMENT, _NOT_MODIFIED = "/.well-known/entrepot", 304
DATA_POLICY = "default-src 'none'; sandbox; frame-ancestors 'none'"


class SecurityHeaders:
    """Adds the headers; pages get the policy that allows our own style sheet, all else one that allows nothing."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start" and not _keeps_its_headers(scope, message["status"]):
                _add(MutableHeaders(scope=message), scope)
            await send(message)

        await self._app(scope, receive, send_with_headers)


def _keeps_its_headers(scope: Scope, status: int) -> bool:
    """Whether this says that a node document is the one held, which keeps the headers it came with (RFC 9111 §4.3.4).

    Each follower asks it every ten minutes.
    """
    return status == _NOT_MODIFIED and scope["path"] == _NODE_DOCUMENT


def _add(headers: MutableHeaders, scope: Scope) -> None:
    path = str(scope["path"])
    if path in _TERSE:
        # Programs ask these for each change, and their every byte counts (one changed record in 2.5 KB).
        return
    headers["x-content-type-options"] = "nosniff"
    if path.startswith("/feed/"):
        return
    is_page = headers.get("content-type", "").startswith("text/html")
    headers["content-security-policy"] = PAGE_POLICY if is_page else DATA_POLICY
    headers["referrer-policy"] = "no-referrer"
    headers["cross-origin-opener-policy"] = "same-origin"
    headers["permissions-policy"] = "camera=(), geolocation=(), microphone=()"
    if path.startswith("/api/") and CLOSED not in scope:
        headers["access-control-allow-origin"] = "*"
        headers["access-control-expose-headers"] = _EXPOSED
