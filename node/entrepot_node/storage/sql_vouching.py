"""Vouching on SQLAlchemy Core; what it promises stands in `vouching`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Engine, Integer, and_, bindparam, delete, select, update

from entrepot_node.storage.asked import Asked
from entrepot_node.storage.dialect import upsert
from entrepot_node.storage.engine import reading, writing
from entrepot_node.storage.sql_acquaintance import forget_acquaintance
from entrepot_node.storage.tables import (
    cosignatures,
    feeds,
    followers,
    log_evidence,
    peer_documents,
    pushes,
    reported_heads,
)
from entrepot_node.storage.vouching import (
    REWRITE_SECONDS,
    CosignatureRow,
    HeadCosignature,
    PeerDocument,
    PushOutcome,
    PushRow,
)
from entrepot_sync.feed_store import Head

_PUSH_COLUMNS = [pushes.c[name] for name in PushRow.__slots__]
_COSIGNATURE_COLUMNS = [cosignatures.c[name] for name in CosignatureRow.__slots__]
_COSIGNATURES = Asked(
    lambda: (
        select(*_COSIGNATURE_COLUMNS)
        .where(cosignatures.c.feed_id == bindparam("feed", type_=Integer))
        .order_by(cosignatures.c.name)
    )
)


class SqlVouching:
    """The tables about vouching, as a part of a store."""

    _engine: Engine

    def own_heads(self) -> Mapping[str, int]:
        with reading(self._engine) as connection:
            found = connection.execute(select(feeds.c.name, feeds.c.head_size).where(feeds.c.own)).all()
        return {row.name: row.head_size for row in found}

    def followed_names(self) -> list[str]:
        query = select(feeds.c.name).where(feeds.c.own.is_(False)).order_by(feeds.c.name)
        with reading(self._engine) as connection:
            return list(connection.scalars(query))

    def cosignatures(self, feed_id: int) -> list[CosignatureRow]:
        return [CosignatureRow(*row) for row in _COSIGNATURES.rows(self._engine, feed=feed_id)]

    def put_cosignature(self, feed_id: int, cosignature: HeadCosignature) -> None:
        with writing(self._engine) as connection:
            _put_cosignature(connection, feed_id, cosignature)

    def pushes(self) -> list[PushRow]:
        with reading(self._engine) as connection:
            return [
                PushRow(*row) for row in connection.execute(select(*_PUSH_COLUMNS).order_by(pushes.c.origin))
            ]

    def noted_push(self, origin: str) -> PushRow | None:
        with reading(self._engine) as connection:
            row = connection.execute(select(*_PUSH_COLUMNS).where(pushes.c.origin == origin)).first()
        return PushRow(*row) if row else None

    def lease_push(
        self, origin: str, feed_name: str, witness: str, owner: str, *, now: float, until: float
    ) -> bool:
        key = {"origin": origin, "feed_name": feed_name, "witness": witness}
        blank = {
            "size": 0, "tried_size": 0, "ahead_size": 0, "next_at": 0.0, "failures": 0, "attempt_at": None,
            "success_at": None, "last_code": "", "last_text": "", "lease_owner": owner, "lease_until": until,
        }  # fmt: skip
        with writing(self._engine) as connection:
            row = connection.execute(select(pushes).where(pushes.c.origin == origin)).first()
            if row is not None and row.lease_until > now and row.lease_owner != owner:
                return False
            if row is not None and (row.feed_name, row.witness) == (feed_name, witness):
                lease = {"lease_owner": owner, "lease_until": until}
                connection.execute(update(pushes).where(pushes.c.origin == origin).values(lease))
            else:
                upsert(connection, pushes, {**key, **blank}, update={**key, **blank})
        return True

    def end_push(
        self,
        origin: str,
        owner: str,
        outcome: PushOutcome,
        cosignature: tuple[int, HeadCosignature] | None = None,
    ) -> None:
        values: dict[str, Any] = {
            "attempt_at": outcome.attempt_at,
            "next_at": outcome.next_at,
            "failures": outcome.failures,
            "size": outcome.size,
            "tried_size": outcome.tried_size,
            "ahead_size": outcome.ahead_size,
            "last_code": outcome.code,
            "last_text": outcome.text,
            "lease_owner": "",
            "lease_until": 0.0,
        }
        if outcome.succeeded:
            values["success_at"] = outcome.attempt_at
        held = and_(pushes.c.origin == origin, pushes.c.lease_owner == owner)
        with writing(self._engine) as connection:
            connection.execute(update(pushes).where(held).values(values))
            if cosignature is not None:
                _put_cosignature(connection, *cosignature)

    def wake_push(self, origin: str, *, codes: Collection[str], now: float) -> None:
        failed = and_(pushes.c.origin == origin, pushes.c.last_code.in_(codes), pushes.c.next_at > now)
        with reading(self._engine) as connection:
            asleep = connection.scalar(select(pushes.c.origin).where(failed)) is not None
        if asleep:
            with writing(self._engine) as connection:
                connection.execute(update(pushes).where(failed).values(next_at=now))

    def peer_document(self, origin: str) -> PeerDocument | None:
        columns = [peer_documents.c[name] for name in PeerDocument.__slots__]
        with reading(self._engine) as connection:
            row = connection.execute(select(*columns).where(peer_documents.c.origin == origin)).first()
        return PeerDocument(*row) if row else None

    def peer_witnesses(self) -> dict[str, str]:
        query = select(peer_documents.c.origin, peer_documents.c.witness).where(
            peer_documents.c.witness != ""
        )
        with reading(self._engine) as connection:
            return {row.origin: row.witness for row in connection.execute(query)}

    def put_peer_document(self, document: PeerDocument) -> None:
        values = {name: getattr(document, name) for name in PeerDocument.__slots__}
        with writing(self._engine) as connection:
            upsert(connection, peer_documents, values, update=values)

    def add_log_evidence(self, log: str, raw: bytes, *, now: float) -> None:
        here = and_(log_evidence.c.log == log, log_evidence.c.raw == raw)
        with writing(self._engine) as connection:
            if connection.scalar(select(log_evidence.c.id).where(here)) is None:
                connection.execute(log_evidence.insert().values(log=log, raw=raw, found_at=now))

    def log_evidence(self, log: str = "") -> list[tuple[str, bytes]]:
        query = select(log_evidence.c.log, log_evidence.c.raw).order_by(log_evidence.c.id)
        if log:
            query = query.where(log_evidence.c.log == log)
        with reading(self._engine) as connection:
            return [(row.log, row.raw) for row in connection.execute(query)]

    def reported_heads(self, feed_id: int) -> list[Head]:
        columns = (reported_heads.c.size, reported_heads.c.root, reported_heads.c.note)
        query = select(*columns).where(reported_heads.c.feed_id == feed_id).order_by(reported_heads.c.size)
        with reading(self._engine) as connection:
            return [Head(*row) for row in connection.execute(query)]

    def put_reported_head(self, feed_id: int, reporter: str, head: Head) -> None:
        values = {"size": head.size, "root": head.root, "note": head.note}
        place = {"feed_id": feed_id, "reporter": reporter}
        with writing(self._engine) as connection:
            upsert(connection, reported_heads, {**place, **values}, update=values)


def _put_cosignature(connection: Connection, feed_id: int, new: HeadCosignature) -> None:
    here = and_(cosignatures.c.feed_id == feed_id, cosignatures.c.name == new.name)
    fresh = {"size": new.size, "line": new.line, "time": new.time, "newest_time": new.time}
    held = connection.execute(select(*_COSIGNATURE_COLUMNS).where(here)).first()
    if held is None:
        connection.execute(cosignatures.insert().values(feed_id=feed_id, name=new.name, **fresh))
    elif new.size > held.size or (new.size == held.size and new.time - held.time >= REWRITE_SECONDS):
        connection.execute(update(cosignatures).where(here).values(fresh))
    elif new.size == held.size and new.time > held.newest_time:
        connection.execute(update(cosignatures).where(here).values(newest_time=new.time))


def forget_peer(connection: Connection, feed_id: int, origin: str) -> None:
    """Drop what is held of a peer that is not followed any more."""
    connection.execute(delete(reported_heads).where(reported_heads.c.feed_id == feed_id))
    forget_acquaintance(connection, origin)
    if connection.scalar(select(followers.c.origin).where(followers.c.origin == origin)) is not None:
        return  # it is pushed to all the same
    connection.execute(delete(pushes).where(pushes.c.origin == origin))
    connection.execute(delete(peer_documents).where(peer_documents.c.origin == origin))
