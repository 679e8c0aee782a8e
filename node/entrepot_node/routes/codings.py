"""In which codings an answer may be sent, and which of them a request accepts (EXC-07, EXC-10; RFC 9110 §12.5.3, RFC 9842)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from fastapi import Request

from entrepot_sync import content_coding
from entrepot_sync.content_coding import available_dictionary

_REFUSED = re.compile(r"q=0(?:\.0*)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Coding:
    """One way to pack a body. `letter` stands behind the tag of what is packed so: other bytes, another tag."""

    name: str
    letter: str
    level: int

    def pack(self, body: bytes) -> bytes:
        """Pack a body, whole."""
        return content_coding.pack(self.name, body, self.level)

    def packer(self) -> content_coding.Packer:
        """What packs a body part by part."""
        return content_coding.packer(self.name, self.level)


Codings = tuple[Coding, ...]
"""Those that an answer may be sent in, best first."""

GZIP = Coding(content_coding.GZIP, "z", 6)
USUAL: Codings = (Coding(content_coding.ZSTD, "s", 3), GZIP)
BUNDLES: Codings = (Coding(content_coding.ZSTD, "s", 9), Coding(content_coding.GZIP, "z", 9))
"""For what is packed once and kept."""
STREAM: Codings = (Coding(content_coding.ZSTD, "s", 1), Coding(content_coding.GZIP, "z", 1))
"""For answers in bulk, which are limited by how fast they are packed."""
DELTA: Codings = (
    Coding(content_coding.DCZ, "d", 9),
    Coding(content_coding.ZSTD, "s", 9),
    # 2 % less than the usual 6 for a hundred records, for 2 ms more; 9 takes longer and finds nothing.
    Coding(content_coding.GZIP, "z", 8),
)


def accepted(request: Request, codings: Codings) -> Codings:
    """Those of the codings that a request accepts, in the same order."""
    asked = _all_lines(request, "accept-encoding")
    if not asked:
        return ()
    weights = {}
    for part in asked.lower().split(","):
        name, _, weight = part.replace(" ", "").replace("\t", "").partition(";")
        weights[name] = weight
    # Who accepts anything was hardly thinking of the two newer ones.
    weights.setdefault(content_coding.GZIP, weights.get("*", "q=0"))
    if any(one.name == content_coding.DCZ for one in codings) and not _has_dictionary(request):
        weights.pop(content_coding.DCZ, None)
    return tuple(one for one in codings if not _REFUSED.fullmatch(weights.get(one.name, "q=0")))


def _has_dictionary(request: Request) -> bool:
    return _all_lines(request, "available-dictionary").strip() == available_dictionary()


def _all_lines(request: Request, name: str) -> str:
    return ",".join(request.headers.getlist(name))  # one list, however many lines it came in (RFC 9110 §5.3)


@cache
def varies_by(codings: Codings) -> dict[str, str]:
    """The line that says by which lines of the request an answer in one of these codings was chosen."""
    names = ["Accept-Encoding"] if codings else []
    if any(one.name == content_coding.DCZ for one in codings):
        names.append("Available-Dictionary")
    return {"vary": ", ".join(names)} if names else {}
