"""A node served over real HTTP by a process of its own, and a publisher beside it."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.orders import Publication, Receipt
from entrepot_node.publish import Publisher
from entrepot_node.settings import Settings
from entrepot_node.storage.sql_store import SqlStore

ORIGIN = "biomed.example"
SERVE = Path(__file__).parents[1] / "node" / "crash" / "serve.py"
NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)


def company(name: str, **more: Any) -> dict[str, Any]:
    return {
        "type": "company",
        "name": {"en": name},
        "locations": [{"country": "DE"}],
        "status": "active",
        "updated": "2026-11-23",
        **more,
    }


@dataclass
class ServedNode:
    """A node that answers at `url`; what is published goes through its write path."""

    url: str
    scid: str
    home: Home
    store: SqlStore

    @property
    def pins(self) -> dict[str, str]:
        return {ORIGIN: self.scid}

    def publish(self, *profiles: dict[str, Any]) -> list[Receipt]:
        return self._publisher().publish([Publication(profile, "CC-BY-4.0") for profile in profiles])

    def withdraw(self, subject: str) -> None:
        self._publisher().withdraw([subject])

    def _publisher(self) -> Publisher:
        return Publisher(
            self.store,
            f"{ORIGIN}/feed/1",
            self.home.keyring(1),
            now=lambda: NOW,
            random_bytes=random.randbytes,
        )


@pytest.fixture
def node(tmp_path: Path) -> Iterator[ServedNode]:
    """A founded node without records, served on a free port."""
    home = Home(tmp_path / "home")
    settings = Settings(origin=ORIGIN, name="BioMed", takedown_email="info@biomed.example")
    founded = found_node(home, settings, now=lambda: NOW, random_bytes=random.Random(1).randbytes)
    command = [sys.executable, str(SERVE), str(home.path)]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    port = int(server.stdout.readline())
    store = home.open_store()
    yield ServedNode(f"http://127.0.0.1:{port}", founded.scid, home, store)
    store.close()
    server.communicate()
    assert server.returncode == 0


@pytest.fixture
def make() -> Callable[..., dict[str, Any]]:
    """Make the profile of a company."""
    return company
