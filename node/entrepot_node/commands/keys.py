"""`entrepot keys`: show the keys of the node, change them by a card, replace what is lost."""

from __future__ import annotations

import secrets
import sys
from pathlib import Path

import typer

from entrepot_node.cards import read_card
from entrepot_node.commands.key_report import print_keys, report_keys
from entrepot_node.commands.node import Node, open_node, utc_now
from entrepot_node.commands.output import DONE, FOUND_FAULTS, Output
from entrepot_node.cosigner import cosigner_standing, make_cosigner
from entrepot_node.fingerprints import spoken
from entrepot_node.keyring import MIRROR, WITNESS
from entrepot_node.node_document import refresh_node_document
from entrepot_node.rotation import Changed, KeyChanger, Wanted
from entrepot_schema.errors import Misuse
from entrepot_schema.keys import SigningKey
from entrepot_schema.origin import parse_feed_name

_MAX_CARD = 16_384


def run_show_keys(path: Path, *, as_json: bool) -> int:
    """Show the public side of all keys."""
    with open_node(path) as node:
        report = report_keys(node)
    Output(as_json=as_json).result(report, lambda console: print_keys(console, report))
    return DONE


def run_rotate(path: Path, card: str, *, log: bool, new_feed: bool, fresh_pair: bool, as_json: bool) -> int:
    """Change keys by a card."""
    if log and new_feed:
        hint = "--new-feed makes a new log key anyway, under a new feed."
        raise Misuse("key.options", "--log and --new-feed exclude each other", hint=hint)
    with open_node(path) as node:
        changed = _changer(node).rotate(_read_card(card), Wanted(log, new_feed, fresh_pair))
    lines = [
        "New keys are in force. Followers take them with their next pull; the fingerprint stays the same."
    ]
    if new_feed:
        lines.append(f"{changed.feed_name} has taken the place of the old feed, which is history now.")
    _report(changed, lines, as_json=as_json)
    return DONE


def run_renew_identity(path: Path, *, yes: bool, as_json: bool) -> int:
    """Begin a new key log after asking."""
    question = (
        "The node gets a new fingerprint. Every peer sees an alarm, and follows no more until its operator has compared\n"
        "the new fingerprint with you by phone. With one card left, use `entrepot keys rotate --fresh-pair` instead.\n"
        "Go on?"
    )
    if not yes and not typer.confirm(question):
        return FOUND_FAULTS
    with open_node(path) as node:
        changed = _changer(node).renew_identity()
    command = f"entrepot follow {node.settings.base_url} --repin --fingerprint {changed.key_log.scid}"
    lines = [
        f"The node has a new fingerprint: {changed.key_log.scid}",
        f"In words: {spoken(changed.key_log.scid)}",
        f"It publishes in {changed.feed_name} now.",
        f"Call the operators who follow you. When they have compared the fingerprint:  {command}",
    ]
    _report(changed, lines, as_json=as_json)
    return DONE


def run_recover(path: Path, *, witness: bool, mirror: bool, yes: bool, as_json: bool) -> int:
    """Make the next cosigner key of a role, and name it in the node document."""
    roles = [role for role, wanted in ((WITNESS, witness), (MIRROR, mirror)) if wanted]
    if not roles:
        raise Misuse("key.options", "say --witness or --mirror")
    with open_node(path) as node:
        names = []
        for role in roles:
            standing = cosigner_standing(node.home.keys, node.home.cosigner_states(node.settings), role)
            if standing == "ready" and not yes:
                hint = "--yes makes the next one all the same."
                raise Misuse("key.not-lost", f"the {role} key and its state are there", hint=hint)
            made = make_cosigner(
                node.home.keys, node.home.cosigner_states(node.settings), role, node.settings.passphrase
            )
            names.append(made.name(node.settings.origin))
        _refresh_node_document(node)
    text = (
        f"Made {', '.join(names)}; the node document names it.\n"
        "A server that runs goes on with the keys it was started with, which peers do not count any more: start it again now."
    )
    Output(as_json=as_json).result({"made": names, "restart": True}, lambda console: console.print(text))
    return DONE


def _changer(node: Node) -> KeyChanger:
    return KeyChanger(node.home, node.store, node.settings, now=utc_now, gate=node.signing_gate())


def _refresh_node_document(node: Node) -> None:
    number = parse_feed_name(node.feed.name).number
    keyring = node.home.keyring(number, node.settings.passphrase)
    refresh_node_document(
        node.store, node.settings, node.feed, keyring, now=utc_now, random_bytes=secrets.token_bytes
    )


def _read_card(card: str) -> SigningKey:
    """Take a card from its file, from a pipe, or typed unseen; what stands on a command line others can read."""
    if card == "-" and sys.stdin.isatty():
        return read_card(typer.prompt("Secret of the card", hide_input=True))
    try:
        if card == "-":
            return read_card(sys.stdin.read(_MAX_CARD))
        with Path(card).open(encoding="utf-8") as file:
            return read_card(file.read(_MAX_CARD))
    except (OSError, ValueError) as error:
        hint = "Give the file of a card, or - to type its secret; the secret itself does not belong on the command line."
        raise Misuse("key.card", "the file of the card cannot be read", hint=hint) from error


def _report(changed: Changed, lines: list[str], *, as_json: bool) -> None:
    document = {
        "feed": changed.feed_name,
        "fingerprint": changed.key_log.scid,
        "words": spoken(changed.key_log.scid).split(),
        "line": len(changed.key_log.lines),
        "signedAgain": changed.signed,
        "leftAsTheyWere": changed.left,
        "cards": [str(path) for path in changed.cards],
    }
    lines.append(f"{changed.signed} live records were signed again; none of them has changed.")
    if changed.left:
        lines.append(f"{changed.left} live records are not held here and keep their old signature.")
    lines += ["", "Do this now: print each card, keep it in its place, then delete the file."]
    lines += [f"  {path}" for path in changed.cards]
    lines.append("The card you used is of no use any more.")
    Output(as_json=as_json).result(document, lambda console: console.print("\n".join(lines)))
