"""Driving one node: requests go out as JSON, verdicts come back; everything is kept for replay."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from entrepot_conformance.suite.outcome import Skipped
from entrepot_conformance.suite.traffic import Traffic
from entrepot_conformance.suite.usage import Usage, measure

from .verdict import Kind, Verdict, read_verdict

PATIENCE_SECONDS = 60.0
MAX_ANSWER_BYTES = 8 * 1024 * 1024

Message = Mapping[str, Any]


class Channel(Protocol):
    """One way to reach a shim: lines to a process, or requests over HTTP. Raises AssertionError if the other end broke."""

    @property
    def pid(self) -> int | None:
        """The process to measure and to kill; None where the node runs out of our reach."""

    def ask(self, request: Message, patience: float) -> Message:
        """Send one request and wait for its answer."""

    def kill(self) -> None:
        """End the node at once, as a power cut would, with all its processes."""

    def close(self) -> None:
        """End it in order; kill it if it does not go."""


class ShimDriver:
    """One node behind a shim."""

    def __init__(self, name: str, channel: Channel, home: Path, dump: Path | None = None) -> None:
        self.name, self.home = name, home
        self.url = ""
        self.fingerprint = ""
        self.features: frozenset[str] = frozenset()
        self.traffic = Traffic()
        self._channel, self._dump = channel, dump

    def ask(self, do: str, *, patience: float = PATIENCE_SECONDS, **members: Any) -> Verdict:
        """Make one request. A shim that does not know it, or a node without the feature, skips the case."""
        request = {"do": do, **members}
        self._keep("to", request)
        answer = self._channel.ask(request, patience)
        self._keep("from", answer)
        verdict = read_verdict(answer)
        if verdict.kind is Kind.UNSUPPORTED:
            raise Skipped(f"the node does not offer {do!r}")
        return verdict

    def must(self, do: str, **members: Any) -> Verdict:
        """Make a request that has to be accepted."""
        verdict = self.ask(do, **members)
        assert verdict.kind is Kind.ACCEPTED, f"{do} was refused ({verdict.code}) where nothing was wrong"
        return verdict

    def init(self, origin: str, **members: Any) -> None:
        """Found a node in `home`, or open the one that is there, and serve it."""
        told = self.must("init", home=str(self.home), origin=origin, **members).details
        self.url, self.fingerprint = str(told["url"]), str(told["fingerprint"])
        self.features = frozenset(told.get("features", ()))

    def require(self, *features: str) -> None:
        """Skip the case unless the node named all these features."""
        missing = sorted(set(features) - self.features)
        if missing:
            raise Skipped(f"the node does not offer {', '.join(missing)}")

    def usage(self) -> Usage | None:
        """What the node has spent so far; None where it can't be measured from here."""
        return measure(self._channel.pid, self.home) if self._channel.pid else None

    def kill(self) -> None:
        """End the node at once, as a power cut would."""
        self._keep("kill", {})
        self._channel.kill()

    def close(self) -> None:
        """End the node."""
        self._channel.close()

    def _keep(self, direction: str, message: Message) -> None:
        self.traffic.note(f"{direction} {self.name}: {json.dumps(message, ensure_ascii=False)}")
        if self._dump is not None:
            with (self._dump / f"{self.name}.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps({direction: message}, ensure_ascii=False) + "\n")


Launch = Callable[[str], ShimDriver]
