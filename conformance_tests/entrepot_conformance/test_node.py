"""Ten read-only checks of the node behind `--node-url`; each test is one check, its text says which MUST."""

from __future__ import annotations

import pytest

from .checks import CHECKS, Check
from .node_under_test import NodeUnderTest
from .suite.outcome import Skipped


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__.removeprefix("check_"))
def test_node(check: Check, node: NodeUnderTest) -> None:
    """The node keeps the promise that the check names."""
    try:
        check(node)
    except Skipped as reason:
        pytest.skip(str(reason))  # a node that lacks what the check needs breaks nothing
