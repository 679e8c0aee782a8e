"""What counts as one caller where somebody could take what is there for all: an IPv4 address, or what one customer has of IPv6."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Network, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fastapi import Request

_IPV6_PREFIX = 64  # what one customer gets


def caller_of(request: Request) -> str:
    """Who asks. Behind a proxy that the operator names it is the client's address, as that proxy wrote it."""
    return one_caller(request.client.host if request.client else "")


def one_caller(address: str) -> str:
    """Name the caller that an address belongs to. All that is no address is one: a line of a proxy may be of any length."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return ""
    if isinstance(parsed, IPv4Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:  # as a socket for both names them: all of IPv4 would be one /64
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed), _IPV6_PREFIX), strict=False))
