"""`/relations`: what clusters say of one another, with the state that both sides together make of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from entrepot_node.pages.links import api_link
from entrepot_node.routes.absent import absent
from entrepot_node.routes.api.cursors import read_number, write_cursor
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.items import place_of
from entrepot_node.routes.api.paging import fill_page, list_body, page_body
from entrepot_node.routes.api.parameters import Cursor, Letters, Limit, Origin
from entrepot_node.routes.api.shapes import Next, Place, SubjectId
from entrepot_node.routes.api.subjects import SUBJECT
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.storage.interface import Store
from entrepot_node.storage.reading import VersionRow
from entrepot_schema.canonical import read_canonical
from entrepot_schema.origin import subject_of
from entrepot_schema.relation_state import relation_state

JSON = "application/json"
_GRAPH, _OF_SUBJECT = "relations", "subject-relations"
_ANSWERS = 20  # of the other side, about one relation; who publishes more is heard no better
_A = "https://biomed.example/id/aaaaaaaaaaaaaaaaaaaaaaaaab"
_B = "https://agri.example/id/aaaaaaaaaaaaaaaaaaaaaaaaac"
_R = "https://biomed.example/id/aaaaaaaaaaaaaaaaaaaaaaaaad"
Day = Annotated[
    str | None, Field(description="Date or part of one; null where none is stated.", examples=["2025-03"])
]


class Relation(Place):
    """One relation as one cluster states it, and what it is beside what the other states."""

    id: Annotated[SubjectId, Field(examples=[_R])]
    from_: str = Field(alias="from", description="The cluster that states it.", examples=[_A])
    to: str = Field(description="The cluster it is about.", examples=[_B])
    type: str = Field(description="Type of the relation.", examples=["knowledgeExchange"])
    status: str = Field(description="What the record states.", examples=["active"])
    since: Day
    until: Day
    state: Literal["one-sided", "contradictory", "ended", "suspended", "proposed", "confirmed"] = Field(
        description="What both sides together make of it; `one-sided` while the other says nothing.",
        examples=["confirmed"],
    )
    commitment: str = Field(description="The weaker of what both sides state.", examples=["memorandum"])
    counterpart: Annotated[str | None, Field(description="Id of the other side's record.", examples=[_R])]
    by: list[str] = Field(description="Who says ended, suspended or proposed.", examples=[[]])
    differences: list[str] = Field(description="In what the two sides differ.", examples=[["since"]])
    stale: bool = Field(
        description="Whether all records it rests on are older than a year.", examples=[False]
    )


class Relations(BaseModel):
    """A page of relations."""

    items: list[Relation]
    next: Next


class Node(BaseModel):
    """A cluster at an end of a relation. `name` is null while no record of it is held."""

    id: Annotated[str, Field(description="Id of the cluster.", examples=[_A])]
    name: Annotated[
        dict[str, str] | None, Field(description="Its name by language.", examples=[{"en": "BioMed"}])
    ]
    path: str = Field(description="Where it is in this API.", examples=[api_link(_A)])


class Graph(Relations):
    """A page of the graph: its edges, and the clusters at their ends."""

    nodes: list[Node]


def add_relations(router: APIRouter, store: Store, now: Callable[[], datetime]) -> None:
    """Add the relations of one cluster and of all."""

    @router.get(
        SUBJECT + "/relations",
        response_model=Relations,
        **operation("listSubjectRelations", "Subjects", "List the relations of a cluster", 404),
    )
    def of_subject(
        request: Request, origin: Origin, letters: Letters, limit: Limit = 100, cursor: Cursor = ""
    ) -> Response:
        """Relations that this cluster states, and those that others state about it."""
        subject = subject_of(origin, letters)

        def read(after: int, wanted: int) -> list[tuple[int, VersionRow]]:
            return store.relations_of(subject, after=after, limit=wanted)

        page = fill_page(read, _writer(store, now()), read_number(_OF_SUBJECT, cursor, -1), limit)
        if not page.items and not store.history(subject, limit=1):
            return absent(store, subject)
        return cached(request, list_body(page, _OF_SUBJECT), JSON, MINUTE, compress=True)

    @router.get(
        "/relations",
        response_model=Graph,
        **operation("listRelations", "Records", "Read the graph of relations"),
    )
    def graph(request: Request, limit: Limit = 100, cursor: Cursor = "") -> Response:
        """All relations held, as edges of a graph, page by page; each page names the clusters at its ends."""

        def read(after: int, wanted: int) -> list[tuple[int, VersionRow]]:
            return store.relation_edges(after=after, limit=wanted)

        ends: dict[str, None] = {}
        page = fill_page(read, _writer(store, now(), ends), read_number(_GRAPH, cursor, -1), limit)
        following = write_cursor(_GRAPH, page.last) if page.more else ""
        nodes = b"[" + b",".join(_nodes(store, ends)) + b"]"
        body = page_body(page.items, next=f'"{following}"'.encode(), nodes=nodes)
        return cached(request, body, JSON, MINUTE, compress=True)


def _writer(
    store: Store, now: datetime, ends: dict[str, None] | None = None
) -> Callable[[VersionRow], bytes]:
    """What writes an edge, and notes the clusters at its ends."""

    def write(row: VersionRow) -> bytes:
        edge = edge_of(store, row, now)
        if ends is not None:
            ends.update({edge.from_: None, edge.to: None})
        return edge.model_dump_json(by_alias=True).encode()

    return write


def edge_of(store: Store, row: VersionRow, now: datetime) -> Relation:
    """Compute one relation from its record and from what the other side publishes."""
    profile = _profile(row)
    answers = store.relations_of(profile["to"], other=profile["from"], limit=_ANSWERS)
    computed = relation_state(profile, [_profile(answer) for _, answer in answers], now=now)
    stated = {"from": profile["from"], "to": profile["to"], "type": profile["relationType"]}
    return Relation(
        **place_of(row).model_dump(),
        **stated,
        id=row.subject,
        status=profile["status"],
        since=profile.get("since"),
        until=profile.get("until"),
        state=computed.state,
        commitment=computed.commitment,
        counterpart=computed.counterpart,
        by=list(computed.by),
        differences=list(computed.differences),
        stale=computed.is_stale,
    )


def _nodes(store: Store, ends: Iterable[str]) -> Iterable[bytes]:
    for subject in ends:
        found = store.history(subject, limit=1, with_content=True)
        profile = _profile(found[0][1]) if found and found[0][1].live and found[0][1].raw else {}
        node = Node(id=subject, name=profile.get("name"), path=api_link(subject))
        yield node.model_dump_json().encode()


def _profile(row: VersionRow) -> dict[str, Any]:
    profile: dict[str, Any] = read_canonical(row.raw or b"{}")["credentialSubject"]["profile"]
    return profile
