"""Pins: which key log each origin has, as a person confirmed it. One fingerprint (SCID) for each origin.

    pins = Pins.load(Path("pins.json"))
    pins = Pins({"biomed.example": "QmS3Ui…"})

The file is a JSON object, origin → fingerprint. A pin is compared by phone or on paper before it is written; nothing
here writes one because a server said so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from entrepot_schema.errors import Misuse, Refused
from entrepot_schema.origin import parse_origin
from entrepot_schema.strict_json import read_json

_MAX_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Pins:
    """Fingerprints by origin. Raises `Misuse` (`client.pins`) for what is no origin or no fingerprint."""

    by_origin: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for origin, fingerprint in self.by_origin.items():
            try:
                parse_origin(origin)
            except Refused as refused:
                raise Misuse("client.pins", f"{origin[:80]!r} is no origin: {refused.message}") from refused
            if not isinstance(fingerprint, str) or not fingerprint.isalnum():
                raise Misuse("client.pins", f"the pin of {origin} is no fingerprint")
        object.__setattr__(self, "by_origin", MappingProxyType(dict(self.by_origin)))

    @classmethod
    def load(cls, path: Path) -> Pins:
        """Read a file of pins."""
        try:
            return cls(read_json(path.read_bytes(), max_bytes=_MAX_BYTES))
        except OSError as error:
            raise Misuse("client.pins", f"{path} cannot be read: {error.strerror}") from error
        except Refused as refused:
            raise Misuse("client.pins", f"{path} is no file of pins: {refused.message}") from refused

    def save(self, path: Path) -> None:
        """Write the pins, whole or not at all."""
        draft = path.with_name(path.name + ".new")
        draft.write_text(json.dumps(dict(sorted(self.by_origin.items())), indent=2) + "\n", "utf-8")
        draft.replace(path)

    def with_pin(self, origin: str, fingerprint: str) -> Pins:
        """The same pins and one more; `Misuse` if the origin has another one: that is never a routine change."""
        known = self.by_origin.get(origin)
        if known not in (None, fingerprint):
            hint = "Two key logs for one origin: ask its operator by phone before you change a pin."
            raise Misuse("client.pins", f"{origin} is pinned to another fingerprint", hint=hint)
        return Pins({**self.by_origin, origin: fingerprint})


NO_PINS = Pins()
