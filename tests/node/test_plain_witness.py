"""Witnesses that are no nodes: named in the settings, pushed to like those of peers, never waited for."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from entrepot_node.commands.node import open_node
from entrepot_node.commands.peers import cosigned_text, feed_rows
from entrepot_node.cosigner import Cosigner
from entrepot_node.problems import install_problems
from entrepot_node.push_targets import PushTarget, parse_witnesses
from entrepot_node.pushing import Pusher
from entrepot_node.routes.witness import witness_routes
from entrepot_node.served_checkpoint import vouching
from entrepot_node.settings import write_settings
from entrepot_node.witness_state import CosignerState
from entrepot_node.witnessing import Witness
from entrepot_schema.errors import EntrepotError, Misuse
from entrepot_schema.keys import SigningKey
from entrepot_sync import note
from entrepot_sync.checkpoint import open_checkpoint
from entrepot_sync.cosignature import CosignerKey, cosignatures_of
from entrepot_sync.peer_trust import log_keys

from .federation import Federation, Member

KEY = SigningKey.from_seed(b"w" * 32)
NAME = "w.example/w1"
LINE = f"{CosignerKey(NAME, KEY.public)} https://w.example/witness"


@pytest.fixture
def plain(federation: Federation, tmp_path: Path) -> Cosigner:
    """A witness at w.example that is configured with the log key of a.example, and follows nobody."""
    one, two, _ = federation
    CosignerState.create(tmp_path / "w.db")
    cosigner = Cosigner(NAME, KEY, CosignerState.open(tmp_path / "w.db"))
    logs = [str(key) for key in log_keys(one.feed.key_log, one.feed.name)]
    app = FastAPI(redirect_slashes=False)
    install_problems(app, lambda _request: None)
    app.include_router(witness_routes(Witness(two.store, cosigner, logs, now=federation.now)))
    federation.members["w.example"] = replace(two, origin="w.example", app=app)
    return cosigner


def pusher(member: Member, *lines: str) -> Pusher:
    return member.pusher(witnesses=parse_witnesses(lines))


def push(pusher: Pusher) -> PushTarget:
    (target,) = pusher.due()
    asyncio.run(pusher.push(target))
    return target


def names_under(member: Member) -> list[str]:
    opened = open_checkpoint(
        member.checkpoint(), member.feed.name, log_keys(member.feed.key_log, member.feed.name)
    )
    return [found.key.name for found in cosignatures_of(opened.note, [CosignerKey(NAME, KEY.public)])]


def test_a_named_witness_gets_each_new_head_and_its_line_is_served(
    federation: Federation, plain: Cosigner
) -> None:
    """FED-10, FED-02, FED-06: at the URL that was named, with nothing but the lines of our log."""
    one = federation.members["a.example"]
    one.publish("First")
    push(pusher(one, LINE))
    one.publish("Second")
    federation.asked.clear()

    push(pusher(one, LINE))

    assert federation.asked == ["POST https://w.example/witness/add-checkpoint"]
    assert plain.seen(one.feed.name).size == one.feed.size
    assert names_under(one) == [NAME]
    assert [line.name for line in note.split(plain.note(one.feed.name) or b"").signatures] == [one.feed.name]
    assert pusher(one, LINE).due() == []


def test_its_line_is_shown_but_counts_for_no_peer(federation: Federation, plain: Cosigner) -> None:
    """FED-08, FED-10."""
    one, two = federation.members["a.example"], federation.members["b.example"]
    one.follow(two)
    one.publish("First")
    named = pusher(one, LINE)
    (target,) = (target for target in named.due() if target.witness.name == plain.name)
    asyncio.run(named.push(target))
    settings = one.home.settings().model_copy(update={"witnesses": [LINE]})
    write_settings(one.home.path, settings)

    with open_node(one.home.path) as node:
        own = feed_rows(node)[0]

    assert vouching(one.store, one.feed).by == ()
    assert cosigned_text(own) == "0 of 1 peers, 1 of 1 witnesses"
    assert [(one["name"], one["cosigned"]) for one in own["cosigned"]["witnesses"]] == [(NAME, True)]


def test_a_claim_to_have_seen_more_is_looked_at_where_the_witness_is(
    federation: Federation, plain: Cosigner
) -> None:
    """FED-04, FED-10: the head behind an alarm is asked for below the same URL."""
    one = federation.members["a.example"]
    one.publish("First")
    target = push(pusher(one, LINE))
    state = plain.seen(one.feed.name)
    later = replace(state, size=state.size + 9)
    assert plain.cosign(state, later, one.feed.head.note, now=federation.now()) is not None
    federation.asked.clear()

    with pytest.raises(EntrepotError) as alarm:
        asyncio.run(pusher(one, LINE).push(target))

    assert alarm.value.code == "push.ahead"
    feed_hash = sha256(one.feed.name.encode()).hexdigest()
    assert federation.asked[-1] == f"GET https://w.example/witness/{feed_hash}/checkpoint"


@pytest.mark.parametrize(
    "line",
    [
        "",
        "x",
        LINE.split(" ")[0],
        f"{LINE} public",
        f"{LINE} private more",
        LINE.replace("https", "http"),
        LINE.replace("w.example/w1", "w.example/w2"),
        f"{CosignerKey('c.example/witness/1', KEY.public)} https://c.example/witness",
        LINE.replace(" ", "  "),
    ],
)
def test_a_setting_that_names_no_witness_is_told(line: str) -> None:
    """A node's own witness is refused too: it would be awaited at the gate under its node's name."""
    with pytest.raises(Misuse) as misuse:
        parse_witnesses([line])

    assert "witnesses" in misuse.value.message


def test_a_private_address_needs_the_word() -> None:
    private: Any = parse_witnesses([LINE.replace("https://w.example", "http://127.0.0.1:7380") + " private"])

    assert [(one.base_url, one.allow_private) for one in private] == [("http://127.0.0.1:7380/witness", True)]
