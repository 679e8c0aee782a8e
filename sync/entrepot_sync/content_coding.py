"""In which codings bodies travel between nodes: gzip, zstd, and zstd with the dictionary of `delta` (EXC-07, EXC-10, EXC-22).

Pure: bytes in, bytes out. `BodyReader` undoes them, within its bound.
"""

from __future__ import annotations

import base64
import gzip
import sys
import zlib
from functools import cache
from hashlib import sha256
from typing import Protocol

from entrepot_schema.catalog import delta_dictionary

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

IDENTITY, GZIP, ZSTD, DCZ = "identity", "gzip", "zstd", "dcz"
UNPACK_ERRORS = (zlib.error, zstd.ZstdError)
FRAME_MAGIC = bytes.fromhex("28b52ffd")  # RFC 8878 §3.1.1: what a frame begins with that is not to be skipped
MAX_FRAME_HEADER = 18  # bytes, with the magic (RFC 8878 §3.1.1.1)

_GZIP_WBITS = 31  # zlib: a gzip member, nothing else
_WINDOW_LOG = 23  # 8 MiB: what a frame may ask for in memory (RFC 9659 §3)
_DCZ_MAGIC = bytes.fromhex("5e2a4d1820000000")  # RFC 9842 §5; the hash of the dictionary follows it


class Unpacker(Protocol):
    """What undoes one member or frame, as zlib and zstd do it."""

    def decompress(self, data: bytes, max_length: int, /) -> bytes:
        """Take packed bytes, and give at most so many plain ones."""
        ...

    @property
    def eof(self) -> bool:
        """Whether the member or frame has come to its end."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What came behind the end."""
        ...


class Packer(Protocol):
    """What makes one member or frame out of parts."""

    def compress(self, data: bytes, /) -> bytes:
        """Take plain bytes, and give what is packed of them so far, maybe nothing."""
        ...

    def flush(self) -> bytes:
        """Give the rest, and end."""
        ...


def asked_for(path: str) -> tuple[str, ...]:
    """The codings to ask for at a path, best first (EXC-22)."""
    return (DCZ, ZSTD, GZIP) if has_dictionary(path) else (ZSTD, GZIP)


def has_dictionary(path: str) -> bool:
    """Whether answers at a path may be packed with the dictionary: those of `delta` (EXC-10)."""
    return path.partition("?")[0].endswith("/delta")


@cache
def available_dictionary() -> str:
    """The value of `Available-Dictionary` that names ours (RFC 9842 §2.2)."""
    return f":{base64.b64encode(sha256(delta_dictionary()).digest()).decode('ascii')}:"


def pack(coding: str, body: bytes, level: int) -> bytes:
    """Pack a body in one member or frame; the levels are those of the coding."""
    if coding == GZIP:
        return gzip.compress(body, level, mtime=0)
    if coding == ZSTD:
        return zstd.compress(body, level)
    return dcz_head() + zstd.compress(body, level, zstd_dict=_dictionary())


def packer(coding: str, level: int) -> Packer:
    """What packs part by part, in gzip or zstd."""
    if coding == GZIP:
        return zlib.compressobj(level, zlib.DEFLATED, _GZIP_WBITS)
    return zstd.ZstdCompressor(level)


def unpacker(coding: str) -> Unpacker:
    """What undoes a coding; for dcz, the frame behind `dcz_head`."""
    if coding == GZIP:
        return zlib.decompressobj(_GZIP_WBITS)
    options: dict[int, int] = {zstd.DecompressionParameter.window_log_max: _WINDOW_LOG}
    return zstd.ZstdDecompressor(_dictionary() if coding == DCZ else None, options)


@cache
def dcz_head() -> bytes:
    """What a body in dcz begins with: 8 fixed bytes and the hash of the dictionary (RFC 9842 §5)."""
    return _DCZ_MAGIC + sha256(delta_dictionary()).digest()


@cache
def _dictionary() -> zstd.ZstdDict:
    return zstd.ZstdDict(delta_dictionary(), is_raw=True)
