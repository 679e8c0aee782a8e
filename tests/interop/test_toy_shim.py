"""The shim protocol needs no Python: a toy puller in Go, of the standard library alone, passes what its README says."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from entrepot_conformance.__main__ import main

FOLDER = Path(__file__).resolve().parents[2] / "conformance_tests" / "shims" / "go"
ATTACKS = ["L01", "L02", "L04", "L05", "L06", "L07", "L08", "L09", "L12", "L19", "L20", "L24"]


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    go = shutil.which("go", path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/local/go/bin")))
    if go is None:
        pytest.skip("the toy puller is written in Go, and there is no `go` here")
    built = tmp_path_factory.mktemp("toy") / "toypuller"
    subprocess.run([go, "build", "-o", str(built), "."], cwd=FOLDER, check=True, timeout=300)
    return built


def test_the_toy_passes_its_attacks(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """L01 to L24, as far as a puller can meet them that checks heads, roots and digests only."""
    only = [word for attack in ATTACKS for word in ("--only", attack)]

    code = main(["--profile", "puller", "--shim", str(toy), *only])

    said = capsys.readouterr().out
    assert [line for line in said.splitlines() if line.startswith(("fail", "error", "skip", "unknown"))] == []
    assert code == 0


def test_the_toy_fails_what_it_does_not_check(toy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A record signed by a stranger: the toy takes it, and the suite sees that."""
    assert main(["--profile", "puller", "--shim", str(toy), "--only", "puller.signature-by-stranger"]) == 1
    assert "fail" in capsys.readouterr().out


def test_each_file_is_a_page() -> None:
    assert {
        path.name for path in FOLDER.glob("*.go") if len(path.read_text("utf-8").splitlines()) >= 100
    } == set()
