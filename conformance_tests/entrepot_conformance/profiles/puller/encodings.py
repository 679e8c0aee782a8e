"""Bodies in encodings that nobody asked for, that are broken, or that explode (EXC-07, EXC-10, EXC-20, EXC-22)."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable

from entrepot_conformance.lying import wire
from entrepot_conformance.lying.peer import ENTRIES, Peer
from entrepot_conformance.lying.wire import Send
from entrepot_conformance.suite.case import Side
from entrepot_conformance.suite.usage import Budget
from entrepot_conformance.toy_node import Response

from .heads import accepted, refused
from .http import Bend, bent
from .play import Row

DCZ_HEAD = bytes.fromhex("5e2a4d1820000000") + bytes.fromhex(
    "ddb0ae3d7b85104bf06f43caaaf8ee3f0981e8cc97feeb7f03c0711fcbeac511"
)
OTHER_HEAD = DCZ_HEAD[:8] + bytes(32)


def rows() -> list[Row]:
    """All attacks by encodings, and what is taken of them."""

    def encoded(encoding: str, body: Callable[[bytes], bytes] = lambda raw: raw) -> Bend:
        return lambda told: Response(200, body(told.body), {**told.headers, "Content-Encoding": encoding})

    def empty_blocks(told: Response) -> Send:
        """In chunks, so that no length is announced."""
        body = mostly_nothing(told.body)
        return wire.chunked(Response(200, body, {**told.headers, "Content-Encoding": "gzip"}), size=60_000)

    def mostly_nothing(raw: bytes) -> bytes:
        """Good gzip of the answer, behind millions of empty blocks: on the wire it is large, inflated it is not."""
        packer = zlib.compressobj(wbits=-zlib.MAX_WBITS)
        packed = packer.compress(raw) + packer.flush()
        ends = zlib.crc32(raw).to_bytes(4, "little") + len(raw).to_bytes(4, "little")
        return b"\x1f\x8b\x08" + bytes(6) + b"\xff" + b"\x00\x00\x00\xff\xff" * 2_000_000 + packed + ends

    def twice(raw: bytes) -> bytes:
        return gzip.compress(gzip.compress(raw))

    table: dict[str, tuple[str, Bend]] = {
        "gzip-bomb": ("a gzip bomb of 200 MB", lambda told: wire.bomb(told, 200)),
        "gzip-of-empty-blocks": ("gzip of 10 MB that inflates to nothing much", empty_blocks),
        "gzip-cut-off": ("gzip that is cut off", encoded("gzip", lambda raw: gzip.compress(raw)[:-9])),
        "gzip-damaged": ("gzip that is damaged", encoded("gzip", lambda raw: gzip.compress(raw)[:12] + b"\xff" * 40)),
        "gzip-and-more": ("gzip with bytes behind it", encoded("gzip", lambda raw: gzip.compress(raw) + b"x" * 20)),
        "gzip-two-members": ("two gzip members", encoded("gzip", lambda raw: gzip.compress(raw) * 2)),
        "gzip-that-is-none": ("gzip that is none", encoded("gzip")),
        "gzip-twice": ("gzip in gzip", encoded("gzip, gzip", twice)),
        "deflate": ("deflate", lambda told: wire.zipped(told, "deflate")),
        "deflate-bomb": ("a deflate bomb", lambda told: wire.bomb(told, 100, "deflate")),
        "br": ("brotli", encoded("br")),
        "zstd": ("zstd that is none", encoded("zstd")),
        "zstd-bomb": ("a zstd bomb of 200 MB", encoded("zstd", lambda raw: wire.frame(b"x", times=1_600))),
        "zstd-cut-off": ("zstd that is cut off", encoded("zstd", lambda raw: wire.frame(raw)[:-9])),
        "zstd-and-more": ("zstd with bytes behind it", encoded("zstd", lambda raw: wire.frame(raw) + b"x" * 20)),
        "zstd-two-frames": ("two zstd frames", encoded("zstd", lambda raw: wire.frame(raw) + wire.frame(raw))),
        "zstd-skippable": ("a zstd frame that is to be skipped", encoded("zstd", lambda raw: wire.skippable(raw))),
        "zstd-window": ("zstd that asks for 128 MiB of memory", encoded("zstd", lambda raw: wire.frame(raw, window=27))),
        "dcz": ("a dictionary where it offered none", encoded("dcz", lambda raw: DCZ_HEAD + wire.frame(raw))),
        "unknown": ("an encoding that nobody knows", encoded("x-entrepot")),
    }  # fmt: skip
    codes = ("peer.encoding", "peer.too-large", "peer.protocol")
    return [
        Row(f"encoding-{name}", f"It refuses {what}, at little cost", "EXC-22 EXC-20", refused(bent(bend), *codes), "H13",
            budget=Budget(memory_bytes=40 * 1024 * 1024))
        for name, (what, bend) in table.items()
    ] + [
        Row("encoding-dcz-of-another", "It refuses deltas packed with a dictionary that it does not have", "EXC-10 EXC-22",
            refused(bent(encoded("dcz", lambda raw: OTHER_HEAD + wire.frame(raw)), *ENTRIES), *codes, "log.bundle"), "H13"),
        Row("entries-gzip-bomb", "It survives gzip bombs for entries and contents", "EXC-22 EXC-20",
            refused(bent(lambda told: wire.bomb(told, 300), *ENTRIES, "contents"), *codes, "log.bundle"), "H13"),
        Row("takes-newer-encodings", "It takes zstd and dcz where it offered them", "EXC-22 EXC-25", accepted(_newer), "H13",
            Side.ACCEPT),
    ]  # fmt: skip


def _newer(peer: Peer) -> None:
    """Whatever it asks for last of what is newer than gzip, it gets; a frame may as well leave the dictionary unused."""

    def lie(target: str, told: Response) -> Response:
        asked = peer.requests[-1].headers.get("accept-encoding", "")
        dictionary = "dcz" in asked and "available-dictionary" in peer.requests[-1].headers
        coding = "dcz" if dictionary else "zstd"
        if told.status != 200 or coding not in asked:
            return told
        body = (DCZ_HEAD if dictionary else b"") + wire.frame(told.body)
        return Response(200, body, {**told.headers, "Content-Encoding": coding})

    peer.lie = lie
