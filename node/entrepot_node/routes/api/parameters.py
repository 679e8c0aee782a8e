"""Parameters that several paths take, with their bounds and what the reference says of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query

from entrepot_node.routes.api.cursors import MAX_CURSOR

Limit = Annotated[
    int,
    Query(
        ge=1,
        le=1000,
        description="How many items a page has at most. Large ones end it sooner.",
        examples=[100],
    ),
]
Cursor = Annotated[
    str,
    Query(
        max_length=MAX_CURSOR,
        description="The `next` of the page before; empty for the first page. Opaque: keep it as it is.",
        examples=[""],
    ),
]
OneType = Annotated[
    str,
    Query(
        pattern="^[a-z]{0,32}$", description="Only records of this type; empty for all.", examples=["company"]
    ),
]
OneOrigin = Annotated[
    str,
    Query(
        max_length=253,
        pattern="^[a-z0-9.-]*$",
        description="Only records of this origin; empty for all.",
        examples=["biomed.example"],
    ),
]
Origin = Annotated[
    str,
    Path(
        max_length=253,
        pattern="^[a-z0-9.-]+$",
        description="The origin in the subject's id.",
        examples=["biomed.example"],
    ),
]
Letters = Annotated[
    str,
    Path(
        pattern="^[a-z2-7]{26}$",
        description="The 26 letters at the end of the subject's id.",
        examples=["aaaaaaaaaaaaaaaaaaaaaaaaab"],
    ),
]
