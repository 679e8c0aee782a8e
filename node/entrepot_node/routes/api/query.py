"""Reading the query of a request strictly (EXC-72): what is not understood is said, never ignored.

A filter that is misspelt and ignored would answer with everything; bytes that are no UTF-8 would become other
characters. Both look like an answer and are none.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from typing import get_args, get_origin
from urllib.parse import unquote_to_bytes

from fastapi.dependencies.models import Dependant
from starlette.exceptions import HTTPException

from entrepot_schema.errors import Misuse

MAX_QUERY_BYTES = 8_192
_CODE = "http.parameter"


def parameters_of(dependant: Dependant) -> dict[str, bool]:
    """Name the query parameters of a path operation; True for those that may be repeated."""
    found = {field.alias: _is_list(field.field_info.annotation) for field in dependant.query_params}
    for inner in dependant.dependencies:
        found |= parameters_of(inner)
    return found


def require_plain_query(raw: bytes, known: Mapping[str, bool]) -> None:
    """Raise `http.parameter` unless the query is UTF-8 without NUL, and of known parameters, each once but lists."""
    if len(raw) > MAX_QUERY_BYTES:
        raise HTTPException(414, f"the query has more than {MAX_QUERY_BYTES} bytes")
    seen: set[str] = set()
    for name in _names(raw):
        if name not in known:
            close = difflib.get_close_matches(name[:100], known, n=1)
            hint = (
                f"Did you mean {close[0]}?" if close else "Parameters here: " + (", ".join(known) or "none")
            )
            raise Misuse(_CODE, f"there is no parameter {name[:100]!r} here", hint=hint)
        if name in seen and not known[name]:
            raise Misuse(_CODE, f"{name}: given more than once")
        seen.add(name)


def _names(raw: bytes) -> Iterator[str]:
    for pair in raw.split(b"&"):
        if not pair:
            continue
        try:
            text = unquote_to_bytes(pair.replace(b"+", b" ")).decode("utf-8")
            name = unquote_to_bytes(pair.partition(b"=")[0].replace(b"+", b" ")).decode("utf-8")
        except UnicodeDecodeError as error:
            raise Misuse(_CODE, "the query is not UTF-8") from error
        if "\0" in text:
            raise Misuse(_CODE, "the query has a NUL character")
        yield name


def _is_list(annotation: object) -> bool:
    return get_origin(annotation) is list or any(get_origin(part) is list for part in get_args(annotation))
