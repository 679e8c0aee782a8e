"""Pull the one followed feed once: `pull.py HOME`. Prints when it begins, how far it is, and when it is done."""

from __future__ import annotations

import asyncio
import random
import sys
import time
from pathlib import Path

from entrepot_node.commands.node import open_transport
from entrepot_node.following import Puller
from entrepot_node.home import Home


def main(path: Path) -> None:
    store = Home(path).open_store()
    puller = Puller(
        store, open_transport, owner="the puller", now=time.time, random=random.random, poll_seconds=5
    )
    (follow,) = store.follows()
    print("ready", flush=True)
    asyncio.run(puller.pull(follow, lambda stored, size: print("stored", stored, size, flush=True)))
    print("done", flush=True)
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
