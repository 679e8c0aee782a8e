"""Programs that others wrote in Go, at the versions and hashes of `go/go.mod` and `go/go.sum`, built once.

fsck           Tessera: re-derives every hash tile and the root of a log from its entries
posix-oneshot  Tessera: a log in a folder, which asks witnesses to cosign
litewitness    torchwood: a witness
open, agent    ours, a page each: Go's `sumdb/note` on standard input, and the key of litewitness
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parent / "go"
CANNOT_RUN = 3
_USUAL = os.pathsep.join(("/usr/local/go/bin", "/usr/lib/go/bin"))


class GoPrograms:
    """The built programs by name."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def path(self, name: str) -> str:
        return str(self._folder / name)

    def run(
        self, name: str, *arguments: str, standard_input: bytes = b""
    ) -> subprocess.CompletedProcess[bytes]:
        command = [self.path(name), *arguments]
        return subprocess.run(command, input=standard_input, capture_output=True, timeout=300, check=False)

    def open(self, checkpoint: bytes, log_vkey: str, *cosigners: str) -> dict[str, Any]:
        """Open a checkpoint as Go programs do: its origin, size, signers, and the times of the cosigners."""
        done = self.run("open", log_vkey, *cosigners, standard_input=checkpoint)
        assert done.returncode == 0, done.stderr.decode()
        found: dict[str, Any] = json.loads(done.stdout)
        return found


def build_go_programs() -> GoPrograms:
    """Build them; end the run with exit code 3 where that cannot be done."""
    go = shutil.which("go") or shutil.which("go", path=_USUAL)
    if go is None:
        pytest.exit(
            "the interop tests need Go 1.24 or newer: it is not installed, nothing was verified",
            returncode=CANNOT_RUN,
        )
    command = [go, "build", "-mod=readonly", "-o", f"{FOLDER / 'bin'}{os.sep}", "./open", "./agent", "tool"]
    done = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=1800, check=False)
    if done.returncode != 0:
        pytest.exit(
            f"the Go programs of the interop tests could not be built, nothing was verified:\n{done.stderr}",
            returncode=CANNOT_RUN,
        )
    return GoPrograms(FOLDER / "bin")
