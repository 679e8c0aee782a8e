"""`entrepot hellos`: who asks to be pushed to, and what the operator says to that (FED-64, FED-66)."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import typer

from entrepot_node.commands.node import Node, open_node
from entrepot_node.commands.output import DONE, FOUND_FAULTS, Output
from entrepot_node.fingerprints import comparison, spoken
from entrepot_node.followers import approve
from entrepot_node.hello_desk import MOST_HELLOS, WAITING_SECONDS
from entrepot_node.storage.acquaintance import HelloRow, RivalRow
from entrepot_schema.errors import Misuse
from entrepot_schema.fingerprint import six_words
from entrepot_schema.timestamp import format_seconds


def run_hellos(path: Path, *, as_json: bool) -> int:
    """List hellos and approved followers."""
    with open_node(path) as node:
        rows = hello_rows(node)
    Output(as_json=as_json).result(rows, lambda console: console.print(_text(rows)))
    return DONE


def hello_rows(node: Node) -> list[dict[str, Any]]:
    """One row a hello or follower, by state and origin."""
    rivals = {rival.origin: rival for rival in node.store.rivals()}
    followed = {follow.origin: follow for follow in node.store.follows()}
    pushes = {push.origin: push for push in node.store.pushes()}
    rows = []
    for hello in _current(node.store.hellos()):
        state = "refused" if hello.refused else "waiting"
        rows.append(_row(hello, state, hello.received_at, rivals))
    for follower in node.store.followers():
        row = _row(follower, "approved", follower.approved_at, rivals)
        push = pushes.get(follower.origin)
        rows.append({**row, "code": follower.code or (push.last_code if push else "")})
    listed = {row["origin"] for row in rows}
    for rival in rivals.values():
        if rival.origin in followed and rival.origin not in listed:
            follow = followed[rival.origin]
            rows.append(_row(follow, "followed", follow.added_at, rivals))
    return rows


def _row(known: Any, state: str, since: float, rivals: dict[str, RivalRow]) -> dict[str, Any]:
    rival = rivals.get(known.origin)
    return {
        "origin": known.origin,
        "state": state,
        "fingerprint": known.scid,
        "words": list(six_words(known.scid)),
        "baseUrl": known.base_url,
        "since": format_seconds(since),
        "rival": rival.scid if rival else "",
        "rivalTime": format_seconds(rival.seen_at) if rival else None,
    }


def run_approve(
    path: Path, origin: str, *, fingerprint: str, yes: bool, allow_private: bool, as_json: bool
) -> int:
    """Have the fingerprint compared, then push there."""
    with open_node(path) as node:
        hello = _hello(node, origin)
        if fingerprint and fingerprint != hello.scid:
            message = f"the hello of {origin} has the fingerprint {hello.scid}, not {fingerprint}"
            hint = "Do not approve it. Ask its operator; somebody else may claim the name."
            raise Misuse("follow.fingerprint", message, hint=hint)
        rival = next((row for row in node.store.rivals() if row.origin == origin), None)
        if not fingerprint and not yes and not _confirmed(hello, rival, as_json=as_json):
            return FOUND_FAULTS
        follower = approve(node.store, hello, allow_private=allow_private, now=time.time())
        # Now it may be asked who it is; what fails here the running server tries again.
        follower = asyncio.run(node.followers().refresh(follower))
        witness = node.store.peer_witnesses().get(origin, "")
    document = {
        "origin": origin, "state": "approved", "fingerprint": follower.scid, "words": list(six_words(follower.scid)),
        "baseUrl": follower.base_url, "witness": witness, "code": follower.code,
    }  # fmt: skip
    Output(as_json=as_json).result(document, lambda console: console.print(_approved_text(document)))
    return DONE


def run_refuse(path: Path, origins: Sequence[str], *, as_json: bool) -> int:
    """Refuse hellos, and take approvals back."""
    with open_node(path) as node:
        for origin in origins:
            row = _refused(node, origin)
            node.store.remove_follower(origin)
            node.store.put_hello(row, most=MOST_HELLOS, since=0.0)
    return _say(origins, "refused", "is not pushed to.", as_json=as_json)


def _refused(node: Node, origin: str) -> HelloRow:
    """The hello to keep as refused: the one that is held, or what is known of a follower."""
    hello = node.store.hello(origin)
    if hello is not None:
        return replace(hello, refused=True, received_at=time.time())
    follower = next((row for row in node.store.followers() if row.origin == origin), None)
    if follower is None:
        raise _unknown(origin)
    now = time.time()
    return HelloRow(origin, follower.scid, follower.base_url, follower.key_log, int(now), now, refused=True)


def run_forget(path: Path, origins: Sequence[str], *, as_json: bool) -> int:
    """Forget some, or all that wait."""
    with open_node(path) as node:
        chosen = list(origins) or [row.origin for row in node.store.hellos() if not row.refused]
        for origin in chosen:
            had_hello = node.store.hello(origin) is not None
            had_rival = any(row.origin == origin for row in node.store.rivals())
            node.store.remove_hello(origin)
            if not node.store.remove_follower(origin) and not had_hello and not had_rival:
                raise _unknown(origin)
    return _say(chosen, "forgotten", "is forgotten.", as_json=as_json)


def _say(origins: Sequence[str], state: str, words: str, *, as_json: bool) -> int:
    text = "\n".join(f"{origin} {words}" for origin in origins) or "Nothing waits."
    Output(as_json=as_json).result({state: list(origins)}, lambda console: console.print(text))
    return DONE


def _hello(node: Node, origin: str) -> HelloRow:
    hello = node.store.hello(origin)
    if hello is None:
        raise _unknown(origin)
    return hello


def _unknown(origin: str) -> Misuse:
    return Misuse("hello.unknown", f"no hello of {origin} is held", hint="`entrepot hellos` lists what is.")


def _current(hellos: Sequence[HelloRow]) -> list[HelloRow]:
    since = time.time() - WAITING_SECONDS
    return [row for row in hellos if row.refused or row.received_at >= since]


def _confirmed(hello: HelloRow, rival: RivalRow | None, *, as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        hint = f"Compare it by phone, then add --fingerprint {hello.scid}"
        raise Misuse("follow.unconfirmed", f"nobody confirmed the fingerprint of {hello.origin}", hint=hint)
    typer.echo(f"{comparison(hello.origin, hello.scid)}\nIt asks to be pushed to at {hello.base_url}")
    if rival is not None:
        typer.echo(f"Careful: somebody else with the fingerprint {rival.scid} claims this name too.")
    return typer.confirm("Compare the fingerprint with its operator by phone. Is it the same?")


def _approved_text(document: dict[str, Any]) -> str:
    text = f"{document['origin']} is approved, pinned to {document['fingerprint']} ({' '.join(document['words'])}).\n"
    if document["witness"]:
        return text + f"New heads are pushed to {document['baseUrl']}."
    if document["code"]:
        return (
            text
            + f"It could not be asked for its witness [{document['code']}]; the running server tries again."
        )
    return text + "It has no witness to push to."


def _text(rows: Sequence[dict[str, Any]]) -> str:
    if not rows:
        return "Nobody has said hello."
    lines = []
    for row in rows:
        lines.append(f"{row['origin']}: {row['state']} since {row['since']}, at {row['baseUrl']}")
        lines.append(f"  {row['fingerprint']}  ({spoken(row['fingerprint'])})")
        if row.get("code"):
            lines.append(f"  [{row['code']}]")
        if row["rival"]:
            lines.append(
                f"  ALERT: {row['rival']} claimed this name at {row['rivalTime']}. Call the operator you know."
            )
    if any(row["state"] == "waiting" for row in rows):
        lines.append(
            "Compare the fingerprint by phone, then: entrepot hellos approve ORIGIN (or refuse, forget)"
        )
    return "\n".join(lines)
