"""Pushing a head to the witness of a peer, and judging what it answers (FED-02, FED-04 to FED-06).

    cosignature = await push_head(transport, head, old=last_size, prove=proof_from, witness=key, now=time)

What a peer answers moves nothing here: it yields a verified cosignature, or an error that says when it makes sense to ask
again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from entrepot_schema.errors import PeerFault, Refused, Unavailable
from entrepot_sync.cosignature import Cosignature, CosignerKey, cosignatures_of
from entrepot_sync.feed_store import Head
from entrepot_sync.note import Note, parse_signature_lines, split
from entrepot_sync.transport import NOT_FOUND, OK, Posted, PostTransport
from entrepot_sync.witness import MAX_SIZE, write_add_checkpoint

PATH = "/witness/add-checkpoint"
SIZE_TYPE = "text/x.tlog.size"
MAX_ANSWER_BYTES = 16 * 1024
FUTURE_SECONDS = 600
"""How far a peer's clock may be ahead of ours."""
_SIZE = re.compile(rb"(0|[1-9][0-9]{0,18})\n")
_CONFLICT, _FORBIDDEN, _INCONSISTENT = 409, 403, 422

Prove = Callable[[int], Sequence[bytes]]
"""`prove(old)`: the consistency proof from an old size to that of the head."""


class PushAhead(PeerFault):
    """The peer says it cosigned a larger head of ours than we have: we were rolled back, or our key signs elsewhere."""

    def __init__(self, size: int, own: int) -> None:
        message = f"the peer says it has cosigned our feed at size {size}; here it has {own} entries"
        hint = "Was an old backup restored, or does another machine use the same keys? Publish nothing before that is clear."
        super().__init__("push.ahead", message, hint=hint)
        self.size = size


async def push_head(
    transport: PostTransport,
    head: Head,
    *,
    old: int,
    prove: Prove,
    witness: CosignerKey,
    now: float,
    path: str = PATH,
) -> Cosignature:
    """Push a head that our log keys alone have signed; return the peer's cosignature. `path` is where its witness is.

    Raises `push.*` and what the transport raises. A size that the peer names is tried once.
    """
    answer = await _post(transport, path, head, old, prove)
    if answer.status == _CONFLICT:
        named = _named_size(answer)
        if named > head.size:
            raise PushAhead(named, head.size)
        answer = await _post(transport, path, head, named, prove)
        if answer.status == _CONFLICT:
            raise Unavailable("push.stale", "the peer names one size after the other; another push is faster")
    _require_cosigned(answer)
    return _cosignature(answer, head, witness, now)


async def show_head(transport: PostTransport, head: Head) -> None:
    """Show a peer's witness a head of another log, for it to judge by what it holds itself (FED-15).

    It asks for no cosignature, so the answer says nothing.
    """
    await _post(transport, PATH, head, head.size, lambda _: ())


async def _post(transport: PostTransport, path: str, head: Head, old: int, prove: Prove) -> Posted:
    body = write_add_checkpoint(old, prove(old), head.note)
    return await transport.post(
        path, body, media_type="text/plain; charset=utf-8", max_bytes=MAX_ANSWER_BYTES
    )


def _named_size(answer: Posted) -> int:
    match = _SIZE.fullmatch(answer.body)
    if answer.media_type != SIZE_TYPE or match is None or int(match[1]) > MAX_SIZE:
        raise PeerFault("push.refused", "the peer answered 409 without naming a size")
    return int(match[1])


def _require_cosigned(answer: Posted) -> None:
    if answer.status == NOT_FOUND:
        raise PeerFault("push.not-followed", "the peer does not follow this node, or witnesses nothing")
    if answer.status == _FORBIDDEN:
        raise Unavailable("push.unknown-key", "the peer does not know our log key yet")
    if answer.status == _INCONSISTENT:
        hint = "It has seen another history of this feed. Compare what both hold before you publish more."
        raise PeerFault("push.inconsistent", "the peer says our head does not extend what it saw", hint=hint)
    if answer.status != OK:
        raise PeerFault("push.refused", f"the peer answered {answer.status}")


def _cosignature(answer: Posted, head: Head, witness: CosignerKey, now: float) -> Cosignature:
    try:
        lines = parse_signature_lines(answer.body)
        found = cosignatures_of(Note(split(head.note).text, lines), [witness])
    except Refused as refused:
        raise PeerFault("push.cosignature", f"the peer answered no line: {refused.message}") from refused
    if not found:
        message = f"no line of the answer is a cosignature of {witness.name}"
        raise PeerFault("push.cosignature", message)
    (cosignature,) = found
    if cosignature.time > now + FUTURE_SECONDS:
        ahead = int(cosignature.time - now)
        message = f"the peer's cosignature is of a time {ahead} seconds ahead"
        raise PeerFault("push.cosignature", message, hint="One of the two clocks is wrong.")
    return cosignature
