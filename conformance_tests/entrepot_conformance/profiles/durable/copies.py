"""Homes that are copied, put back, cloned or lost: whatever lies on the disk, a log key signs one history."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

from entrepot_conformance.lying.vouching import VouchingPeer
from entrepot_conformance.making.seeds import TestKey, signed_checkpoint
from entrepot_conformance.reader import merkle
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.shim.verdict import Kind
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.toy_feed import ToyFeed

from .keeper import Keeper
from .row import row

GATE = "gate.*"
"""Any reason for which nothing is signed."""


def cases() -> list[Case]:
    """Return these cases."""
    refuses, both = Side.REFUSE, (Side.ACCEPT, Side.REFUSE)
    return [
        row("old-copy-signs-nothing", "It signs nothing from an old copy once a peer shows a larger head",
            "FED-41 LOG-37", _old_copy, "D07", refuses),
        row("old-copy-withdraws-nothing", "It withdraws nothing from an old copy, since that is a signature too",
            "FED-41 LOG-37", _old_withdrawal, "D07", refuses),
        row("old-copy-goes-on-from-mirror", "It gets what the old copy lacks back from a mirror, and goes on from there",
            "FED-45 FED-48", _old_copy_recovers, "D07"),
        row("silence-is-no-leave", "It signs nothing after a start until a peer that cosigned it has answered",
            "FED-43", _silence, "D07", *both),
        row("answer-gives-leave", "It goes on after an ordinary start, with whoever cosigned it awake", "FED-40 FED-41", _answered, "D07"),
        row("lost-store-begins-no-log", "It begins no new log under its keys when its data is gone", "FED-44", _lost, "D12", refuses),
        row("lost-store-comes-back", "It gets its whole feed back from a mirror with only its keys",
            "FED-44 FED-45 FED-46 FED-47 FED-48", _lost_recovers, "D12"),
        row("short-mirror-gives-no-leave", "It does not sign after a recovery from a copy that ends below what it signed",
            "FED-47", _short_mirror, "D12", refuses),
        row("forged-mirror-is-refused", "It takes no feed from a copy whose head another key signed",
            "FED-45 FED-46", _forged_mirror, "D12", refuses),
        row("clone-started-later-signs-nothing", "A clone signs nothing once the other one has pushed more",
            "FED-41 LOG-37", _late_clone, "D08", refuses),
        row("clone-stops-at-larger-head", "A clone that has signed stops when a peer shows it the other one's larger head",
            "FED-04 FED-41", _clone_learns, "D08", refuses),
        row("clone-stops-at-other-root", "A clone that has signed stops at its next start where a peer saw another root of that size",
            "FED-41 LOG-37", _clone_forked, "D08", refuses),
        row("push-goes-on-from-named-size", "It pushes again from the size that a witness names", "FED-04", _pushed_again, ""),
    ]  # fmt: skip


def begin(keeper: Keeper, *features: str) -> VouchingPeer:
    """A node with records, and a witness that has cosigned its head."""
    keeper.start("push", *features)
    keeper.require_command()
    keeper.publish()
    return keeper.witness("witness")


def _put_old_back(keeper: Keeper, witness: VouchingPeer) -> Path:
    """The home is copied, the node goes on and pushes; then the copy comes back."""
    copy = keeper.saved("old")
    keeper.publish()
    keeper.push(witness)
    witness.copy(keeper.check())
    keeper.put_back(copy)
    return copy


def _old_copy(keeper: Keeper) -> None:
    witness = begin(keeper)
    _put_old_back(keeper, witness)
    keeper.refuse(GATE)
    keeper.start()  # nor later
    keeper.refuse(GATE)


def _old_withdrawal(keeper: Keeper) -> None:
    witness = begin(keeper, "withdraw")
    (subject,) = keeper.publish(1)
    keeper.push(witness)
    _put_old_back(keeper, witness)
    verdict = keeper.node.ask("withdraw", ids=[subject])
    assert verdict.kind is Kind.REFUSED, "it signed a withdrawal where that makes two histories"
    require_code(verdict.code, (GATE,), "withdraw")


def _old_copy_recovers(keeper: Keeper) -> None:
    witness = begin(keeper, "recover")
    _put_old_back(keeper, witness)
    keeper.refuse(GATE)
    recover(keeper, witness)


def recover(keeper: Keeper, mirror: VouchingPeer) -> None:
    """The feed comes back, whole, and grows again."""
    told = keeper.node.must("recover", url=mirror.url).details
    size = mirror.copied
    assert told.get("size") == size, f"{told.get('size')} entries came back, the mirror has {size}"
    # A node may serve elsewhere after it was recovered: an ordinary start says where.
    keeper.start()
    keeper.check()
    keeper.publish()
    keeper.check()


def _silence(keeper: Keeper) -> None:
    witness = begin(keeper)
    witness.silent = True
    keeper.start()
    keeper.refuse("gate.no-answer")
    keeper.check()  # it serves as before
    witness.silent = False
    keeper.publish()
    keeper.check()


def _answered(keeper: Keeper) -> None:
    witness = begin(keeper)
    for _ in range(2):
        keeper.start()
        keeper.publish()
        keeper.push(witness)
        keeper.check()


def lose(keeper: Keeper) -> None:
    """The store is gone, the keys are not: it must not start."""
    keeper.node.must("lose-store")
    verdict = keeper.try_start()
    assert verdict.kind is Kind.REFUSED, "it began anew under keys that have signed a log"
    require_code(verdict.code, ("*",), "the start without data")


def _lost(keeper: Keeper) -> None:
    keeper.start("lose-store")
    keeper.publish()
    lose(keeper)
    verdict = keeper.try_start()
    assert verdict.kind is Kind.REFUSED, "at the second start it began anew under keys that have signed a log"


def _lost_recovers(keeper: Keeper) -> None:
    witness = begin(keeper, "recover", "lose-store")
    witness.copy(keeper.check())
    lose(keeper)
    recover(keeper, witness)


def _short_mirror(keeper: Keeper) -> None:
    witness = begin(keeper, "recover", "lose-store")
    witness.copy(keeper.check())
    keeper.publish()
    keeper.push(witness)
    lose(keeper)
    verdict = keeper.node.ask("recover", url=witness.url)
    if verdict.kind is Kind.REFUSED:
        require_code(verdict.code, (GATE,), "recover")
    # What came may be kept: but nothing is signed on top of it.
    if keeper.try_start().kind is Kind.ACCEPTED:
        keeper.refuse(GATE)


def _forged_mirror(keeper: Keeper) -> None:
    witness = begin(keeper, "recover", "lose-store")
    witness.copy(keeper.check(), _forged)
    lose(keeper)
    verdict = keeper.node.ask("recover", url=witness.url)
    assert verdict.kind is Kind.REFUSED, "it took a feed from a copy whose head another key signed"
    require_code(verdict.code, ("recover.*", "log.*", "key.*"), "recover")


def _forged(feed: ToyFeed) -> ToyFeed:
    """The last entry is gone, and a stranger signs for that."""
    entries = feed.entries[:-1]
    root = merkle.root([merkle.leaf_hash(entry) for entry in entries])
    name = f"{feed.origin}/feed/1"
    head = signed_checkpoint(TestKey("a stranger's log key"), name, len(entries), root)
    return replace(feed, entries=entries, checkpoint=head)


def _cloned(keeper: Keeper) -> Keeper:
    """A second node on a copy of the home."""
    copy = keeper.saved("copy")
    home = copy.with_name(f"{copy.name}-runs")
    shutil.copytree(copy, home)
    return Keeper(keeper.target, f"{keeper.name}-clone", home)


def _late_clone(keeper: Keeper) -> None:
    witness = begin(keeper)
    clone = _cloned(keeper)
    try:
        keeper.publish()
        keeper.push(witness)
        clone.start()
        clone.refuse(GATE)
        keeper.publish()
        keeper.check()
    finally:
        clone.close()


def _clone_learns(keeper: Keeper) -> None:
    witness = begin(keeper)
    clone = _cloned(keeper)
    try:
        clone.start()
        clone.publish(1)  # nobody can know yet
        keeper.publish(3)
        keeper.push(witness)
        verdict = clone.node.ask("push-once", origin=witness.origin)
        assert verdict.kind is Kind.REFUSED, "a push against a larger head of another history was called good"
        require_code(verdict.code, ("push.*", GATE), "push-once")
        clone.refuse(GATE)
    finally:
        clone.close()


def _clone_forked(keeper: Keeper) -> None:
    witness = begin(keeper)
    clone = _cloned(keeper)
    try:
        clone.start()
        clone.publish(1)
        keeper.publish(1)
        keeper.push(witness)
        verdict = clone.node.ask("push-once", origin=witness.origin)
        assert verdict.kind is Kind.REFUSED, "a push of another root of one size was called good"
        clone.start()
        clone.refuse(GATE)
    finally:
        clone.close()


def _pushed_again(keeper: Keeper) -> None:
    """The witness has seen a head that the node does not know it has seen."""
    witness = begin(keeper)
    keeper.publish()
    witness.see(keeper.check())
    keeper.publish()
    keeper.push(witness)
