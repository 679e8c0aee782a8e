"""The write path alone, in a process of its own: `python -m bench.write_path HOME FILE`.

The same calls as `entrepot publish`, with the clock around `Publisher.publish`: validate, sign, decide, insert,
sign the head, commit. Starting Python and reading the file are left out.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from entrepot_node.commands.node import open_node
from entrepot_node.package import read_publications


def main(home: Path, file: Path) -> None:
    """Publish a file and print how long that took."""
    with open_node(home) as node, node.publisher() as publisher:
        publications = read_publications(file.read_bytes(), str(file), default_license=node.settings.license)
        started = time.perf_counter()
        receipts = publisher.publish(publications)
        seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "published": len(receipts)}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
