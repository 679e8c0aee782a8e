"""Receipts on SQLAlchemy Core; what they promise stands in `receipts`."""

from __future__ import annotations

from sqlalchemy import Engine, select

from entrepot_node.storage.dialect import upsert
from entrepot_node.storage.engine import reading, writing
from entrepot_node.storage.receipts import ReceiptRow, Withdrawal
from entrepot_node.storage.tables import receipts, subjects

_COLUMNS = [receipts.c[name] for name in ReceiptRow.__slots__]


class SqlReceipts:
    """The tables about receipts, as a part of a store."""

    _engine: Engine

    def receipts(self) -> list[ReceiptRow]:
        with reading(self._engine) as connection:
            found = connection.execute(select(*_COLUMNS).order_by(receipts.c.origin)).all()
        return [ReceiptRow(*row) for row in found]

    def put_receipt(self, receipt: ReceiptRow) -> None:
        values = {name: getattr(receipt, name) for name in ReceiptRow.__slots__}
        with writing(self._engine) as connection:
            upsert(connection, receipts, values, update=values)

    def withdrawals(
        self, feed_id: int, *, before: int = 2**62, limit: int, subject: str = ""
    ) -> list[Withdrawal]:
        query = (
            select(
                subjects.c.subject,
                subjects.c.type,
                subjects.c.withdrawn_at,
                subjects.c.live_index.is_not(None),
            )
            .where(subjects.c.feed_id == feed_id, subjects.c.withdrawn_at < before)
            .order_by(subjects.c.withdrawn_at.desc())
            .limit(limit)
        )
        if subject:
            query = query.where(subjects.c.subject == subject)
        with reading(self._engine) as connection:
            return [Withdrawal(row[0], row[1], row[2], bool(row[3])) for row in connection.execute(query)]
