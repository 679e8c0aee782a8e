"""What the checks know of the node they judge.

One head is fixed by the first look at the checkpoint, and everything is read for that head. A node may
grow meanwhile: partial bundles and tiles of the fixed head are then cut from larger ones, and `has_grown`
tells the checks that a difference may have that innocent reason.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from functools import cached_property

from .http_reader import Answer, HttpReader
from .reader import tiles
from .reader.contents import match_contents
from .reader.entries import Entry, FeedState
from .reader.key_log import KeyLine, read_key_log
from .reader.key_state import KeyState
from .reader.notes import Checkpoint, Verifier, open_checkpoint, parse_checkpoint, parse_note
from .reader.records import Expected, expected_of, verify_record
from .reader.rule_error import RuleError
from .reader.schemas import Schemas, find_schemas
from .reader.strict_json import parse_object
from .suite.traffic import Traffic

FEED = "/feed"


class NodeUnderTest:
    """A node behind a base URL; every property is read once."""

    def __init__(self, base_url: str, traffic: Traffic | None = None) -> None:
        self.http = HttpReader(base_url, traffic)

    def get(self, path: str, **headers: str) -> Answer:
        """GET a path that must exist."""
        answer = self.http.get(path, **headers)
        assert answer.status == 200, f"GET {path}: {answer.status} where 200 was due"
        return answer

    @cached_property
    def checkpoint(self) -> bytes:
        """The checkpoint as it was first seen; it fixes the head."""
        return self.get(f"{FEED}/checkpoint").body

    @cached_property
    def node_document_answer(self) -> Answer:
        """The node document as it was sent."""
        return self.get("/.well-known/entrepot")

    @property
    def node_document(self) -> bytes:
        """The node document, not verified."""
        return self.node_document_answer.body

    @cached_property
    def origin(self) -> str:
        """The origin that the node document claims; `check_node_document` and the key log hold it to that."""
        issuer = parse_object(self.node_document).get("issuer")
        prefix = "did:web:"
        assert isinstance(issuer, str), "the node document has no issuer"
        assert issuer.startswith(prefix), f"the issuer of the node document is {issuer!r}"
        return issuer.removeprefix(prefix)

    @cached_property
    def key_log(self) -> bytes:
        """The key log, read after the head was fixed, so that it is never behind the feed."""
        _ = self.checkpoint
        return self.get(f"{FEED}/keys.jsonl").body

    @cached_property
    def key_lines(self) -> list[KeyLine]:
        """The verified lines of the key log."""
        return read_key_log(self.key_log, self.origin)

    @property
    def key_state(self) -> KeyState:
        """The newest key state."""
        return self.key_lines[-1].state

    @property
    def log_key(self) -> Verifier:
        """The log key of the live feed."""
        return self.key_state.log_keys[self.key_state.live_feed]

    @cached_property
    def head(self) -> Checkpoint:
        """The fixed head, verified."""
        return open_checkpoint(self.checkpoint, self.log_key)

    @property
    def size(self) -> int:
        """The size of the fixed head."""
        return self.head.size

    @cached_property
    def entries(self) -> list[bytes]:
        """All entries below the fixed head, from the bundles; not yet compared with the root."""
        bundles = [self.bundle(index, width) for index, width in tiles.implied_bundles(self.size)]
        return [entry for bundle in bundles for entry in bundle]

    @cached_property
    def state(self) -> FeedState:
        """What the entries do; after a stop nothing more is decided."""
        state = FeedState(self.origin)
        for raw in self.entries:
            if state.take(raw).kind == "stop":
                break
        return state

    @cached_property
    def contents(self) -> dict[bytes, bytes]:
        """Live contents by digest, from all `contents/<N>`."""
        wanted = [e.digest for e in self.state.live() if e.digest]
        found: dict[bytes, bytes] = {}
        for index in range(len(tiles.implied_bundles(self.size))):
            found |= match_contents(self.get(f"{FEED}/contents/{index}").body, wanted)
        return found

    @cached_property
    def schemas(self) -> Schemas:
        """The schemas of the standard."""
        return find_schemas()

    def bundle(self, index: int, width: int) -> list[bytes]:
        """Read one entry bundle of the fixed head."""
        raw, found = self._read_tile("entries", index, width)
        return tiles.decode_bundle(raw, found)[:width]

    def tile(self, level: int, index: int, width: int) -> bytes:
        """Read one hash tile of the fixed head."""
        raw, found = self._read_tile(level, index, width)
        assert len(raw) == 32 * found, f"tile {level}/{index} of width {found} has {len(raw)} bytes"
        return raw[: 32 * width]

    def content(self, digest: bytes) -> Answer:
        """GET one content by its digest, whatever the answer is."""
        name = digest.hex()
        return self.http.get(f"{FEED}/addenda/{name[:2]}/{name[2:4]}/{name}")

    @cached_property
    def key_indices(self) -> list[int]:
        """The indices of the effective `keys` entries."""
        return [entry.index for entry in self.state.key_entries()]

    def verify_live_record(self, entry: Entry, record: bytes) -> None:
        """Verify the record under an effective publish entry, with the key in force there (LOG-24)."""
        line = bisect_right(self.key_indices, entry.index)
        assert 0 < line <= len(self.key_lines), f"no key is in force at index {entry.index}"
        expected = expected_of(entry, self.origin, self.key_lines[line - 1].state.assertion_key)
        verify_record(record, expected, self.schemas)

    def verify_node_document(self) -> Mapping[str, object]:
        """Verify the node document and return its profile."""
        subject = f"did:web:{self.origin}"
        expected = Expected(self.origin, subject, "node", self.key_state.assertion_key)
        verify_record(self.node_document, expected, self.schemas)
        profile: Mapping[str, object] = parse_object(self.node_document)["credentialSubject"]["profile"]
        return profile

    @cached_property
    def is_static(self) -> bool:
        """Say whether it is a static copy (EXC-99). A document that does not verify excuses nothing, and who answers `delta` runs."""
        try:
            capabilities = self.verify_node_document().get("capabilities")
        except (AssertionError, RuleError):
            return False
        return capabilities == [] and self.http.get(f"{FEED}/delta").status == 404

    def newest_size(self) -> int:
        """Read the checkpoint again, only to see whether the node has grown."""
        return parse_checkpoint(parse_note(self.get(f"{FEED}/checkpoint").body).text).size

    def has_grown(self) -> bool:
        """Say whether the node has grown since the head was fixed."""
        fixed = parse_checkpoint(parse_note(self.checkpoint).text).size
        return self.newest_size() > fixed

    def forget(self) -> None:
        """Forget everything, so that a new head is fixed."""
        http = self.http
        self.__dict__.clear()
        self.http = http

    def _read_tile(self, level: int | str, index: int, width: int) -> tuple[bytes, int]:
        """GET a tile or bundle, a wider one if the node has grown; return its bytes and its width."""
        answer = self.http.get(f"{FEED}/{tiles.tile_path(level, index, width)}")
        span = 1 if level == "entries" else tiles.WIDTH ** int(level)
        while answer.status == 404 and width < tiles.WIDTH:
            grown = min(tiles.WIDTH, self.newest_size() // span - index * tiles.WIDTH)
            if grown <= width:
                break
            width = grown
            answer = self.http.get(f"{FEED}/{tiles.tile_path(level, index, width)}")
        assert answer.status == 200, f"GET {answer.path}: {answer.status} where 200 was due"
        return answer.body, width
