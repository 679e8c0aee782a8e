"""The pytest plugin of the suite: adds `--node-url` and the fixture `node`."""

from __future__ import annotations

import pytest

from .node_under_test import NodeUnderTest


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let `pytest conformance_tests --node-url URL` name the node to judge."""
    parser.addoption("--node-url", default=None, help="base URL of the node to judge")


@pytest.fixture(scope="session")
def node(request: pytest.FixtureRequest) -> NodeUnderTest:
    """Return the node under test; without `--node-url` the test that asks for it is skipped."""
    url = request.config.getoption("--node-url")
    if url is None:
        pytest.skip("no node to judge: give its base URL with --node-url")
    return NodeUnderTest(url)
