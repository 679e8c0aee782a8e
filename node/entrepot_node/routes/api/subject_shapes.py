"""What the API says of one subject beyond its record: findings, and where the rest is."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

from entrepot_node.pages.links import api_link
from entrepot_node.routes.api.items import version_of
from entrepot_node.routes.api.shapes import Code, Pointer, SubjectId, TypeName, Version, VersionItem
from entrepot_node.storage.reading import VersionRow
from entrepot_schema.findings import Finding
from entrepot_schema.level import level_of
from entrepot_schema.profile_check import profile_findings

API = "/api/v1"
_MAX_FINDINGS = 100
Severity = Annotated[
    Literal["error", "warning", "information"],
    Field(description="How much it matters.", examples=["warning"]),
]


class FindingItem(BaseModel):
    """One thing a check found."""

    severity: Severity
    layer: str = Field(description="Layer of the rule: J, S, C, X, P, K or L.", examples=["C"])
    code: Annotated[Code, Field(examples=["code.text"])]
    pointer: Annotated[Pointer, Field(examples=["/name/en"])]
    message: str = Field(description="What it is, for people.", examples=["a control character in the text"])
    hint: str = Field(description="What to do about it.", examples=["Take it out and publish again."])


class FindingsSummary(BaseModel):
    """What a check by the rules for publishers finds in the profile today. Readers judge by it; nothing is hidden."""

    errors: int = Field(description="How many errors.", examples=[0])
    warnings: int = Field(description="How many warnings.", examples=[1])
    information: int = Field(description="How many remarks.", examples=[0])
    items: list[FindingItem] = Field(description=f"The first {_MAX_FINDINGS} of them.")


class NextStep(BaseModel):
    """What would help a record most."""

    key: str = Field(description="Stable name of the step.", examples=["mend-rules"])
    sentence: str = Field(description="The step in words.", examples=["Correct what the errors name."])


class LevelItem(BaseModel):
    """How far the record has come."""

    name: Literal["readable", "valid", "sound", "findable"] = Field(
        description="`readable`: no valid profile; `valid`: rules are broken; `sound`: none is; `findable`: strangers "
        "can find it, read it and answer.",
        examples=["sound"],
    )
    next: Annotated[NextStep | None, Field(description="The next thing to do; null at the top.")]


class SubjectLinks(BaseModel):
    """Where more about the subject is, relative to this node."""

    self: str = Field(examples=[f"{API}/subjects/biomed.example/aaaaaaaaaaaaaaaaaaaaaaaaab"])
    history: str = Field(examples=[f"{API}/subjects/biomed.example/aaaaaaaaaaaaaaaaaaaaaaaaab/history"])
    version: str = Field(examples=[f"{API}/subjects/biomed.example/aaaaaaaaaaaaaaaaaaaaaaaaab/versions/2"])
    relations: str = Field(examples=[f"{API}/subjects/biomed.example/aaaaaaaaaaaaaaaaaaaaaaaaab/relations"])
    schema_org: str = Field(examples=[f"{API}/subjects/biomed.example/aaaaaaaaaaaaaaaaaaaaaaaaab/schema.org"])
    page: str = Field(examples=["/record/https://biomed.example/id/aaaaaaaaaaaaaaaaaaaaaaaaab"])


class SubjectBody(Version):
    """The live version of a subject without its record."""

    id: SubjectId
    type: TypeName
    level: Annotated[LevelItem | None, Field(description="Null while the content is not held.")]
    findings: Annotated[FindingsSummary | None, Field(description="Null while the content is not held.")]
    links: SubjectLinks


class SubjectAnswer(VersionItem, SubjectBody):
    """The live version of a subject, what a check finds in it, and links. `record` is null while it is not held."""


class Step(BaseModel):
    """One change between two versions of a profile."""

    pointer: Annotated[Pointer, Field(examples=["/name/en"])]
    op: Literal["add", "remove", "replace"] = Field(description="What happened there.", examples=["replace"])
    before: Any = Field(description="The value before; null where something was added.", examples=["Acme"])
    after: Any = Field(
        description="The value after; null where something was removed.", examples=["Acme Bio"]
    )


class Difference(BaseModel):
    """What changed between two versions. The changes, in this order, make a JSON Patch."""

    from_: int = Field(alias="from", description="Revision before.", examples=[1])
    to: int = Field(description="Revision after.", examples=[2])
    changes: list[Step]


def subject_answer(row: VersionRow, profile: dict[str, Any] | None, now: datetime) -> SubjectBody:
    """Say of a live version all but its record."""
    found = profile_findings(profile, now=now) if profile else None
    return SubjectBody(
        **version_of(row).model_dump(),
        id=row.subject,
        type=row.type,
        level=None if found is None else _level(profile, found, now),
        findings=None if found is None else findings_summary(found),
        links=_links(row),
    )


def _level(profile: Any, findings: list[Finding], now: datetime) -> LevelItem:
    standing = level_of(profile, findings, now=now)
    step = standing.next
    return LevelItem.model_validate(
        {"name": standing.level.name.lower(), "next": step and {"key": step.key, "sentence": step.sentence}}
    )


def findings_summary(findings: list[Finding]) -> FindingsSummary:
    """Count findings, and show the first of them."""
    counts = Counter(found.severity for found in findings)
    return FindingsSummary(
        errors=counts["error"],
        warnings=counts["warning"],
        information=counts["information"],
        items=[
            FindingItem(
                severity=found.severity, layer=found.layer, code=found.code, pointer=found.pointer,
                message=found.message, hint=found.hint,
            )
            for found in findings[:_MAX_FINDINGS]
        ],
    )  # fmt: skip


def _links(row: VersionRow) -> SubjectLinks:
    path = api_link(row.subject)
    return SubjectLinks(
        self=path,
        history=f"{path}/history",
        version=f"{path}/versions/{row.revision}",
        relations=f"{path}/relations",
        schema_org=f"{path}/schema.org",
        page=f"/record/{row.subject}",
    )
