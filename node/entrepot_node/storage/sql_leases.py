"""Leases on SQLAlchemy Core; what they promise stands in `leases`."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Engine, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from entrepot_node.storage.engine import reading, writing
from entrepot_node.storage.tables import follows, leases, pushes


class SqlLeases:
    """The table of leases, as a part of a store."""

    _engine: Engine

    def lease(self, name: str, owner: str, *, now: float, until: float) -> bool:
        free = or_(leases.c.lease_until <= now, leases.c.lease_owner == owner)
        take = update(leases).where(leases.c.name == name, free)
        there = select(leases.c.name).where(leases.c.name == name)
        lease = {"lease_owner": owner, "lease_until": until}
        try:
            with writing(self._engine) as connection:
                if connection.execute(take.values(lease)).rowcount == 1:
                    return True
                if connection.scalar(there) is not None:
                    return False
                connection.execute(insert(leases).values(name=name, **lease))
        except IntegrityError:  # another was first
            return False
        return True

    def free_leases(self, has_ended: Callable[[str], bool]) -> None:
        for table in (follows, pushes, leases):
            with reading(self._engine) as connection:
                owners = connection.scalars(select(table.c.lease_owner).distinct()).all()
            ended = [owner for owner in owners if owner and has_ended(owner)]
            if not ended:
                continue
            held = table.c.lease_owner.in_(ended)
            free = update(table).where(held).values(lease_owner="", lease_until=0.0)
            with writing(self._engine) as connection:
                connection.execute(delete(leases).where(held) if table is leases else free)
