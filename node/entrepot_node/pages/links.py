"""The only place where a foreign text becomes the target of a link.

A web address is linked only when it is http or https with a host name; its host is shown, because what stands
before it may lie. Anything else stays text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from entrepot_schema.origin import subject_origin

_SCHEMES = ("http", "https")
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_EMAIL = re.compile(r"[^\s@<>\"]{1,200}@[^\s@<>\"?&#/%]{1,253}")
# Letters, digits and signs of a web address; what is left over (spaces, quotes, controls, marks) has no place in one.
_FORBIDDEN = re.compile(
    r"[\x00-\x20\x7f-\xa0\"<>\\^`{|}\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]"
)
_SHOWN_PATH = 60


@dataclass(frozen=True, slots=True)
class WebLink:
    """A link to another site: where it goes, the host as written and in ASCII when that differs, and the rest."""

    href: str
    host: str
    ascii_host: str
    rest: str


def web_link(url: object) -> WebLink | None:
    """Make a link to another site, or None when the text is no plain web address."""
    if not isinstance(url, str) or _FORBIDDEN.search(url):
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme not in _SCHEMES or not host or parts.username is not None:
        return None
    ascii_host = _ascii(host)
    if not ascii_host:
        return None
    rest = url[len(parts.scheme) + 3 + len(parts.netloc) :]
    shown = rest if len(rest) <= _SHOWN_PATH else f"{rest[:_SHOWN_PATH]}…"
    suffix = f":{port}" if port else ""
    return WebLink(url, host + suffix, ascii_host if ascii_host != host else "", "" if rest == "/" else shown)


def mail_link(address: object) -> str | None:
    """Make a `mailto:` that carries an address and nothing else."""
    if not isinstance(address, str) or not _EMAIL.fullmatch(address):
        return None
    return f"mailto:{quote(address, safe='@')}"


def phone_link(number: object) -> str | None:
    """Make a `tel:` of an international number."""
    return f"tel:{number}" if isinstance(number, str) and _PHONE.fullmatch(number) else None


def record_path(subject: object) -> str | None:
    """The path of a subject's page, or None when the text is no subject id."""
    if not isinstance(subject, str) or subject_origin(subject) is None:
        return None
    return f"/record/{subject}"


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def api_link(subject: str) -> str:
    """The address of a subject in the API of this node."""
    origin, _, letters = subject.removeprefix("https://").partition("/id/")
    return f"/api/v1/subjects/{quote(origin)}/{quote(letters)}"
