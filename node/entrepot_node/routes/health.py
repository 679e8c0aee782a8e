"""`GET /health`: how this node is, for monitors and for people. It tells no secrets, so anybody may ask."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from entrepot_node.health import Health, Signing, Status, health_of
from entrepot_node.problems import problem
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.route import ApiRoute
from entrepot_node.served_checkpoint import Leaving
from entrepot_node.storage.interface import Store
from entrepot_schema.timestamp import format_seconds

PATH = "/health"
_HEADERS = {"cache-control": "no-store", "access-control-allow-origin": "*"}
_RETRY_SECONDS = "60"

HealthCode = Annotated[
    str, Field(description="Why not, as a reason code; empty where there is nothing.", examples=[""])
]


class StoreHealth(BaseModel):
    """Whether the store can be written."""

    writable: bool = Field(description="Whether the last write that could tell went well.", examples=[True])
    code: HealthCode


class SigningHealth(BaseModel):
    """Whether this node may sign new heads."""

    state: Signing = Field(
        description="`open`; `waiting`, no peer has answered since the start; `closed`, the operator must act; "
        "`unknown`, not asked yet.",
        examples=["open"],
    )
    code: HealthCode


class FeedsHealth(BaseModel):
    """Feeds of other nodes."""

    followed: int = Field(description="How many are followed.", ge=0, examples=[3])
    failing: int = Field(description="How many of them could not be pulled last time.", ge=0, examples=[1])
    stopped: int = Field(
        description="How many stand still for good: forked, or waiting for newer software.",
        ge=0,
        examples=[0],
    )


class CheckpointHealth(BaseModel):
    """The newest checkpoint of this node's own feed."""

    size: int = Field(description="How many entries it covers.", ge=0, examples=[120])
    time: str = Field(description="When it was stored.", examples=["2026-11-23T09:30:00Z"])


class HealthAnswer(BaseModel):
    """How a node is."""

    status: Literal["ok", "attention"] = Field(
        description="`ok`; `attention`, it serves and something waits for its operator.", examples=["ok"]
    )
    text: list[str] = Field(description="The same in plain sentences.", examples=[["The store works."]])
    store: StoreHealth
    signing: SigningHealth
    feeds: FeedsHealth
    checkpoint: CheckpointHealth


def health_routes(store: Store, leaving: Leaving, route_class: type[APIRoute] = ApiRoute) -> APIRouter:
    """The route. With the plain route class it is what the description is made of."""
    router = APIRouter(route_class=route_class)

    @router.get(
        PATH,
        response_model=HealthAnswer,
        **operation("readHealth", "Node", "See whether the node is well", revalidates=False),
    )
    def health() -> Response:
        """Whether the store works, heads may be signed and peers answer.

        200 while the node serves what it has, also where something waits for the operator (`attention`); 503 once its
        store cannot be read or written.
        """
        found = health_of(store, leaving)
        if found.status == "unwell":
            headers = {**_HEADERS, "retry-after": _RETRY_SECONDS}
            return problem(503, found.store_code, " ".join(found.text), headers=headers)
        return JSONResponse(_answer(found, found.status).model_dump(), headers=_HEADERS)

    return router


def _answer(found: Health, status: Status) -> HealthAnswer:
    return HealthAnswer(
        status="ok" if status == "ok" else "attention",
        text=found.text,
        store=StoreHealth(writable=not found.store_code, code=found.store_code),
        signing=SigningHealth(state=found.signing, code=found.signing_code),
        feeds=FeedsHealth(
            followed=found.feeds.followed, failing=found.feeds.failing, stopped=found.feeds.stopped
        ),
        checkpoint=CheckpointHealth(size=found.head_size, time=format_seconds(found.head_at)),
    )
