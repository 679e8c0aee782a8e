"""Checking a proof of one record offline, and saying in words what it showed and what it could not (LOG-82 to LOG-86)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from entrepot_node.commands.node import open_node
from entrepot_node.commands.verdict import Verdict, no_keys, pinned_key_log
from entrepot_node.home import Home
from entrepot_schema.origin import parse_feed_name
from entrepot_schema.timestamp import format_seconds
from entrepot_sync.cosignature import Cosignature, CosignerKey, parse_cosigner_vkey
from entrepot_sync.push import FUTURE_SECONDS
from entrepot_sync.record_proof import ProvenRecord, parse_record_proof, verify_record_proof


def verify_proof(
    raw: bytes, home: Path, key_log: Path | None, witnesses: Iterable[str], *, now: float
) -> Verdict:
    """Verify a proof with the pinned key log of its origin and the witnesses known here."""
    proof = parse_record_proof(raw)
    origin = parse_feed_name(proof.feed_name).origin
    named = [parse_cosigner_vkey(vkey) for vkey in witnesses]
    pinned = pinned_key_log(home, origin, key_log)
    if pinned is None:
        raise no_keys(origin)
    proven = verify_record_proof(proof, pinned, [*named, *_witnesses_of_peers(home)])
    return Verdict("proof", list(_shown(proven, now)), list(_not_shown(proven, now)))


def _witnesses_of_peers(home: Path) -> list[CosignerKey]:
    """The witnesses that the node documents of followed peers name."""
    if not Home(home).settings_file.exists():
        return []
    with open_node(home) as node:
        return [parse_cosigner_vkey(vkey) for vkey in node.store.peer_witnesses().values()]


def _shown(proven: ProvenRecord, now: float) -> Iterator[str]:
    tree, document = proven.checkpoint, proven.record.document
    yield (
        f"The head of {tree.feed_name} at {tree.size} entries is signed by a log key that its pinned key log names."
    )
    yield f"Entry {proven.index} is in that tree: it published {proven.entry.subject}, by its own word {proven.entry.time}."
    yield f"The record {document['id']} has the digest in that entry, and fits its schema and its canonical form."
    lines = ", ".join(map(str, proven.key_lines))
    yield f"It is signed with a record key of its origin, named in line {lines} of {proven.all_lines} of the key log."
    past, _ = _by_time(proven, now)
    for cosignature in past:
        when = format_seconds(cosignature.time)
        yield f"{cosignature.key.name} vouched at {when} that this head extends all it had seen of the feed."


def _by_time(proven: ProvenRecord, now: float) -> tuple[list[Cosignature], list[Cosignature]]:
    """The cosignatures of times that were, oldest first, and those of times to come: a witness may name any up to 2^63−1."""
    ordered = sorted(proven.cosignatures, key=lambda one: one.time)
    past = [one for one in ordered if one.time <= now + FUTURE_SECONDS]
    return past, ordered[len(past) :]


def _not_shown(proven: ProvenRecord, now: float) -> Iterator[str]:
    origin = parse_feed_name(proven.checkpoint.feed_name).origin
    yield f"That it is still live, or the newest version: only the feed of {origin} tells, as it is today."
    yield "That its content is true: a signature says who states it, nothing more."
    if not proven.key_was_in_force:
        yield f"That its key was in force at entry {proven.index}, and the entry had an effect: that takes the whole feed."
    else:
        yield "That the entry had an effect, which takes the whole feed."
    _, to_come = _by_time(proven, now)
    for cosignature in to_come:
        yield f"That {cosignature.key.name} vouched: by the clock here, the time in its line is still to come."
    if not proven.cosignatures:
        yield f"That others saw the same head: no witness known here vouches for it; {origin} may show others another one."
