"""Who may publish over HTTP: whoever holds a token, where nobody on the way can read it.

A token in the clear is anybody's. So the door is open on the same machine, or behind a base URL with https; on any other
address it stays shut, whatever token comes.
"""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

import structlog

from entrepot_node.callers import one_caller
from entrepot_node.tokens import PUBLISH, TokenFile
from entrepot_schema.errors import Misuse
from entrepot_sync.rate_limit import RateLimit

_FAILURES_AT_ONCE = 10
_FAILURES_PER_SECOND = 1 / 10
_MOST_ADDRESSES = 10_000

log = structlog.get_logger()


class NotAdmitted(Misuse):
    """Nothing of the request was read. `status` is that of HTTP; `wait` in seconds where it makes sense to come again."""

    def __init__(self, status: int, code: str, message: str, *, hint: str = "", wait: float = 0.0) -> None:
        super().__init__(code, message, hint=hint)
        self.status = status
        self.wait = wait


class Admission:
    """Admits requests by their tokens. Any thread may call."""

    def __init__(self, tokens: TokenFile, base_url: str, *, now: Callable[[], float]) -> None:
        self._tokens = tokens
        self._now = now
        parts = urlsplit(base_url)
        self._is_https = parts.scheme == "https"
        self._is_loopback = _is_loopback(parts.hostname or "")
        self._failures = RateLimit(_FAILURES_AT_ONCE, _FAILURES_PER_SECOND, most=_MOST_ADDRESSES)

    def admit(self, authorization: str, address: str) -> str:
        """Return the name of the token of a request; raise `NotAdmitted` (`token.*`)."""
        if not self._is_https and not (self._is_loopback and _is_loopback(address)):
            hint = "Set base_url to the https address of the node, or publish from the same machine."
            raise NotAdmitted(403, "token.insecure", "a token could be read on the way here", hint=hint)
        scheme, _, secret = authorization.partition(" ")
        if scheme.lower() != "bearer" or not secret.strip():
            hint = "Send `Authorization: Bearer <token>`; the operator makes one with `entrepot token add`."
            raise NotAdmitted(401, "token.missing", "this needs a token", hint=hint)
        try:
            holder = self._tokens.holder(secret.strip(), PUBLISH)
        except Misuse as error:
            raise _unreadable(error) from error
        if holder is None:
            raise self._failed(address)
        return holder

    def _failed(self, address: str) -> NotAdmitted:
        # A token that is right is never kept waiting, so nobody can lock others out.
        wait = self._failures.wait(one_caller(address), self._now())
        if wait:
            return NotAdmitted(429, "token.busy", "too many wrong tokens came from there", wait=wait)
        log.warning("a wrong token was shown", address=address)
        return NotAdmitted(401, "token.wrong", "this token opens nothing here")


def _unreadable(error: Misuse) -> NotAdmitted:
    """What strangers are told of tokens that cannot be read; which file it is stands in the log."""
    log.error("nobody can publish", code=error.code, reason=error.message, hint=error.hint)
    return NotAdmitted(503, error.code, "this node cannot read its tokens; its log says why")


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
