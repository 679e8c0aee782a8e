"""A copy of our packages with one mutant in it, and the environment in which Python finds the copy first."""

from __future__ import annotations

import compileall
import os
import shutil
from pathlib import Path

from .mutant import PACKAGES, ROOT, Mutant

_LEFT_OUT = shutil.ignore_patterns("node_modules", "dist", "tests")


def compile_tree(folder: Path) -> Path:
    """Copy the packages as they are and compile them, once for all mutants; return the folder."""
    for path in make_tree(None, folder):
        compileall.compile_dir(path, quiet=1)
    return folder


def make_tree(mutant: Mutant | None, folder: Path, source: Path = ROOT) -> list[Path]:
    """Copy the packages below `folder`, bent if a mutant is named; return the folders for the search path.

    Times of files are kept, so that what was compiled in `source` counts for the copy too, but for the file that is bent.
    """
    for package in PACKAGES:
        shutil.copytree(source / package, folder / package, ignore=_LEFT_OUT)
    # Schemas and codes are read from where they stand beside the packages.
    (folder / "spec").symlink_to(ROOT / "spec")
    if mutant is not None:
        path = folder / mutant.file
        bent = mutant.applied(path.read_text("utf-8"))
        path.unlink()
        path.write_text(bent, "utf-8")
    return [folder / package for package in PACKAGES]


def environment(paths: list[Path]) -> dict[str, str]:
    """Return the environment for whatever shall run the copy."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, [*paths, ROOT / "conformance_tests"]))}
