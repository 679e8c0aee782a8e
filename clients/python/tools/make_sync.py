"""Make the synchronous half of the client from the asynchronous one, so that there is one code base.

python clients/python/tools/make_sync.py            # write
python clients/python/tools/make_sync.py --check    # exit 1 if a file is not what would be written
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1] / "entrepot_client"
MARK = "# Made from _async/{name} by clients/python/tools/make_sync.py; do not edit.\n"

# Whole words first, in this order.
WORDS = (
    (r"async with", "with"),
    (r"async for", "for"),
    (r"async def", "def"),
    (r"await ", ""),
    (r"asynccontextmanager", "contextmanager"),
    (r"asyncio\.sleep", "time.sleep"),
    (r"import asyncio", "import time"),
    (r"\baiter_raw", "iter_raw"),
    (r"\baclose", "close"),
    (r"__aiter__", "__iter__"),
    (r"__anext__", "__next__"),
    (r"__aenter__", "__enter__"),
    (r"__aexit__", "__exit__"),
    (r"StopAsyncIteration", "StopIteration"),
    (r"Awaitable\[(\w+(?:\[[^\]]*\])?(?: \| None)?)\]", r"\1"),
    (r"Awaitable, ", ""),
    (r"AsyncGenerator\[(.*), None\]:", r"Generator[\1, None, None]:"),
    (r"httpx\.Async", "httpx."),
    (r"\bAsync([A-Z])", r"\1"),
    (r"_async\b", "_sync"),
    (
        r"asynchronous half, written by hand; `_sync` is made from it",
        "synchronous half; it is made from `_async`",
    ),
)


def to_sync(text: str, name: str) -> str:
    """Turn one file."""
    for pattern, word in WORDS:
        text = re.sub(pattern, word, text)
    made = MARK.format(name=name) + text
    for command in (["check", "--select", "I", "--fix", "--quiet"], ["format"]):
        made = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--stdin-filename", str(PACKAGE / "_sync" / name), "-"],
            input=made, capture_output=True, text=True, check=True,
        ).stdout  # fmt: skip
    return made


def main() -> int:
    """Write the files, or compare them."""
    wrong = []
    for path in sorted((PACKAGE / "_async").glob("*.py")):
        made, target = to_sync(path.read_text("utf-8"), path.name), PACKAGE / "_sync" / path.name
        if "--check" not in sys.argv:
            target.write_text(made, "utf-8")
        elif not target.exists() or target.read_text("utf-8") != made:
            wrong.append(target.name)
    if wrong:
        sys.stderr.write(f"not made from _async: {', '.join(wrong)}; run make fix\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
