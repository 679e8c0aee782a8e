"""Tokens of the operator's own systems, which may publish over HTTP: `tokens.json` in the folder of the node.

A token is 32 random bytes, shown once. Kept is its SHA-256 alone, so the file opens nothing; that it cannot be guessed
needs no slow hash. A running server sees a change of the file at its next request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import stat
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import orjson

from entrepot_node.append_lock import file_lock
from entrepot_node.durable_files import replace_file
from entrepot_schema.errors import Misuse

PREFIX = "entrepot-"
PUBLISH = "publish"
_SECRET_BYTES = 32
_MOST_TOKENS = 100
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Token:
    """A token without its secret. `made` is a timestamp; `scope` says what it is for."""

    name: str
    sha256: str
    made: str
    scope: str = PUBLISH


class TokenFile:
    """The tokens of a node. Any process may use it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen: tuple[tuple[int, int, int], list[Token]] | None = None

    def add(self, name: str, *, made: str, random_bytes: Callable[[int], bytes]) -> str:
        """Make a token; return its secret, which is kept nowhere."""
        if not _NAME.fullmatch(name):
            hint = "Up to 64 letters, digits, dots, hyphens and underscores, such as the name of the system."
            raise Misuse("token.name", f"{name[:80]!r} is no name for a token", hint=hint)
        letters = base64.urlsafe_b64encode(random_bytes(_SECRET_BYTES)).decode("ascii").rstrip("=")
        secret = PREFIX + letters
        with file_lock(self._path):
            tokens = self.tokens()
            if any(token.name == name for token in tokens):
                hint = "Take another name, or remove that one first."
                raise Misuse("token.exists", f"there is a token {name} already", hint=hint)
            if len(tokens) >= _MOST_TOKENS:
                raise Misuse("token.name", f"a node has at most {_MOST_TOKENS} tokens")
            self._write([*tokens, Token(name, _hash(secret), made)])
        return secret

    def remove(self, name: str) -> None:
        """Let a token open nothing any more."""
        with file_lock(self._path):
            tokens = self.tokens()
            left = [token for token in tokens if token.name != name]
            if len(left) == len(tokens):
                raise Misuse(
                    "token.unknown",
                    f"there is no token {name[:80]}",
                    hint="`entrepot token list` names them.",
                )
            self._write(left)

    def tokens(self) -> list[Token]:
        """All tokens, the oldest first."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            return []
        if stat.S_IMODE(found.st_mode) & 0o077:
            hint = f"chmod 600 {self._path}; if others may have written it, remove it and make new tokens."
            raise Misuse("token.file", f"others can read or write {self._path}", hint=hint)
        version = (found.st_mtime_ns, found.st_ino, found.st_size)
        if self._seen is None or self._seen[0] != version:
            self._seen = (version, _read(self._path))
        return self._seen[1]

    def holder(self, secret: str, scope: str) -> str | None:
        """The name of the token with a secret; None if there is none. The time it takes does not tell how close it was."""
        presented = _hash(secret)
        found = None
        for token in self.tokens():
            same = hmac.compare_digest(token.sha256, presented)
            if same and token.scope == scope:
                found = token.name
        return found

    def _write(self, tokens: list[Token]) -> None:
        replace_file(self._path, orjson.dumps({"tokens": [asdict(token) for token in tokens]}) + b"\n")


def _read(path: Path) -> list[Token]:
    try:
        return [Token(**item) for item in orjson.loads(path.read_bytes())["tokens"]]
    except (OSError, ValueError, KeyError, TypeError) as error:
        hint = "Remove it and make new tokens."
        raise Misuse("token.file", f"{path} cannot be read as tokens: {error}", hint=hint) from error


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
