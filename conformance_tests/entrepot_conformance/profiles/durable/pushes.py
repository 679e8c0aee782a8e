"""What a node pushes to the witness of a peer, where to, and which cosignatures it takes (FED-01, FED-02, FED-06)."""

from __future__ import annotations

import time
from collections.abc import Callable

from entrepot_conformance.http_reader import HttpReader
from entrepot_conformance.lying.server import PeerServer
from entrepot_conformance.lying.vouching import VouchingPeer
from entrepot_conformance.making.cosignature_cases import cosignature_line
from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.reader.notes import parse_note
from entrepot_conformance.reason_codes import require_code
from entrepot_conformance.shim.verdict import Kind
from entrepot_conformance.suite.case import Case, Side
from entrepot_conformance.toy_node import Response

from .keeper import Keeper
from .row import row

_AHEAD_SECONDS = 3600


def cases() -> list[Case]:
    """Return these cases."""
    both = (Side.ACCEPT, Side.REFUSE)
    return [
        row("push-of-own-lines", "It pushes its newest head with its own lines alone, from the size that was cosigned last",
            "FED-02 FED-11", _own_lines, "", *both),
        row("push-to-the-known-place", "It pushes to where its operator told it to follow a peer, not to where that one says it is",
            "FED-01", _known_place, "", *both),
        row("cosignature-of-another", "It takes no cosignature of another key, another head, a time to come or no time, and serves none",
            "FED-06 LOG-71", _cosignatures, "", *both),
    ]  # fmt: skip


def _own_lines(keeper: Keeper) -> None:
    keeper.start("push")
    keeper.publish()
    first = keeper.witness("first")
    second = keeper.witness("second")  # by now a line of the first stands under the head that is served
    before = keeper.check().size
    keeper.publish()
    keeper.push(second)
    head = keeper.check()
    olds = []
    for body in (first.pushed[0], *second.pushed):
        told, _, raw = body.partition(b"\n\n")
        olds.append(told.split(b"\n")[0])
        names = {name for name, _, _ in parse_note(raw).signatures}
        assert names == {head.log_key.name}, f"a push carries lines of {sorted(names)}, not only its own"
    assert olds == [b"old 0", b"old 0", b"old %d" % before], f"the old sizes of its pushes are {olds}"
    newest = parse_note(second.pushed[-1].partition(b"\n\n")[2]).text
    assert newest == parse_note(head.checkpoint).text, "what it pushed last is not its newest head"


def _known_place(keeper: Keeper) -> None:
    keeper.start("push")
    keeper.publish()
    canary = PeerServer(lambda request: Response(200, b"nobody may ask"))
    witness = keeper.peer("moved")
    try:
        witness.says_it_is_at = canary.url
        witness.tell()
        keeper.meet(witness)
        assert canary.connections == 0, "the node went to an address that only a document names"
    finally:
        canary.close()


def _cosignatures(keeper: Keeper) -> None:
    keeper.start("push")
    keeper.publish()
    witness = keeper.witness("odd")
    good = witness.answered
    for bend in _odd_lines(witness):
        keeper.publish(1)
        witness.answered = bend
        verdict = keeper.node.ask("push-once", origin=witness.origin)
        assert verdict.kind is Kind.REFUSED, "it took a cosignature that is none of its head by that witness"
        require_code(verdict.code, ("push.cosignature",), "push-once")
        assert not _lines(keeper, witness), "it serves a line that is no cosignature of this head"
    witness.answered = good
    keeper.push(witness)
    assert _lines(keeper, witness), "it serves no line of the witness that has cosigned its head"


def _odd_lines(witness: VouchingPeer) -> list[Callable[[str], str]]:
    key, name = witness.key, witness.name

    def text() -> str:
        return parse_note(next(iter(witness.seen.values())).note).text

    def now() -> int:
        return int(time.time())

    return [
        lambda line: cosignature_line(TestKey("a stranger's witness"), name, now(), text()),
        lambda line: cosignature_line(key, name, now(), f"{text()}more\n"),
        lambda line: cosignature_line(key, name, now() + _AHEAD_SECONDS, text()),
        lambda line: cosignature_line(key, name, 0, text()),
        lambda line: "",
    ]


def _lines(keeper: Keeper, witness: VouchingPeer) -> list[str]:
    note = parse_note(HttpReader(keeper.node.url).get("/feed/checkpoint").body)
    return [name for name, _, _ in note.signatures if name == witness.name]
