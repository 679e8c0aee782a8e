"""Codes. Closed lists are written out, so that a type checker knows them; open ones are strings of a form (PRO-09)."""

from __future__ import annotations

from typing import Annotated, Literal

from entrepot_schema.models.published import Published

Status = Literal["active", "dormant", "merged", "dissolved"]
Governance = Literal["public", "private", "mixed", "university", "association"]
Audience = Literal["members", "external", "both"]
Cost = Literal["free", "fee", "mixed"]
SizeClass = Literal["micro", "small", "medium", "large", "unknown"]
Experience = Literal["none", "first", "established"]
LocationRole = Literal["registered", "headquarters", "site", "laboratory", "plant", "office"]
OtherNameKind = Literal["short", "brand", "former", "acronym"]
RelationType = Literal[
    "knowledgeExchange",
    "mutualEntryPoint",
    "softLandingHost",
    "softLandingGuest",
    "memberReferral",
    "jointRnd",
    "jointInvestment",
    "sharedFacility",
    "talentExchange",
    "policyLearning",
    "twinning",
]
Commitment = Literal["contact", "letterOfIntent", "memorandum", "contract", "jointEntity"]
RelationStatus = Literal["proposed", "active", "suspended", "ended"]
Direction = Literal["offer", "request"]
OpportunityKind = Literal["business", "technology", "research", "facility", "finance", "clinical"]
Stage = Literal["idea", "proofOfConcept", "prototype", "validated", "preclinical", "clinical", "onMarket"]
IpStatus = Literal["none", "secret", "applied", "granted", "copyright", "licensed"]
OpportunityStatus = Literal["open", "closed", "fulfilled", "withdrawn"]
SourceKind = Literal["selfDeclared", "cluster", "officialRegister", "thirdParty"]
MembershipOpenTo = Literal["local", "national", "anyone"]
Mirroring = Literal["any", "listed", "none"]

ClusterKind = Annotated[str, Published("common.json#/$defs/clusterKind")]
InstitutionKind = Annotated[str, Published("common.json#/$defs/institutionKind")]
Service = Annotated[str, Published("common.json#/$defs/service")]
Capability = Annotated[str, Published("common.json#/$defs/capability")]
BusinessModel = Annotated[str, Published("common.json#/$defs/businessModel")]
InternationalisationGoal = Annotated[str, Published("common.json#/$defs/internationalisationGoal")]
ContactRole = Annotated[str, Published("common.json#/$defs/contactRole")]
PartnershipType = Annotated[str, Published("common.json#/$defs/partnershipType")]
PartnerKind = Annotated[str, Published("common.json#/$defs/partnerKind")]
Sector = Annotated[str, Published("common.json#/$defs/sector")]
NodeCapability = Annotated[str, Published("common.json#/$defs/nodeCapability")]
IdentifierScheme = Annotated[str, Published("common.json#/$defs/identifierScheme")]
ClassificationScheme = Annotated[str, Published("common.json#/$defs/classificationScheme")]

Sectors = Annotated[tuple[Sector, ...], Published("common.json#/$defs/sectors")]
