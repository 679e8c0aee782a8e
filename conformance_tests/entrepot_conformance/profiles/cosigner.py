"""The keys under which a node vouches, as its node document names them."""

from __future__ import annotations

import re
from typing import Literal

from entrepot_conformance.node_under_test import NodeUnderTest
from entrepot_conformance.reader.cosignatures import Counted, counted, parse_cosigner_vkey
from entrepot_conformance.reader.notes import Verifier, parse_note
from entrepot_conformance.suite.outcome import Skipped

Role = Literal["witness", "mirror"]
CLOCK_SKEW_SECONDS = 600
"""How far the clock of a node may be off that of the suite, where it was not set."""


def cosigner_of(base_url: str, role: Role) -> Verifier:
    """Read the key of a role from the node document, which has to verify; skip where none is named."""
    node = NodeUnderTest(base_url)
    named = node.verify_node_document().get(role)
    if named is None:
        raise Skipped(f"the node document names no {role}")
    assert isinstance(named, dict), f"the node document names {named!r} as its {role}"
    key = parse_cosigner_vkey(str(named.get("vkey")))
    fits = re.fullmatch(rf"{re.escape(node.origin)}/{role}/[1-9][0-9]*", key.name)
    assert fits, f"the {role} of {node.origin} has the name {key.name!r}"
    assert named.get("name") == key.name, f"the {role} is called {named.get('name')!r}, its vkey {key.name!r}"
    return key


def own_line(raw: bytes, key: Verifier) -> Counted | None:
    """The cosignature of a key under a head, if there is one that counts; a line of it that does not is a fault."""
    note = parse_note(raw)
    lines = [blob for name, key_id, blob in note.signatures if (name, key_id) == (key.name, key.key_id)]
    assert len(lines) <= 1, f"{len(lines)} lines of {key.name} stand under one head"
    found = counted(note, [key])
    assert len(found) == len(lines), f"the line of {key.name} is no cosignature of the head it stands under"
    return found[0] if found else None


def text_of(raw: bytes) -> str:
    """The text of a note, without its signature lines."""
    return parse_note(raw).text
