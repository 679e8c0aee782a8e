"""Where the text of the specification is: inside the package once installed, beside it in the repository."""

from __future__ import annotations

from pathlib import Path


def spec_folder() -> Path:
    """Return the folder with the normative text."""
    package = Path(__file__).resolve().parent
    inside = package / "spec"
    return inside if inside.is_dir() else package.parents[1] / "spec"
