"""`entrepot init`."""

from __future__ import annotations

import secrets
from pathlib import Path

from entrepot_node.commands.node import open_node, utc_now
from entrepot_node.commands.output import DONE, Output
from entrepot_node.fingerprints import spoken
from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.node_document import check_node_profile, refresh_node_document
from entrepot_node.settings import Settings


def run_init(path: Path, settings: Settings, *, as_json: bool) -> int:
    """Found a node and say what to do next."""
    check_node_profile(settings, f"{settings.origin}/feed/1")
    founded = found_node(Home(path), settings, now=utc_now)
    with open_node(path) as node:
        keyring = node.home.keyring(1, settings.passphrase)
        refresh_node_document(
            node.store, settings, node.feed, keyring, now=utc_now, random_bytes=secrets.token_bytes
        )
    document = {
        "origin": settings.origin,
        "feed": founded.feed_name,
        "fingerprint": founded.scid,
        "words": spoken(founded.scid).split(),
        "home": str(path),
        "cards": [str(card) for card in founded.cards],
    }
    lines = (
        f"The node {settings.origin} is founded in {path}.",
        f"Its fingerprint, for the operators who follow you: {founded.scid}",
        f"In words: {spoken(founded.scid)}",
        "",
        "Do this now: print both cards, keep them in two places, then delete the files.",
        *(f"  {card}" for card in founded.cards),
        "",
        f"Next:  entrepot import FILE.csv --key COLUMN --home {path}",
        f"       entrepot serve --home {path}        then open {settings.base_url}",
    )
    Output(as_json=as_json).result(document, lambda console: console.print("\n".join(lines)))
    return DONE
