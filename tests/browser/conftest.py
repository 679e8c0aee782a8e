"""Opens the pages of a real node in Chromium, with no network but this machine.

    make browser                          # or: python -m pytest tests/browser

The browser is the system's own Chromium. axe-core is pinned by `package-lock.json` with its hash and installed beside
it, once, without running scripts. Without Chromium or npm the run ends with exit code 3 and says so: a check that did
not happen must not look like one that passed.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from .federation import Site, running_federation

HERE = Path(__file__).resolve().parent
CANNOT_RUN = 3
FIGURES: Counter[str] = Counter()
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, count in FIGURES.items():
        terminalreporter.write_line(f"browser: {count} × {what}")


@pytest.fixture(scope="session")
def figures() -> Counter[str]:
    return FIGURES


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A running node with the records of the demo and worse."""
    with running_federation(tmp_path_factory.mktemp("federation")) as site:
        yield site


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The system's Chromium."""
    path = next((found for name in _NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.exit("make browser needs Chromium; there is none on the PATH", CANNOT_RUN)
    # Chromium has no sandbox for root; it opens nothing here but our own pages.
    arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe() -> str:
    """The source of axe-core, which judges a page by the rules of WCAG that a program can judge."""
    source = HERE / "node_modules" / "axe-core" / "axe.min.js"
    if not source.is_file():
        npm = shutil.which("npm")
        if npm is None:
            pytest.exit("make browser needs npm to install axe-core", CANNOT_RUN)
        done = subprocess.run(
            [npm, "ci", "--ignore-scripts"], cwd=HERE, capture_output=True, text=True, check=False
        )
        if done.returncode:
            pytest.exit(f"npm ci failed in {HERE}:\n{done.stderr[-2000:]}", CANNOT_RUN)
    return source.read_text("utf-8")


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of the pages are left, for people to look at."""
    folder = HERE / "screenshots"
    folder.mkdir(exist_ok=True)
    return folder
