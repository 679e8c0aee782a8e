"""Whose leases a new start may take over (D02)."""

from __future__ import annotations

import os
import subprocess
import sys

from entrepot_node.lease_owner import has_ended, new_owner

NAME_ONE = "from entrepot_node.lease_owner import new_owner; print(new_owner())"


def test_a_process_that_ended_is_known_by_its_name() -> None:
    name = subprocess.run([sys.executable, "-c", NAME_ONE], capture_output=True, text=True, check=True).stdout

    assert has_ended(name.strip())


def test_a_process_that_lives_keeps_its_leases() -> None:
    host, _, rest = new_owner().rpartition(f"-{os.getpid()}-")

    assert not has_ended(f"{host}-{os.getppid()}-{rest}")


def test_a_number_that_is_ours_now_was_that_of_a_process_before() -> None:
    """As in containers, where the server always is process 1."""
    assert has_ended(new_owner())


def test_nothing_is_known_of_another_machine() -> None:
    assert not has_ended(f"not-{new_owner()}")
    assert not has_ended("")
