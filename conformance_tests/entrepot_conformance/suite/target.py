"""What is judged: a node behind a URL, or one that is driven through a shim, or a tool for files; or several of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from entrepot_conformance.node_under_test import NodeUnderTest
from entrepot_conformance.shim.driver import Launch, ShimDriver

from .outcome import Skipped
from .staying_checker import StayingChecker
from .traffic import Traffic


@dataclass
class Target:
    """What whoever runs the suite gave it; each case takes what it needs and skips itself where that is missing."""

    node_url: str | None = None
    launch: Launch | None = None
    """Starts a new shim, each with a node of its own."""
    checker: tuple[str, ...] = ()
    """A command that takes a file and prints findings."""
    staying_checker: StayingChecker | None = None
    """The same, as a process that stays."""
    work: Path = Path()
    """A folder that the suite may fill; nodes keep their data below it."""
    dump: Path | None = None
    """Where every message with shims and from simulated peers is kept, to be replayed by hand."""
    seed: int = 0
    traffic: Traffic = field(default_factory=Traffic)
    """What was said while the present case runs."""
    kept: dict[str, Any] = field(default_factory=dict)
    """What one case leaves to the next ones of its profile, such as a node that already stands."""
    _drivers: list[ShimDriver] = field(default_factory=list)
    _ends: list[Callable[[], None]] = field(default_factory=list)

    @cached_property
    def node(self) -> NodeUnderTest:
        """The node behind the URL, read once for all cases."""
        if self.node_url is None:
            raise Skipped("no node to read: give its base URL with --node-url")
        return NodeUnderTest(self.node_url, self.traffic)

    def beside(self) -> Target:
        """The same for a case that runs beside others: only what is said is kept apart."""
        return replace(self, traffic=Traffic())

    def start_shim(self, name: str) -> ShimDriver:
        """Start a shim; it is stopped with the target."""
        if self.launch is None:
            raise Skipped("no shim to drive a node: give one with --shim or --shim-url")
        driver = self.launch(name)
        driver.traffic = self.traffic
        self._drivers.append(driver)
        return driver

    @property
    def drivers(self) -> tuple[ShimDriver, ...]:
        """The shims that were started so far."""
        return tuple(self._drivers)

    def at_close(self, end: Callable[[], None]) -> None:
        """Have something ended with the target, after the shims."""
        self._ends.append(end)

    def close(self) -> None:
        """Stop every shim, and what cases left behind."""
        for driver in self._drivers:
            driver.close()
        self._drivers.clear()
        for end in self._ends:
            end()
        self._ends.clear()
