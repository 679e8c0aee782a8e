"""The base URL of a peer: where its paths are served (EXC-24).

Operator configuration, never taken from a record. There is exactly one way to write a base URL, and what
looks like another one is refused instead of mended: a host that two programs read differently is how requests
are lured to a private address (`127.1`, `0x7f.1`, `2130706433`, circled digits, `user@host`).

    base = parse_base_url("https://hub.example/nodes/biomed", allow_private=False)
    base.url("/feed/checkpoint")    # https://hub.example/nodes/biomed/feed/checkpoint

A good name says nothing about the address behind it; that is checked when the connection is made
(`addresses`).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass

from entrepot_schema.errors import Misuse

MAX_URL = 2048
_MAX_HOST = 253
_MAX_PORT = 65_535
_DEFAULT_PORTS = {"https": 443, "http": 80}

_SEGMENT = r"[A-Za-z0-9._~!$&'()*+,;=:@-]+"
_BASE = re.compile(
    rf"(?P<scheme>https?)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9.-]+)(?::(?P<port>[1-9][0-9]{{0,4}}))?"
    rf"(?P<prefix>(?:/{_SEGMENT})*)/?",
    re.ASCII,
)
_PATH = re.compile(rf"(?:/{_SEGMENT})+(?:\?[A-Za-z0-9._~=&-]+)?", re.ASCII)
_DOTS = re.compile(r"/\.(?:/|$)|\.\.", re.ASCII)
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)
_NUMERIC = re.compile(r"[0-9]+|0x[0-9a-f]*", re.ASCII)
_IPV4 = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", re.ASCII)

_COMPLAINTS = (  # searched in this order; the first that fits is told
    (re.compile(r"[^\x21-\x7e]"), "has spaces, control characters or letters outside of ASCII"),
    (re.compile(r"\\"), "has a backslash"),
    (re.compile(r"^(?!https?://)"), "does not begin with https://"),
    (re.compile(r"^https?://[^/]*@"), "has a user part"),
    (re.compile(r"[?#]"), "has a query or a fragment"),
    (re.compile(r"%"), "has percent-encoded characters"),
    (re.compile(r"^https?://[^/]*[A-Z]"), "has a host that is not in lower case"),
    (re.compile(r"[^:]//|\.\.|/\./"), "has an empty path segment or dots for one"),
)
_HINT = "A base URL looks like https://biomed.example or https://hub.example/nodes/biomed."


@dataclass(frozen=True, slots=True)
class BaseUrl:
    """A checked base URL. `host` has no brackets; `prefix` is empty, or starts and never ends with `/`."""

    scheme: str
    host: str
    port: int
    prefix: str

    @property
    def authority(self) -> str:
        """The value of the Host header: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    def url(self, path: str) -> str:
        """Return the URL of a path of the exchange, such as `/feed/delta?from=0&to=256`.

        Raise `peer.url` for what is no plain absolute path: nobody's URL is fetched, only paths of this peer.
        """
        if not _PATH.fullmatch(path) or _DOTS.search(path.partition("?")[0]):
            raise Misuse("peer.url", f"{path[:80]!r} is not a path below {self}")
        return f"{self}{path}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.prefix}"


def parse_base_url(text: str, *, allow_private: bool) -> BaseUrl:
    """Read a base URL as the operator gave it; raise `peer.url` (EXC-24).

    `allow_private` is the flag of one follow: only with it are `http`, IP literals and names without a dot
    (`localhost`, a container's name) accepted.
    """
    match = _BASE.fullmatch(text) if len(text) <= MAX_URL else None
    if match is None or _DOTS.search(match["prefix"]):
        raise _misuse(text, _complaint(text))
    if match["scheme"] == "http" and not allow_private:
        raise _misuse(text, "is not https", hint="http is only for follows that allow private addresses.")
    host = _parse_host(text, match["host"], allow_private=allow_private)
    port = int(match["port"] or _DEFAULT_PORTS[match["scheme"]])
    if port > _MAX_PORT:
        raise _misuse(text, "has a port beyond 65535")
    return BaseUrl(match["scheme"], host, port, match["prefix"])


def _parse_host(text: str, host: str, *, allow_private: bool) -> str:
    """Return the bare host when it is written in its only form."""
    if host.startswith("[") or _IPV4.fullmatch(host):
        if not allow_private:
            hint = "Use the host's name; an IP address is only for follows that allow private addresses."
            raise _misuse(text, "has an IP address as its host", hint=hint)
        return _parse_literal(text, host)
    labels = host.split(".")
    if len(host) > _MAX_HOST or not all(_is_label(label) for label in labels):
        raise _misuse(text, "has a host that is no host name")
    # `127.1`, `2130706433` and `0x7f.1` are numbers to the system's resolver; no top-level domain is a
    # number.
    if _NUMERIC.fullmatch(labels[-1]):
        raise _misuse(text, "has a number where the host name ends")
    if len(labels) == 1 and not allow_private:
        hint = "Names without a dot are only for follows that allow private addresses."
        raise _misuse(text, "has a host name without a dot", hint=hint)
    return host


def _is_label(label: str) -> bool:
    """Answer whether this is a label in its canonical form: letters, digits, inner hyphens, or an A-label.

    Whether the IDNA tables like an A-label is not asked: tables age, and the resolver decides.
    """
    if not _LABEL.fullmatch(label):
        return False
    if not label.startswith("xn--"):
        return True
    try:
        decoded = label[4:].encode("ascii").decode("punycode")
        return not decoded.isascii() and decoded.encode("punycode").decode("ascii") == label[4:]
    except ValueError:  # UnicodeError is one
        return False


def _parse_literal(text: str, host: str) -> str:
    bare = host.strip("[]")
    try:
        address = ipaddress.ip_address(bare)
    except ValueError:
        raise _misuse(text, "has a host that is no IP address") from None
    if str(address) != bare or (address.version == 6) != host.startswith("["):
        raise _misuse(text, f"does not write its IP address as {address}")
    return bare


def _complaint(text: str) -> str:
    if len(text) > MAX_URL:
        return f"is longer than {MAX_URL} characters"
    return next((words for pattern, words in _COMPLAINTS if pattern.search(text)), "is not a base URL")


def _misuse(text: str, complaint: str, *, hint: str = _HINT) -> Misuse:
    return Misuse("peer.url", f"{text[:80]!r} {complaint}", hint=hint)
