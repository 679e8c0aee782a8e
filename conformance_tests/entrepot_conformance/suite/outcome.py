"""What came of one case. Six states; an error of the suite is never counted as a fault of the node."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from .usage import Usage


class Status(StrEnum):
    """The six states of a result."""

    PASS = "pass"  # noqa: S105 - a state, no password
    FAIL = "fail"
    SKIP = "skip"
    """The node does not offer what the case needs."""
    DISABLED = "disabled"
    """Whoever ran the suite switched the case off."""
    ERROR = "error"
    """The suite itself broke: report it to its authors."""
    UNKNOWN = "unknown"
    """It could not be judged, for example because the node was not reachable any more."""


class Skipped(Exception):
    """Raised by a case that finds out while it runs that the node does not offer what it needs."""


class Undecided(Exception):
    """Raised where nothing can be said: the node is away, or it grew faster than it could be read."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one case."""

    name: str
    status: Status
    reason: str = ""
    """Why, in words; empty for a pass."""
    seconds: float = 0.0
    usage: Usage | None = None
    """What the node spent while the case ran, where it could be measured."""
    expected_failure: str = ""
    """The reason from the file of expected failures, if the case stands there."""
    messages: tuple[str, ...] = field(default=())
    """What was sent and received, redacted, where it did not pass."""

    @property
    def is_as_expected(self) -> bool:
        """Answer whether it passes, or fails where a failure was announced. An announced failure that passes is none."""
        if self.expected_failure:
            return self.status is Status.FAIL
        return self.status is not Status.FAIL
