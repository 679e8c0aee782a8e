"""Mailboxes: can mail reach it, and is it an office or a person. Nothing is looked up and no mail is sent."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

from entrepot_schema.field_values import FieldValues
from entrepot_schema.findings import Finding, finding
from entrepot_schema.registers import codes_of

_HINT = "Give a mailbox of a role, such as info@ or international@, under the organisation's own host."
_PARTS = re.compile(r"[._\-+]+")
_LAST_DIGITS = re.compile(r"[0-9]+$")
_MIN_ROLE_IN_WORD = 4
# The schema has seen to the dots; hosts end in letters.
_PLAIN = re.compile(
    r"[0-9A-Za-z_+.-]{1,64}@(?:[0-9a-z](?:[0-9a-z-]{0,61}[0-9a-z])?\.){1,8}(?P<last>[a-z]{2,63})"
)
_UNREACHABLE = frozenset({"arpa", "invalid", "local", "localhost", "onion", "test"})  # RFC 6761
# The same provider under the ending of each country.
_FREE_MAIL_NAMES = frozenset({"gmail", "gmx", "googlemail", "hotmail", "live", "outlook", "yahoo", "yandex"})


def mailbox_findings(values: FieldValues) -> Iterator[Finding]:
    """Judge every mailbox of a profile."""
    for pointer, mailbox in values.of("email"):
        yield from judge_mailbox(mailbox, pointer)


def judge_mailbox(mailbox: str, pointer: str) -> Iterator[Finding]:
    """Judge one mailbox: form first, then whose it is."""
    fault = _form_fault(mailbox)
    if fault:
        hint = "Write it as name@host, for example info@biomed.example."
        yield finding("code.email", f"{mailbox[:80]}: {fault}", pointer=pointer, hint=hint)
        return
    local, _, host = mailbox.rpartition("@")
    if is_free_mail(host):
        message = f"{host} gives mailboxes to everybody; it says nothing about the organisation"
        yield finding("privacy.free-mail", message, pointer=pointer, hint=_HINT)
    elif _looks_personal(local, host):
        message = f"{mailbox[:80]} looks like the mailbox of one person"
        yield finding("privacy.personal-mailbox", message, pointer=pointer, hint=_HINT)
    elif not _names_a_role(local, host):
        message = f"{mailbox[:80]} may be the mailbox of one person"
        yield finding("privacy.personal-mailbox", message, pointer=pointer, hint=_HINT, severity="warning")


@lru_cache(maxsize=1024)
def is_free_mail(host: str) -> bool:
    """Answer whether a host gives mailboxes to everybody; below `mail.` and the like too."""
    labels = host.lower().rstrip(".").split(".")
    tails = {".".join(labels[start:]) for start in range(len(labels) - 1)}
    return bool(tails & codes_of("free-mail-hosts")) or (len(labels) < 4 and labels[0] in _FREE_MAIL_NAMES)


def _looks_personal(local: str, host: str) -> bool:
    """Digits alone, or given.family: several words of letters, none of which is a role or the organisation."""
    if local.isdigit():
        return True
    words = [word for word in re.split(r"[._]+", local.partition("+")[0]) if word]
    return (
        len(words) > 1
        and all(_LAST_DIGITS.sub("", word).isalpha() for word in words)
        and not _names_a_role(local, host)
    )


@lru_cache(maxsize=4096)
def _names_a_role(local: str, host: str) -> bool:
    """Answer whether any word of a local part is a role, or a name of the host itself."""
    roles = codes_of("mailbox-roles")
    own = {
        part for label in host.casefold().split(".") for part in (label.replace("-", ""), *label.split("-"))
    }
    own = {part for part in own if len(part) > 1}
    words = [
        _LAST_DIGITS.sub("", word) for word in _PARTS.split(unicodedata.normalize("NFKC", local).casefold())
    ]
    # Asked one by one: to join the two sets would copy hundreds of roles for each mailbox.
    return any(word in roles or word in own for word in ("".join(words), *words)) or any(
        map(_holds_role, words)
    )


def _holds_role(word: str) -> bool:
    """`infochina` and `salesteam` are roles too; a short role such as `hr` must stand alone. Chinese has no spaces."""
    if not word.isascii():
        return any(role in word for role in codes_of("mailbox-roles") if not role.isascii())
    parts = (part for end in range(_MIN_ROLE_IN_WORD, len(word)) for part in (word[:end], word[-end:]))
    return any(part in codes_of("mailbox-roles") for part in parts)


def _form_fault(mailbox: str) -> str:
    """Say what keeps mail from reaching it; plain ones are told by their form, the library is slower."""
    plain = _PLAIN.fullmatch(mailbox)
    return "" if plain and plain["last"].lower() not in _UNREACHABLE else _library_fault(mailbox)


@lru_cache(maxsize=4096)
def _library_fault(mailbox: str) -> str:
    from email_validator import EmailNotValidError, validate_email

    try:
        # No look-up of the host: this package has no network.
        validate_email(mailbox, check_deliverability=False, strict=True)
    except EmailNotValidError as error:
        return str(error)
    return ""
