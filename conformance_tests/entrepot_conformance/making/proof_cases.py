"""`proofs.json`: inclusion and consistency proofs (LOG-30)."""

from __future__ import annotations

from typing import Any

from entrepot_conformance.reader import merkle

from .files import Files, json_file, verdict
from .tile_cases import made_up_leaves


def make_proofs() -> Files:
    """Return `proofs.json`."""
    about = (
        "RFC 6962 proofs over the tree of the entries 'entry 0', 'entry 1', … (ASCII); hashes are "
        "hex. A leaf's own sibling comes first. A consistency proof from size 0 does not exist."
    )
    leaves = made_up_leaves(300)
    return {
        "proofs.json": json_file(about, inclusion=_inclusions(leaves), consistency=_consistencies(leaves))
    }


def _inclusions(leaves: list[bytes]) -> list[dict[str, Any]]:
    def row(
        name: str, index: int, size: int, proof: list[bytes], code: str = "", **more: bytes
    ) -> dict[str, Any]:
        facts = {"leaf": leaves[index % 300], "root": merkle.root(leaves[:size]), **more}
        hashes = {key: value.hex() for key, value in facts.items()}
        return {
            "name": name,
            "index": index,
            "size": size,
            **hashes,
            "proof": [p.hex() for p in proof],
            **verdict(code),
        }

    pairs = [
        (0, 1),
        (0, 2),
        (1, 2),
        (2, 3),
        (0, 8),
        (6, 7),
        (3, 13),
        (12, 13),
        (255, 256),
        (256, 257),
        (0, 300),
        (299, 300),
    ]
    good = merkle.inclusion_proof(3, leaves[:13])
    code = "*"
    return [
        *(
            row(f"{index} in {size}", index, size, merkle.inclusion_proof(index, leaves[:size]))
            for index, size in pairs
        ),
        row("index beyond the size", 13, 13, good, code),
        row("another index", 2, 13, good, code, leaf=leaves[3]),
        row("another size", 3, 14, good, code),
        row("another leaf", 3, 13, good, code, leaf=leaves[4]),
        row("another root", 3, 13, good, code, root=merkle.root(leaves[:12])),
        row("one hash missing", 3, 13, good[:-1], code),
        row("one hash too many", 3, 13, [*good, leaves[0]], code),
        row("hash of 31 bytes", 3, 13, [good[0][:31], *good[1:]], code),
        row("two hashes swapped", 3, 13, [good[1], good[0], *good[2:]], code),
    ]


def _consistencies(leaves: list[bytes]) -> list[dict[str, Any]]:
    def row(
        name: str, old: int, new: int, proof: list[bytes], code: str = "", **more: bytes
    ) -> dict[str, Any]:
        facts = {"old_root": merkle.root(leaves[:old]), "new_root": merkle.root(leaves[:new]), **more}
        hashes = {key: value.hex() for key, value in facts.items()}
        return {
            "name": name,
            "old": old,
            "new": new,
            **hashes,
            "proof": [p.hex() for p in proof],
            **verdict(code),
        }

    pairs = [
        (1, 1),
        (1, 2),
        (1, 8),
        (2, 8),
        (4, 8),
        (6, 8),
        (7, 8),
        (8, 8),
        (5, 13),
        (13, 20),
        (255, 256),
        (256, 300),
    ]
    good = merkle.consistency_proof(5, leaves[:13])
    code = "*"
    return [
        *(
            row(f"{old} to {new}", old, new, merkle.consistency_proof(old, leaves[:new]))
            for old, new in pairs
        ),
        row("from 0", 0, 13, [], code),
        row("backwards", 13, 5, good, code),
        row("another old root", 5, 13, good, code, old_root=merkle.root(leaves[:4])),
        row("another new root", 5, 13, good, code, new_root=merkle.root(leaves[:12])),
        row("one hash missing", 5, 13, good[:-1], code),
        row("one hash too many", 5, 13, [*good, leaves[0]], code),
        row("equal sizes with a proof", 8, 8, [leaves[0]], code),
    ]
