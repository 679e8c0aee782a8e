"""The answer where readers find no record: it is not known here, or the operator does not show it (FED-71)."""

from __future__ import annotations

from fastapi import Response

from entrepot_node.problems import problem
from entrepot_node.storage.interface import Store

UNKNOWN = "record.unknown"
HIDDEN = "record.hidden"
NOT_SHOWN = "the operator of this node does not show this record; its origin has not withdrawn it"


def absent(store: Store, subject: str, detail: str = "there is no such subject here") -> Response:
    """Tell a program which of the two it is."""
    if store.is_hidden(subject):
        return problem(404, HIDDEN, NOT_SHOWN)
    return problem(404, UNKNOWN, detail)
