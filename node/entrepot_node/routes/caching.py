"""Answers with a strong ETag and 304, and what a cache may keep (EXC-03).

Only what never changes is immutable. Whatever carries contents is revalidated after a minute at most, or a cache
would go on serving what was erased.

A tag stands for the bytes of the answer; the same bytes in gzip have that tag and a letter behind it. Whoever holds
either is told so where it could be sent the same again. A caller that knows the tag before it has the bytes asks
`unchanged` first, and is spared reading and packing them.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re

from fastapi import Request, Response

from entrepot_node import freshness

IMMUTABLE, MINUTE, HEAD = freshness.IMMUTABLE, freshness.MINUTE, freshness.HEAD
_WORTH_COMPRESSING = 600
_LEVEL = 6
_REFUSED = re.compile(r"q=0(?:\.0*)?", re.ASCII)


def cached(
    request: Request,
    body: bytes,
    media_type: str,
    cache_control: str,
    *,
    compress: bool = False,
    tag: str = "",
    level: int = _LEVEL,
) -> Response:
    """Answer with a body, or with 304 when the client holds it; gzip where asked for and worth it.

    `tag` is that of the body where the caller knows one.
    """
    # Headers are a fifth of what one changed record costs a follower, so tags are short: 72 bits of the hash.
    tag = tag or short_tag(body)
    same = unchanged(request, tag, cache_control, compress=compress)
    if same is not None:
        return same
    if compress and len(body) > _WORTH_COMPRESSING and accepts_gzip(request):
        return packed(gzip.compress(body, level, mtime=0), tag, media_type, cache_control)
    headers = {"content-type": media_type, **validators(tag, cache_control, varies=compress)}
    return Response(body, headers=headers)


def packed(body: bytes, tag: str, media_type: str, cache_control: str) -> Response:
    """Answer with a body in gzip whose plain form has a tag."""
    return Response(body, headers=gzip_lines(tag, media_type, cache_control))


def gzip_lines(tag: str, media_type: str, cache_control: str) -> dict[str, str]:
    """Write the headers of an answer in gzip whose plain form has a tag."""
    headers = {"content-type": media_type, "content-encoding": "gzip"}
    return headers | validators(tag + "z", cache_control, varies=True)


def unchanged(request: Request, tag: str, cache_control: str, *, compress: bool = False) -> Response | None:
    """Answer with 304 when the client holds the body that has a tag, plain or, where it may be sent, in gzip."""
    given = request.headers.get("if-none-match")
    if given is None:
        return None
    held = {one.strip().removeprefix("W/") for one in given.split(",")}
    in_gzip = [tag + "z"] if compress and accepts_gzip(request) else []
    found = next((one for one in (*in_gzip, tag) if f'"{one}"' in held), tag if "*" in held else None)
    if found is None:
        return None
    return Response(status_code=304, headers=validators(found, cache_control, varies=compress))


def validators(tag: str, cache_control: str, *, varies: bool) -> dict[str, str]:
    """Write the lines that an answer and its 304 have in common (RFC 9110 §15.4.5)."""
    vary = {"vary": "Accept-Encoding"} if varies else {}
    return {"cache-control": cache_control, **vary, "etag": f'"{tag}"'}


def short_tag(named: bytes) -> str:
    """Make the text of a strong ETag of what it stands for."""
    return base64.urlsafe_b64encode(hashlib.sha256(named).digest()[:9]).decode("ascii")


def accepts_gzip(request: Request) -> bool:
    """Answer whether gzip may be sent; what is said of gzip itself wins over `*` (RFC 9110 §12.5.3)."""
    weights = {}
    for coding in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = coding.replace(" ", "").replace("\t", "").partition(";")
        weights[name] = weight
    weight = weights.get("gzip", weights.get("*", "q=0"))
    return not _REFUSED.fullmatch(weight)
