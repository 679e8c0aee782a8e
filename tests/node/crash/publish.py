"""Publish and withdraw in a loop: `publish.py HOME SEED ROUNDS [unlocked]`; for ever with 0 rounds.

Each line is printed after the write path has returned: what it says was acknowledged. `unlocked` leaves out the
append lock, as somebody might who deletes it.
"""

from __future__ import annotations

import contextlib
import itertools
import random
import secrets
import sys
from datetime import UTC, datetime
from pathlib import Path

from entrepot_node.home import Home
from entrepot_node.publish import Publication, Publisher
from entrepot_schema.errors import Conflict

FEED = "biomed.example/feed/1"


def company(name: str) -> dict[str, object]:
    return {
        "type": "company",
        "name": {"en": name},
        "locations": [{"country": "DE"}],
        "status": "active",
        "updated": "2026-11-23",
    }


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


def main(path: Path, seed: str, rounds: int, *, locked: bool) -> None:
    home = Home(path)
    store = home.open_store()
    publisher = Publisher(
        store, FEED, home.keyring(1), now=lambda: datetime.now(UTC), random_bytes=secrets.token_bytes
    )
    loop = Loop(publisher, seed)
    print("ready", flush=True)
    for number in range(rounds) if rounds else itertools.count():
        try:
            with home.append_lock(1) if locked else contextlib.nullcontext():
                loop.run_round(number)
        except Conflict as conflict:
            print("refused", conflict.code, flush=True)
    store.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), locked="unlocked" not in sys.argv)
