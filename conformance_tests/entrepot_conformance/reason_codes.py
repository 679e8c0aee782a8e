"""The reason codes that the standard knows, read from its text (spec/codes.md)."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import cache

from .spec_folder import spec_folder

_ROW = re.compile(r"^\| `([a-z0-9.A-Z-]+)` \|", re.MULTILINE)


@cache
def known_codes() -> frozenset[str]:
    """Return every code of the tables; `http.<status>` stands for all plain HTTP errors and is known by its form."""
    return frozenset(_ROW.findall((spec_folder() / "codes.md").read_text("utf-8")))


def require_code(code: str, due: tuple[str, ...], what: str) -> None:
    """Require that a code is one the standard knows, and one of those that were due (`*` stands for anything)."""
    known = code in known_codes() or re.fullmatch("http[.][1-5][0-9][0-9]", code)
    assert known, f"{what} was refused with {code!r}, a code that the standard does not know"
    wanted = " or ".join(due)
    assert any(fnmatchcase(code, pattern) for pattern in due), (
        f"{what} was refused with {code}, due was {wanted}"
    )
