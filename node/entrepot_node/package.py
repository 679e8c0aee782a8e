"""Reading profiles to publish: one profile, JSON Lines, or a package with its default licence."""

from __future__ import annotations

from typing import Any

from entrepot_node.publish import Publication
from entrepot_schema.errors import Misuse
from entrepot_schema.file_check import MAX_FILE_BYTES
from entrepot_schema.strict_json import read_json


def read_publications(raw: bytes, file: str, *, default_license: str) -> list[Publication]:
    """Read a file as profiles; raise `Refused` (no JSON) or `Misuse` (nothing to publish in it)."""
    documents = _read_lines(raw) or [read_json(raw, max_bytes=MAX_FILE_BYTES)]
    first = documents[0]
    license = _text(first.get("license")) or default_license
    if isinstance(first.get("records"), list) and len(documents) == 1:
        profiles = first["records"]
    elif "specVersion" in first and "type" not in first:
        profiles = documents[1:]
    else:
        profiles, license = documents, default_license
    if not profiles:
        raise Misuse("publish.empty", f"{file} holds no profiles")
    if any(not isinstance(profile, dict) or "proof" in profile for profile in profiles):
        hint = "Publish the profile inside; the node signs it itself."
        raise Misuse("publish.not-a-profile", f"{file} holds something else than profiles", hint=hint)
    return [Publication(profile, license) for profile in profiles]


def _read_lines(raw: bytes) -> list[dict[str, Any]]:
    """The documents of JSON Lines; empty when the file is one document over several lines."""
    lines = [line for line in raw.split(b"\n") if line.strip()]
    whole = [line for line in lines if line.startswith(b"{") and line.rstrip().endswith(b"}")]
    if len(lines) < 2 or len(whole) != len(lines):
        return []
    return [read_json(line, max_bytes=MAX_FILE_BYTES) for line in lines]


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
