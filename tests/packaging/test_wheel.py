"""The wheel, as a stranger gets it: only our packages, all schemas, and a command line that works."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"entrepot_client", "entrepot_conformance", "entrepot_node", "entrepot_schema", "entrepot_sync"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("*.whl"))


def test_the_wheel_holds_our_five_packages_and_every_schema(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names}
    schemas = {f"entrepot_schema/v1/{path.name}" for path in (ROOT / "schema" / "v1").glob("*.json")}
    ours = [*(ROOT / "schema" / "v1" / "extensions").glob("*.json")]
    extensions = {f"entrepot_schema/v1/extensions/{path.name}" for path in ours}
    registers = {
        f"entrepot_schema/registers/{path.name}"
        for path in (ROOT / "schema" / "entrepot_schema" / "registers").glob("*.csv")
    }
    pages = [name for name in names if name.endswith(".html")]

    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    assert schemas | extensions | registers <= set(names)
    assert extensions
    assert registers
    assert "entrepot_node/storage/migrations/versions/0001_first.py" in names
    assert pages
    assert "entrepot_conformance/vectors/documents/recipes.json" in names
    assert "entrepot_conformance/spec/log.md" in names


def test_the_command_line_runs_from_the_wheel_in_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    """Dependencies come from this environment, read-only; the project comes from the wheel alone."""
    environment = tmp_path / "venv"
    venv.create(environment, with_pip=False)
    python = environment / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--quiet",
        "--no-deps",
        "--no-index",
    ]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    site = next((environment / "lib").glob("python*/site-packages"))
    # A .pth line would also run this environment's own .pth files, and with them our editable install.
    for path in _site_packages().iterdir():
        if not path.name.startswith(("entrepot", "_entrepot", "__pycache__")) and not path.name.endswith(
            ".pth"
        ):
            target = site / path.name
            if not target.exists():
                target.symlink_to(path)
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "ENTREPOT"))}

    def entrepot(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(environment / "bin" / "entrepot"), *arguments]
        return subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, env=clean, check=False)

    where = subprocess.run(
        [str(python), "-c", "import entrepot_schema; print(entrepot_schema.__file__)"],
        capture_output=True, text=True, cwd=tmp_path, env=clean, check=True,
    )  # fmt: skip
    assert Path(where.stdout.strip()).is_relative_to(environment)

    founded = entrepot(
        "init", "wheel.example", "--takedown-email", "info@wheel.example", "--home", "n", "--json"
    )
    assert founded.returncode == 0, founded.stderr + founded.stdout
    assert json.loads(founded.stdout)["feed"] == "wheel.example/feed/1"

    profile = {
        "type": "institution", "kind": "hospital", "name": {"en": "Clinic"},
        "locations": [{"country": "DE"}], "status": "active", "updated": "2026-11-23",
    }  # fmt: skip
    (tmp_path / "p.json").write_text(json.dumps(profile))
    published = entrepot("publish", "p.json", "--home", "n", "--json")
    assert published.returncode == 0, published.stderr + published.stdout
    assert json.loads(published.stdout)["published"] == 1

    verified = entrepot("verify", "--home", "n", "--json")
    assert verified.returncode == 0, verified.stderr + verified.stdout


def _site_packages() -> Path:
    import orjson

    return Path(orjson.__file__).resolve().parents[1]
