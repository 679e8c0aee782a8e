"""A cluster organisation, park, zone, incubator or district."""

from __future__ import annotations

from typing import Annotated, Literal

from entrepot_schema.models import codes
from entrepot_schema.models.block import Block, Maybe, NotEmpty
from entrepot_schema.models.organisation import Area, Organisation
from entrepot_schema.models.published import Published
from entrepot_schema.models.values import Countries, Date, Languages, Note, RecordId, ShortText, Url

Count = Annotated[int, Published("cluster.json#/properties/memberCounts/properties/total")]


class MemberCounts(NotEmpty):
    """How many members of which sort. No names."""

    total: Maybe[Count] = None
    companies: Maybe[Count] = None
    smes: Maybe[Count] = None
    research: Maybe[Count] = None
    public: Maybe[Count] = None
    as_of: Maybe[Date] = None


class OfferedService(Block):
    """What members or outsiders may use, in which language and at what price."""

    service: codes.Service
    audience: Maybe[codes.Audience] = None
    cost: Maybe[codes.Cost] = None
    languages: Maybe[Languages] = None
    url: Maybe[Url] = None
    contact_role: Maybe[codes.ContactRole] = None
    note: Maybe[Note] = None


class Recognition(Block):
    """A quality label or official status."""

    name: ShortText
    level: Maybe[ShortText] = None
    by: Maybe[ShortText] = None
    valid_until: Maybe[Date] = None
    url: Maybe[Url] = None


class MembershipRules(NotEmpty):
    """Who may join and whether it costs something."""

    open_to: Maybe[codes.MembershipOpenTo] = None
    fee_based: Maybe[bool] = None
    url: Maybe[Url] = None


class Cluster(Organisation):
    """Profile of a cluster, as it presents itself to strangers."""

    type: Literal["cluster"]
    kind: codes.ClusterKind
    part_of: Maybe[RecordId] = None
    territory: Maybe[Annotated[tuple[Area, ...], Published("cluster.json#/properties/territory")]] = None
    governance: Maybe[codes.Governance] = None
    member_counts: Maybe[MemberCounts] = None
    services: Maybe[Annotated[tuple[OfferedService, ...], Published("cluster.json#/properties/services")]] = (
        None
    )
    target_territories: Maybe[Countries] = None
    recognitions: Maybe[
        Annotated[tuple[Recognition, ...], Published("cluster.json#/properties/recognitions")]
    ] = None
    membership_rules: Maybe[MembershipRules] = None
