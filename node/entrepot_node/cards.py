"""The printed cards: the two secrets that can replace the keys of a node, each on a page of its own.

A card is used once. Whoever rotates types it, pastes it or gives its file; a fresh one takes its place.
"""

from __future__ import annotations

import re
from pathlib import Path

from entrepot_node.durable_files import write_secret
from entrepot_node.qr_code import qr_text
from entrepot_schema.errors import Misuse
from entrepot_schema.key_log import KeyLog, card_hash, committed_cards
from entrepot_schema.keys import SigningKey

_PUBLIC = re.compile(r"^Public half:\s+(z\w+)$", re.MULTILINE | re.ASCII)
_SECRET = re.compile(r"[0-9a-f]{64}", re.ASCII)
_LABEL = "Card key (secret):"


def write_card(path: Path, key_log: KeyLog, card: SigningKey, place: str) -> None:
    """Write the page of a card; only its owner can read the file."""
    secret = card.seed.hex()
    text = (
        f"Entrepot key card for {key_log.origin}\n"
        f"Fingerprint of the node: {key_log.scid}\n\n"
        f"{_LABEL} {secret}\n"
        f"Public half:       {card.public.multikey}\n\n"
        f"Print this page, keep it in {place}, then delete this file.\n"
        "With this card the keys of the node can be replaced when they are lost or stolen.\n"
        "Whoever holds it can do that too. Without both cards nobody can.\n\n"
        f"{qr_text(secret)}"
    )
    write_secret(path, text.encode())


def read_card(text: str) -> SigningKey:
    """Read what was typed or pasted: the secret alone, with or without spaces, or the whole page."""
    lines = [line.partition(_LABEL)[2] for line in text.splitlines() if _LABEL in line] or [text]
    secret = "".join(lines[0].split()).lower()
    if len(lines) != 1 or not _SECRET.fullmatch(secret):
        hint = "It is the line after “Card key (secret):”, 64 characters of 0–9 and a–f; look for a mistyped one."
        raise Misuse("key.card", "this is not the secret of a card", hint=hint)
    return SigningKey.from_seed(bytes.fromhex(secret))


def require_committed(key_log: KeyLog, card: SigningKey) -> None:
    """Refuse a card that the newest line of the key log does not commit to, and say why (SIG-43)."""
    if card_hash(card.public) in committed_cards(key_log):
        return
    used = any(f'"{card.public.multikey}"'.encode() in line for line in key_log.lines)
    if used:
        hint = "A card is used once. Take the card that was printed then, or the other one."
        raise Misuse("key.card", "this card was used for an earlier change of keys", hint=hint)
    hint = "Compare the fingerprint on the card with `entrepot keys show`; or it was given up when a pair was renewed."
    raise Misuse("key.card", f"this is no card of {key_log.origin} that counts now", hint=hint)


def public_half(path: Path) -> str:
    """The public half written on a card; empty if it is not whole."""
    found = _PUBLIC.search(path.read_text(encoding="utf-8"))
    return found[1] if found else ""
