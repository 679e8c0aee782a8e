"""Cases as rows of tables, played one after the other against one driven node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from entrepot_conformance.lying.identity import Identity
from entrepot_conformance.lying.peer import Peer
from entrepot_conformance.suite.case import Case, Level, Side
from entrepot_conformance.suite.outcome import Skipped
from entrepot_conformance.suite.target import Target
from entrepot_conformance.suite.usage import Budget, Usage

ACCEPT, REFUSE = frozenset({Side.ACCEPT}), frozenset({Side.REFUSE})
BOTH = ACCEPT | REFUSE
MOST_PEERS = 60
"""A node that follows many peers answers slowly; a new one takes its place after so many."""


class DrivenScene:
    """A driven node and the simulated peers around it. `name` names the folder of the node."""

    def __init__(self, target: Target, name: str) -> None:
        self.target, self.name = target, name
        self.node = target.start_shim(name)
        self._peers: list[Peer] = []
        target.at_close(self.close)
        self.open()

    def open(self) -> None:
        """Found the node, or open its folder again."""
        raise NotImplementedError

    @property
    def is_used_up(self) -> bool:
        """Whether it has as many peers as it should."""
        return len(self._peers) >= MOST_PEERS

    def peer(self, origin: str | Identity, records: int = 0) -> Peer:
        """Make an honest peer; it ends with the scene."""
        peer = Peer(origin, records, dump=self.target.dump)
        self._peers.append(peer)
        return peer

    def reopen(self, *, kill: bool) -> None:
        """End the node, in order or at once, and open its folder again."""
        if kill:
            self.node.kill()
            self.node = self.target.start_shim(self.name)
        else:
            self.node.must("stop")
        self.open()

    def usage(self) -> Usage | None:
        """What the node has spent, where that can be measured."""
        return self.node.usage()

    def close(self) -> None:
        """End the peers."""
        for peer in self._peers:
            peer.close()


S = TypeVar("S", bound=DrivenScene)


@dataclass(frozen=True)  # with slots, Python 3.11 cannot make one through an alias such as Row[Scene]
class Row(Generic[S]):
    """One case. `act` is what is asked of the node, and what it owes."""

    name: str
    title: str
    ids: str
    act: Callable[[S], None]
    sides: frozenset[Side] = REFUSE
    attack: str = ""
    level: Level = Level.MUST
    needs: frozenset[str] = frozenset()
    budget: Budget = field(default_factory=Budget)

    def case(self, profile: str, make: Callable[[Target, str], S]) -> Case:
        """Make a case of a profile, whose scenes `make` sets up."""
        return Case(
            f"{profile}.{self.name}", self.title, tuple(self.ids.split()), lambda target: self._play(target, profile, make),
            self.sides, self.level, self.attack, self.needs,
        )  # fmt: skip

    def _play(self, target: Target, profile: str, make: Callable[[Target, str], S]) -> None:
        """Play against the node that stands; one that fails is not used again."""
        scene = _scene_for(target, profile, make)
        scene.node.require(*self.needs)
        try:
            before = scene.usage()
            self.act(scene)
            after = scene.usage()
            if before is not None and after is not None:
                faults = self.budget.faults(after.since(before))
                assert not faults, f"it cost too much: {'; '.join(faults)}"
        except Skipped:
            raise
        except BaseException:
            _retire(scene, profile)
            raise


def _scene_for(target: Target, profile: str, make: Callable[[Target, str], S]) -> S:
    scene: S | None = target.kept.get(profile)
    if scene is not None and scene.is_used_up:
        _retire(scene, profile)
        scene = None
    if scene is None:
        number = target.kept[f"{profile} number"] = target.kept.get(f"{profile} number", 0) + 1
        scene = target.kept[profile] = make(target, f"{profile}-{number}")
    return scene


def _retire(scene: DrivenScene, profile: str) -> None:
    """Let a node go; the next case gets another."""
    scene.target.kept.pop(profile, None)
    scene.close()
    scene.node.close()
