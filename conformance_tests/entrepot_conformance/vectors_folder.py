"""Where the golden vectors are: inside the package once installed, beside it in the repository."""

from __future__ import annotations

from pathlib import Path


def vectors_folder() -> Path:
    """Return the folder of the golden vectors."""
    package = Path(__file__).resolve().parent
    inside = package / "vectors"
    return inside if inside.is_dir() else package.parent / "vectors"
