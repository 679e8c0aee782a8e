"""`entrepot follow` and `entrepot unfollow`: the operator's decision, pinned to a fingerprint."""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import aclosing
from pathlib import Path
from typing import Any

import typer

from entrepot_node.commands.node import Node, open_node, open_transport
from entrepot_node.commands.output import DONE, FOUND_FAULTS, Output, exit_code, printable
from entrepot_node.commands.sync import pull_document, pull_follows, pull_line
from entrepot_node.fingerprints import comparison
from entrepot_node.following import Introduction, meet, pin
from entrepot_node.mirroring import require_consent
from entrepot_node.pull_lease import LEASED
from entrepot_node.storage.follows import FollowRow
from entrepot_schema.errors import Misuse
from entrepot_schema.fingerprint import six_words
from entrepot_sync.hello import APPROVED, WAITING

_NAME_SHOWN = 80
_HELLO_TEXTS = {
    WAITING: " It was told where to push to; its operator decides.",
    APPROVED: " It pushes to this node.",
    "hello.base-url": " It cannot push here: set base_url in entrepot.toml to where others reach this node.",
}


def run_follow(
    path: Path,
    url: str,
    *,
    fingerprint: str,
    yes: bool,
    allow_private: bool,
    growth_limit: int,
    mirror: bool,
    sync: bool,
    repin: bool = False,
    as_json: bool,
) -> int:
    """Meet a node, have its fingerprint confirmed, pin it, pull it."""
    output = Output(as_json=as_json)
    if repin and yes and not fingerprint:
        hint = "Call its operator; then say which fingerprint you were told, with --fingerprint."
        raise Misuse("follow.unconfirmed", "a pinned fingerprint is not replaced unseen", hint=hint)
    with open_node(path) as node:
        met = introduce(node, url, allow_private=allow_private, fingerprint=fingerprint, mirror=mirror)
        if not fingerprint and not yes and not _confirmed(met, as_json=as_json):
            return FOUND_FAULTS
        pin(
            node.store,
            met,
            allow_private=allow_private,
            growth_limit=growth_limit or node.settings.growth_limit,
            now=time.time(),
            own_origin=node.settings.origin,
            mirror=mirror,
            repin=repin,
        )
        pinned = {
            "origin": met.origin,
            "feed": met.feed_name,
            "fingerprint": met.fingerprint,
            "words": list(six_words(met.fingerprint)),
        }
        if sync:
            return _pull_first(node, pinned, output)
        pinned["hello"] = _say_hello(node, met.origin)
    output.result(pinned, lambda console: console.print(_pinned_text(pinned)))
    return DONE


def run_unfollow(path: Path, origin: str, *, yes: bool, as_json: bool) -> int:
    """Stop following after asking."""
    with open_node(path) as node:
        follow = _follow(node, origin)
        if not yes and not typer.confirm(f"Drop everything held of {origin}? Its records stay at {origin}."):
            return FOUND_FAULTS
        node.store.remove_follow(follow.feed_id)
    Output(as_json=as_json).result(
        {"unfollowed": origin}, lambda c: c.print(f"{origin} is not followed any more.")
    )
    return DONE


def _pull_first(node: Node, pinned: dict[str, Any], output: Output) -> int:
    """Pull what was just pinned, unless the running server is faster: then it is followed all the same."""
    (result,) = pull_follows(node, [_follow(node, pinned["origin"])], output)
    pinned["hello"] = _say_hello(node, pinned["origin"])
    if result.error is not None and result.error.code == LEASED:
        text = f"{_pinned_text(pinned)} The running server pulls it now."
        output.result([{**pinned, "ok": True, "leased": True}], lambda console: console.print(text))
        return DONE
    output.result(
        [{**pinned, **pull_document(result)}],
        lambda console: console.print(f"{_pinned_text(pinned)}\n{pull_line(result)}"),
    )
    return exit_code(result.error) if result.error else DONE


def _say_hello(node: Node, origin: str) -> str:
    """Say where to push to, if the peer takes that and was not told yet; return what became of it, or why nothing did."""
    if not node.settings.hello:
        return ""
    greeter = node.greeter()
    peer = next((peer for peer in greeter.due() if peer.origin == origin), None)
    if peer is not None:
        said = asyncio.run(greeter.greet(peer))
        return said.code or said.state
    return next((row.code or row.state for row in node.store.greetings() if row.origin == origin), "")


def _pinned_text(pinned: dict[str, Any]) -> str:
    words = " ".join(pinned["words"])
    text = f"{pinned['origin']} is followed, pinned to {pinned['fingerprint']} ({words})."
    return text + _HELLO_TEXTS.get(pinned["hello"], "")


def introduce(node: Node, url: str, *, allow_private: bool, fingerprint: str, mirror: bool) -> Introduction:
    """Meet a node, and refuse one with another fingerprint (if one is given), test keys, or no wish to be mirrored."""
    met = asyncio.run(_meet(url, allow_private))
    if mirror:
        require_consent(met.origin, met.document, node.settings.origin)
    _require_fingerprint(met, fingerprint)
    return met


async def _meet(url: str, allow_private: bool) -> Introduction:
    async with aclosing(open_transport(url, allow_private)) as transport:
        return await meet(url, transport)


def _require_fingerprint(met: Introduction, fingerprint: str) -> None:
    if fingerprint and fingerprint != met.fingerprint:
        hint = "Do not follow it. Ask its operator; somebody may stand between you."
        raise Misuse(
            "follow.fingerprint", f"the node's fingerprint is {met.fingerprint}, not {fingerprint}", hint=hint
        )


def _confirmed(met: Introduction, *, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        hint = f"Compare it by phone, then add --fingerprint {met.fingerprint}"
        raise Misuse("follow.unconfirmed", f"nobody confirmed the fingerprint of {met.origin}", hint=hint)
    names = " / ".join(printable(name)[:_NAME_SHOWN] for name in met.name.values())
    # Ours first: what follows it is the node's own word, on one line, and cannot pose as our question.
    typer.echo(f"{comparison(met.origin, met.fingerprint)}\nIt calls itself: {names}")
    return typer.confirm("Compare the fingerprint with its operator by phone. Is it the same?")


def _follow(node: Node, origin: str) -> FollowRow:
    follow = node.store.follow_of(origin)
    if follow is None:
        raise Misuse("follow.unknown", f"{origin} is not followed", hint="`entrepot peers` lists what is.")
    return follow
