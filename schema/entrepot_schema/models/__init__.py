"""Typed access to profiles: frozen pydantic models that take exactly what the schemas take.

    company = parse_profile(read_json(raw))
    company.name["en"], company.locations[0].country

The schemas are the standard; these models are one more reader of it, held to its verdicts by tests. Nothing on the way
of a check, a signature or a pull needs them, and nothing there imports them: they take longer to load than a check runs.
"""

from entrepot_schema.models.cluster import Cluster, MemberCounts, MembershipRules, OfferedService, Recognition
from entrepot_schema.models.company import Company, Internationalisation
from entrepot_schema.models.frozen import FrozenMap
from entrepot_schema.models.institution import Institution, OpenFacility
from entrepot_schema.models.node import MirrorKey, Node, Software, Takedown, WitnessKey
from entrepot_schema.models.opportunity import Opportunity, PartnerSought
from entrepot_schema.models.organisation import (
    Area,
    Classification,
    Contact,
    Identifier,
    Location,
    Member,
    Membership,
    Organisation,
    OtherName,
    Source,
)
from entrepot_schema.models.package_head import DeclaredExtension, PackageHead
from entrepot_schema.models.parsing import Profile, parse_package_head, parse_profile
from entrepot_schema.models.relation import EntryPoint, Relation
from entrepot_schema.models.values import LanguageMap

__all__ = [
    "Area",
    "Classification",
    "Cluster",
    "Company",
    "Contact",
    "DeclaredExtension",
    "EntryPoint",
    "FrozenMap",
    "Identifier",
    "Institution",
    "Internationalisation",
    "LanguageMap",
    "Location",
    "Member",
    "MemberCounts",
    "Membership",
    "MembershipRules",
    "MirrorKey",
    "Node",
    "OfferedService",
    "OpenFacility",
    "Opportunity",
    "Organisation",
    "OtherName",
    "PackageHead",
    "PartnerSought",
    "Profile",
    "Recognition",
    "Relation",
    "Software",
    "Source",
    "Takedown",
    "WitnessKey",
    "parse_package_head",
    "parse_profile",
]
