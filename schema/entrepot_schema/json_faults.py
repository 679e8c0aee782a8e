"""Where in a text a rule of layer J is broken: the line people need, for refusals that name none themselves.

`strict_json` is fast and says what is wrong; only when it has refused is the text walked again, token by token.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice

from entrepot_schema.errors import Refused
from entrepot_schema.strict_json import MAX_DEPTH, read_json

_TOKEN = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]|[^\s\[\]{}",:]++', re.DOTALL)
_COLON = re.compile(r"[ \t\n\r]*:")
# Nothing in these can be refused; they need not be read again.
_PLAIN_TEXT = re.compile(r'"[ !#-\[\]-~]*+"')
_PLAIN_VALUE = re.compile(r'"[^"\\\x00-\x1f]*+"|0|-?[1-9][0-9]{0,14}|true|false|null')
# Bounds the work on hostile files; no honest one has its first fault behind this many tokens and needs a line.
_MOST_TOKENS = 1_000_000


def fault_line(text: str, code: str) -> int:
    """Tell the line (from 1) of the first part of a JSON text that breaks the rule of `code`; 0 if none is found."""
    if code == "json.not-an-object":
        return text.count("\n", 0, len(text) - len(text.lstrip())) + 1
    offset = next((start for start, found in _faults(text) if found == code), None)
    return 0 if offset is None else text.count("\n", 0, offset) + 1


def _faults(text: str) -> Iterator[tuple[int, str]]:
    """Yield the offset and code of each fault of a single token, up to a bound."""
    names: list[set[str]] = []  # of the objects and lists that are open
    for match in islice(_TOKEN.finditer(text), _MOST_TOKENS):
        token = match[0]
        if token in ("{", "["):
            names.append(set())
            if len(names) > MAX_DEPTH:
                yield match.start(), "json.too-deep"
        elif token in ("}", "]"):
            del names[-1:]
        elif token[0] == '"' and names and _COLON.match(text, match.end()):
            yield from ((match.start(), code) for code in _faults_of_name(token, names[-1]))
        else:
            yield from ((match.start(), code) for code in _faults_of_value(token))


def _faults_of_name(token: str, seen: set[str]) -> Iterator[str]:
    plain = _PLAIN_TEXT.fullmatch(token) is not None
    name = token[1:-1] if plain else _decoded(token)
    if name in seen:
        yield "json.duplicate-member"
    seen.add(name)
    if not plain:
        yield from _refusal_of(f"{{{token}:null}}")


def _faults_of_value(token: str) -> Iterator[str]:
    if _PLAIN_VALUE.fullmatch(token) is None:
        yield from _refusal_of(f'{{"":{token}}}')


def _refusal_of(document: str) -> Iterator[str]:
    """Ask the strict reader itself, so that there is one opinion."""
    try:
        read_json(document.encode("utf-8", "surrogatepass"), max_bytes=len(document) * 4)
    except Refused as refused:
        yield refused.code


def _decoded(token: str) -> str:
    try:
        return str(json.loads(token, strict=False))
    except ValueError:
        return token
