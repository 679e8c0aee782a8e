"""Answers with a strong ETag and 304, and what a cache may keep (EXC-03).

Only what never changes is immutable. Whatever carries contents is revalidated after a minute at most, or a cache
would go on serving what was erased.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re

from fastapi import Request, Response

IMMUTABLE = "max-age=31536000, immutable"
MINUTE = "max-age=60, must-revalidate"
HEAD = "max-age=1, must-revalidate"
_WORTH_COMPRESSING = 600
_LEVEL = 6
_REFUSED = re.compile(r"q=0(?:\.0*)?", re.ASCII)


def cached(
    request: Request, body: bytes, media_type: str, cache_control: str, *, compress: bool = False
) -> Response:
    """Answer with a body, or with 304 when the client holds it; gzip where asked for and worth it."""
    # Headers are a fifth of what one changed record costs a follower, so tags are short: 72 bits of the hash.
    etag = short_tag(body)
    headers = {"content-type": media_type, "cache-control": cache_control}
    if compress:
        headers["vary"] = "Accept-Encoding"
        if len(body) > _WORTH_COMPRESSING and accepts_gzip(request):
            headers["content-encoding"] = "gzip"
            etag += "z"
            body = gzip.compress(body, _LEVEL, mtime=0)
    headers["etag"] = f'"{etag}"'
    return unchanged(request, headers) or Response(body, headers=headers)


def short_tag(named: bytes) -> str:
    """Make the text of a strong ETag of what it stands for."""
    return base64.urlsafe_b64encode(hashlib.sha256(named).digest()[:9]).decode("ascii")


def unchanged(request: Request, headers: dict[str, str]) -> Response | None:
    """Answer with 304 when the client holds what the tag among the headers names; else None."""
    held = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if held.isdisjoint({headers["etag"], "*"}):
        return None
    about_body = ("content-type", "content-encoding")
    return Response(
        status_code=304, headers={name: text for name, text in headers.items() if name not in about_body}
    )


def accepts_gzip(request: Request) -> bool:
    """Answer whether gzip may be sent; what is said of gzip itself wins over `*` (RFC 9110 §12.5.3)."""
    weights = {}
    for coding in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = coding.replace(" ", "").replace("\t", "").partition(";")
        weights[name] = weight
    weight = weights.get("gzip", weights.get("*", "q=0"))
    return not _REFUSED.fullmatch(weight)
