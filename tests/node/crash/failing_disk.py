"""A node whose disk fails for a while: `failing_disk.py HOME`. Prints what each deed came to, one JSON line each.

While it fails every write to a file fails, as on a disk with I/O errors; reads go on. Then the disk works again, and
the process must not.
"""

from __future__ import annotations

import asyncio
import json
import resource
import secrets
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import httpx

from entrepot_node.app import create_app
from entrepot_node.commands.node import open_transport
from entrepot_node.gate_keeper import GateKeeper
from entrepot_node.home import Home
from entrepot_node.keyring import WITNESS
from entrepot_node.orders import Publication
from entrepot_node.publish import Publisher
from entrepot_node.signing_gate import SigningGate
from entrepot_node.witnessing import Witness
from entrepot_schema.errors import EntrepotError

COMPANY = {
    "type": "company", "name": {"en": "Acme"}, "locations": [{"country": "DE"}], "status": "active",
    "updated": "2026-11-23",
}  # fmt: skip


def say(deed: str, outcome: object) -> None:
    print(json.dumps([deed, outcome]), flush=True)


def attempt(deed: str, run: Callable[[], object]) -> None:
    try:
        run()
    except EntrepotError as error:
        say(deed, error.code)
    else:
        say(deed, "done")


def set_disk(*, works: bool) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard if works else 0, hard))


def main(path: Path) -> None:
    home = Home(path)
    settings, store = home.settings(), home.open_store()
    gate = SigningGate(store, home.mark_file, open_transport)
    keeper = GateKeeper(home, store, gate)
    cosigner = home.cosigner(WITNESS, settings.origin)
    assert cosigner is not None
    witness = Witness(store, cosigner, now=time.time)
    app = create_app(store, settings, witness=witness, leaving=keeper.let_leave)
    (name,) = store.own_feed_names()
    publisher = Publisher(
        store, name, home.keyring(1), now=lambda: datetime.now(UTC), random_bytes=secrets.token_bytes, gate=gate
    )  # fmt: skip

    def publish() -> None:
        with home.append_lock(1):
            publisher.publish([Publication(COMPANY, "CC0-1.0")])

    def ask(method: str, path: str) -> int:
        async def send() -> int:
            transport = httpx.ASGITransport(app)
            async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8101") as client:
                return (await client.request(method, path, content=b"old 0\n")).status_code

        return asyncio.run(send())

    attempt("publish", publish)
    set_disk(works=False)
    attempt("publish while the disk fails", publish)
    set_disk(works=True)
    attempt("publish again", publish)
    attempt("erase", store.sweep_withdrawn)
    keeper.tend()
    say("checkpoint", ask("GET", "/feed/checkpoint"))
    say("records", ask("GET", "/api/v1/records"))
    say("push to our witness", ask("POST", "/witness/add-checkpoint"))
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
