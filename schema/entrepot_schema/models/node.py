"""What a node says about itself: the profile inside the node document."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import model_validator

from entrepot_schema.models import codes
from entrepot_schema.models.block import Block, Maybe, require_one_of
from entrepot_schema.models.published import Published
from entrepot_schema.models.values import (
    Countries,
    Did,
    Email,
    FeedName,
    HttpsUrl,
    License,
    Name,
    Origin,
    Phone,
    Vkey,
)

_FIELDS = "node.json#/properties"
BaseUrl = Annotated[str, Published(f"{_FIELDS}/baseUrls/items")]
SpecVersion = Annotated[str, Published(f"{_FIELDS}/specVersions/items")]


class Takedown(Block):
    """Where to ask for removal of data. A role of the organisation, not a person."""

    email: Maybe[Email] = None
    phone: Maybe[Phone] = None
    form: Maybe[HttpsUrl] = None

    @model_validator(mode="after")
    def _require_a_way(self) -> Self:
        require_one_of(self, "email", "phone", "form")
        return self


class WitnessKey(Block):
    """Key with which the node vouches for other feeds."""

    name: Annotated[str, Published(f"{_FIELDS}/witness/properties/name")]
    vkey: Vkey


class MirrorKey(Block):
    """Key with which the node confirms that it keeps a copy."""

    name: Annotated[str, Published(f"{_FIELDS}/mirror/properties/name")]
    vkey: Vkey


class Software(Block):
    """What runs the node."""

    name: Annotated[str, Published(f"{_FIELDS}/software/properties/name")]
    version: Maybe[Annotated[str, Published(f"{_FIELDS}/software/properties/version")]] = None


class Node(Block):
    """Profile of a node. `id` is the did:web of its origin."""

    id: Did
    type: Literal["node"]
    feed: FeedName
    name: Maybe[Name] = None
    base_urls: Annotated[tuple[BaseUrl, ...], Published(f"{_FIELDS}/baseUrls")]
    spec_versions: Annotated[tuple[SpecVersion, ...], Published(f"{_FIELDS}/specVersions")]
    capabilities: Annotated[tuple[codes.NodeCapability, ...], Published(f"{_FIELDS}/capabilities")]
    mirroring: codes.Mirroring
    mirror_for: Maybe[Annotated[tuple[Origin, ...], Published(f"{_FIELDS}/mirrorFor")]] = None
    license: License
    takedown: Takedown
    territory: Maybe[Countries] = None
    witness: Maybe[WitnessKey] = None
    mirror: Maybe[MirrorKey] = None
    software: Maybe[Software] = None

    @model_validator(mode="after")
    def _require_this_version(self) -> Self:
        if "1.0" not in self.spec_versions:
            raise ValueError("a node of this standard speaks version 1.0")
        return self
