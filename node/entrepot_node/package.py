"""Reading profiles to publish: one profile, JSON Lines, or a package with its default licence."""

from __future__ import annotations

from typing import Any

from entrepot_node.drafts import Draft, read_draft
from entrepot_schema.errors import Misuse
from entrepot_schema.package import PackageFile, Part


def read_publications(
    raw: bytes, file: str, *, default_license: str, wanted_license: str = ""
) -> list[Draft]:
    """Read a file as profiles; raise `Refused` (no JSON) or `Misuse` (nothing to publish in it).

    What a package says of its licence counts before what is wanted, and that before the default.
    """
    heads: list[dict[str, Any]] = []
    drafts: list[Draft] = []
    for part in PackageFile(raw).parts():
        if part.kind == "broken":
            raise part.value
        if part.kind == "head":
            heads.append(part.value)
        else:
            drafts.append(read_draft(_profile(part, file), "", by_default=False))
    if len(heads) > 1:
        hint = "Publish each package by itself: each may have its own licence."
        raise Misuse("publish.not-a-profile", f"{file} holds several packages", hint=hint)
    if not drafts:
        raise Misuse("publish.empty", f"{file} holds no profiles")
    license = heads[0].get("license") if heads else None
    named = license if isinstance(license, str) and license else wanted_license
    # The head of a package in JSON comes last, with the licence in it.
    for place, draft in enumerate(drafts):
        drafts[place] = draft._replace(license=named or default_license, by_default=not named)
    return drafts


def _profile(part: Part, file: str) -> dict[str, Any]:
    if part.kind != "profile" or not isinstance(part.value, dict):
        hint = "Publish the profile inside; the node signs it itself." if part.kind == "record" else ""
        raise Misuse("publish.not-a-profile", f"{file} holds something else than profiles", hint=hint)
    return part.value
