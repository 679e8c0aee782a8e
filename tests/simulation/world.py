"""One world from one seed: five nodes, their network, what happens to them, and what must be true of it.

    with serving() as server:
        World(4711, folder, template, server).run()     # raises `Failed`, with the seed and all steps

Everything that happens is drawn from the seed, so the same seed gives the same trace, on any machine.
"""

from __future__ import annotations

import random
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from structlog.testing import capture_logs

from entrepot_node.home import Home

from .clocks import Clock, Time, loops_on
from .crashes import Crashed
from .drawing import NothingToDo
from .healing import heal
from .history import History
from .invariants import check_end
from .network import Network
from .node import Node
from .serving import Answer, Place, Server
from .steps import choose
from .template import HONEST, LIAR, ORIGINS
from .watching import Watch

STEPS = 18


class Failed(AssertionError):
    """A seed in which something happened that never may."""


@dataclass(frozen=True, slots=True)
class Template:
    """Five founded nodes that know each other, with the fingerprint and a first backup of each."""

    folder: Path
    fingerprints: dict[str, str]
    backups: dict[str, Path] = field(default_factory=dict)


class World:
    """See the module."""

    def __init__(self, seed: int, folder: Path, template: Template, server: Server) -> None:
        self.seed = seed
        self.folder = folder
        self.template = template
        self.draw = random.Random(f"world {seed}")
        self.time = Time()
        self.history = History()
        self.watch = Watch(self.history, self._honest)
        self.network = Network(seed, server, self._machine, self.watch)
        self.nodes: dict[str, Node] = {}
        self.twins: dict[str, Node] = {}
        self.misled: set[tuple[str, str]] = set()
        self.cloned: set[str] = set()
        self.burned: set[str] = set()
        self.restored: set[str] = set()
        self.backups = dict(template.backups)
        self.homes = 0
        self.first_said: dict[str, Answer] = {}
        self.trace: list[str] = []
        for origin in ORIGINS:
            home = Home(folder / origin)
            shutil.copytree(template.folder / origin, home.path)
            self.nodes[origin] = self.node(origin, origin, home)

    def node(self, origin: str, machine: str, home: Home) -> Node:
        """A node on a machine; it is not started."""
        draw = random.Random(f"{self.seed} {machine}")
        return Node(
            origin, machine, home, self.network, Clock(self.time), draw, self._signed, gated=origin != LIAR
        )

    def split(self, origin: str) -> None:
        """Let a second machine begin with all that the first one has, keys included."""
        node = self.nodes[origin]
        node.stop()
        home = Home(self.folder / f"{origin} twin")
        shutil.copytree(node.home.path, home.path)
        self.history.fork(f"{origin}/feed/1")
        self.twins[origin] = self.node(origin, f"{origin} twin", home)
        self.twins[origin].clock = node.clock
        for one in (node, self.twins[origin]):
            one.start()

    # who is where

    def _machine(self, caller: str, host: str) -> Place | None:
        node = (
            self.twins[host] if (caller, host) in self.misled and host in self.twins else self.nodes.get(host)
        )
        return node.place if node else None

    def _honest(self, origin: str) -> Node | None:
        return self.nodes[origin] if origin in HONEST and origin not in self.cloned else None

    @property
    def honest(self) -> list[Node]:
        return [self.nodes[origin] for origin in HONEST]

    @property
    def running(self) -> list[Node]:
        return [node for node in self.honest if node.up]

    def _signed(self, node: Node) -> None:
        """Take in what a node has signed since."""
        branch = 1 if node is self.twins.get(node.origin) else 0
        self.history.observe(node.disk, node.feed, branch)

    # running

    def run(self) -> list[str]:
        """Let everything happen; return the trace."""
        with capture_logs() as logs, loops_on(self.time):
            try:
                for node in self.nodes.values():
                    node.start()
                for number in range(STEPS):
                    while not self._step(number, *choose(self)):
                        pass
                self._step(STEPS, "heal", heal)
                self._step(STEPS + 1, "check", check_end)
            except (Exception, Crashed) as error:
                raise Failed(self._report(error)) from error
            finally:
                for node in [*self.nodes.values(), *self.twins.values()]:
                    node.stop()
        self.logs = [str(entry.get("event")) for entry in logs]
        return self.trace

    def _step(self, number: int, name: str, step: Callable[[World], str]) -> bool:
        """Let something happen; False if it cannot."""
        self.network.begin(number)
        self.trace.append(f"{number} {name} …")
        try:
            self.trace[-1] = f"{number} {name}: {step(self)}"
        except NothingToDo:
            self.trace.pop()
            return False
        if self.network.violations:
            raise self.network.violations[0]
        return True

    def _report(self, error: BaseException) -> str:
        steps = "\n  ".join(self.trace)
        return (
            f"seed {self.seed}: {type(error).__name__}: {error}\n  {steps}\n"
            f"Again: python -m tests.simulation {self.seed}"
        )
