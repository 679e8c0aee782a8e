"""Profile `durable`: what a node keeps through kills, full disks, old backups, clones and clocks that go back.

Its home is copied, its processes are killed, so the shim has to be a command.
"""

from __future__ import annotations

from entrepot_conformance.suite.case import Case

from . import copies, got_back, hellos, kills, pushes, trouble


def cases() -> list[Case]:
    """Return the cases of this profile."""
    return [
        *kills.cases(),
        *copies.cases(),
        *got_back.cases(),
        *pushes.cases(),
        *hellos.cases(),
        *trouble.cases(),
    ]
