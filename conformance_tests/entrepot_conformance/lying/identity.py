"""The keys of one origin, from seeds that anybody can make again, and its key log as it grows."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from entrepot_conformance.making import lines
from entrepot_conformance.making.lines import Line
from entrepot_conformance.making.profiles import sign, unsigned
from entrepot_conformance.making.seeds import TestKey
from entrepot_conformance.reader.key_state import did_web_twin
from entrepot_conformance.reader.strict_json import canonical

_TIME = "2026-05-0{}T08:00:00Z"
Edit = Callable[[Line], object]


def keep(draft: Line) -> None:
    """Change nothing."""


class Identity:
    """Who signs as an origin. `edit` may bend the first line before it is signed; keys, and a false SCID, may be given."""

    def __init__(
        self,
        origin: str,
        *,
        salt: str = "",
        edit: Edit = keep,
        record: TestKey | None = None,
        log: TestKey | None = None,
        scid: str | None = None,
    ) -> None:
        self.origin, self._salt = origin, salt
        self.did = f"did:web:{origin}"
        self._kept: dict[tuple[str, int], bytes] = {}
        self.records = [record or self.key("record 1")]
        self.logs = {1: log or self.key("log 1")}
        self._cards = [self.key("card 1"), self.key("card 2")]
        draft = {
            "parameters": {
                "method": "did:webvh:1.0",
                "nextKeyHashes": lines.hashes(*self._cards),
                "portable": True,
                "scid": "{SCID}",
                "updateKeys": [self.key("genesis").multikey],
            },
            "state": self._state("{SCID}"),
            "versionTime": _TIME.format(1),
        }
        edit(draft)
        self.lines = [lines.finish_genesis(draft, self.key("genesis"), scid=scid)]

    def key(self, name: str) -> TestKey:
        """Return the key of a name; each origin, and each `salt`, has others."""
        return TestKey(f"{self.origin} {self._salt}{name}")

    def swap_cards(self) -> None:
        """Take the other card for the next line."""
        self._cards.reverse()

    @property
    def scid(self) -> str:
        """The fingerprint."""
        return str(self.lines[0]["parameters"]["scid"])

    @property
    def number(self) -> int:
        """The number of the live feed."""
        return max(self.logs)

    @property
    def feed_name(self) -> str:
        """The name of the live feed."""
        return f"{self.origin}/feed/{self.number}"

    @property
    def key_log(self) -> bytes:
        """The key log as it is served."""
        return lines.encode(*self.lines)

    @property
    def did_json(self) -> bytes:
        """The did:web twin of the newest line."""
        return self._made(
            "did.json", lambda: canonical(did_web_twin(self.lines[-1]["state"], self.scid, self.origin))
        )

    def rotate(
        self,
        *,
        log: int | None = None,
        record: TestKey | None = None,
        edit: Edit = keep,
        signer: TestKey | None = None,
        before: str = "",
        **proof: Any,
    ) -> None:
        """Add a line with a new record key, signed by a card; `log` names a feed that gets a new log key, too.

        `before` is the version that it chains to, if that is not the last one.
        """
        number = len(self.lines) + 1
        card, *others = self._cards
        self._cards = [*others, self.key(f"card {number + 1}")]
        self.records.append(record or self.key(f"record {number}"))
        if log is not None:
            self.logs[log] = self.key(f"log {log} of line {number}")
        draft = {
            "parameters": {"nextKeyHashes": lines.hashes(*self._cards), "updateKeys": [card.multikey]},
            "state": self._state(self.scid),
            "versionTime": _TIME.format(number),
        }
        edit(draft)
        before = before or self.lines[-1]["versionId"]
        self.lines.append(lines.finish(draft, before, number, signer or card, **proof))

    def node_document(self, base_url: str) -> bytes:
        """Return the signed node document."""
        return self._made(base_url, lambda: self.other_document(base_url))

    def other_document(self, base_url: str, *, newer: int = 0, **members: Any) -> bytes:
        """Sign another node document; keyword arguments replace members of its profile, `newer` is added to its revision."""
        body = {
            "id": self.did,
            "type": "node",
            "feed": self.feed_name,
            "name": {"en": f"Cluster at {self.origin}"},
            "baseUrls": [base_url],
            "specVersions": ["1.0"],
            "capabilities": ["delta"],
            "mirroring": "any",
            "license": "CC-BY-4.0",
            "takedown": {"email": f"privacy@{self.origin}"},
        }
        revision = len(self.lines) + newer
        record = unsigned(
            body | members, revision=revision, time=_TIME.format(9), name="node", origin=self.origin
        )
        return canonical(sign(record, self.records[-1], origin=self.origin))

    def _made(self, what: str, make: Callable[[], bytes]) -> bytes:
        """Make a document once for each line of the key log."""
        key = (what, len(self.lines))
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def _state(self, scid: str) -> Line:
        state = lines.state(scid, self.records[-1], origin=self.origin)
        state["service"] = [
            {
                "id": f"#feed-{number}",
                "serviceEndpoint": {
                    "feed": f"{self.origin}/feed/{number}",
                    "vkey": key.vkey(f"{self.origin}/feed/{number}"),
                },
                "type": "EntrepotFeed",
            }
            for number, key in self.logs.items()
        ]
        return copy.deepcopy(state)
