"""Feeds that came back from a copy: a mark that was kept beside the keys still counts, and all peers are asked (FED-47, FED-81)."""

from __future__ import annotations

import shutil

from entrepot_conformance.lying.vouching import VouchingPeer
from entrepot_conformance.reader.strict_json import parse_object
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.shim.verdict import Kind
from entrepot_conformance.suite.case import Case, Side

from .copies import GATE, begin, lose, recover
from .keeper import Keeper
from .row import row

_LATE_SECONDS = 1.5
"""How late a peer answers that is not silent: more than a node waits that is content with the first answer."""


def cases() -> list[Case]:
    """Return these cases."""
    refuses, both = Side.REFUSE, (Side.ACCEPT, Side.REFUSE)
    return [
        row("got-back-asks-everybody", "Once its feed came from a copy it signs nothing while one peer of several knows more",
            "FED-81 FED-47", _everybody, "D07", refuses),
        row("got-back-beside-silence", "Once its feed came from a copy it goes on although one of its peers is silent",
            "FED-81 FED-48", _silence_of_some, "D07"),
        row("copy-below-the-mark", "It signs nothing on a copy that ends below a head it served itself, though no peer has seen that",
            "FED-47 FED-40", _below_the_mark, "D12", refuses),
        row("copy-of-another-history", "It signs nothing on a copy whose head of the same size has another root than its own had",
            "FED-47 FED-40", _another_history, "D12", refuses),
        row("node-document-goes-on", "Its next node document has a higher revision than any before, from an old copy and a new store too",
            "FED-54", _node_document, "D07", *both),
    ]  # fmt: skip


def _everybody(keeper: Keeper) -> None:
    quick = begin(keeper, "recover")
    late = keeper.witness("late")
    old = keeper.saved("old")
    keeper.publish()
    keeper.push(quick)
    quick.copy(keeper.check())
    keeper.publish()
    keeper.push(late)
    keeper.put_back(old)
    late.answers_after = _LATE_SECONDS
    _recover_or_refuse(keeper, quick)
    keeper.start()
    keeper.refuse(GATE)


def _recover_or_refuse(keeper: Keeper, mirror: VouchingPeer) -> None:
    """What came may be kept, or be refused; what counts is that nothing is signed on top of it."""
    verdict = keeper.node.ask("recover", url=mirror.url)
    if verdict.kind is Kind.REFUSED:
        require_code(verdict.code, (GATE,), "recover")


def _silence_of_some(keeper: Keeper) -> None:
    mirror = begin(keeper, "recover", "lose-store")
    other = keeper.witness("silent")
    mirror.copy(keeper.check())
    lose(keeper)
    other.silent = True
    recover(keeper, mirror)


def _unseen(keeper: Keeper, mirror: VouchingPeer) -> None:
    """The store is lost, and comes from a copy that nobody contradicts but the mark."""
    lose(keeper)
    _recover_or_refuse(keeper, mirror)
    if keeper.try_start().kind is Kind.ACCEPTED:
        keeper.refuse(GATE)


def _below_the_mark(keeper: Keeper) -> None:
    mirror = begin(keeper, "recover", "lose-store")
    mirror.copy(keeper.check())
    keeper.publish()
    keeper.check()  # a head that has left
    _unseen(keeper, mirror)


def _another_history(keeper: Keeper) -> None:
    """A clone has signed as many entries as the node."""
    mirror = begin(keeper, "recover", "lose-store")
    copy = keeper.saved("copy")
    home = copy.with_name(f"{copy.name}-runs")
    shutil.copytree(copy, home)
    clone = Keeper(keeper.target, f"{keeper.name}-clone", home)
    try:
        clone.start()
        clone.batch(50)  # so that the two publish different records
        clone.publish(2)
        mirror.copy(clone.check())
    finally:
        clone.close()
    keeper.publish(2)
    assert keeper.check().size == mirror.copied, "one batch takes as many entries here as there"
    _unseen(keeper, mirror)


def _node_document(keeper: Keeper) -> None:
    mirror = begin(keeper, "recover", "lose-store")
    old = keeper.saved("old")
    before = _revision(keeper)
    keeper.put_back(old)
    again = _revision(keeper)
    assert again > before, f"from an old copy its node document has revision {again}, {before} was seen"
    mirror.copy(keeper.check())
    lose(keeper)
    recover(keeper, mirror)
    anew = _revision(keeper)
    assert anew > again, f"with a new store its node document has revision {anew}, {again} was seen"


def _revision(keeper: Keeper) -> int:
    """The revision of the node document that it serves, which must be signed and name the present address."""
    node = keeper.check()
    node.verify_node_document()
    return int(parse_object(node.node_document)["revision"])
