"""What one peer may cost us in a fetch (EXC-20)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """What one peer may cost us. The cap on a body's bytes is an argument of each fetch."""

    total_seconds: float = 30.0  # one fetch, from name to last byte; more for peers behind very slow lines
    connect_seconds: float = 10.0  # TCP, per address
    connect_again_seconds: float = (
        0.4  # then another try beside it: longer than most lines take for an answer
    )
    max_header_bytes: int = 32 * 1024  # all heads of one answer; h11 alone would read 100 KiB
    parallel: int = 2  # requests at once; more is impolite and makes one peer's bulk slow the others
    keepalive_seconds: float = 4.0  # below the 5 s after which uvicorn closes, so that we close first

    def max_wire_bytes(self, max_bytes: int) -> int:
        """Return what a body of `max_bytes` may take on the wire: an eighth and 4 KiB more, for framing."""
        return max_bytes + max_bytes // 8 + 4096
