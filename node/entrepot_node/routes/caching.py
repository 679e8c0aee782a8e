"""Answers with a strong ETag and 304, and what a cache may keep (EXC-03).

Only what never changes is immutable. Whatever carries contents is revalidated after a minute at most, or a cache
would go on serving what was erased.

A tag stands for the bytes of the answer; the same bytes packed have that tag and the letter of the coding behind it.
Whoever holds any of them is told so where it could be sent the same again. A caller that knows the tag before it has
the bytes asks `unchanged` first, and is spared reading and packing them.
"""

from __future__ import annotations

import base64
import hashlib

from fastapi import Request, Response

from entrepot_node import freshness
from entrepot_node.routes.codings import USUAL, Coding, Codings, accepted, varies_by

IMMUTABLE, MINUTE, HEAD = freshness.IMMUTABLE, freshness.MINUTE, freshness.HEAD
_WORTH_COMPRESSING = 600


def cached(
    request: Request,
    body: bytes,
    media_type: str,
    cache_control: str,
    *,
    compress: bool = False,
    tag: str = "",
    codings: Codings = USUAL,
) -> Response:
    """Answer with a body, or with 304 when the client holds it; packed where asked for and worth it.

    `tag` is that of the body where the caller knows one.
    """
    # Headers are a fifth of what one changed record costs a follower, so tags are short: 72 bits of the hash.
    tag = tag or short_tag(body)
    codings = codings if compress else ()
    same = unchanged(request, tag, cache_control, codings)
    if same is not None:
        return same
    if len(body) > _WORTH_COMPRESSING:
        for coding in accepted(request, codings)[:1]:
            return packed(coding.pack(body), tag, media_type, cache_control, coding, codings)
    return Response(body, headers={"content-type": media_type, **validators(tag, cache_control, codings)})


def packed(
    body: bytes, tag: str, media_type: str, cache_control: str, coding: Coding, codings: Codings
) -> Response:
    """Answer with a body that is packed, whose plain form has a tag."""
    return Response(body, headers=packed_lines(tag, media_type, cache_control, coding, codings))


def packed_lines(
    tag: str, media_type: str, cache_control: str, coding: Coding, codings: Codings
) -> dict[str, str]:
    """Write the headers of an answer in a coding, chosen out of several, whose plain form has a tag."""
    headers = {"content-type": media_type, "content-encoding": coding.name}
    return headers | validators(tag + coding.letter, cache_control, codings)


def unchanged(request: Request, tag: str, cache_control: str, codings: Codings) -> Response | None:
    """Answer with 304 when the client holds the body that has a tag, plain or in a coding in which it may be sent."""
    given = request.headers.get("if-none-match")
    if given is None:
        return None
    held = {one.strip().removeprefix("W/") for one in given.split(",")}
    tags = [*(tag + coding.letter for coding in accepted(request, codings)), tag]
    found = next((one for one in tags if f'"{one}"' in held), tag if "*" in held else None)
    if found is None:
        return None
    return Response(status_code=304, headers=validators(found, cache_control, codings))


def validators(tag: str, cache_control: str, codings: Codings) -> dict[str, str]:
    """Write the lines that an answer and its 304 have in common (RFC 9110 §15.4.5)."""
    return {"cache-control": cache_control, **varies_by(codings), "etag": f'"{tag}"'}


def short_tag(named: bytes) -> str:
    """Make the text of a strong ETag of what it stands for."""
    return base64.urlsafe_b64encode(hashlib.sha256(named).digest()[:9]).decode("ascii")
