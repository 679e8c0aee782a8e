"""Where the golden vectors are: beside the package in the repository, inside it once installed."""

from __future__ import annotations

from pathlib import Path


def vectors_folder() -> Path:
    """Return the folder of the golden vectors."""
    package = Path(__file__).resolve().parent
    beside = package.parent / "vectors"
    return beside if beside.is_dir() else package / "vectors"
