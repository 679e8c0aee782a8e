"""Publish and withdraw in a loop: `publish.py HOME SEED ROUNDS [unlocked | unmarked]`; for ever with 0 rounds.

Each line is printed after the write path has returned: what it says was acknowledged. `unlocked` leaves out the
append lock and the gate, as somebody might who deletes them. `unmarked` dies after its first commit, before the mark.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
import secrets
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from entrepot_node.append_right import append_right, is_append_awaited
from entrepot_node.commands.node import open_transport
from entrepot_node.home import Home
from entrepot_node.live_feed import live_feed
from entrepot_node.orders import Publication
from entrepot_node.publish import Publisher
from entrepot_node.signing_gate import SigningGate
from entrepot_schema.errors import Conflict, Unavailable
from entrepot_sync.feed_store import FeedRow, Head


def company(name: str) -> dict[str, object]:
    return {
        "type": "company",
        "name": {"en": name},
        "locations": [{"country": "DE"}],
        "status": "active",
        "updated": "2026-11-23",
    }


class DiesBeforeTheMark(SigningGate):
    """A gate whose process is killed when it would note what was just committed."""

    def signed(self, feed: FeedRow, head: Head) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


class Loop:
    def __init__(self, publisher: Publisher, seed: str) -> None:
        self._publisher = publisher
        self._seed = seed
        self._chance = random.Random(seed)
        self._live: list[str] = []

    def run_round(self, number: int) -> None:
        if len(self._live) > 4 and self._chance.random() < 0.3:
            subject = self._chance.choice(self._live)
            (receipt,) = self._publisher.withdraw([subject])
            self._live.remove(subject)
            print("withdrew", receipt.subject, receipt.revision, receipt.index, flush=True)
            return
        profiles = [company(f"{self._seed} {number}.{k}") for k in range(self._chance.randint(1, 4))]
        if self._live:
            profiles.append({**company(f"{self._seed} {number}"), "id": self._chance.choice(self._live)})
        receipts = self._publisher.publish([Publication(profile, "CC0-1.0") for profile in profiles])
        self._live += [receipt.subject for receipt in receipts if receipt.revision == 1]
        for receipt in receipts:
            print("published", receipt.subject, receipt.revision, receipt.index, flush=True)


def main(path: Path, seed: str, rounds: int, mode: str) -> None:
    home = Home(path)
    store = home.open_store()
    locked = mode != "unlocked"
    kind = DiesBeforeTheMark if mode == "unmarked" else SigningGate
    feed_name = live_feed(store).name
    publisher = Publisher(
        store, feed_name, home.keyring(1), now=lambda: datetime.now(UTC), random_bytes=secrets.token_bytes,
        gate=kind(store, home.mark_file, open_transport) if locked else None,
    )  # fmt: skip
    loop = Loop(publisher, seed)
    print("ready", flush=True)
    for number in range(rounds) if rounds else itertools.count():
        try:
            with append_right(home, store, feed_name) if locked else contextlib.nullcontext():
                loop.run_round(number)
            if locked and is_append_awaited(home, store, feed_name):
                time.sleep(0.1)  # as a server does that publishes without end
        except Conflict as conflict:
            print("refused", conflict.code, flush=True)
        except Unavailable as error:
            print("unavailable", error.code, flush=True)
            time.sleep(0.2)  # as a caller who comes again
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4] if sys.argv[4:] else "")
