"""Run `entrepot` with the arguments given, after having said that all of it is loaded: `command.py ARGS…`."""

from __future__ import annotations

import entrepot_node.commands.backup
import entrepot_node.commands.recover  # noqa: F401  loaded before the clock of whoever kills this begins
from entrepot_node.cli import main

if __name__ == "__main__":
    print("ready", flush=True)
    main()
