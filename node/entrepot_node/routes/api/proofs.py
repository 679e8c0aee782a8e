"""`/subjects/{origin}/{letters}/proof`: the live record with the proof that it was published."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from entrepot_node.problems import problem
from entrepot_node.proving import prove_record
from entrepot_node.routes.api.declared import operation
from entrepot_node.routes.api.parameters import Letters, Origin
from entrepot_node.routes.api.subjects import SUBJECT
from entrepot_node.routes.caching import MINUTE, cached
from entrepot_node.served_checkpoint import Leaving
from entrepot_node.storage.interface import Store
from entrepot_schema.errors import Misuse
from entrepot_schema.origin import subject_of
from entrepot_sync.record_proof import MEDIA_TYPE

_EXAMPLE = "c2sp.org/tlog-proof@v1\nextra eyJlbnRyeSI6IiIsInJlY29yZCI6IiJ9\nindex 5\n…\n"
_STATUS = {"record.withdrawn": 410}


def add_proofs(router: APIRouter, store: Store, leaving: Leaving) -> None:
    """Add the path."""

    @router.get(
        SUBJECT + "/proof",
        **operation(
            "proveSubject", "Subjects", "Prove one record", 404, 410,
            media_type="text/plain", schema={"type": "string"}, example=_EXAMPLE,
        ),
    )  # fmt: skip
    def proof(request: Request, origin: Origin, letters: Letters) -> Response:
        """The live record with its entry, and the proof that the entry stands under the signed head of its feed.

        A C2SP tlog-proof; `entrepot verify FILE` checks it offline with the pinned keys of the origin.
        """
        try:
            raw = prove_record(store, subject_of(origin, letters), leaving).to_bytes()
        except Misuse as fault:
            return problem(_STATUS.get(fault.code, 404), fault.code, fault.message)
        return cached(request, raw, MEDIA_TYPE, MINUTE, compress=True)
