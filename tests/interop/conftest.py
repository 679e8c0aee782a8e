"""Runs verifiers that we did not write, by Node.js and Go, and real nodes for them to judge.

    python -m pytest tests/interop

The packages are pinned by `package-lock.json` with their hashes; they are installed beside it, once, without
running their scripts. Modules of Go are pinned by `go/go.sum`. Without node, npm, nginx or Go the run ends with exit
code 3 and says so: a check that did not happen must not look like one that passed.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.orders import Publication
from entrepot_node.publish import Publisher
from entrepot_node.settings import Settings
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.key_log import KeyLog
from entrepot_schema.keys import SigningKey

from .go_programs import CANNOT_RUN, GoPrograms, build_go_programs

HERE = Path(__file__).resolve().parent
EXAMPLES = HERE.parent.parent / "schema" / "examples"
NOW = datetime(2026, 11, 20, 8, 30, tzinfo=UTC)
ORIGIN = "suzhou-bio.example"
_OLDEST_NODE = 20

Judge = Callable[[dict[str, Any]], list[dict[str, Any]]]
RunScript = Callable[[str, dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class FoundedNode:
    """A node in a folder, its card A, and the records it has published, by type."""

    home: Home
    feed_name: str
    key_log: KeyLog
    card_a: SigningKey
    records: dict[str, bytes]


@dataclass(slots=True)
class Figures:
    """What was judged, for the lines after the run."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, count: int = 1) -> None:
        self.counts[what] = self.counts.get(what, 0) + count


FIGURES = Figures()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, count in FIGURES.counts.items():
        terminalreporter.write_line(f"interop: {count} × {what}")


@pytest.fixture(scope="session")
def figures() -> Figures:
    return FIGURES


@pytest.fixture(scope="session")
def go() -> GoPrograms:
    """The programs that others wrote in Go."""
    return build_go_programs()


@pytest.fixture(scope="session")
def run_script() -> RunScript:
    """Run one of the scripts beside this file: `run_script("verify.mjs", request)` gives its answer."""
    node = _require_program("node")
    _require_recent(node)
    _install_packages(_require_program("npm"))

    def run(script: str, request: dict[str, Any]) -> Any:
        done = subprocess.run(
            [node, str(HERE / script)],
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="session")
def judge(run_script: RunScript) -> Judge:
    """Ask the foreign verifiers: `judge({"credentials": …})` or `judge({"keyLogs": […]})`."""

    def ask(request: dict[str, Any]) -> list[dict[str, Any]]:
        answer: list[dict[str, Any]] = run_script("verify.mjs", request)
        return answer

    return ask


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FoundedNode]:
    """Found a node and publish one record of each type under test, as an operator would."""
    home = Home(tmp_path_factory.mktemp("interop") / "node")
    settings = Settings.model_validate(
        {"origin": ORIGIN, "name": "苏州生物示例园", "takedown_email": "takedown@suzhou-bio.example"}
    )
    founded = found_node(home, settings, now=lambda: NOW)
    store = SqlStore.open(home.store_file)
    try:
        records = dict(_publish(home, store, founded.feed_name))
        feed = store.feed(founded.feed_name)
        assert feed is not None
        yield FoundedNode(home, founded.feed_name, feed.key_log, _read_card(founded.cards[0]), records)
    finally:
        store.close()


def _publish(home: Home, store: SqlStore, feed_name: str) -> Iterator[tuple[str, bytes]]:
    with home.append_lock(1):
        publisher = Publisher(
            store, feed_name, home.keyring(1), now=lambda: NOW, random_bytes=_no_randomness()
        )
        receipts = publisher.publish([Publication(profile, "CC-BY-4.0") for profile in _profiles()])
    for receipt in receipts:
        raw = store.versions(receipt.subject)[0].raw
        assert raw is not None
        yield receipt.type, raw


def _profiles() -> list[dict[str, Any]]:
    """Chinese examples of the standard, with a relation whose `from` is the cluster of this origin."""
    cluster, company, relation = (
        json.loads((EXAMPLES / f"{name}.json").read_text(encoding="utf-8"))
        for name in ("cluster-chinese", "company-chinese", "relation")
    )
    subject = cluster["id"].rpartition("/")[2]
    foreign = relation["from"]
    return [
        cluster,
        company,
        {**relation, "id": relation["id"].replace("biomed.example", ORIGIN), "from": f"https://{ORIGIN}/id/{subject}",
         "to": foreign},
    ]  # fmt: skip


def _no_randomness() -> Callable[[int], bytes]:
    """Nonces that differ and are the same in each run; keys come from the real source, in `found_node`."""
    calls = iter(range(1_000_000))
    return lambda count: next(calls).to_bytes(count, "big")


def _read_card(path: Path) -> SigningKey:
    line = next(line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("Card key"))
    return SigningKey.from_seed(bytes.fromhex(line.rpartition(" ")[2]))


def _require_program(name: str) -> str:
    found = shutil.which(name)
    if found is None:
        pytest.exit(
            f"the interop tests need {name} (Node.js {_OLDEST_NODE} or newer with npm): it is not installed, "
            "nothing was verified",
            returncode=CANNOT_RUN,
        )
    return found


def _require_recent(node: str) -> None:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    if int(version.removeprefix("v").partition(".")[0]) < _OLDEST_NODE:
        pytest.exit(
            f"the interop tests need Node.js {_OLDEST_NODE}, this is {version}: nothing was verified",
            returncode=CANNOT_RUN,
        )


def _install_packages(npm: str) -> None:
    """Install what the lock file names, if it is not there; npm checks the hashes."""
    lock, installed = HERE / "package-lock.json", HERE / "node_modules" / ".package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    command = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    done = subprocess.run(command, cwd=HERE, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode != 0:
        pytest.exit(
            f"the packages of the interop tests could not be installed, nothing was verified:\n{done.stderr}",
            returncode=CANNOT_RUN,
        )
