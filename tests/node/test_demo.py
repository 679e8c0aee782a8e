"""The demo federation: three real nodes, real HTTP, and identical verified copies."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_three_nodes_end_with_identical_verified_copies_of_three_feeds(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "entrepot_node.cli", "demo", "--once", "--json", "--port", "0"]
    done = subprocess.run([*command, "--folder", str(tmp_path)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    result = json.loads(done.stdout)
    assert result["identical"] is True
    assert [len(node["feeds"]) for node in result["nodes"]] == [3, 3, 3]
    roots = {(feed["origin"], feed["root"]) for node in result["nodes"] for feed in node["feeds"]}
    assert len(roots) == 3
    assert result["records"] > 500
