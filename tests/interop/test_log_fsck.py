"""Our live feed, judged by Tessera's `fsck`: it fetches every entry and hash tile over HTTP and computes all of them anew."""

from __future__ import annotations

import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from .conftest import Figures
from .go_programs import GoPrograms
from .nodes import LiveNode, found_node, serving

BATCHES = 3
BATCH = 21_900
SIZE = 1 + BATCHES * BATCH  # an entry of keys, then records: above 65,536 there are tiles of three levels

Change = Callable[[bytes], bytes]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveNode]:
    """A served node with a feed of three levels of tiles, the highest of them partial."""
    found = found_node(tmp_path_factory.mktemp("fsck"), "biomed.example")
    for batch in range(BATCHES):
        found.publish(*(f"Company {batch} {number}" for number in range(BATCH)))
    with serving(found):
        yield found


def check(go: GoPrograms, url: str, vkey: str, folder: Path) -> tuple[bool, str]:
    """Run `fsck` on the log below a URL. Version 1.0.4 ends with 0 whatever it found, so its words count."""
    key = folder / "log.vkey"
    key.write_text(vkey, "ascii")
    done = go.run(
        "fsck", f"--storage_url={url}/", f"--public_key={key}", "--ui=false", "--N=4", "--logtostderr"
    )
    said = done.stderr.decode()
    passed, failed = "Successfully fsck'd log" in said, "fsck failed" in said
    assert passed != failed, said
    return passed, said


def test_every_entry_and_tile_of_the_live_feed_is_as_the_head_says(
    go: GoPrograms, node: LiveNode, tmp_path: Path, figures: Figures
) -> None:
    """LOG-40 to LOG-42: whole and partial tiles of all levels, and again after each of a few publishes."""
    passed, said = check(go, f"{node.url}/feed", node.log_vkey, tmp_path)
    assert passed, said
    assert f"size {SIZE}" in said
    assert node.get("/feed/tile/2/000.p/1")
    for number in range(3):
        node.publish(*(f"Novelty {number} {count}" for count in range(100)))
        passed, said = check(go, f"{node.url}/feed", node.log_vkey, tmp_path)
        assert passed, said
    assert f"size {SIZE + 300}" in said
    figures.add("entries of a live feed computed anew by Tessera's fsck", SIZE + 300)


@contextmanager
def tampering(node: LiveNode, path: str, change: Change) -> Iterator[str]:
    """Serve the feed of a node with one resource changed; give the URL of the copy."""
    served: list[str] = []

    class Copy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            try:
                status, body = 200, node.get(self.path)
            except urllib.error.HTTPError as error:
                with error:
                    status, body = error.code, b""
            if self.path == path and status == 200:
                body = change(body)
                served.append(self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        def handle_error(self, request: Any, client_address: Any) -> None:
            """A reader that has seen enough goes away."""

    with Server(("127.0.0.1", 0), Copy) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/feed"
        finally:
            server.shutdown()
            thread.join()
    assert served, f"{path} was never asked for"


def flipped(body: bytes) -> bytes:
    """The same with one bit of its middle byte changed."""
    middle = len(body) // 2
    return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/feed/tile/entries/007", flipped),
        ("/feed/tile/0/007", flipped),
        ("/feed/tile/1/000", flipped),
        ("/feed/checkpoint", lambda body: body.replace(b"\n6", b"\n5", 1)),
    ],
    ids=["entry bundle", "tile of leaves", "tile of level 1", "size"],
)
def test_a_copy_with_one_changed_byte_is_refused(
    go: GoPrograms, node: LiveNode, tmp_path: Path, figures: Figures, path: str, change: Change
) -> None:
    """So the check can fail."""
    with tampering(node, path, change) as url:
        passed, said = check(go, url, node.log_vkey, tmp_path)

    assert not passed, said
    figures.add("copies with one changed byte refused by Tessera's fsck")


def test_a_copy_that_nobody_changed_is_as_good(go: GoPrograms, node: LiveNode, tmp_path: Path) -> None:
    """So it is the byte that is refused, not the copy."""
    with tampering(node, "/feed/tile/0/007", lambda body: body) as url:
        passed, said = check(go, url, node.log_vkey, tmp_path)

    assert passed, said
