"""The yardstick of checking: read a file of JSON lines, and nothing else: `python -m bench.parsing FILE`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

if __name__ == "__main__":
    with Path(sys.argv[1]).open("rb") as lines:
        print(json.dumps({"read": sum(1 for line in lines if json.loads(line))}))
