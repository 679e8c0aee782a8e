"""What a node says of what it was asked to do: accepted, refused with a reason code, or broken."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

_CODE = re.compile(r"[a-z]+(?:-[a-z]+)*\.[A-Za-z0-9]+(?:-[A-Za-z0-9]+)*")


class Kind(StrEnum):
    """The verdicts of the protocol."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    """The shim does not know the request, or the node does not offer what it asks for."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One verdict. `code` is the reason code of a refusal; `details` are the other members of the answer."""

    kind: Kind
    code: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)


def read_verdict(answer: Mapping[str, Any]) -> Verdict:
    """Read an answer of a shim; anything but the three verdicts is a crash of the node, even where refusal was due."""
    kind = answer.get("verdict")
    assert kind in set(Kind), f"the node broke: {answer.get('message') or answer}"
    code = answer.get("code", "")
    if kind == Kind.REFUSED:
        assert isinstance(code, str), f"a reason code is a text, not {code!r}"
        assert _CODE.fullmatch(code), f"refused, but without a reason code: {code!r}"
    details = {name: value for name, value in answer.items() if name not in ("verdict", "code")}
    return Verdict(Kind(kind), code, details)
