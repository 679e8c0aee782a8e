"""Files that are there whole or not at all, and still there when the power fails: they and their names are made durable."""

from __future__ import annotations

import os
from pathlib import Path


def write_secret(path: Path, raw: bytes) -> None:
    """Write a file that only its owner can read, never over an old one."""
    _write(path, raw, os.O_EXCL, 0o600)
    sync_folder(path.parent)


def replace_file(path: Path, raw: bytes, *, mode: int = 0o600) -> None:
    """Put a file in the place of whatever is there."""
    draft = path.with_name(f"{path.name}.next")
    _write(draft, raw, os.O_TRUNC, mode)
    draft.replace(path)
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _write(path: Path, raw: bytes, flag: int, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | flag, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
