"""What `entrepot keys show` tells: fingerprint, keys by role, lines of the key log. Nothing secret."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from entrepot_node.commands.node import Node
from entrepot_node.cosigner import cosigner_standing
from entrepot_node.keyring import ROLES, load_cosigner_key
from entrepot_node.qr_code import qr_text
from entrepot_schema.canonical import read_canonical
from entrepot_schema.fingerprint import six_words
from entrepot_schema.key_log import KeyLog
from entrepot_schema.key_state import KeyState

if TYPE_CHECKING:
    from rich.console import Console


def report_keys(node: Node) -> dict[str, Any]:
    """Gather the public side of the keys of a node."""
    feed = node.feed
    latest = feed.key_log.latest
    return {
        "origin": feed.origin,
        "feed": feed.name,
        "fingerprint": feed.key_log.scid,
        "words": list(six_words(feed.key_log.scid)),
        "recordKey": latest.record_key.multikey,
        "logKeys": [
            {"feed": f"{feed.origin}/feed/{number}", "vkey": vkey, "live": number == latest.live_feed}
            for number, vkey in sorted(latest.feeds.items(), reverse=True)
        ],
        "cosigners": [_cosigner(node, role) for role in ROLES],
        "keyLog": _lines(feed.key_log),
    }


def _cosigner(node: Node, role: str) -> dict[str, str]:
    key = load_cosigner_key(node.home.keys, role, node.settings.passphrase)
    standing = cosigner_standing(node.home.keys, node.home.cosigner_states(node.settings), role)
    if key is None:
        return {"role": role, "state": standing}
    origin = node.settings.origin
    return {"role": role, "name": key.name(origin), "vkey": str(key.public(origin)), "state": standing}


def _lines(key_log: KeyLog) -> list[dict[str, Any]]:
    lines = []
    before: KeyState | None = None
    for number, (raw, state) in enumerate(zip(key_log.lines, key_log.states, strict=True), start=1):
        line = read_canonical(raw)
        lines.append(
            {
                "line": number,
                "time": line["versionTime"],
                "changed": _changed(before, state),
                "recordKey": state.record_key.multikey,
                "cards": len(line["parameters"]["nextKeyHashes"]),
            }
        )
        before = state
    return lines


def _changed(before: KeyState | None, after: KeyState) -> list[str]:
    """What a line put in force, in words."""
    if before is None:
        return ["founded"]
    words = []
    if before.record_key != after.record_key:
        words.append("new record key")
    for number, vkey in sorted(after.feeds.items()):
        if number not in before.feeds:
            words.append(f"feed {number} begins")
        elif before.feeds[number] != vkey:
            words.append(f"new log key of feed {number}")
    return words or ["new cards"]


def print_keys(console: Console, report: dict[str, Any]) -> None:
    """Print the report for people."""
    text = [
        f"{report['origin']} publishes in {report['feed']}.",
        "",
        f"Fingerprint:  {report['fingerprint']}",
        f"In words:     {' '.join(report['words'])}",
        "",
        qr_text(report["fingerprint"]),
        f"Record key    {report['recordKey']}",
    ]
    for key in report["logKeys"]:
        text.append(f"Log key       {key['vkey']}{'' if key['live'] else '  (history)'}")
    for key in report["cosigners"]:
        text.append(f"{key['role'].capitalize():<13} {key.get('vkey', '–')}  ({_STANDINGS[key['state']]})")
    text += ["", "Key log:"]
    for line in report["keyLog"]:
        text.append(f"  {line['line']:>3}  {line['time']}  {', '.join(line['changed'])}")
    console.print("\n".join(text))


_STANDINGS = {
    "ready": "in use",
    "lost": "its state is gone: it signs no more; `entrepot keys recover` makes the next",
    "none": "made at the next start of the server",
}
