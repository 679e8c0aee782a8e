"""`/withdrawals`: what this node has withdrawn, and at which mirrors it is gone."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from entrepot_node.live_feed import live_feed
from entrepot_node.receipts import erasure_of
from entrepot_node.routes.api.cursors import read_number
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.paging import fill_page, list_body
from entrepot_node.routes.api.parameters import Cursor, Limit
from entrepot_node.routes.api.peers import Seconds
from entrepot_node.routes.api.shapes import Next, OriginName, SubjectId
from entrepot_node.routes.caching import HEAD, cached
from entrepot_node.storage.interface import Store
from entrepot_node.storage.receipts import ReceiptRow, Withdrawal

_LIST = "withdrawals"
_START = 2**62


class WaitingMirror(BaseModel):
    """A known mirror that has not vouched yet that a withdrawn subject is gone."""

    origin: OriginName
    size: int = Field(description="The head it vouched for last.", examples=[120])
    last_answer: Seconds
    code: str = Field(description="Why it did not answer since; empty where it did.", examples=[""])


class WithdrawalItem(BaseModel):
    """A withdrawal of this node, and where it is known to be carried out. Backups are not covered."""

    subject: SubjectId
    type: str = Field(description="Record type.", examples=["company"])
    index: int = Field(description="Index of the withdrawal in the feed.", examples=[121])
    live: bool = Field(description="Whether the subject was published again since.", examples=[False])
    gone: int = Field(description="Known mirrors that vouch that it is gone.", examples=[9])
    mirrors: int = Field(description="Known mirrors in all.", examples=[11])
    others: list[WaitingMirror] = Field(description="The known mirrors that do not vouch for it yet.")


class WithdrawalPage(BaseModel):
    """A page of withdrawals of this node, newest first."""

    items: list[WithdrawalItem]
    next: Next


def add_withdrawals(router: APIRouter, store: Store) -> None:
    """Add the list of withdrawals."""

    @router.get(
        "/withdrawals",
        response_model=WithdrawalPage,
        **operation("listWithdrawals", "Node", "List what this node has withdrawn"),
    )
    def withdrawals(request: Request, limit: Limit = 100, cursor: Cursor = "") -> Response:
        """What this node has withdrawn, newest first, and how many of the known mirrors vouch that it is gone there.

        Backups are not covered, nor is whoever copied records without being a mirror.
        """
        feed = live_feed(store)
        receipts = store.receipts()

        def read(before: int, wanted: int) -> list[tuple[int, Withdrawal]]:
            found = store.withdrawals(feed.id, before=before, limit=wanted)
            return [(one.index, one) for one in found]

        def write(one: Withdrawal) -> bytes:
            return _item(one, receipts, feed.name).model_dump_json().encode()

        page = fill_page(read, write, read_number(_LIST, cursor, _START), limit)
        return cached(request, list_body(page, _LIST), "application/json", HEAD, compress=True)


def _item(one: Withdrawal, receipts: list[ReceiptRow], feed_name: str) -> WithdrawalItem:
    erasure = erasure_of(one.index, receipts, feed_name)
    others = [
        WaitingMirror(origin=row.origin, size=row.size, last_answer=row.success_at, code=row.code)
        for row in erasure.others
    ]
    return WithdrawalItem(
        subject=one.subject, type=one.type, index=one.index, live=one.live,
        gone=erasure.gone, mirrors=erasure.known, others=others,
    )  # fmt: skip
