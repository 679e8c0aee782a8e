"""Make the golden vectors again: `python -m entrepot_conformance.make_vectors`.

Deterministic: running it on an unchanged suite changes no byte of `conformance_tests/vectors`.
"""

from __future__ import annotations

from .making.bundle_cases import make_bundles, make_deltas
from .making.checkpoint_cases import make_checkpoints
from .making.cosignature_cases import make_cosignatures
from .making.entry_cases import make_entries
from .making.feed import make_feed
from .making.files import Files
from .making.key_cases import make_keys
from .making.key_log_cases import make_key_logs
from .making.proof_cases import make_proofs
from .making.record_cases import make_records
from .making.record_proof_cases import make_record_proofs
from .making.rotation_cases import make_rotations
from .making.tile_cases import make_tiles
from .making.witness_cases import make_add_checkpoint
from .vectors_folder import vectors_folder

MAKERS = (
    make_keys,
    make_entries,
    make_records,
    make_key_logs,
    make_checkpoints,
    make_cosignatures,
    make_add_checkpoint,
    make_tiles,
    make_proofs,
    make_record_proofs,
    make_bundles,
    make_deltas,
    make_feed,
    make_rotations,
)


def make_all() -> Files:
    """Return every vector file by its path below the folder."""
    files: Files = {}
    for make in MAKERS:
        files |= make()
    return files


def main() -> None:
    """Write all files; files that the maker does not know are left alone."""
    for name, content in make_all().items():
        path = vectors_folder() / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


if __name__ == "__main__":
    main()
