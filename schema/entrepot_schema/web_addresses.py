"""Web addresses that strangers can open, and that lead to an organisation. Nothing is fetched."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator
from functools import lru_cache

from entrepot_schema.field_values import FieldValues
from entrepot_schema.findings import Finding, finding

_PARTS = re.compile(r"https?://(?P<host>[^/?#:]+)(?::(?P<port>[0-9]+))?(?P<rest>.*)", re.DOTALL)
# RFC 6761, RFC 6762, RFC 8375, and names that only work inside of an office.
_PRIVATE_ENDINGS = (
    ".arpa", ".corp", ".home", ".internal", ".intranet", ".invalid", ".lan", ".local", ".localdomain", ".localhost",
    ".onion", ".private", ".test",
)  # fmt: skip
_MAX_PORT = 65_535
# Host, and what follows it: pages that show one person.
_PROFILE_PAGES = tuple(
    (re.compile(host), re.compile(path))
    for host, path in (
        (r"(?:[a-z]{2,3}\.)?linkedin\.com", r"/(?:in|pub|profile)/"),
        (r"(?:m\.|mobile\.)?(?:x|twitter)\.com", r"/[^/?#]"),
        (r"(?:m\.)?weibo\.(?:com|cn)", r"/(?:u|n|p)/|/[0-9]{6,}"),
        (r"(?:[a-z-]+\.)?facebook\.com", r"/(?:profile\.php|people/)"),
        (r"(?:\w+\.)?xing\.com", r"/profile/"),
        (r"(?:www\.)?zhihu\.com", r"/people/"),
        (r"space\.bilibili\.com", r"/[0-9]"),
        (r"(?:www\.)?douban\.com", r"/people/"),
        (r"orcid\.org", r"/[0-9]"),
        (r"(?:www\.)?researchgate\.net", r"/profile/"),
        (r"scholar\.google\.[a-z.]{2,6}", r"/citations"),
        (r"vk\.com", r"/id[0-9]"),
        (r"wa\.me|t\.me|api\.whatsapp\.com", r"/"),
        (r"(?:www\.)?(?:tiktok\.com|threads\.net)", r"/@"),
    )
)


def web_address_findings(values: FieldValues) -> Iterator[Finding]:
    """Judge every web address of a profile."""
    for pointer, address in values.of("url", "httpsUrl"):
        match = _PARTS.fullmatch(address)
        if match is None:
            continue  # the schema sees to the form
        host = match["host"].lower()
        fault = _host_fault(host)
        if not fault and match["port"] and int(match["port"]) > _MAX_PORT:
            fault = f"there is no port {match['port']}"
        if fault:
            hint = "Give the public address, as a stranger would type it."
            yield finding("code.url", f"{fault}: {address[:80]}", pointer=pointer, hint=hint)
        elif is_profile_page(host, match["rest"]):
            message = f"{address[:80]} is the page of a person"
            hint = "Give a page of the organisation, or leave it out."
            yield finding("privacy.profile-page", message, pointer=pointer, hint=hint)


def is_profile_page(host: str, rest: str) -> bool:
    """Answer whether a page of a social network shows one person."""
    return any(path.match(rest.lower()) for path in _paths_of_people(host))


@lru_cache(maxsize=4096)
def _paths_of_people(host: str) -> tuple[re.Pattern[str], ...]:
    plain = host.removeprefix("www.")
    return tuple(path for host_form, path in _PROFILE_PAGES if host_form.fullmatch(plain))


@lru_cache(maxsize=4096)
def _host_fault(host: str) -> str:
    """Say why strangers cannot reach a host; '' if they can."""
    last = host.rpartition(".")[2]
    if last.isascii() and last.isdigit():
        return _address_fault(host)
    if f".{host}".endswith(_PRIVATE_ENDINGS):
        return "this name has a meaning only inside of one network"
    return "" if host.isascii() else _international_fault(host)


def _address_fault(host: str) -> str:
    try:
        address = ipaddress.IPv4Address(host)
    except ValueError:
        return "this is no name of a host"
    return "" if address.is_global else "this address is not public"


def _international_fault(host: str) -> str:
    import idna

    try:
        idna.encode(host, uts46=True)
    except (idna.IDNAError, UnicodeError):
        return "this is no name that a host can have"
    return ""
