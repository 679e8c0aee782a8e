"""`/statistics`: what is held here, in numbers."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from entrepot_node.findings_tally import Tally, read_tally
from entrepot_node.live_feed import live_feeds
from entrepot_node.pages.node_facts import Hidden, NodeFacts
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.peers import Counts
from entrepot_node.routes.api.searching import ValueCount
from entrepot_node.routes.api.subject_shapes import Severity
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.storage.interface import Store
from entrepot_schema.reason_codes import reason_codes


class CodeCount(BaseModel):
    """How many records a code applies to."""

    code: str = Field(description="Reason code.", examples=["schema.required"])
    meaning: str = Field(description="What it means.", examples=["a field is missing"])
    count: int = Field(description="How many records.", ge=0, examples=[2])


class FindingCount(CodeCount):
    """How many records have such a finding."""

    severity: Severity


class FindingsCount(BaseModel):
    """What a check by the rules for publishers finds in all live records: counted in the background."""

    counted_at: str = Field(description="When it was counted.", examples=["2026-11-23T09:30:00Z"])
    records: int = Field(description="How many records were judged.", ge=0, examples=[120])
    codes: list[FindingCount]


Values = Annotated[
    dict[str, list[ValueCount]],
    Field(
        description="Records by `type`, `country`, `subdivision`, `sector`, `kind`, `origin` and `freshness`, the "
        "most frequent values first.",
        examples=[{"type": [{"value": "company", "count": 12}]}],
    ),
]


class StatisticsAnswer(BaseModel):
    """What is held here, in numbers."""

    total: int = Field(description="Live records that are shown.", ge=0, examples=[120])
    newest: str = Field(
        description="The newest `updated` of a record; empty without any.", examples=["2026-11-23"]
    )
    feeds: int = Field(description="Feeds held, this node's own included.", ge=1, examples=[3])
    held: Counts
    values: Values
    refused: Annotated[list[CodeCount], Field(description="Live records that were refused, by reason.")]
    findings: Annotated[
        FindingsCount | None, Field(description="Null until it was counted for the first time.")
    ]


def add_statistics(router: APIRouter, store: Store, facts: NodeFacts, now: Callable[[], datetime]) -> None:
    """Add the numbers."""

    @router.get(
        "/statistics",
        response_model=StatisticsAnswer,
        **operation("readStatistics", "Node", "Count what is held"),
    )
    def statistics(request: Request) -> Response:
        """How many records there are, of which type, from where, how fresh, and which rules they break."""
        time = now().timestamp()
        found, feeds = store.statistics(now=time), live_feeds(store)
        tally, hidden = read_tally(store), Hidden(store)
        counts = [(feed, facts.counts(feed, time)) for feed in feeds]
        answer = StatisticsAnswer(
            total=found.total,
            newest=found.newest,
            feeds=len(feeds),
            held=_sum([Counts.of(held, hidden.of(feed, held)) for feed, held in counts]),
            values={
                name: [ValueCount(value=one.value, count=one.count) for one in values]
                for name, values in found.facets.items()
                if name != "cluster"
            },
            refused=[_count(code, number) for code, number in sorted(store.refusals().items())],
            findings=_findings(tally) if tally else None,
        )
        return cached(request, answer.model_dump_json().encode(), "application/json", MINUTE, compress=True)


def _sum(counts: list[Counts]) -> Counts:
    return Counts(**{name: sum(getattr(one, name) for one in counts) for name in Counts.model_fields})


def _count(code: str, number: int) -> CodeCount:
    return CodeCount(code=code, meaning=_meaning(code), count=number)


def _findings(tally: Tally) -> FindingsCount:
    codes = [
        FindingCount(code=code, meaning=_meaning(code), count=count, severity=severity)
        for (code, severity), count in sorted(tally.by_code.items())
    ]
    return FindingsCount(counted_at=tally.counted_at, records=tally.records, codes=codes)


def _meaning(code: str) -> str:
    known = reason_codes().get(code)
    return known.meaning if known else ""
