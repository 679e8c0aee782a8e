"""One file from the web, fetched with the transport that pulls feeds: the same caps, deadline and address check."""

from __future__ import annotations

from contextlib import aclosing

from entrepot_node.version import version
from entrepot_schema.errors import Misuse
from entrepot_sync.peer_url import parse_base_url
from entrepot_sync.transport import OK, HttpTransport


async def fetch_file(url: str, *, max_bytes: int, allow_private: bool) -> bytes:
    """Fetch the bytes of a URL. Raises Misuse, PeerFault or Unavailable; redirects are not followed."""
    scheme, _, rest = url.partition("://")
    authority, slash, path = rest.partition("/")
    base = parse_base_url(f"{scheme}://{authority}", allow_private=allow_private)
    transport = HttpTransport(base, allow_private=allow_private, user_agent=f"entrepot/{version()}")
    async with aclosing(transport):
        fetched = await transport.fetch(slash + path, max_bytes=max_bytes)
    if fetched.status != OK:
        raise Misuse("check.file", f"{url} cannot be read: it answered {fetched.status}")
    return fetched.body
