"""`entrepot demo`: three territories exchange records on this machine, through the same doors as real ones."""

from __future__ import annotations

import shutil
import signal
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from entrepot_node.commands.output import DONE, FOUND_FAULTS, Output
from entrepot_node.demo import Demo, DemoResult

_BANNER = (
    "This is a demo: real organisations from open data, invented clusters, companies, relations and offers."
)


def run_demo(*, once: bool, as_json: bool, folder: Path | None, port: int) -> int:
    """Run the demo; 0 only if all three nodes end with identical verified copies of all three feeds."""
    output = Output(as_json=as_json)
    with _folder(folder) as home, ExitStack() as stack:
        demo = Demo(home, port)

        def say(text: str) -> None:
            if not as_json:
                output.console().print(text)

        say(_BANNER)
        demo.found(say)
        stack.enter_context(demo.servers())
        say("Three nodes are up. Each follows the two others …")
        result = demo.exchange()
        output.result(
            _document(result), lambda console: console.print(_copies(result), _summary(result), sep="\n")
        )
        if not result.identical:
            return FOUND_FAULTS
        if not once:
            say("\nStop with Ctrl-C.")
            _wait_for_signal()
    return DONE


@contextmanager
def _folder(folder: Path | None) -> Iterator[Path]:
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
        return
    made = Path(tempfile.mkdtemp(prefix="entrepot-demo-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _wait_for_signal() -> None:
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    stopped.wait()


def _document(result: DemoResult) -> dict[str, Any]:
    return {
        "demo": True,
        "identical": result.identical,
        "records": result.records,
        "publishSeconds": round(result.publish_seconds, 3),
        "exchangeSeconds": round(result.exchange_seconds, 3),
        "copiesPerSecond": round(result.copies / result.exchange_seconds) if result.exchange_seconds else 0,
        "nodes": [
            {"origin": node.origin, "url": node.url, "feeds": [feed.__dict__ for feed in node.feeds]}
            for node in result.nodes
        ],
    }


def _copies(result: DemoResult) -> str:
    lines = ["", "What each node holds, checked from its bytes and compared with the publisher's:"]
    for node in result.nodes:
        lines.append(f"  {node.origin}")
        for feed in node.feeds:
            copy = "own feed" if feed.origin == node.origin else "identical copy"
            copy = copy if feed.identical else "DIFFERS"
            head = f"head {feed.size:>4}  root {feed.root[:12]}…"
            lines.append(f"    {feed.origin:<17} {feed.records:>4} records  {head}  {copy}")
    return "\n".join([*lines, ""])


def _summary(result: DemoResult) -> str:
    rate = result.copies / result.exchange_seconds if result.exchange_seconds else 0
    lines = [
        f"{result.records} records published in {result.publish_seconds:.1f} s; {result.copies} copies pulled, "
        f"verified and stored in {result.exchange_seconds:.1f} s ({rate:.0f} a second).",
        *(f"  {node.origin:18} {node.url}" for node in result.nodes),
    ]
    return "\n".join(lines)
