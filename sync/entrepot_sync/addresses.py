"""Which addresses a peer's name may lead to (EXC-23).

A name is resolved once, all its addresses are checked, and only a checked address is connected to. One
address that is not public refuses the whole name: a name with a public and a private address is an attack,
not a choice.

The table is explicit and taken from the IANA special-purpose registries (IPv4, IPv6), the multicast and
reserved blocks. `ipaddress.is_global` is no guard: it answers yes for `64:ff9b::7f00:1`, `2002:7f00:1::`,
`::127.0.0.1`, `fec0::1` and `224.0.0.1` on Python 3.11. The table is stricter than the registries in a few
places where no peer can live; it never allows more.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import Protocol

from entrepot_schema.errors import PeerFault, Unavailable

# https://www.iana.org/assignments/iana-ipv4-special-registry/ and ipv4-address-space
_NOT_PUBLIC_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network
        "10.0.0.0/8",  # private use
        "100.64.0.0/10",  # shared address space
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # not in the registry: a cloud's platform service, reached from inside only
        "169.254.0.0/16",  # link local, cloud metadata
        "172.16.0.0/12",  # private use
        "192.0.0.0/24",  # protocol assignments, with the two anycast addresses in it
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # multicast tunnels
        "192.88.99.0/24",  # 6to4 relays, deprecated
        "192.168.0.0/16",  # private use
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, limited broadcast
    )
)
# https://www.iana.org/assignments/iana-ipv6-special-registry/: what is special inside of global unicast. All
# that lies outside of global unicast (loopback, fc00::/7, fe80::/10, fec0::/10, ff00::/8, 5f00::/16 ...) is
# not public.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_NOT_PUBLIC_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: benchmarking, AS112, ORCHID ...
        "2001:db8::/32",  # documentation
        "2620:4f:8000::/48",  # AS112
        "3ffe::/16",  # the former 6bone, returned
        "3fff::/20",  # documentation
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052; 64:ff9b:1::/48 (RFC 8215) is local use and stays refused


class Resolver(Protocol):
    """Names to addresses; an object, so that tests and simulations bring their own."""

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses of a name, best first; raise OSError when there are none."""
        ...


class SystemResolver:
    """The resolver of the operating system, in a thread of the event loop's executor."""

    async def resolve(self, host: str, port: int) -> list[str]:
        """Return the addresses in the system's order of preference (RFC 6724)."""
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        return list(dict.fromkeys(str(address[0]) for *_, address in found))


def is_public(ip: str | IPv4Address | IPv6Address) -> bool:
    """Answer whether this is an address of the public internet.

    Judged by the IPv4 address inside: v4-mapped, NAT64, 6to4, and both addresses inside of Teredo. Text that
    is no IP address is not public. The deprecated v4-compatible form (`::a.b.c.d`) and local-use NAT64
    (64:ff9b:1::/48, where only its network knows at which bits the IPv4 address stands) never are.
    """
    try:
        address = ip_address(ip)
    except ValueError:
        return False
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _NOT_PUBLIC_4)
    inner = _embedded(address)
    if inner:
        return all(is_public(each) for each in inner)
    return address in _GLOBAL_UNICAST and not any(address in network for network in _NOT_PUBLIC_6)


def check_addresses(addresses: Sequence[str], *, allow_private: bool) -> tuple[str, ...]:
    """Return the addresses to try, in order; raise `peer.address` when any of them is not public (EXC-23).

    No address at all is `peer.unreachable`. What is no IP address is refused even where private ones are
    allowed.
    """
    if not addresses:
        raise Unavailable("peer.unreachable", "the name of the peer has no address")
    for text in addresses:
        if not (_is_address(text) if allow_private else is_public(text)):
            hint = "A peer in a private network is followed with private addresses allowed."
            message = f"the peer's name leads to {text[:64]!r}, which is not a public address"
            raise PeerFault("peer.address", message, hint=hint)
    return tuple(addresses)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _embedded(address: IPv6Address) -> tuple[IPv4Address, ...]:
    """Return the IPv4 addresses to which packets really go; none for a plain IPv6 address."""
    if address.ipv4_mapped is not None:
        return (address.ipv4_mapped,)
    if address in _NAT64:
        return (IPv4Address(int(address) & 0xFFFFFFFF),)
    if address.sixtofour is not None:
        return (address.sixtofour,)
    return address.teredo or ()  # server and client
