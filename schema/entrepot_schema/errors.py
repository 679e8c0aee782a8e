"""The one error tree of the project, by who must act.

    EntrepotError
    ├── Refused        these bytes break a rule of the standard; their author must act
    ├── PeerFault      another node answered wrongly; its operator must act
    ├── Unavailable    nobody is wrong, it did not work now; try again
    ├── Conflict       somebody else was faster, or holds what we need
    └── Misuse         we were called or set up wrongly; our operator must act

Every error carries a stable reason code (`json.number`, `log.rollback`, `peer.too-large` ...) that the spec
lists, a sentence that says what is wrong, and where it helps a hint how to mend it.
"""

from __future__ import annotations

LAYERS = {
    "json": "J", "schema": "S", "code": "C", "cross": "X", "privacy": "P", "key": "K", "log": "L", "witness": "L",
}  # fmt: skip


class EntrepotError(Exception):
    """Root of all errors of this project.

    `code` is stable and for programs; `str()` of the error is for people.
    """

    def __init__(self, code: str, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.hint = hint


class Refused(EntrepotError):
    """Bytes that break a rule of the standard. `pointer` is a JSON Pointer into them, `""` for the whole."""

    def __init__(self, code: str, message: str, *, pointer: str = "", hint: str = "") -> None:
        super().__init__(code, message, hint=hint)
        self.pointer = pointer

    @property
    def layer(self) -> str:
        """The layer of the rule: J, S, C, X, P, K or L."""
        return LAYERS[self.code.partition(".")[0]]


class PeerFault(EntrepotError):
    """Another node answered wrongly: too much, too slow, redirected, rolled back, forked."""


class Unavailable(EntrepotError):
    """It did not work now. `retry_after` is in seconds, None when nobody said."""

    def __init__(self, code: str, message: str, *, hint: str = "", retry_after: float | None = None) -> None:
        super().__init__(code, message, hint=hint)
        self.retry_after = retry_after


class Conflict(EntrepotError):
    """Somebody else moved the state we stood on, or holds the lock we need."""


class Misuse(EntrepotError):
    """A call, a setting or a file of our own operator that cannot work."""
